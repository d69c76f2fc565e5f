"""An Update that runs no new job: the resource keeps the job that it has, with the tags that it has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs.aws import CallFailed
from data_jobs.decisions import is_going_back, is_going_forward

if TYPE_CHECKING:
    from data_jobs.step import Step

WAYS_ON = (
    "This update keeps that job: correct its data or change its trigger, so that it runs again, or accept the failure "
    "with on_failure=OnFailure.CONTINUE."
)


def keep(step: Step) -> None:
    """Keep the job, and look at it: its attributes are asked for.

    Raises:
        CallFailed: If the tags could not be changed.
    """
    request = step.request
    step.run.update({"kept": True, "id": request.physical_id or request.awaited_job})
    if "tags" in step.definition and request.runs_when_deployed:
        try:
            step.aws.tag(step.definition, step.run["id"], request.old_tags, request.tags)
        except CallFailed as failure:
            # Without tags the function has lost the permission to change them; and no rollback fails for tags.
            lost_permission = failure.means == "denied" and not request.tags
            tolerated = lost_permission or (failure.means == "refused" and is_gone(step))
            if not tolerated and not is_going_back(step.aws.stack_status(request.stack_id)):
                raise
            step.log("tags left as they are", reason=failure.words)
    step.then("check", 0)


def is_gone(step: Step) -> bool:
    """Whether the service knows nothing of the job any more."""
    try:
        step.describe()
    except CallFailed as failure:
        return failure.means == "refused"
    return False


def lets_be(step: Step, attributes: dict[str, str]) -> bool:
    """Whether a job that is kept, and failed or goes on, is not judged: that is told, or asked again later.

    It must succeed if the deployment waits for it and nobody has accepted that it fails: after a deployment without a
    rollback, the next one keeps such a job. No rollback fails for it.
    """
    request = step.request
    insists = request.type == "Update" and request.runs_when_deployed and request.insists
    try:
        forward = insists and is_going_forward(step.aws.stack_status(request.stack_id))
    except CallFailed as failure:
        if step.may_pass(failure):
            step.wait("check", failure.words, "service")
            return True
        forward = False
    step.run["must_succeed"] = forward and not request.takes_job_as_it_is
    if step.run["must_succeed"]:
        return False
    step.tell(succeeded=True, attributes=attributes)
    return True
