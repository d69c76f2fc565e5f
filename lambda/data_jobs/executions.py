"""Which other runs of a job are under way, and what a run leaves behind that no other needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_jobs import arrivals
from data_jobs.aws import CallFailed
from data_jobs.creation import remove_copies

if TYPE_CHECKING:
    from data_jobs.step import Step


def under_way(step: Step, logical_id: str = "") -> dict[str, float]:
    """The runs under way of this resource, or of another one of its stack, and when each began."""
    return step.aws.executions(step.request.executions(logical_id), statusFilter="RUNNING")


def of_deployments(step: Step) -> dict[str, float]:
    """The runs under way of this resource that a deployment started, and when each began."""
    asked_for = f"{step.request.executions()}run-"
    return {name: began for name, began in under_way(step).items() if not name.startswith(asked_for)}


def others(step: Step, logical_id: str = "") -> list[str]:
    """The other runs under way that may create a job for this resource, or for another one of its stack."""
    deletions = f"{step.request.executions(logical_id)}delete-"
    return [name for name in under_way(step, logical_id) if name != step.execution and not name.startswith(deletions)]


def clean_up(step: Step) -> None:
    """Delete the copies that the job read, unless another run of the same resource reads them too."""
    if step.request.arrivals:
        arrivals.remove(step)
    if not step.run.get("copied"):
        return
    try:
        readers = others(step)
    except CallFailed as failure:
        readers = [failure.words]
    if readers:
        step.log("copies left", because=readers)
    else:
        remove_copies(step)
