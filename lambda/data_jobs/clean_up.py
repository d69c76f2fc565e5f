"""Deletes what a run leaves behind and no other run needs."""

from data_jobs import executions
from data_jobs.batches import delete_batch_folder
from data_jobs.context import Context
from data_jobs.copies import delete_copies
from data_jobs.errors import CallFailed
from data_jobs.failures import retry_seconds
from data_jobs.request import DEFAULT_TIMEOUT


def clean_up(context: Context) -> bool:
    """Deletes the copies that the job read, unless another run reads them too, which deletes them when it ends.

    Returns:
        False if it must be tried again, for which the next step is set.
    """
    seconds = _seconds_until_retry(context)
    if seconds is None:
        return True
    context.run["cleaning"] = True
    context.go_to("check", seconds)  # the state machine waits only before `check`, which then goes on with the report
    return False


def _seconds_until_retry(context: Context) -> int | None:
    """Deletes the copies; of two runs that end at the same time, the one that started later waits for the other.

    Returns:
        The seconds until it must be tried again, because it is unknown yet who reads the copies; None if it is done.
    """
    copied, deletes = context.run.get("copied", 0), context.request.type == "Delete"
    early = executions.LISTING_DELAY - (context.now - context.run["started"])
    if copied and deletes and early > 0:
        return max(1, round(early))  # a run that has just started may be in no list yet
    try:
        if context.request.uploads:
            delete_batch_folder(context)
        readers = executions.readers_of_copies(context) if copied and not context.run.get("alone") else {}
        if any(readers.values()) and not deletes and not _is_late(context):
            return context.poll_interval
        if copied and not readers:
            delete_copies(context)
        why = sorted(readers)
    except CallFailed as failure:
        may_pass = failure.category in ("busy", "unreachable")
        if not _is_late(context) and may_pass and context.should_retry(failure):
            context.run.pop("alone", None)  # others may have started until then
            return retry_seconds(context, failure)
        why = [failure.message]
    if why:
        context.log("copies left", because=why)
    return None


def _is_late(context: Context) -> bool:
    """Returns whether it is not tried any more: at a deletion's deadline, or 55 minutes after the outcome was known."""
    if not context.run.get("answered"):
        return context.is_past_deadline
    return context.now >= context.run.get("told", context.run["started"]) + DEFAULT_TIMEOUT
