"""What a run leaves behind that no other needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import arrivals, executions
from data_jobs.aws import CallFailed
from data_jobs.creation import remove_copies
from data_jobs.request import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from data_jobs.step import Step


def _is_late(step: Step) -> bool:
    """Whether the listing was waited for long enough: nobody else is kept waiting, but for a deletion."""
    if not step.run.get("answered"):
        return step.is_over
    return step.now >= step.run.get("told", step.run["started"]) + DEFAULT_TIMEOUT


def clean_up(step: Step) -> None:
    """Delete the copies that the job read, unless another run reads them too.

    Raises:
        CallFailed: If nobody can tell now, and somebody may be able to later.
    """
    if step.request.arrivals:
        arrivals.remove(step)
    if not step.run.get("copied"):
        return
    try:
        readers = [] if step.run.get("alone") else executions.readers(step)
    except CallFailed as failure:
        if failure.means == "busy" and not _is_late(step):
            raise
        readers = [failure.words]
    if readers:
        step.log("copies left", because=readers)
    else:
        remove_copies(step)
