"""Handles an Update that creates no job: the resource keeps its job, with the new tags."""

from data_jobs import executions
from data_jobs.context import Context
from data_jobs.errors import CallFailed
from data_jobs.failures import retry_seconds
from data_jobs.stack_status import is_rolling_back


def keep_job(context: Context) -> None:
    """Updates the job's tags, and sets the step that describes it."""
    request = context.request
    context.run.update({"kept": True, "id": request.physical_id or request.awaited_job})
    if "tags" in context.definition and request.runs_when_deployed:
        try:
            context.aws.update_tags(context.definition, context.run["id"], request.old_tags, request.tags)
        except CallFailed as failure:
            # A job without tags has no permission to change them; and a rollback must not fail for tags.
            lost_permission = failure.category == "denied" and not request.tags
            is_tolerated = lost_permission or (failure.category == "refused" and _is_missing(context))
            if not is_tolerated and not is_rolling_back(context.aws.stack_status(request.stack_id)):
                raise
            context.log("tags left as they are", reason=failure.message)
    context.go_to("check", 0)


def _is_missing(context: Context) -> bool:
    try:
        context.describe_job(context.run["id"])
    except CallFailed as failure:
        if context.should_retry(failure):
            raise
        return failure.category == "refused"
    return False


def accept_or_recheck(context: Context, attributes: dict[str, str] | None) -> None:
    """Accepts a kept job that may not have succeeded; or sets `must_succeed`, so that it is checked as a new one."""
    try:
        context.run["must_succeed"] = _must_succeed(context)
    except CallFailed as failure:
        seconds = retry_seconds(context, failure)
        return context.wait("check", failure.message, "service", attributes, seconds=seconds)
    if context.run["must_succeed"]:
        context.run["copied"] = len(context.files)  # the run that has copied them leaves them to this one
        return context.go_to("check", 0)
    return context.report_outcome(succeeded=True, attributes=attributes)


def _must_succeed(context: Context) -> bool:
    """Returns whether an Update waits for the job that it keeps, and fails with it.

    It does if the deployment before has failed, and was not rolled back.
    """
    request = context.request
    if request.type != "Update" or request.accepts_job_as_is or not request.runs_when_deployed:
        return False
    if not request.waits_for_completion or request.accepts_failure or context.run.get("rejects"):
        return False
    try:
        status = context.aws.stack_status(request.stack_id)
        # Another status may be the end of the operation before.
        if is_rolling_back(status) and status.endswith("IN_PROGRESS"):
            return False
    except CallFailed as failure:
        if context.should_retry(failure) and not context.is_past_deadline:
            raise
    try:
        return executions.last_request_failed(context)
    except CallFailed as failure:
        if context.should_retry(failure) and not context.is_past_deadline:
            raise
        return True
