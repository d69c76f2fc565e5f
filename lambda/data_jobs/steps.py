"""The steps of a run: create the job, check it, report the outcome."""

from typing import Any

import jmespath

from data_jobs import batches, creation
from data_jobs.context import Context, poll_interval
from data_jobs.conversion import to_string
from data_jobs.copies import clean_up
from data_jobs.definitions import job_status
from data_jobs.deletion import wait_until_idle
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.failures import handle_failed_call
from data_jobs.keeping import accept_or_recheck, keep_job
from data_jobs.messages import MAX_MESSAGE_BYTES, UNCHANGED_JOB_HINT, crash_message, truncate
from data_jobs.notifications import publish_end
from data_jobs.preconditions import End, Keep, Wait, unmet_precondition
from data_jobs.request import MAX_WATCH_SECONDS
from data_jobs.responses import respond
from data_jobs.stack_status import is_rolling_back

MAX_CRASHES = 3
"""Crashes in a row, each of seven attempts, after which a job is not watched any more."""

MAX_STATUS_BYTES = 1024
"""Room for a job's status in a run."""


# --- create ---


def create(context: Context) -> None:
    """Creates the request's job, or sets what happens instead."""
    run, request = context.run, context.request
    run.setdefault("since", run["started"])
    run["attempts"] = run.get("attempts", 0) + 1
    if request.type == "Delete":
        run["id"] = request.physical_id
        return context.go_to("check", 0)
    if context.is_retry and not context.must_run_once:
        run["creating"] = True
    try:
        if unmet := unmet_precondition(context):
            return _do_instead(context, unmet)
        run["id"] = request.awaited_job or creation.create_or_adopt(context)
    except CallFailed as failure:
        return handle_failed_call(context, failure, "create")
    run.update({"since": context.now, "state": "it is created", "waiting_for": "job"})
    if request.awaited_job:
        return check(context)  # without another step: a chain has many waiting resources
    return context.go_to("check", poll_interval(0) if request.waits_for_completion else 0)


def _do_instead(context: Context, unmet: Keep | Wait | End) -> None:
    if isinstance(unmet, Keep):
        return keep_job(context)
    if isinstance(unmet, End):
        context.run["idle"] = unmet.idle
        error = "" if unmet.succeeded else "DataJob.NotCreated"
        return context.report_outcome(succeeded=unmet.succeeded, reason=unmet.reason, error=error)
    return context.wait("create", unmet.state, unmet.waiting_for, seconds=unmet.seconds)


# --- check ---


def check(context: Context) -> None:
    """Describes the job, and waits on or reports how it ended."""
    run = context.run
    if run.get("cleaning"):
        context.aws.awaits_access = True  # keeps `refused_since`, which limits the retries of the clean-up
        return context.go_to("report", 0)
    if context.request.type == "Delete":
        return wait_until_idle(context)
    try:
        job = context.describe_job(run["id"])
    except CallFailed as failure:
        return _handle_undescribed(context, failure)
    status = run["status"] = truncate(job_status(context.definition, job), MAX_STATUS_BYTES)
    paths = context.definition["attributes"].items()
    attributes = {name: to_string(jmespath.search(path, job)) for name, path in paths}
    context.log("job checked", status=status, seconds=round(context.now - run["since"]))
    run.pop("crashes", None)
    problem = _problem(context, status, job) if context.has_job_ended else None
    if context.has_job_ended and not problem:
        return context.report_outcome(succeeded=True, attributes=attributes)
    if run.get("kept") and not run.get("must_succeed"):
        return accept_or_recheck(context, attributes)
    if problem and creation.is_of_earlier_delivery(context, job):
        return creation.retry_with_next_name(context, problem[1], "service")
    if problem:
        return _report_failure(context, status, *problem, attributes)
    if not context.request.waits_for_completion and not run.get("answered"):
        return context.report_outcome(succeeded=True, attributes=attributes, ended=False)
    return context.wait("check", f"it is still {status}", "job", attributes)


def _handle_undescribed(context: Context, failure: CallFailed) -> None:
    """Handles a failed describe call; a kept job that does not exist may be accepted."""
    run = context.run
    run["gone"] = bool(run.get("kept")) and failure.category == "refused"
    must_be_described = not run.get("kept") or run.get("must_succeed")
    if must_be_described or (context.should_retry(failure) and not context.is_past_deadline):
        return handle_failed_call(context, failure, "check")
    if run["gone"]:
        context.log("kept job not found", reason=failure.message)
    else:
        context.log("call failed", step="check", kind=failure.category, reason=failure.message)
    return accept_or_recheck(context, None)


def _problem(context: Context, status: str, job: dict[str, Any]) -> tuple[str, str] | None:
    """Returns how a job that has ended has failed, also partly, and the message of its service."""
    definition, max_failures = context.definition, context.request.max_failures
    message = to_string(jmespath.search(definition["reason"], job)) or f"the job ended as {status}"
    if status in definition["failed"]:
        return "failed", message
    count = int(jmespath.search(definition.get("failures", "`0`"), job) or 0)
    if count > max_failures:
        return f"succeeded with {count} failed entries where {max_failures} are accepted", message
    return ("succeeded without a file that could not be read", context.run["lost"]) if "lost" in context.run else None


def _report_failure(context: Context, status: str, what: str, message: str, attributes: dict[str, str]) -> None:
    """Reports that the job has failed; or creates it again, if it lacked a permission that may be new."""
    run, definition = context.run, context.definition
    lacks_permission = any(part in message for part in definition.get("denied", ()))
    run["data_suspected"] = status in definition["failed"] and not lacks_permission
    if lacks_permission and _may_permission_be_new(context):
        context.log("job failed for a permission that may be new", reason=message)
        return creation.retry_with_next_name(context, message, "permissions")
    reason = context.failure_message(what, message)
    if run.get("kept"):
        reason += f" {UNCHANGED_JOB_HINT}"
    return context.report_outcome(succeeded=False, reason=reason, error="DataJob.Failed", attributes=attributes)


def _may_permission_be_new(context: Context) -> bool:
    """Returns whether the permissions of a job that this run has created may not have been in effect yet."""
    run, request = context.run, context.request
    was_new = run["since"] - run["started"] < PROPAGATION_GRACE and not run.get("answered")
    return was_new and request.is_from_cloudformation and not request.awaited_job and not run.get("kept")


# --- report ---


def report(context: Context) -> None:
    """Sends the response; then watches a job that has not ended, or cleans up and publishes its end."""
    run, request = context.run, context.request
    crash = run.pop("crash", None)
    if crash and not run.get("cleaning"):
        return _report_crash(context, crash)
    deletes = request.type == "Delete"
    if not run.get("answered"):
        # After the response, CloudFormation deletes the policy that the clean-up needs.
        if deletes and not clean_up(context):
            return None
        respond(context)
        if request.publishes_events and run["ended"]:
            # In a step of its own: an event that cannot be sent must not cause a second response.
            return context.go_to("report", 0)
    if not run["ended"]:
        return context.go_to(run["step"], poll_interval(context.now - run["since"], is_awaited=False))
    if batches.is_undecided(context):
        # In a step of its own: the run must name the files that are given up before their markers are deleted.
        batches.decide(context)
        return context.go_to("report", 0)
    batches.carry_out(context)
    if not deletes and not context.may_job_be_running and not clean_up(context):
        return None
    if not (run.get("idle") or run.get("kept") or request.awaited_job or deletes):
        publish_end(context)
    run["reason"] = run["outcome"]["reason"]
    return context.go_to("succeed" if run["outcome"]["succeeded"] else "fail", 0)


def _report_crash(context: Context, crash: dict[str, str]) -> None:
    """Sets the outcome after a crash, in a step of its own: a response that is sent twice must be the same."""
    run, request = context.run, context.request
    context.log("step crashed", error=crash.get("Error"), cause=crash.get("Cause"))
    run["crashes"] = run.get("crashes", 0) + 1
    # The job goes on, whatever happened to the step.
    is_given_up = run["crashes"] > MAX_CRASHES or context.now > run["started"] + MAX_WATCH_SECONDS
    reason = f"the run crashed: {truncate(crash_message(crash), MAX_MESSAGE_BYTES)}; see the function's log"
    # A rollback must not fail because a job that it keeps, or a run that it undoes, could not be described.
    is_rollback = run.get("rejects", False) or _is_rollback(context)
    if is_rollback or request.keeps_job(context.definition["not_identity"]):
        run.update({"kept": True, "id": request.physical_id or request.awaited_job})
    ended = is_given_up or not context.has_job_to_watch
    context.report_outcome(succeeded=is_rollback, reason=reason, error="DataJob.Crashed", ended=ended)


def _is_rollback(context: Context) -> bool:
    run, request = context.run, context.request
    if request.type != "Update" or run.get("forward") or run.get("answered"):
        return False
    try:
        return is_rolling_back(context.aws.stack_status(request.stack_id))
    except CallFailed as failure:
        if failure.category == "busy":
            raise
        return False


STEPS = {"create": create, "check": check, "report": report}
