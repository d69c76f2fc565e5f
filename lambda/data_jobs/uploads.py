"""Records uploaded files: each gets a marker object, for the run that processes all files of a batching window.

All uploads of a window request the same run, which begins when the window is over (batches.py).
"""

import json
import time
from typing import Any

from data_jobs import executions
from data_jobs.aws import Aws
from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.errors import CallFailed
from data_jobs.log import log
from data_jobs.request import MAX_WATCH_SECONDS, Request, digest

COPIES_FOLDER = "data-jobs/"
"""The folder for the copies of all jobs in a staging bucket that the user brings."""


def source_of(event: dict[str, Any]) -> str:
    """Returns the location of the file that was uploaded."""
    return f"s3://{event['Arrived']['Bucket']}/{event['Arrived']['Key']}"


def to_request(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the event of an upload as a request for a run; the file is its id until the window is known.

    Raises:
        ValueError: If it lacks `Arrivals.Inbox`, `Window` in seconds, or `Arrived`, the `{Bucket, Key}` of an object.
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
    """Writes the marker object of an uploaded file.

    Returns:
        The request id and the earliest start of the window's run; None if the job must not read the file.
    """
    source, inbox, window = source_of(event), request.uploads["Inbox"], int(event["Window"])
    if why := _why_ignored(source, request, aws):
        log("arrival ignored", source=source, because=why)
        return None
    # A name for each version: if one is uploaded while another is copied, its marker must stay.
    name = digest(f"{source} {event['Arrived'].get('Sequencer', '')}", 32)
    aws.write_file(inbox + name, json.dumps({"source": source, "arrived": time.time()}))
    # Only now, so that the marker is there when the window's run lists them.
    window_end = (int(time.time()) // window + 1) * window
    return f"{inbox} {window_end}", window_end + CLOCK_SKEW


def _why_ignored(source: str, request: Request, aws: Aws) -> str:
    """Returns why the job must not read a file, if so."""
    own = request.uploads["Inbox"].rpartition("arrived/")[0]
    all_copies = f"s3://{own.split('/')[2]}/{COPIES_FOLDER}"
    if source.endswith("/"):
        return "it is the marker of a folder"
    if source.startswith(all_copies if own.startswith(all_copies) else own):
        return "it is a copy that a run has made"
    try:
        return "the job is being deleted" if executions.is_resource_removed(aws, request) else ""
    except CallFailed:
        return ""


def delete_markers(context: Context) -> None:
    """Deletes all marker objects of a job that is being deleted, because its bucket may be deleted next."""
    inbox = context.request.uploads.get("Inbox")
    if not inbox:
        return
    try:
        for marker in context.aws.list_files(inbox):
            context.aws.delete_file(marker)
    except CallFailed as failure:
        context.log("files not deleted", prefix=inbox, reason=failure.message)
