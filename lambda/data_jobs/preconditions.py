"""Checks what must hold before a job is created: its request still holds, its turn has come, its files are copied."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_jobs import batches, executions
from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.copies import copy_files
from data_jobs.creation import LOST_RESPONSE, UNKNOWN_RESULT_SECONDS, is_found_by_listing_only
from data_jobs.errors import CallFailed
from data_jobs.request import Request, is_deletion, queue_position
from data_jobs.stack_status import is_deploying, is_rolling_back
from data_jobs.uploads import delete_markers

if TYPE_CHECKING:
    from data_jobs.run import WaitingFor

MIN_REQUEST_AGE = 10
"""Seconds after a request in which the stack may still have the status of its last operation."""

MAX_UNKNOWN_RESULT_WAITS = 3
"""How often a run waits for the result of an earlier attempt."""

MAX_WINDOW_WAIT = 300
"""Seconds after which a run that waits for uploads checks again that its job is not being deleted."""


@dataclass(frozen=True)
class Keep:
    """The resource keeps the job that it has."""


@dataclass(frozen=True)
class Wait:
    """The job is created later; the fields are those of `Context.wait`."""

    state: str
    waiting_for: WaitingFor
    seconds: int | None = None


@dataclass(frozen=True)
class End:
    """The run ends without a job; `idle` if it has not tried to move data."""

    reason: str = ""
    succeeded: bool = False
    idle: bool = True


def unmet_precondition(context: Context) -> Keep | Wait | End | None:
    """Returns what happens instead of the job's creation; None if it may be created now."""
    return (
        _no_job_wanted(context.request, context.definition["not_identity"])
        # Before any call: if one fails, the step that follows is no repeated one.
        or _may_be_created_twice(context)
        or _earlier_attempt_unknown(context)
        or (_not_deploying(context) if context.request.is_from_cloudformation else _not_its_turn(context))
        or _past_deadline(context)
        or (_batch_not_copied(context) if context.request.uploads else _files_not_copied(context))
        or _not_in_its_own_step(context)
    )


def _no_job_wanted(request: Request, not_identity: list[str]) -> Keep | End | None:
    if request.type == "Create" and not request.runs_when_deployed:
        return End(succeeded=True)
    return Keep() if request.keeps_job(not_identity) else None


def _not_deploying(context: Context) -> Keep | Wait | End | None:
    """Checks that the deployment still wants the job: it is not rolling back, and this is its last request."""
    run, request = context.run, context.request
    status, since = context.aws.stack_operation(request.stack_id)
    has_waited = run["attempts"] > 1 or context.now - run["started"] > MIN_REQUEST_AGE
    is_rollback = is_rolling_back(status)
    if is_rollback and not has_waited and not status.endswith("IN_PROGRESS"):
        # This may be the end of the operation before.
        return Wait(f"the stack may be in {status} no longer", "service", MIN_REQUEST_AGE)
    why = ""
    if is_rollback or (has_waited and not is_deploying(status)):
        why = f"the stack is in {status}"
    # Within one operation no later request follows. To list executions in every step would be too many calls.
    elif has_waited and since > run["started"] + CLOCK_SKEW and executions.has_newer_request(context):
        why = "a later request has taken over"
    if not why:
        if not request.runs_when_deployed:
            return Keep()
        run["forward"] = True
        run.pop("rejects", None)
        return None
    if request.type == "Update" and not run.get("forward"):
        if is_rollback and _rolled_back_is_running(context):
            return Wait("a run that the rolled-back update has started is still running", "job")
        if run.get("rejects"):
            run["copied"] = len(context.files)  # this run deletes copies that the others have left
        context.log("rollback moves no data", because=why)
        return Keep()
    return End(f"given up, because {why}")


def _rolled_back_is_running(context: Context) -> bool:
    """Returns whether a run or job is running that the rollback undoes: its data may be deleted next.

    CloudFormation sends no Delete for a job whose id it never got, as when a user cancels the update.
    """
    if context.request.awaited_job:
        return False
    context.run["rejects"] = True
    if context.is_past_deadline:
        return False
    if context.now - context.run["started"] < executions.LISTING_DELAY:
        return True
    try:
        if executions.running_rolled_back(context):
            return True
        return executions.job_state(context, context.request.physical_id).is_running
    except CallFailed as failure:
        return context.should_retry(failure)


def _not_its_turn(context: Context) -> Wait | End | None:
    """Checks that the batching window is over, and that no earlier run of the job is running."""
    run, request = context.run, context.request
    if executions.is_resource_removed(context.aws, request):
        delete_markers(context)
        return End("given up, because the job is being deleted")
    if "turn" in run:
        return None
    if context.now < request.not_before:
        seconds = min(MAX_WINDOW_WAIT, math.ceil(request.not_before - context.now))
        return Wait("more files may be uploaded", "files", seconds)
    early = executions.LISTING_DELAY - (context.now - max(run["started"], request.not_before))
    if early > 0:
        return Wait("an earlier run may not be in the list yet", "turn", math.ceil(early))
    running = executions.running(context)
    own = queue_position(context.execution, running.get(context.execution, run["started"]))
    is_later = any(queue_position(name, at) < own and not is_deletion(name) for name, at in running.items())
    if is_later and request.skips_if_running:
        return End("skipped, because an earlier run is still running", succeeded=True)
    if is_later:
        return Wait("an earlier run is still running", "turn")
    # In a step of its own if the job is found by listing: what was created before this time is another run's.
    run.update({"turn": context.now, "since": context.now})
    return None if "name" in context.definition else Wait("no earlier run is running", "turn", 0)


def _past_deadline(context: Context) -> Wait | None:
    if not context.is_past_deadline:
        return None
    return Wait(context.run.get("state", "the request arrived too late"), context.run.get("waiting_for", "service"))


def _earlier_attempt_unknown(context: Context) -> Wait | None:
    """Checks that no earlier attempt of this step may have created a job that no list shows yet.

    It may never have reached the function, as when that is throttled: so only a few waits.
    """
    waits = context.run.get("unclear", 0)
    is_known = not context.is_retry or not is_found_by_listing_only(context.definition)
    if is_known or waits >= MAX_UNKNOWN_RESULT_WAITS or context.must_run_once:
        return None
    context.run["unclear"] = waits + 1
    return Wait("an attempt that was interrupted may have created the job", "job", UNKNOWN_RESULT_SECONDS)


def _may_be_created_twice(context: Context) -> End | None:
    """Checks that no earlier attempt of this step may have created a job that must not be created twice."""
    is_possible = context.is_retry and context.must_run_once and "creating" in context.run
    return End(f"an attempt was interrupted; {LOST_RESPONSE}", idle=False) if is_possible else None


def _not_in_its_own_step(context: Context) -> Wait | None:
    """Leaves the create call of such a job to a step of its own: an attempt before that step has created nothing."""
    if not context.must_run_once or "creating" in context.run:
        return None
    context.run["creating"] = True
    return Wait("it is created next", "job", 0)


def _files_not_copied(context: Context) -> Wait | None:
    return None if copy_files(context) else Wait("its files are being copied", "files", 0)


def _batch_not_copied(context: Context) -> Wait | End | None:
    if "gathered" not in context.run:
        (batches.copy_batch if "batch_size" in context.run else batches.choose_batch)(context)
        return Wait("its files are being copied", "files", 0)
    if context.run["gathered"]:
        return None
    if "lost" in context.run:
        return End(f"no uploaded file could be read: {context.run['lost']}", idle=False)
    return End("an earlier run has processed all uploaded files", succeeded=True)
