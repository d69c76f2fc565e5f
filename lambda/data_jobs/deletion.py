"""What a deletion waits for: nothing may go on for a resource that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jmespath

from data_jobs import executions
from data_jobs.aws import CallFailed
from data_jobs.decisions import is_going_away, pause

if TYPE_CHECKING:
    from data_jobs.step import Step


def drain(step: Step) -> None:
    """Wait until nothing goes on for a deleted resource: its data cannot be deleted under a running job.

    It succeeds whatever happens: a resource that cannot be deleted would leave the stack stuck.
    """
    going, gone, status = job_under_way(step)
    try:
        if not going and (others := executions.others(step)):
            stack = step.aws.stack_status(step.request.stack_id)
            if stack.startswith("UPDATE_COMPLETE"):
                # The run of the job that replaced this one may rightly go on.
                others = [name for name in others if not name.startswith(f"{step.request.executions()}update-")]
            going = bool(others) and (gone or is_going_away(stack))
    except CallFailed as failure:
        going, status = step.may_pass(failure), failure.words
    if going and step.now < step.deadline:
        step.log("deletion waits", status=status)
        step.run.update({"state": f"nothing may go on for it, and the job is {status}", "waiting_for": "job"})
        return step.then("check", pause(step.now - step.run["since"]))
    step.run["copied"] = len(step.files)
    return step.tell(succeeded=True)


def job_under_way(step: Step) -> tuple[bool, bool, str]:
    """Whether a deleted resource's job goes on, whether there is no such job, and what the service says."""
    try:
        job = step.aws.describe(step.definition, step.run["id"], step.parameters)
    except CallFailed as failure:
        return step.may_pass(failure), failure.means == "refused", failure.words
    status = str(jmespath.search(step.definition["status"], job))
    return status not in (*step.definition["succeeded"], *step.definition["failed"]), False, status
