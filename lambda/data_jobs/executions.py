"""What else goes on for a run's resource: its other runs, and what CloudFormation does with it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from data_jobs.aws import CallFailed
from data_jobs.creation import CLOCKS
from data_jobs.decisions import is_going_away
from data_jobs.request import Request, due

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.step import Step


SEEN_AFTER = 10
"""Seconds after which every execution is believed to be in the list of them, which is "eventually consistent" (Step
Functions API Reference, ListExecutions). How long that takes is documented nowhere."""


MOST_ASKED = 50
"""Runs of other resources that are asked at most what they read: accounts have 250 such calls, and 10 more a second."""


def under_way(step: Step, logical_id: str = "") -> dict[str, float]:
    """The runs under way of this resource, or of another one of its stack, and when each began."""
    return step.aws.executions(step.request.executions(logical_id), statusFilter="RUNNING")


def of_deployments(step: Step) -> list[str]:
    """The runs under way of this resource that a deployment started to make its job."""
    runs = f"{step.request.executions()}run-"
    return [name for name in under_way(step) if not name.startswith(runs) and not is_deletion(name)]


def has_successor(step: Step) -> bool:
    """Whether CloudFormation has asked for something else of this resource since this run was asked for."""
    since = step.run["started"]
    own = step.request.deliveries, f"{step.request.executions()}run-"
    began = step.aws.executions(step.request.executions(), since=since)
    return any(began[name] > since and name != step.execution and not name.startswith(own) for name in began)


def last_request_failed(step: Step) -> bool:
    """Whether the last request for the resource failed, or is still being worked on, and does not accept that it fails.

    For a resource that waits on, it is that of the one which creates the job. A rollback's Update succeeds, and so does
    one that keeps a job whose failure was accepted before.

    Raises:
        CallFailed: If nobody can tell; `busy` if the run that has looked at the same job just now is about to end.
    """
    prefix = step.request.executions(step.request.creator)
    asked = tuple(f"{prefix}{request_type}-" for request_type in ("create", "update"))
    began = step.aws.executions(prefix)
    names = [name for name in began if name.startswith(asked) and not name.startswith(step.request.deliveries)]
    if not names:  # Step Functions has forgotten it, after 90 days
        return False
    status, started_with = step.aws.execution(max(names, key=began.__getitem__))
    request = Request.from_event(started_with["request"])
    if status == "SUCCEEDED" or not request.waits or request.accepts_failure:
        return False
    keeps = request.keeps_job(step.definition["not_identity"])
    if status == "RUNNING" and not keeps and request.physical_id == step.run["id"]:
        return False  # a rollback's, which was answered and cleans up: else the job would be another
    if status == "RUNNING" and step.request.creator and (keeps or step.has_ended):
        raise CallFailed("busy", "the run of the job's own resource has not ended")
    return True


def is_removed(aws: Aws, request: Request) -> bool:
    """Whether the resource is no longer part of its stack, or is being removed from it: nothing may start for it.

    After an update that replaced its job, the job before is deleted while the resource lives on.

    Raises:
        CallFailed: If CloudFormation cannot be asked.
    """
    try:
        physical_id, status = aws.stack_resource(request.stack_id, request.logical_id)
    except CallFailed as failure:
        if failure.means == "denied":
            # The stack was deployed by a version that did not ask.
            return is_going_away(aws.stack_status(request.stack_id))
        if "does not exist" in failure.words:
            return True
        raise
    return status.startswith("DELETE") or (request.type == "Delete" and physical_id == request.physical_id)


def rejected(step: Step) -> list[str]:
    """The runs under way that were due before the Update of a rollback, which takes back what they do.

    Those that were due later wait for that Update in turn, as runs of schedules do.
    """
    began = under_way(step)
    own = began.get(step.execution, step.run["started"] + CLOCKS), step.execution
    found = [name for name in began if not is_deletion(name) and not name.startswith(step.request.deliveries)]
    return [name for name in found if (due(name, began[name]), name) < own]


def readers(step: Step) -> dict[str, bool]:
    """The other runs that read the files which were copied for this one, and whether each began before it.

    Raises:
        CallFailed: If nobody can tell.
    """
    running = step.aws.executions(step.request.executions_of_stack, statusFilter="RUNNING")
    own = running.get(step.execution, math.inf), step.execution
    copies = {file["Target"] for file in step.files}
    found = {name: began for name, began in running.items() if name != step.execution and not is_deletion(name)}
    resource = step.request.executions()
    names = [name for name in found if name.startswith(resource)]
    if len(names) < len(found):
        names += _of_renamed(step, own[0], {one: found[one] for one in found if not one.startswith(resource)})
    return {name: (found[name], name) < own for name in names if copies & _copies_of(step, name)}


def _of_renamed(step: Step, own: float, found: dict[str, float]) -> list[str]:
    """The runs that may be of a resource with another logical id that had, or got, this one's place in the app.

    No template has both: what deployments have started since the stack's last operation began is of one. Until that has
    ended, others may start either, and what they have started may go on after it.

    Args:
        step: The step that asks.
        own: When its run began.
        found: When the runs of other resources began.

    Raises:
        CallFailed: If the stack cannot be asked, or too many runs would have to be.
    """
    status, since = step.aws.stack_operation(step.request.stack_id)
    if is_going_away(status):
        return []
    deletes = step.request.type == "Delete"
    changes, asked = status.endswith("IN_PROGRESS"), not step.request.is_of_deployment
    names = [
        name
        for name, began in found.items()
        if deletes or min(began, own) <= since or (changes if asked else is_of_type(name, "run"))
    ]
    if len(names) > MOST_ASKED:
        raise CallFailed("refused", f"{len(names)} runs of other resources may read them")
    return names


def of_whole_stack(step: Step) -> tuple[list[str], list[str]]:
    """The other runs under way, less deletions: of this resource, and of all resources of its stack."""
    running = step.aws.executions(step.request.executions_of_stack, statusFilter="RUNNING")
    found = [name for name in running if name != step.execution and not is_deletion(name)]
    own = step.request.executions()
    return [name for name in found if name.startswith(own)], found


def _copies_of(step: Step, name: str) -> set[str]:
    """The files that are copied for a run; none if it has ended, which the list of runs may not tell yet."""
    status, started_with = step.aws.execution(name)
    properties = started_with["request"].get("ResourceProperties", {})
    return {file["Target"] for file in properties.get("Files", [])} if status == "RUNNING" else set()


def is_deletion(name: str) -> bool:
    """Whether a deletion has this name."""
    return is_of_type(name, "delete")


def is_of_type(name: str, request_type: str) -> bool:
    """Whether the execution for a request of this type, in lower case, has this name."""
    return bool(re.search(rf"-{request_type}-[0-9a-f]{{8}}-[0-9a-z]{{12}}$", name))
