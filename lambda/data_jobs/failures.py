"""What comes after a call that failed: it is made again later, or that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import executions
from data_jobs.aws import PATIENCE, CallFailed
from data_jobs.decisions import explained, never_created

if TYPE_CHECKING:
    from data_jobs.run import WAITS_FOR
    from data_jobs.step import Step


def after(step: Step, failure: CallFailed, name: str) -> None:
    """Wait if that may help, else tell.

    Args:
        step: The step that made the call.
        failure: What became of it.
        name: The step to take again: `create` or `check`.
    """
    step.log("call failed", step=name, kind=failure.means, reason=failure.words)
    unknown = name == "check" and failure.means == "refused"
    if step.may_pass(failure) or (unknown and _may_appear(step)):
        return step.wait(name, failure.words, _waits_for(failure), seconds=failure.seconds)
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
    return step.tell(succeeded=False, reason=reason, error="DataJob.NotCreated", attributes=attributes)


def _waits_for(failure: CallFailed) -> WAITS_FOR:
    """What must come for a call that failed to succeed."""
    if failure.means == "busy":
        return "quota" if failure.is_of_quota else "service"
    if failure.means == "unreachable":
        return "service"
    return "permissions" if failure.means == "denied" else "job"


def _may_appear(step: Step) -> bool:
    """Whether a job that is not there may be soon: it was just made, or the run that is to make it goes on."""
    creator = step.request.properties.get("Creator", "")
    if not creator:
        return step.now - step.run["since"] < PATIENCE
    try:
        return bool(executions.others(step, creator))
    except CallFailed as failure:
        return step.may_pass(failure)
