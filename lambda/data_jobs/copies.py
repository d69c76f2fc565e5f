"""Copies the files that a job reads to where its service may read them, and deletes the copies."""

import time

from data_jobs.context import Context
from data_jobs.errors import CallFailed

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


def delete_copies(context: Context) -> None:
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
