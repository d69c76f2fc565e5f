"""What a deletion waits for: nothing may go on for a resource that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jmespath

from data_jobs import executions, failures
from data_jobs.aws import CallFailed

if TYPE_CHECKING:
    from data_jobs.step import Step


def drain(step: Step) -> None:
    """Wait until nothing goes on for a deleted resource: its data cannot be deleted under a running job.

    It succeeds whatever happens: a resource that cannot be deleted would leave the stack stuck.
    """
    going, gone, status = job_under_way(step, step.run["id"])
    seconds = step.pause
    try:
        going = going or _others_go_on(step, gone=gone)
    except CallFailed as failure:
        going, status, seconds = step.may_pass(failure), failure.words, failures.seconds_after(step, failure)
    if going and not step.is_over:
        step.log("deletion waits", status=status)
        step.run.update({"state": f"nothing may go on for it, and the job is {status}", "waiting_for": "job"})
        return step.then("check", seconds)
    step.run["copied"] = len(step.files)
    return step.tell(succeeded=True)


def _others_go_on(step: Step, *, gone: bool) -> bool:
    """Whether other runs go on that the deletion waits for: all of them, or none if another job took its place.

    Args:
        step: The deletion.
        gone: Whether there is no job of the id that the resource had.
    """
    if executions.is_removed(step.aws, step.request):
        # A run that has just begun may be in no list yet: its job has another id, and it may read the same copies.
        if (gone or step.files) and step.now - step.run["started"] < executions.SEEN_AFTER:
            return True
        own, of_stack = executions.of_whole_stack(step)
        step.run["alone"] = not of_stack
        return bool(own)
    if not gone or step.aws.stack_status(step.request.stack_id).startswith("UPDATE_COMPLETE"):
        return False
    # A rollback: what was rejected may go on under an id that nobody was told.
    return bool(executions.of_deployments(step))


def job_under_way(step: Step, job_id: str) -> tuple[bool, bool, str]:
    """Whether a job that is deleted or taken back goes on, whether there is no such job, and what the service says.

    Args:
        step: The step that asks.
        job_id: The job.
    """
    try:
        job = step.describe(job_id)
    except CallFailed as failure:
        return step.may_pass(failure), failure.means == "refused", failure.words
    status = str(jmespath.search(step.definition["status"], job))
    return status not in (*step.definition["succeeded"], *step.definition["failed"]), False, status
