"""Receives files that are uploaded one by one: each leaves a marker object, for a run that takes many (batches.py).

Each upload asks for the run of its window of time, which all uploads of the window share. That run begins when the
window is over.
"""

import json
import time
from typing import Any

from data_jobs import executions
from data_jobs.aws import Aws, split_s3
from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.errors import CallFailed
from data_jobs.log import log
from data_jobs.request import MAX_WATCH_SECONDS, Request, digest

COPIES = "data-jobs/"
"""The folder for all copies in a staging bucket that the user gave (constructs/cdk_data_jobs)."""


def source_of(event: dict[str, Any]) -> str:
    """Returns the location of the file that was uploaded."""
    return f"s3://{event['Arrived']['Bucket']}/{event['Arrived']['Key']}"


def to_request(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the request of an upload's run: the event less the file, which is its id until the window is known.

    Raises:
        ValueError: If the event lacks `Arrivals.Inbox`, `Arrived`, the `{Bucket, Key}` of an object, or `Window`, the
            seconds of a window.
    """
    try:
        is_valid = 0 < int(event["Window"]) <= MAX_WATCH_SECONDS and "Inbox" in event["Arrivals"]
        source = source_of(event)
    except (KeyError, TypeError, ValueError):
        is_valid = False
    if not is_valid:
        raise ValueError("an upload must have Arrivals.Inbox, Window, Arrived.Bucket and Arrived.Key")
    return {**{name: value for name, value in event.items() if name not in ("Arrived", "Window")}, "RequestId": source}


def leave_marker(event: dict[str, Any], request: Request, aws: Aws) -> tuple[str, int] | None:
    """Writes the marker object of a file, for the run that will take it.

    Returns:
        The request id of that run, and its earliest start; None if the job must not read the file.
    """
    source, inbox, window = source_of(event), request.uploads["Inbox"], int(event["Window"])
    if why := _why_ignored(source, request, aws):
        log("arrival ignored", source=source, because=why)
        return None
    # A name for each version: one that is uploaded while another is copied must not be lost with the other's marker.
    name = digest(f"{source} {event['Arrived'].get('Sequencer', '')}", 32)
    aws.write_file(inbox + name, json.dumps({"source": source, "arrived": time.time()}))
    # Only now, so that the marker is there when the window's run lists them.
    window_end = (int(time.time()) // window + 1) * window
    return f"{inbox} {window_end}", window_end + CLOCK_SKEW


def _why_ignored(source: str, request: Request, aws: Aws) -> str:
    """Returns why the job must not read a file, if so."""
    root = request.uploads["Inbox"].rpartition("arrived/")[0]
    bucket, key = split_s3(root)
    if source.endswith("/"):
        return "it is the marker of a folder"
    if source.startswith(f"s3://{bucket}/{COPIES}" if key.startswith(COPIES) else root):
        return "it is a copy that a run has made"
    try:
        return "the job is being deleted" if executions.is_resource_removed(aws, request) else ""
    except CallFailed:
        return ""


def delete_markers(context: Context) -> None:
    """Deletes all marker objects of a job that is being deleted: a bucket that holds something cannot be deleted."""
    inbox = context.request.uploads.get("Inbox")
    if not inbox:
        return
    try:
        for marker in context.aws.list_files(inbox):
            context.aws.delete_file(marker)
    except CallFailed as failure:
        context.log("files not deleted", prefix=inbox, reason=failure.message)
