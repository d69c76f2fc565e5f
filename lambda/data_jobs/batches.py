"""Processes uploaded files in batches, and decides what becomes of each file when its run has ended.

A run's batch are the marker objects that exist when its turn comes. Their files are copied into a folder of its own. A
marker is deleted when its file is imported, or when the file is given up, which is reported:

- at once, if the file cannot be copied, or the marker is invalid;
- if a job failed that read this file alone. The files of a job that failed are tried again, half as many at a time, so
  that a bad one ends up alone. Those of a job that replaces all data count as one file;
- after a week of hourly retries, if the runs fail for a reason that is not in their files.
"""

import json
import time
from dataclasses import replace
from typing import Any, Literal

from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.conversion import to_string
from data_jobs.copies import MAX_COPYING_SECONDS
from data_jobs.errors import CallFailed
from data_jobs.request import MAX_WATCH_SECONDS, digest

RETRY_SECONDS = 3600
"""Seconds until files are tried again whose run failed for another reason than its files."""

MAX_NAME_LENGTH = 100
"""Characters of a file's name that the name of its copy keeps."""

MANIFESTS_FOLDER = "taken/"
"""The folder of the manifests below the inbox. Each lists the marker objects of a run's batch as `notes`."""

Decision = Literal["imported", "given up", "tried again", "left"]


def choose_batch(context: Context) -> None:
    """Writes the manifest of the run's batch: all markers, or half of the smallest batch that has failed."""
    names = _marker_names(context)
    failed = sorted(filter(_failed_batch_size, names), key=_failed_batch_size)
    if failed:
        smallest = _failed_batch_size(failed[0])
        taken = [name for name in failed if _failed_batch_size(name) == smallest][: max(1, smallest // 2)]
    else:
        taken = names
    if taken:
        manifest = {"notes": {name: {} for name in taken}, "left": len(taken) < len(names)}
        context.aws.write_file(_manifest_location(context), json.dumps(manifest))
    context.run.update({"batch_size": len(taken), "batch_position": 0})


def copy_batch(context: Context) -> None:
    """Copies the batch's files, as many as one step has time for; sets `gathered` when all are processed."""
    if context.run["batch_size"]:
        manifest = json.loads(context.aws.read_file(_manifest_location(context)))
        position = context.run["batch_position"]
        try:
            if not _copy_files(context, manifest["notes"]):
                return
        finally:
            try:
                context.aws.write_file(_manifest_location(context), json.dumps(manifest))
            except CallFailed:
                context.run["batch_position"] = position  # the manifest lacks these files
                raise
    context.run["gathered"] = len(context.aws.list_files(context.batch_folder))


def _copy_files(context: Context, markers: dict[str, dict[str, Any]]) -> bool:
    """Copies files from the run's position on, and sets in each marker's entry what became of its file.

    Returns:
        Whether all were processed.
    """
    began = time.monotonic()
    for name in [*markers][context.run["batch_position"] :]:
        if time.monotonic() - began > MAX_COPYING_SECONDS:
            return False
        try:
            markers[name] = _read_marker(context, name)
            source = markers[name]["source"]
            target = f"{context.batch_folder}{digest(source, 12)}-{source.rpartition('/')[2][-MAX_NAME_LENGTH:]}"
            context.aws.copy_file(source, target)
            context.log("arrival copied", source=source, target=target)
        except CallFailed as failure:
            if context.should_retry(failure):
                raise
            source = markers[name].setdefault("source", f"the marker object {name}")
            markers[name]["denied" if failure.category in ("denied", "unreachable") else "lost"] = True
            context.log("arrival lost", source=source, reason=failure.message)
            context.run.setdefault("lost", f"{source}: {failure.message}")
        context.run["batch_position"] += 1
    return True


def is_undecided(context: Context) -> bool:
    """Returns whether the run has a batch for which `decide` was not called."""
    return bool(context.run.get("batch_size")) and "judged" not in context.run


def decide(context: Context) -> None:
    """Decides what becomes of the batch's files, and adds those that are given up to the outcome."""
    run = context.run
    run["judged"] = context.now
    try:
        markers = _read_manifest(context)["notes"]
    except CallFailed as failure:
        if context.should_retry_report(failure):
            raise
        # No marker is deleted without knowing whether its file must be reported: all stay as if in no batch.
        context.log("notes left as they are", reason=failure.message)
        run.pop("batch_size")
        run.pop("gathered", None)
        return
    decisions = {name: _decision(context, name, markers) for name in markers}
    given_up = [markers[name].get("source", name) for name, decision in decisions.items() if decision == "given up"]
    for source in given_up:
        context.log("file given up", source=source)
    if given_up:
        run["files_given_up"] = len(given_up)
        run["outcome"]["reason"] += f" Given up, so correct it and upload it again: {given_up[0]}"
    if "tried again" in decisions.values():
        run["outcome"]["reason"] += f" Its {len(markers)} files are tried again, half as many at a time."


def carry_out(context: Context) -> None:
    """Deletes or renames markers as decided, and starts another run for those that are left; may be repeated."""
    run, inbox = context.run, context.request.uploads.get("Inbox", "")
    try:
        if not run.get("batch_size"):
            # If the run failed before it chose a batch, the markers need another run: later uploads may never come.
            has_no_batch = context.request.uploads and not run.keys() & {"batch_size", "gathered", "idle"}
            if has_no_batch and not run["outcome"]["succeeded"]:
                _start_another_run(context, at_once=False)
            return
        manifest = _read_manifest(context)
        markers = manifest["notes"]
        decisions = {name: _decision(context, name, markers) for name in markers}
        existing = {*_marker_names(context)}  # an earlier attempt of this step may have deleted some
        for name, decision in decisions.items():
            if name not in existing or decision == "left":
                continue
            if decision == "tried again":  # the new name has the size of the batch that failed
                new_name = f"{name.partition('.')[0]}.{len(markers)}"
                context.aws.write_file(inbox + new_name, json.dumps(markers[name]))
            context.aws.delete_file(inbox + name)
        is_left = "left" in decisions.values()
        failed_elsewhere = any(map(_failed_batch_size, existing - {*decisions}))
        if manifest["left"] or is_left or "tried again" in decisions.values() or failed_elsewhere:
            _start_another_run(context, at_once=not is_left)
        context.aws.delete_file(_manifest_location(context))
    except CallFailed as failure:
        if context.should_retry_report(failure):
            raise
        context.log("notes left as they are", reason=failure.message)


def _decision(context: Context, name: str, markers: dict[str, dict[str, Any]]) -> Decision:
    run, entry = context.run, markers[name]
    is_old = run["judged"] - entry.get("arrived", run["judged"]) > MAX_WATCH_SECONDS
    if entry.get("lost"):
        return "given up"
    if entry.get("denied"):
        return "given up" if is_old else "left"
    if run.get("status") in context.definition["succeeded"]:
        return "imported"
    # A file that the run has not read yet cannot be the cause.
    is_suspected = run.get("data_suspected", False) and "source" in entry
    is_alone = len(markers) == 1 or to_string(context.request.uploads.get("Whole", False)) == "true"
    if is_old or (is_suspected and is_alone):
        return "given up"
    return "tried again" if is_suspected else "left"


def _start_another_run(context: Context, *, at_once: bool) -> None:
    """Starts a run for the markers that are left, at once or in an hour."""
    not_before = int(context.run["told"]) + (CLOCK_SKEW if at_once else RETRY_SECONDS)
    request_id = f"after {digest(context.request.request_id, 16)}"
    request = replace(context.request, request_id=request_id, not_before=not_before)
    event = {**context.run["request"], "RequestId": request_id, "NotBefore": not_before}
    context.aws.start_execution(request.execution_name, json.dumps({"request": event, "started": context.now}))
    context.log("files left for another run", not_before=not_before)


def _marker_names(context: Context) -> list[str]:
    inbox = context.request.uploads["Inbox"]
    names = (found.removeprefix(inbox) for found in context.aws.list_files(inbox))
    return [name for name in names if not name.startswith(MANIFESTS_FOLDER)]


def _failed_batch_size(name: str) -> int:
    """Returns the size of the last batch that failed with a marker's file, from the marker's name; 0 if none did."""
    size = name.partition(".")[2]
    return int(size) if size.isdecimal() else 0


def _read_marker(context: Context, name: str) -> dict[str, Any]:
    content = context.aws.read_file(context.request.uploads["Inbox"] + name)
    try:
        marker = json.loads(content)
        return {"source": str(marker["source"]), "arrived": float(marker.get("arrived", context.now))}
    except (KeyError, TypeError, ValueError) as error:
        raise CallFailed("refused", "it is no marker object that cdk-data-jobs has written") from error


def _manifest_location(context: Context) -> str:
    return f"{context.request.uploads['Inbox']}{MANIFESTS_FOLDER}{digest(context.request.request_id, 16)}"


def _read_manifest(context: Context) -> dict[str, Any]:
    """Returns the run's manifest: the markers as `notes`, and whether others were `left`."""
    try:
        return dict(json.loads(context.aws.read_file(_manifest_location(context))))
    except ValueError as error:
        raise CallFailed("refused", "the manifest of the batch is broken") from error
