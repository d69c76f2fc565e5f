"""Lets a Delete wait until nothing is running for its resource."""

from data_jobs import executions
from data_jobs.context import Context
from data_jobs.errors import CallFailed
from data_jobs.failures import retry_seconds


def wait_until_idle(context: Context) -> None:
    """Waits until nothing is running that may use the data of a deleted resource, which may be deleted next.

    It always succeeds: a resource that cannot be deleted would block the stack.
    """
    seconds = context.poll_interval
    try:
        is_running, is_missing, status = executions.job_state(context, context.run["id"])
        is_running = is_running or _others_are_running(context, is_missing=is_missing)
    except CallFailed as failure:
        is_running, status = context.should_retry(failure), failure.message
        seconds = retry_seconds(context, failure)
    if is_running and not context.is_past_deadline:
        context.log("deletion waits", status=status)
        context.run.update({"state": f"nothing may be running for it, and the job is {status}", "waiting_for": "job"})
        return context.go_to("check", seconds)
    context.run["copied"] = len(context.files)
    return context.report_outcome(succeeded=True)


def _others_are_running(context: Context, *, is_missing: bool) -> bool:
    """Returns whether other runs are running that the deletion waits for: none, if the resource has another job."""
    if executions.is_resource_removed(context.aws, context.request):
        # A run that has just started may not be in the list yet.
        is_early = context.now - context.run["started"] < executions.LISTING_DELAY
        if is_early and (is_missing or context.files):
            return True
        own, of_stack = executions.running_in_stack(context)
        context.run["alone"] = not of_stack
        return bool(own)
    if not is_missing or context.aws.stack_status(context.request.stack_id).startswith("UPDATE_COMPLETE"):
        return False
    # A rollback: the run that it undoes may be running, with an id that CloudFormation never got.
    return bool(executions.running_creations(context))
