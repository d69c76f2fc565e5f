"""An Update that runs no new job: the resource keeps the job that it has, with the tags that it has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import executions
from data_jobs.aws import CallFailed
from data_jobs.decisions import is_going_back

if TYPE_CHECKING:
    from data_jobs.step import Step

KEPT_HINT = (
    "This update keeps that job: correct its data, and change its trigger if the data is in a bucket, so that it runs "
    "again; or accept the failure with on_failure=OnFailure.CONTINUE."
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
    """Whether the service knows nothing of the job any more.

    Raises:
        CallFailed: If it cannot be asked now.
    """
    try:
        step.describe(step.run["id"])
    except CallFailed as failure:
        if step.may_pass(failure):
            raise
        return failure.means == "refused"
    return False


def must_succeed(step: Step) -> bool:
    """Whether an Update fails with the job that it keeps, which failed or is still running.

    It does if it waits for the job and nobody has accepted the failure, as after a deployment without a rollback. It
    does not in a rollback, nor after one.

    Raises:
        CallFailed: If nobody can tell now, and somebody may be able to later.
    """
    request = step.request
    if request.type != "Update" or request.takes_job_as_it_is or not request.runs_when_deployed:
        return False
    if not request.waits or request.accepts_failure or step.run.get("rejects"):
        return False
    try:
        status = step.aws.stack_status(request.stack_id)
        # An early look may see how the operation before has ended.
        if is_going_back(status) and status.endswith("IN_PROGRESS"):
            return False
    except CallFailed as failure:
        if step.may_pass(failure) and not step.is_over:
            raise
    try:
        return executions.last_request_failed(step)
    except CallFailed as failure:
        if step.may_pass(failure) and not step.is_over:
            raise
        return True
