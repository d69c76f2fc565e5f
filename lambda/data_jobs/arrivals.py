"""Files that arrive one by one: each leaves a note, for a run that works on many together (batches.py).

Each arrival asks for the run of its window of time, which all arrivals of the window share. That run begins when the
window is over.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from data_jobs import executions
from data_jobs.aws import CallFailed, split_s3
from data_jobs.log import log
from data_jobs.request import Request, digest

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.step import Step

MARGIN = 5
"""Seconds that the clocks of two functions may differ."""

COPIES = "data-jobs/"
"""The folder for all copies in a staging bucket that a user gave (constructs/cdk_data_jobs/storage.py)."""


def note(event: dict[str, Any], aws: Aws) -> dict[str, Any] | None:
    """Note what arrived, and return the request of the run that will take it; none if it is nothing for the job.

    Args:
        event: A request with `Arrived`, the `{Bucket, Key}` of an object, and `Window`, the seconds of a window.
        aws: The calls.

    Raises:
        ValueError: If the event says no such thing.
        CallFailed: If the note could not be written.
    """
    try:
        inbox, window = str(event["Arrivals"]["Inbox"]), max(1, int(event["Window"]))
        source = source_of(event)
        version = str(event["Arrived"].get("Sequencer", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("an arrival must have Arrivals.Inbox, Window, Arrived.Bucket and Arrived.Key") from error
    request = {name: value for name, value in event.items() if name not in ("Arrived", "Window")}
    if why := _nothing_for_the_job(source, {**request, "RequestId": source}, aws):
        log("arrival ignored", source=source, because=why)
        return None
    # A name for each version: one that is written while another is copied must not be lost with the other's note.
    content = {"source": source, "arrived": time.time()}
    aws.write_file(inbox + digest(f"{source} {version}", 32), json.dumps(content))
    # Only now, so that the note is there when the window's run looks.
    window_ends = (int(time.time()) // window + 1) * window
    return {**request, "RequestId": f"{inbox} {window_ends}", "NotBefore": window_ends + MARGIN}


def source_of(event: dict[str, Any]) -> str:
    """The file of whose arrival an event tells."""
    return f"s3://{event['Arrived']['Bucket']}/{event['Arrived']['Key']}"


def _nothing_for_the_job(source: str, event: dict[str, Any], aws: Aws) -> str:
    """Why the job must not read what arrived, if it must not."""
    request = Request.from_event(event)
    root = request.arrivals["Inbox"].rpartition("arrived/")[0]
    bucket, key = split_s3(root)
    if source.endswith("/"):
        return "it is the marker of a folder"
    if source.startswith(f"s3://{bucket}/{COPIES}" if key.startswith(COPIES) else root):
        return "it is a copy that a run has made"
    try:
        return "the job is being deleted" if executions.is_removed(aws, request) else ""
    except CallFailed:
        return ""


def folder(step: Step) -> str:
    """The folder in which a run gathers its files."""
    return f"{step.request.arrivals['Folder']}{digest(step.request.request_id, 16)}/"


def forget(step: Step) -> None:
    """Delete the notes of what arrived for a job that is being deleted: no bucket is deleted that holds something."""
    if step.request.arrivals:
        inbox = step.request.arrivals["Inbox"]
        try:
            _delete_all(step, inbox)
        except CallFailed as failure:
            step.log("files not deleted", prefix=inbox, reason=failure.words)


def remove(step: Step) -> None:
    """Delete the run's folder.

    Raises:
        CallFailed: If something is left in it.
    """
    _delete_all(step, folder(step))


def _delete_all(step: Step, prefix: str) -> None:
    for file in step.aws.list_files(prefix):
        step.aws.delete_file(file)
