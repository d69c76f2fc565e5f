"""Handles calls that failed: they are retried later, or the run fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import executions
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.messages import UNCHANGED_JOB_HINT, failed_attributes
from data_jobs.request import digest, is_deletion

if TYPE_CHECKING:
    from data_jobs.context import Context
    from data_jobs.run import WaitingFor

MIN_CONTENTION_SECONDS = 30
"""Seconds that a run waits at least if a quota is full or a rate exceeded; at random, up to twice that."""


def handle_failed_call(context: Context, failure: CallFailed, step: str) -> None:
    """Retries the step later, or reports the failure."""
    context.log("call failed", step=step, kind=failure.category, reason=failure.message)
    is_unknown = step == "check" and failure.category == "refused"
    if context.should_retry(failure) or (is_unknown and _may_appear(context)):
        return context.wait(step, failure.message, _waiting_for(failure), seconds=retry_seconds(context, failure))
    attributes = context.run.get("attributes")
    if is_unknown and context.request.awaited_job:
        what = "was never created (see the function's log)"
        attributes = failed_attributes(context.definition, failure.message)
    elif step == "check":
        what = "could not be described"
    elif context.run.get("kept"):
        what = "could not be updated"
    else:
        what = "could not be created"
        context.run["data_suspected"] = failure.category == "refused"
        attributes = failed_attributes(context.definition, failure.message)
    reason = context.failure_message(what, failure.message)
    if context.run.get("gone"):
        reason += f" {UNCHANGED_JOB_HINT}"
    return context.report_outcome(succeeded=False, reason=reason, error="DataJob.NotCreated", attributes=attributes)


def retry_seconds(context: Context, failure: CallFailed) -> int:
    """Returns the seconds until a call that failed is retried, with jitter if many runs compete."""
    if failure.retry_after is not None:
        return failure.retry_after
    if not (failure.is_quota or failure.is_throttling):
        return context.poll_interval
    jitter = int(digest(f"{context.execution} {context.now}", 8), 16) % MIN_CONTENTION_SECONDS
    return max(context.poll_interval, MIN_CONTENTION_SECONDS + jitter)


def _waiting_for(failure: CallFailed) -> WaitingFor:
    if failure.category == "busy":
        return "quota" if failure.is_quota else "service"
    if failure.category == "unreachable":
        return "service"
    return "permissions" if failure.category == "denied" else "job"


def _may_appear(context: Context) -> bool:
    """Returns whether a missing job may exist soon: its run is running, or has just created it."""
    creator = context.request.creator_logical_id
    if not creator:
        return not context.run.get("kept") and context.now - context.run["since"] < PROPAGATION_GRACE
    try:
        return any(not is_deletion(name) for name in executions.running(context, creator))
    except CallFailed as failure:
        return context.should_retry(failure)
