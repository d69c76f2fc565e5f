"""The batches of files that runs work on together, and what becomes of each file when its run has ended.

A run takes the notes that are there when its turn comes, once, and copies their files into a folder of its own. A note
goes when its file's data is in, or when the file is given up, which is told:

- at once, if the file cannot be copied, or the note cannot be read;
- if a job failed that read this file alone. The files of a job that failed are tried again, half as many at a time, so
  that a bad one ends up alone. Those of a job that replaces all data are one file in this respect;
- after a week of hourly tries, if the runs end for what is not in their files.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from data_jobs import arrivals
from data_jobs.attributes import text
from data_jobs.aws import CallFailed
from data_jobs.creation import COPYING
from data_jobs.request import WATCHED, Request, digest

if TYPE_CHECKING:
    from data_jobs.step import Step

AGAIN = 3600
"""Seconds until files are tried again whose run ended for what is not in them."""

NAME_LENGTH = 100
"""Characters of an object's own name that its copy keeps."""

MANIFESTS = "taken/"
"""Where the inbox has the lists of what runs have taken."""

Fate = Literal["imported", "given up", "tried again", "left"]


def take(step: Step) -> None:
    """Take what is noted now, so that what arrives meanwhile does not keep the run from its job.

    What failed before comes first: of the smallest batch that failed, half.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    names = _notes(step)
    failed = sorted(filter(_tried_with, names), key=_tried_with)
    if failed:
        smallest = _tried_with(failed[0])
        alike = [name for name in failed if _tried_with(name) == smallest]
        taken = alike[: max(1, smallest // 2)]
    else:
        taken = names
    if taken:
        manifest = {"notes": {name: {} for name in taken}, "left": len(taken) < len(names)}
        step.aws.write_file(_manifest(step), json.dumps(manifest))
    step.run.update({"batch_size": len(taken), "batch_position": 0})


def gather(step: Step) -> None:
    """Copy what was taken into the run's folder, as much as one step has time for; `gathered` tells that it is all.

    A step that gathers does nothing else: if it is taken again, for its end was lost, it copies the same once more.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    if step.run["batch_size"]:
        manifest, began_at = json.loads(step.aws.read_file(_manifest(step))), step.run["batch_position"]
        try:
            if not _copy(step, manifest["notes"]):
                return
        finally:
            try:
                step.aws.write_file(_manifest(step), json.dumps(manifest))
            except CallFailed:
                step.run["batch_position"] = began_at  # what became of these would be known to nobody
                raise
    step.run["gathered"] = len(step.aws.list_files(arrivals.folder(step)))


def _copy(step: Step, notes: dict[str, dict[str, Any]]) -> bool:
    """Copy the files of notes from the run's position on, and keep in each note's entry what became of it.

    Returns:
        Whether all were copied, or given up.
    """
    began = time.monotonic()
    for name in [*notes][step.run["batch_position"] :]:
        if time.monotonic() - began > COPYING:
            return False
        try:
            notes[name] = _read(step, name)
            source = notes[name]["source"]
            target = f"{arrivals.folder(step)}{digest(source, 12)}-{source.rpartition('/')[2][-NAME_LENGTH:]}"
            step.aws.copy_file(source, target)
            step.log("arrival copied", source=source, target=target)
        except CallFailed as failure:
            if step.may_pass(failure):
                raise
            source = notes[name].setdefault("source", f"the note {name}")
            notes[name]["denied" if failure.means in ("denied", "unreachable") else "lost"] = True
            step.log("arrival lost", source=source, reason=failure.words)
            step.run.setdefault("lost", f"{source}: {failure.words}")
        step.run["batch_position"] += 1
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
    except (KeyError, TypeError, ValueError) as error:
        raise CallFailed("refused", "it is no note that cdk-data-jobs has written") from error


def must_judge(step: Step) -> bool:
    """Whether it is still to be decided what becomes of what the run has taken."""
    return bool(step.run.get("batch_size")) and "judged" not in step.run


def judge(step: Step) -> None:
    """Decide what becomes of what the run has taken, and let the run tell what is given up; nothing is done yet.

    Raises:
        CallFailed: If the list of it could not be read and may be later.
    """
    run = step.run
    run["judged"] = step.now
    try:
        notes = _taken(step)["notes"]
    except CallFailed as failure:
        if step.may_pass_soon(failure):
            raise
        # Nothing is forgotten of which it is not known whether it must be told: it is as if it had never been taken.
        step.log("notes left as they are", reason=failure.words)
        run.pop("batch_size")
        run.pop("gathered", None)
        return
    given_up = [said.get("source", name) for name, said in notes.items() if _fate(step, name, notes) == "given up"]
    for source in given_up:
        step.log("file given up", source=source)
    if given_up:
        run["files_given_up"] = len(given_up)
        run["outcome"]["reason"] += f" Given up, so correct it and upload it again: {given_up[0]}"
    if any(_fate(step, name, notes) == "tried again" for name in notes):
        run["outcome"]["reason"] += f" Its {len(notes)} files are tried again, half as many at a time."


def settle(step: Step) -> None:
    """Do what was decided, and let another run try what is left. If it is done again, it does the same.

    Raises:
        CallFailed: If a call failed that may succeed later.
    """
    run, inbox = step.run, step.request.arrivals.get("Inbox", "")
    try:
        if not run.get("batch_size"):
            # A run that never came to what arrived must not be the last that could.
            never_came = step.request.arrivals and not run.keys() & {"batch_size", "gathered", "idle"}
            if never_came and not run["outcome"]["succeeded"]:
                _try_again(step, at_once=False)
            return
        taken = _taken(step)
        notes = taken["notes"]
        fates = {name: _fate(step, name, notes) for name in notes}
        there = {*_notes(step)}  # a step that was cut off has done its part
        for name, fate in fates.items():
            if name not in there or fate == "left":
                continue
            if fate == "tried again":  # under another name, for it is one of fewer than before
                again = f"{name.partition('.')[0]}.{len(notes)}"
                step.aws.write_file(inbox + again, json.dumps(notes[name]))
            step.aws.delete_file(inbox + name)
        is_left = "left" in fates.values()
        if taken["left"] or is_left or "tried again" in fates.values() or any(map(_tried_with, there - {*fates})):
            _try_again(step, at_once=not is_left)
        step.aws.delete_file(_manifest(step))
    except CallFailed as failure:
        if step.may_pass_soon(failure):
            raise
        step.log("notes left as they are", reason=failure.words)


def _taken(step: Step) -> dict[str, Any]:
    """What the run has taken: its `notes`, and whether others were `left`.

    Raises:
        CallFailed: If the list of it could not be read.
    """
    try:
        return dict(json.loads(step.aws.read_file(_manifest(step))))
    except ValueError as error:
        raise CallFailed("refused", "the list of what was taken is broken") from error


def _fate(step: Step, name: str, notes: dict[str, dict[str, Any]]) -> Fate:
    """What becomes of a note and its file."""
    run, said = step.run, notes[name]
    is_old = run["judged"] - said.get("arrived", run["judged"]) > WATCHED
    if said.get("lost"):
        return "given up"
    if said.get("denied"):
        return "given up" if is_old else "left"
    if run.get("status") in step.definition["succeeded"]:
        return "imported"
    # A file that the run did not even get to is not to blame.
    is_suspected = run.get("data_suspected", False) and "source" in said
    is_alone = len(notes) == 1 or text(step.request.arrivals.get("Whole", False)) == "true"
    if is_old or (is_suspected and is_alone):
        return "given up"
    return "tried again" if is_suspected else "left"


def _try_again(step: Step, *, at_once: bool) -> None:
    """Start another run for what is left: at once, or later if the reason of the failure is not in the files."""
    not_before = int(step.run["told"]) + (arrivals.MARGIN if at_once else AGAIN)
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
