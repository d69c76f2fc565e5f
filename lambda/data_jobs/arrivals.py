"""Files that arrive one by one and are worked on together.

Each arrival leaves a note in an inbox and asks for the run of its window of time, which all arrivals of the window
share. That run begins when the window is over. It takes the notes that are there, once, and copies their files into a
folder of its own. A note goes when its file's data is in, or when the file is given up, which is told:

- at once, if the file cannot be copied, or the note cannot be read;
- if a job failed that read this file alone. The files of a job that failed are tried again, half as many at a time, so
  that a bad one ends up alone. Those of a job that replaces all data are one file in this respect;
- after a week of hourly tries, if jobs fail for what is not in their files.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from data_jobs import executions
from data_jobs.attributes import text
from data_jobs.aws import CallFailed, split_s3
from data_jobs.creation import COPYING
from data_jobs.log import log
from data_jobs.request import WATCHED, Request, digest

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.step import Step

MARGIN = 5
"""Seconds that the clocks of two functions may differ."""

AGAIN = 3600
"""Seconds until files are tried again whose job failed for what is not in them."""

NAME_LENGTH = 100
"""Characters of an object's own name that its copy keeps."""

MANIFESTS = "taken/"
"""Where the inbox has the lists of what runs have taken."""

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
        source = f"s3://{event['Arrived']['Bucket']}/{event['Arrived']['Key']}"
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


def take(step: Step) -> None:
    """Take what is noted now, so that what arrives meanwhile does not keep the run from its job; `taken` says how much.

    What failed before comes first, the smallest part of it alone.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    names = _notes(step)
    failed = sorted((name for name in names if _tried_with(name)), key=lambda name: (_tried_with(name), name))
    if failed:
        smallest = _tried_with(failed[0])
        alike = [name for name in failed if _tried_with(name) == smallest]
        taken = alike[: max(1, smallest // 2)]
    else:
        taken = names
    if taken:
        manifest = {"notes": {name: {} for name in taken}, "left": len(taken) < len(names)}
        step.aws.write_file(_manifest(step), json.dumps(manifest))
    step.run.update({"taken": len(taken), "position": 0})


def gather(step: Step) -> None:
    """Copy what was taken into the run's folder, as much as one step has time for; `gathered` tells that it is all.

    A step that gathers does nothing else: if it is taken again, for its end was lost, it copies the same once more.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    if step.run["taken"]:
        manifest = json.loads(step.aws.read_file(_manifest(step)))
        try:
            if not _copy(step, manifest["notes"]):
                return
        finally:
            step.aws.write_file(_manifest(step), json.dumps(manifest))
    step.run["gathered"] = len(step.aws.list_files(folder(step)))


def _copy(step: Step, notes: dict[str, dict[str, Any]]) -> bool:
    """Copy the files of notes from the run's position on, and keep in each note's entry what became of it.

    Returns:
        Whether all were copied, or given up.
    """
    began = time.monotonic()
    for name in [*notes][step.run["position"] :]:
        if time.monotonic() - began > COPYING:
            return False
        try:
            notes[name] = _read(step, name)
            source = notes[name]["source"]
            target = f"{folder(step)}{digest(source, 12)}-{source.rpartition('/')[2][-NAME_LENGTH:]}"
            step.aws.copy_file(source, target)
            step.log("arrival copied", source=source, target=target)
        except CallFailed as failure:
            if step.may_pass(failure):
                raise
            source = notes[name].setdefault("source", f"the note {name}")
            notes[name]["lost"] = True
            step.log("arrival lost", source=source, reason=failure.words)
            step.run.setdefault("lost", f"{source}: {failure.words}")
        step.run["position"] += 1
    return True


def _read(step: Step, name: str) -> dict[str, Any]:
    """What a note says.

    Raises:
        CallFailed: If it could not be read.
    """
    content = step.aws.read_file(step.request.arrivals["Inbox"] + name)
    try:
        said = json.loads(content)
        return {"source": str(said["source"]), "arrived": float(said.get("arrived", step.now))}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CallFailed("refused", "it is no note of this library") from error


def settle(step: Step) -> None:
    """Let go of what the run has taken if its data is in or it is given up, and let another run try the rest.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    run = step.run
    try:
        if not run.get("taken"):
            # A run that never came to what arrived must not be the last that could.
            is_pending = step.request.arrivals and not run.keys() & {"taken", "gathered"}
            if is_pending and run["outcome"]["error"] in ("DataJob.TimedOut", "DataJob.Crashed"):
                _try_again(step)
            return
        manifest = json.loads(step.aws.read_file(_manifest(step)))
        kept = [name for name in manifest["notes"] if not _let_go(step, name, manifest["notes"])]
        if kept or manifest["left"] or any(map(_tried_with, _notes(step))):
            _try_again(step)
        step.aws.delete_file(_manifest(step))
    except CallFailed as failure:
        if failure.means == "busy":
            raise
        step.log("notes left as they are", reason=failure.words)


def _let_go(step: Step, name: str, notes: dict[str, dict[str, Any]]) -> bool:
    """Remove a note, or leave it for another run, under a name that says with how many files it was tried."""
    run, said, inbox = step.run, notes[name], step.request.arrivals["Inbox"]
    imported = run.get("status") in step.definition["succeeded"]
    is_old = step.now - said.get("arrived", step.now) > WATCHED
    # A file that the run did not even get to is not to blame.
    blamed = run.get("blamed", False) and "source" in said
    is_alone = len(notes) == 1 or text(step.request.arrivals.get("Whole", False)) == "true"
    if said.get("lost") or (not imported and ((blamed and is_alone) or is_old)):
        give_up(step, said.get("source", name))
    elif not imported and blamed:
        again = f"{name.partition('.')[0]}.{len(notes)}"
        step.aws.write_file(inbox + again, json.dumps({"source": said["source"], "arrived": said["arrived"]}))
        if again != name:
            step.aws.delete_file(inbox + name)
        return False
    elif not imported:
        return False
    step.aws.delete_file(inbox + name)
    return True


def give_up(step: Step, source: str) -> None:
    """Tell that a file will not be tried again: in the log, in the run's reason, and as a metric."""
    step.log("file given up", source=source)
    count = step.run["given_up"] = step.run.get("given_up", 0) + 1
    if count == 1:
        step.run["outcome"]["reason"] += f" Given up: {source}"


def _try_again(step: Step) -> None:
    """Start another run for what is left: at once, or later if the reason of the failure is not in the files."""
    ended_well = step.run.get("blamed") or step.run.get("status") in step.definition["succeeded"]
    not_before = int(step.now) + (MARGIN if ended_well else AGAIN)
    event = {
        **step.run["request"],
        "RequestId": f"after {digest(step.request.request_id, 16)}",
        "NotBefore": not_before,
    }
    try:
        document = json.dumps({"request": event, "started": step.now})
        step.aws.start_execution(Request.from_event(event).execution_name, document)
    except CallFailed as failure:
        if failure.means != "taken":
            raise
    step.log("files left for another run", not_before=not_before)


def _notes(step: Step) -> list[str]:
    """The names of the notes in the inbox."""
    inbox = step.request.arrivals["Inbox"]
    names = (found.removeprefix(inbox) for found in step.aws.list_files(inbox))
    return [name for name in names if not name.startswith(MANIFESTS)]


def _tried_with(name: str) -> int:
    """With how many files together that of a note was tried last, by its name; 0 if never."""
    tried = name.partition(".")[2]
    return int(tried) if tried.isdecimal() else 0


def _manifest(step: Step) -> str:
    """Where the list is of what the run has taken."""
    return f"{step.request.arrivals['Inbox']}{MANIFESTS}{digest(step.request.request_id, 16)}"


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
