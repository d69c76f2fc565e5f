"""Copies the files that a job reads to where its service may read them, and deletes copies that no run needs."""

import time

from data_jobs import executions
from data_jobs.context import Context
from data_jobs.errors import CallFailed
from data_jobs.failures import retry_seconds
from data_jobs.request import DEFAULT_TIMEOUT

MAX_COPYING_SECONDS = 240
"""Seconds after which a step copies no further file: the function ends at 15 minutes, and the last may be large."""

MAX_QUICK_SECONDS = 5
"""Seconds of copying after which the job is created by a step of its own, which first checks whether it is wanted."""


def copy_files(context: Context) -> bool:
    """Copies the job's files, as many as one step has time for.

    Returns:
        Whether the job can be created in this step: all files are copied, and that was quick.
    """
    began = time.monotonic()
    for file in context.files[context.run.get("copied", 0) :]:
        if time.monotonic() - began > MAX_COPYING_SECONDS:
            return False
        context.aws.copy_file(file["Source"], file["Target"])
        context.log("file copied", source=file["Source"], target=file["Target"])
        context.run["copied"] = context.run.get("copied", 0) + 1
    return time.monotonic() - began < MAX_QUICK_SECONDS


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
            for copy in context.aws.list_files(context.batch_folder):
                context.aws.delete_file(copy)
        readers = executions.readers_of_copies(context) if copied and not context.run.get("alone") else {}
        if any(readers.values()) and not deletes and not _is_given_up(context):
            return context.poll_interval
        if copied and not readers:
            _delete_copies(context)
        why = sorted(readers)
    except CallFailed as failure:
        if not _is_given_up(context) and context.should_retry(failure):
            context.run.pop("alone", None)  # others may have started until then
            return retry_seconds(context, failure)
        why = [failure.message]
    if why:
        context.log("copies left", because=why)
    return None


def _is_given_up(context: Context) -> bool:
    """Returns whether it is not tried any more: at a deletion's deadline, or 55 minutes after the outcome was known."""
    if not context.run.get("answered"):
        return context.is_past_deadline
    return context.now >= context.run.get("told", context.run["started"]) + DEFAULT_TIMEOUT


def _delete_copies(context: Context) -> None:
    """Deletes the files that were copied for the job."""
    failed = None
    for file in context.files[: context.run["copied"]]:
        try:
            context.aws.delete_file(file["Target"])
            context.log("copy deleted", target=file["Target"])
        except CallFailed as failure:
            context.log("copy not deleted", target=file["Target"], reason=failure.message)
            failed = failure if failed is None or failed.category == "denied" else failed
    if failed:
        raise failed
