"""What comes after a call that failed: it is made again later, or the run fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import executions
from data_jobs.aws import PATIENCE, CallFailed
from data_jobs.decisions import explained, never_created
from data_jobs.keeping import KEPT_HINT
from data_jobs.request import digest

if TYPE_CHECKING:
    from data_jobs.run import WAITS_FOR
    from data_jobs.step import Step


CROWD_SECONDS = 30
"""Seconds that a run waits at least for a full quota or an exceeded rate, and at most twice that."""


def after(step: Step, failure: CallFailed, name: str) -> None:
    """Wait if that may help, or let the run fail.

    Args:
        step: The step that made the call.
        failure: What became of it.
        name: The step to take again: `create` or `check`.
    """
    step.log("call failed", step=name, kind=failure.means, reason=failure.words)
    unknown = name == "check" and failure.means == "refused"
    if step.may_pass(failure) or (unknown and _may_appear(step)):
        return step.wait(name, failure.words, _waits_for(failure), seconds=seconds_after(step, failure))
    attributes = step.run.get("attributes")
    if unknown and step.request.awaited_job:
        what = "was never created, for a reason that the function's log tells"
        attributes = never_created(step.definition, failure.words)
    elif name == "check":
        what = "could not be described"
    elif step.run.get("kept"):
        what = "could not be updated"
    else:
        what = "could not be created"
        step.run["data_suspected"] = failure.means == "refused"
        attributes = never_created(step.definition, failure.words)
    reason = explained(step.definition, what, failure.words, step.run.get("id", ""))
    if step.run.get("gone"):
        reason += f" {KEPT_HINT}"
    return step.tell(succeeded=False, reason=reason, error="DataJob.NotCreated", attributes=attributes)


def seconds_after(step: Step, failure: CallFailed) -> int:
    """Seconds until a call that failed is made again.

    Where many want the same, all of them would come back at once, and take what others need of an account's rates.
    """
    if failure.seconds is not None:
        return failure.seconds
    is_crowd = failure.is_of_quota or failure.is_of_rate
    crowd = CROWD_SECONDS + int(digest(f"{step.execution} {step.now}", 8), 16) % CROWD_SECONDS
    return max(step.pause, crowd) if is_crowd else step.pause


def _waits_for(failure: CallFailed) -> WAITS_FOR:
    """What must come for a call that failed to succeed."""
    if failure.means == "busy":
        return "quota" if failure.is_of_quota else "service"
    if failure.means == "unreachable":
        return "service"
    return "permissions" if failure.means == "denied" else "job"


def _may_appear(step: Step) -> bool:
    """Whether a job that is not there may be soon: the run that makes it goes on, or its own run has just made it."""
    if not step.request.creator:
        return not step.run.get("kept") and step.now - step.run["since"] < PATIENCE
    try:
        return any(not executions.is_deletion(name) for name in executions.under_way(step, step.request.creator))
    except CallFailed as failure:
        return step.may_pass(failure)
