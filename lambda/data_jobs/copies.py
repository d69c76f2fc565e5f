"""Copies a job's files to the staging bucket, and deletes copies that no run needs any more."""

import time

from data_jobs import executions
from data_jobs.context import Context
from data_jobs.errors import CallFailed
from data_jobs.failures import retry_seconds
from data_jobs.request import DEFAULT_TIMEOUT

MAX_COPYING_SECONDS = 240
"""Seconds after which a step copies no further file: the function times out after 15 minutes."""

MAX_QUICK_SECONDS = 5
"""Seconds of copying after which the next step creates the job, as it must check again that the job is wanted."""


def copy_files(context: Context) -> bool:
    """Copies the job's files, as many as one step has time for; returns whether this step can create the job."""
    began = time.monotonic()
    for file in context.files[context.run.get("copied", 0) :]:
        if time.monotonic() - began > MAX_COPYING_SECONDS:
            return False
        context.aws.copy_file(file["Source"], file["Target"])
        context.log("file copied", source=file["Source"], target=file["Target"])
        context.run["copied"] = context.run.get("copied", 0) + 1
    return time.monotonic() - began < MAX_QUICK_SECONDS


def clean_up(context: Context) -> bool:
    """Deletes the copies that the job has read, unless another run reads them; returns False if it must try again."""
    seconds = _seconds_until_retry(context)
    if seconds is None:
        return True
    context.run["cleaning"] = True
    context.go_to("check", seconds)  # the state machine waits before `check`, but not before `report`
    return False


def _seconds_until_retry(context: Context) -> int | None:
    """Deletes the copies. If it must be tried again, returns the seconds until then, else None.

    Of two runs that read them, the one that started later waits for the other.
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
    """Returns whether the clean-up is given up: at a deletion's deadline, or 55 minutes after the outcome."""
    if not context.run.get("answered"):
        return context.is_past_deadline
    return context.now >= context.run.get("told", context.run["started"]) + DEFAULT_TIMEOUT


def _delete_copies(context: Context) -> None:
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
