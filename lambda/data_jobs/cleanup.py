"""What a run leaves behind that no other needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import arrivals, executions, failures
from data_jobs.aws import CallFailed
from data_jobs.creation import remove_copies
from data_jobs.request import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from data_jobs.step import Step


def clean_up(step: Step) -> int | None:
    """Delete the copies that the job read, unless another run reads them too, which deletes them when it ends.

    Of two that end at the same time, the one that began later waits for the other.

    Returns:
        The seconds until it must be tried again, because nobody can tell yet who reads the copies; none if it is done.
    """
    copied, deletes = step.run.get("copied", 0), step.request.type == "Delete"
    unseen = executions.SEEN_AFTER - (step.now - step.run["started"])
    if copied and deletes and unseen > 0:
        return max(1, round(unseen))  # a run that has just begun may be in no list yet
    try:
        if step.request.arrivals:
            arrivals.remove(step)
        readers = executions.readers(step) if copied and not step.run.get("alone") else {}
        if any(readers.values()) and not deletes and not _is_late(step):
            return step.pause
        if copied and not readers:
            remove_copies(step)
        why = sorted(readers)
    except CallFailed as failure:
        if not _is_late(step) and step.may_pass(failure):
            step.run.pop("alone", None)  # others may have begun until then
            return failures.seconds_after(step, failure)
        why = [failure.words]
    if why:
        step.log("copies left", because=why)
    return None


def _is_late(step: Step) -> bool:
    """Whether it is tried no longer: at a deletion's deadline, or 55 minutes after the end was told."""
    if not step.run.get("answered"):
        return step.is_over
    return step.now >= step.run.get("told", step.run["started"]) + DEFAULT_TIMEOUT
