"""What a run leaves behind that no other needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import arrivals, executions
from data_jobs.aws import CallFailed
from data_jobs.creation import remove_copies

if TYPE_CHECKING:
    from data_jobs.step import Step


def clean_up(step: Step) -> None:
    """Delete the copies that the job read, unless another run of the same resource reads them too."""
    if step.request.arrivals:
        arrivals.remove(step)
    if not step.run.get("copied"):
        return
    try:
        readers = executions.others(step)
    except CallFailed as failure:
        readers = [failure.words]
    if readers:
        step.log("copies left", because=readers)
    else:
        remove_copies(step)
