"""Checks what must hold before a job is created: it is wanted, it is its run's turn, and its files are copied."""

import math
from dataclasses import dataclass

from data_jobs import batches, executions
from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.copies import copy_files
from data_jobs.creation import UNKNOWN_RESULT_SECONDS, is_found_by_listing_only
from data_jobs.errors import CallFailed
from data_jobs.request import Request, is_deletion, turn_time
from data_jobs.run import WaitingFor
from data_jobs.stack_status import is_deploying, is_rolling_back
from data_jobs.uploads import delete_markers

MIN_REQUEST_AGE = 10
"""Seconds after a request within which a run looks too early for a later one, and for the stack's new status."""

MAX_UNKNOWN_RESULT_WAITS = 3
"""How often a run waits because an earlier attempt may have created its job."""

MAX_WINDOW_WAIT = 300
"""Seconds after which a run that waits for uploads looks whether its job is being deleted: the deletion waits."""


@dataclass(frozen=True)
class Keep:
    """The resource keeps the job that it has."""


@dataclass(frozen=True)
class Wait:
    """The job is created later: why, as a message; what kind of thing the run waits for; and how long, if known."""

    state: str
    waiting_for: WaitingFor
    seconds: int | None = None


@dataclass(frozen=True)
class End:
    """The run ends without a job: why, whether that is no failure, and whether it has not tried to move data."""

    reason: str = ""
    succeeded: bool = False
    idle: bool = True


def unmet_precondition(context: Context) -> Keep | Wait | End | None:
    """Returns what happens instead of the job's creation; None if it may be created now."""
    return (
        _no_job_wanted(context.request, context.definition["not_identity"])
        or (_not_deploying(context) if context.request.is_from_cloudformation else _not_its_turn(context))
        or _past_deadline(context)
        or _earlier_attempt_unknown(context)
        or (_batch_not_copied(context) if context.request.uploads else _files_not_copied(context))
    )


def _no_job_wanted(request: Request, not_identity: list[str]) -> Keep | End | None:
    if request.type == "Create" and not request.runs_when_deployed:
        return End(succeeded=True)
    return Keep() if request.keeps_job(not_identity) else None


def _not_deploying(context: Context) -> Keep | Wait | End | None:
    """Checks that the deployment still wants the job: no rollback moves data, nor a request that has a newer one."""
    run, request = context.run, context.request
    status, since = context.aws.stack_operation(request.stack_id)
    has_waited = run["attempts"] > 1 or context.now - run["started"] > MIN_REQUEST_AGE
    is_rollback = is_rolling_back(status)
    if is_rollback and not has_waited and not status.endswith("IN_PROGRESS"):
        # That may be how the operation before has ended.
        return Wait(f"the stack may be in {status} no longer", "service", MIN_REQUEST_AGE)
    why = ""
    if is_rollback or (has_waited and not is_deploying(status)):
        why = f"the stack is in {status}"
    # Within one operation there is no newer request. To list all runs at each look of each would be too many calls.
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
            return Wait("a run that the rolled-back update has started goes on", "job")
        if run.get("rejects"):
            run["copied"] = len(context.files)  # the runs that were waited for may have left the copies to this one
        context.log("rollback moves no data", because=why)
        return Keep()
    return End(f"given up, because {why}")


def _rolled_back_is_running(context: Context) -> bool:
    """Returns whether anything is running that the rollback undoes: what that reads or writes is deleted next.

    CloudFormation sends no Delete for a job that it was never told of, as when a person cancels the update; and if the
    job's run has crashed, the resource may have got its id. Only the job's own resource waits, no waiting resource.
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
    """Checks that no file may still be uploaded, and no earlier run is running, if no deployment asked for this one."""
    run, request = context.run, context.request
    if executions.is_resource_removed(context.aws, request):
        delete_markers(context)
        return End("given up, because the job is being deleted")
    if "turn" in run:
        return None
    if context.now < request.not_before:
        seconds = min(MAX_WINDOW_WAIT, math.ceil(request.not_before - context.now))
        return Wait("more files may arrive", "files", seconds)
    early = executions.LISTING_DELAY - (context.now - max(run["started"], request.not_before))
    if early > 0:
        return Wait("a run before it may not be in the list yet", "turn", math.ceil(early))
    running = executions.running(context)
    own = turn_time(context.execution, running.get(context.execution, run["started"])), context.execution
    is_later = any((turn_time(name, running[name]), name) < own and not is_deletion(name) for name in running)
    if is_later and request.skips_if_running:
        return End("skipped, because a run before it goes on", succeeded=True)
    if is_later:
        return Wait("a run before it goes on", "turn")
    # What the run does from now on counts as its own; a step that is taken again must know since when.
    run.update({"turn": context.now, "since": context.now})
    return None if "name" in context.definition else Wait("it is its turn", "turn", 0)


def _past_deadline(context: Context) -> Wait | None:
    if not context.is_past_deadline:
        return None
    return Wait(context.run.get("state", "it was asked for too late"), context.run.get("waiting_for", "service"))


def _earlier_attempt_unknown(context: Context) -> Wait | None:
    """Checks that no earlier attempt of this step may have created a job that no list shows yet.

    Attempts count that never reached the function, as when it is throttled; so there are only a few waits.
    """
    waits = context.run.get("unclear", 0)
    is_known = not context.is_retry or not is_found_by_listing_only(context.definition)
    if is_known or waits >= MAX_UNKNOWN_RESULT_WAITS:
        return None
    context.run["unclear"] = waits + 1
    return Wait("an attempt that was interrupted may have created the job", "job", UNKNOWN_RESULT_SECONDS)


def _files_not_copied(context: Context) -> Wait | None:
    """Copies the job's files; if that takes long, the next step creates the job."""
    return None if copy_files(context) else Wait("its files are being copied", "files", 0)


def _batch_not_copied(context: Context) -> Wait | End | None:
    """Takes a batch of uploads and copies its files, in steps of their own."""
    if "gathered" not in context.run:
        (batches.copy_batch if "batch_size" in context.run else batches.take_batch)(context)
        return Wait("its files are being copied", "files", 0)
    if context.run["gathered"]:
        return None
    if "lost" in context.run:
        return End(f"what arrived could not be read: {context.run['lost']}", idle=False)
    return End("all that arrived was taken by a run before", succeeded=True)
