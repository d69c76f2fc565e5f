"""Files that arrive one by one and are worked on together.

Each arrival leaves a note in an inbox and asks for the run of its window of time, which all arrivals of the window
share. That run begins when the window is over, so it finds every note of the window; it copies the files into a folder
of its own and removes their notes. A file whose window's run waits its turn is taken by the run before it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from data_jobs.aws import CallFailed
from data_jobs.creation import COPYING
from data_jobs.request import digest

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.step import Step

MARGIN = 5
"""Seconds that the clocks of two functions may differ."""

NAME_LENGTH = 100
"""Characters of an object's own name that its copy keeps."""


def note(event: dict[str, Any], aws: Aws) -> dict[str, Any]:
    """Note what arrived, and return the request of the run that will take it.

    Args:
        event: A request with `Arrived`, the `{Bucket, Key}` of an object, and `Window`, the seconds of a window.
        aws: The calls.

    Raises:
        ValueError: If the event says no such thing.
        CallFailed: If the note could not be written.
    """
    try:
        inbox, window = str(event["Arrivals"]["Inbox"]), max(1, int(event["Window"]))
        source = f"s3://{event['Arrived']['Bucket']}/{event['Arrived']['Key']}"
        version = str(event["Arrived"].get("Sequencer", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("an arrival must have Arrivals.Inbox, Window, Arrived.Bucket and Arrived.Key") from error
    # A name for each version: one that is written while another is copied must not be lost with the other's note.
    aws.write_file(inbox + digest(f"{source} {version}", 32), json.dumps({"source": source}))
    # Only now, so that the note is there when the window's run looks.
    window_ends = (int(time.time()) // window + 1) * window
    request = {name: value for name, value in event.items() if name not in ("Arrived", "Window")}
    return {**request, "RequestId": f"{inbox} {window_ends}", "NotBefore": window_ends + MARGIN}


def folder(step: Step) -> str:
    """The folder in which a run gathers its files."""
    return f"{step.request.arrivals['Folder']}{digest(step.request.request_id, 16)}/"


def gather(step: Step) -> None:
    """Copy what arrived into the run's folder, as much as one step has time for; `gathered` tells that it is all.

    A step that gathers does nothing else: if it is taken again, for its end was lost, what it has copied is in the
    folder and nothing more will be.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    began = time.monotonic()
    for noted in step.aws.list_files(step.request.arrivals["Inbox"]):
        if time.monotonic() - began > COPYING:
            return
        source = json.loads(step.aws.read_file(noted))["source"]
        target = f"{folder(step)}{digest(source, 12)}-{source.rpartition('/')[2][-NAME_LENGTH:]}"
        try:
            step.aws.copy_file(source, target)
        except CallFailed as failure:
            if step.may_pass(failure):
                raise
            step.log("arrival lost", source=source, reason=failure.words)
            step.run.setdefault("lost", f"{source}: {failure.words}")
        else:
            step.log("arrival copied", source=source, target=target)
        step.aws.delete_file(noted)
    step.run["gathered"] = len(step.aws.list_files(folder(step)))


def forget(step: Step) -> None:
    """Delete the notes of what arrived for a job that is being deleted: no bucket is deleted that holds something."""
    if step.request.arrivals:
        _delete_all(step, step.request.arrivals["Inbox"])


def remove(step: Step) -> None:
    """Delete the run's folder."""
    _delete_all(step, folder(step))


def _delete_all(step: Step, prefix: str) -> None:
    try:
        for file in step.aws.list_files(prefix):
            step.aws.delete_file(file)
    except CallFailed as failure:
        step.log("files not deleted", prefix=prefix, reason=failure.words)
