"""What may stand between a request and its job: nothing is wanted, a deployment goes back, or it is not its turn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_jobs import arrivals, batches, executions
from data_jobs.aws import CallFailed
from data_jobs.creation import CLOCKS, UNCLEAR_SECONDS, copy_files, only_a_list_can_tell
from data_jobs.decisions import is_going_back, is_going_forward
from data_jobs.deletion import job_under_way
from data_jobs.request import due

if TYPE_CHECKING:
    from data_jobs.request import Request
    from data_jobs.run import WAITS_FOR
    from data_jobs.step import Step

PROMPT = 10
"""Seconds after its request within which a run looks too early for a later request."""

UNCLEAR_WAITS = 3
"""How often a run waits because an attempt before may have made its job."""

LONGEST_WAIT = 300
"""Seconds after which a run that gathers looks whether its job is being deleted: the deletion waits."""


@dataclass(frozen=True)
class Keep:
    """The resource keeps the job that it has."""


@dataclass(frozen=True)
class Wait:
    """The job is created later: the state in words, what it waits for, and the seconds until the next try if known."""

    state: str
    waiting_for: WAITS_FOR
    seconds: int | None = None


@dataclass(frozen=True)
class End:
    """The run ends without a job: why, whether that is as it should be, and whether it never wanted to move data."""

    reason: str = ""
    succeeded: bool = False
    idle: bool = True


def obstacle(step: Step) -> Keep | Wait | End | None:
    """What happens instead of the job's creation; nothing if it may be created now.

    Raises:
        CallFailed: If nobody can tell, or a file that the job reads could not be copied.
    """
    return (
        _nothing_wanted(step.request, step.definition["not_identity"])
        or (_taken_back(step) if step.request.is_of_deployment else _not_its_turn(step))
        or _too_late(step)
        or _outcome_unknown(step)
        or (_files_to_gather(step) if step.request.arrivals else _files_to_copy(step))
    )


def _nothing_wanted(request: Request, not_identity: list[str]) -> Keep | End | None:
    """Whether the request wants no new job."""
    if request.type == "Create" and not request.runs_when_deployed:
        return End(succeeded=True)
    return Keep() if request.keeps_job(not_identity) else None


def _taken_back(step: Step) -> Keep | Wait | End | None:
    """Whether the deployment wants the job no more: no rollback moves data, nor a request that has a successor."""
    status, since = step.aws.stack_operation(step.request.stack_id)
    has_waited = step.run["attempts"] > 1 or step.now - step.run["started"] > PROMPT
    is_back = is_going_back(status)
    if is_back and not has_waited and not status.endswith("IN_PROGRESS"):
        return Wait(f"the stack may be in {status} no longer", "service", PROMPT)  # how the operation before has ended
    why = ""
    if is_back or (has_waited and not is_going_forward(status)):
        why = f"the stack is in {status}"
    # Within one operation nobody asks for something else. To list all runs at each look of each would be too much.
    elif has_waited and since > step.run["started"] + CLOCKS and executions.has_successor(step):
        why = "a later request has taken over"
    if not why:
        if not step.request.runs_when_deployed:
            return Keep()
        step.run["forward"] = True
        step.run.pop("rejects", None)
        return None
    if step.request.type == "Update" and not step.run.get("forward"):
        if is_back and _rejected_goes_on(step):
            return Wait("a run that the rolled-back update has started goes on", "job")
        if step.run.get("rejects"):
            step.run["copied"] = len(step.files)  # what it waited for may have left them to it
        step.log("rollback moves no data", because=why)
        return Keep()
    return End(f"given up, because {why}")


def _rejected_goes_on(step: Step) -> bool:
    """Whether something goes on that the rollback of its deployment rejects: what it reads or writes is deleted next.

    CloudFormation sends no Delete for a job that it was never told of, as when a person cancels the update; and if the
    job's run has died, it may have taken its id. Only the job's own resource waits, not those that wait on after it.
    """
    if step.request.awaited_job:
        return False
    step.run["rejects"] = True
    if step.is_over:
        return False
    if step.now - step.run["started"] < executions.SEEN_AFTER:
        return True
    try:
        return bool(executions.rejected(step)) or job_under_way(step, step.request.physical_id)[0]
    except CallFailed as failure:
        return step.may_pass(failure)


def _not_its_turn(step: Step) -> Wait | End | None:
    """Whether a run of no deployment must wait: files may still arrive, or a run before it goes on."""
    if executions.is_removed(step.aws, step.request):
        arrivals.forget(step)
        return End("given up, because the job is being deleted")
    if "turn" in step.run:
        return None
    if step.now < step.request.not_before:
        seconds = min(LONGEST_WAIT, math.ceil(step.request.not_before - step.now))
        return Wait("more files may arrive", "files", seconds)
    unseen = executions.SEEN_AFTER - (step.now - max(step.run["started"], step.request.not_before))
    if unseen > 0:
        return Wait("a run before it may not be in the list yet", "turn", math.ceil(unseen))
    runs = executions.under_way(step)
    own = due(step.execution, runs.get(step.execution, step.run["started"])), step.execution
    before = any((due(name, runs[name]), name) < own and not executions.is_deletion(name) for name in runs)
    if before and step.request.skips:
        return End("skipped, because a run before it goes on", succeeded=True)
    if before:
        return Wait("a run before it goes on", "turn")
    # What the run does from now on counts as its own; a step that is taken again must know since when.
    step.run.update({"turn": step.now, "since": step.now})
    return None if "name" in step.definition else Wait("it is its turn", "turn", 0)


def _too_late(step: Step) -> Wait | None:
    """Whether nobody waits for the job any more: the wait for it ends."""
    if not step.is_over:
        return None
    return Wait(step.run.get("state", "it was asked for too late"), step.run.get("waiting_for", "service"))


def _outcome_unknown(step: Step) -> Wait | None:
    """Whether a job may be there that no list shows yet, because the step is taken again.

    Attempts count that never reached the function, as when it is throttled; so few waits must do.
    """
    waited = step.run.get("unclear", 0)
    if not step.is_retry or not only_a_list_can_tell(step.definition) or waited >= UNCLEAR_WAITS:
        return None
    step.run["unclear"] = waited + 1
    return Wait("an attempt that was cut off may have made the job", "job", UNCLEAR_SECONDS)


def _files_to_copy(step: Step) -> Wait | None:
    """Whether a step of its own must create the job, for this one was busy with the files that the job reads."""
    return None if copy_files(step) else Wait("its files are being copied", "files", 0)


def _files_to_gather(step: Step) -> Wait | End | None:
    """Whether what arrived must be gathered first, or there is nothing to be had of it."""
    if "gathered" not in step.run:
        (batches.gather if "batch_size" in step.run else batches.take)(step)
        return Wait("its files are being copied", "files", 0)
    if step.run["gathered"]:
        return None
    if "lost" in step.run:
        return End(f"what arrived could not be read: {step.run['lost']}", idle=False)
    return End("all that arrived was taken by a run before", succeeded=True)
