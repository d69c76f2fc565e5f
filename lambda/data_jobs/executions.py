"""Finds out what is running for a run's resource: other runs, its job, a deletion by CloudFormation."""

import math
from typing import NamedTuple

from data_jobs.aws import Aws
from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.definitions import job_status
from data_jobs.errors import CallFailed
from data_jobs.request import Request, is_deletion, is_of_type, queue_position
from data_jobs.stack_status import is_cleaning_up, is_stack_deleting

LISTING_DELAY = 10
"""Seconds after which we assume that a list of executions has a new one. Lists are "eventually consistent" (Step
Functions API Reference, ListExecutions), and how long that takes is not documented."""

MAX_DESCRIBED_RUNS = 50
"""Runs of other resources that one step describes: an account has 250 such calls, and 10 more a second."""


class JobState(NamedTuple):
    """The state of a job; `status` may be the message of the call that failed."""

    is_running: bool
    is_missing: bool
    status: str


def job_state(context: Context, job_id: str) -> JobState:
    """Returns the state of a job. If it cannot be described yet, it counts as running."""
    try:
        job = context.describe_job(job_id)
    except CallFailed as failure:
        is_denied = failure.category == "denied" and context.request.type == "Delete"
        # The policies of an updated stack may not name what the old job was of.
        if is_denied and is_cleaning_up(context.aws.stack_status(context.request.stack_id)):
            return JobState(is_running=False, is_missing=False, status=failure.message)
        return JobState(context.should_retry(failure), failure.category == "refused", failure.message)
    status = job_status(context.definition, job)
    has_ended = status in (*context.definition["succeeded"], *context.definition["failed"])
    return JobState(not has_ended, is_missing=False, status=status)


def running(context: Context, logical_id: str = "") -> dict[str, float]:
    """Returns the running executions for this resource, or another one of its stack, with their start."""
    return context.aws.list_executions(context.request.execution_prefix(logical_id), statusFilter="RUNNING")


def running_creations(context: Context) -> list[str]:
    """Returns the running executions for Creates and Updates of this resource."""
    runs = f"{context.request.execution_prefix()}run-"
    return [name for name in running(context) if not name.startswith(runs) and not is_deletion(name)]


def running_in_stack(context: Context) -> tuple[list[str], list[str]]:
    """Returns the other running executions, except deletions: for this resource, and for all of its stack."""
    listed = context.aws.list_executions(context.request.stack_execution_prefix, statusFilter="RUNNING")
    found = [name for name in listed if name != context.execution and not is_deletion(name)]
    own = context.request.execution_prefix()
    return [name for name in found if name.startswith(own)], found


def running_rolled_back(context: Context) -> list[str]:
    """Returns the running executions that are in the queue before this one, the Update of a rollback."""
    started = running(context)
    own = started.get(context.execution, context.run["started"] + CLOCK_SKEW), context.execution
    others = {name: at for name, at in started.items() if not name.startswith(context.request.delivery_prefix)}
    return [name for name, at in others.items() if queue_position(name, at) < own and not is_deletion(name)]


def has_newer_request(context: Context) -> bool:
    """Returns whether CloudFormation has sent a later request for this resource."""
    since = context.run["started"]
    own = context.request.delivery_prefix, f"{context.request.execution_prefix()}run-"
    started = context.aws.list_executions(context.request.execution_prefix(), since=since)
    return any(started[name] > since and name != context.execution and not name.startswith(own) for name in started)


def last_request_failed(context: Context) -> bool:
    """Returns whether the job's last Create or Update failed or is running, without accepting failures.

    For a waiting resource, that is the request of the resource that creates the job.

    Raises:
        CallFailed: If it is unknown; `busy` if that run is about to end.
    """
    prefix = context.request.execution_prefix(context.request.creator_logical_id)
    wanted = tuple(f"{prefix}{request_type}-" for request_type in ("create", "update"))
    started = context.aws.list_executions(prefix)
    own = context.request.delivery_prefix
    names = [name for name in started if name.startswith(wanted) and not name.startswith(own)]
    if not names:  # Step Functions forgets executions after 90 days
        return False
    status, run = context.aws.describe_execution(max(names, key=started.__getitem__))
    request = Request.from_event(run["request"])
    if status == "SUCCEEDED" or not request.waits_for_completion or request.accepts_failure:
        return False
    keeps = request.keeps_job(context.definition["not_identity"])
    if status == "RUNNING" and not keeps and request.physical_id == context.run["id"]:
        return False  # a rollback's, which is answered and cleans up: else the job would be another
    if status == "RUNNING" and context.request.creator_logical_id and (keeps or context.has_job_ended):
        raise CallFailed("busy", "the run of the job's own resource has not ended")
    return True


def is_resource_removed(aws: Aws, request: Request) -> bool:
    """Returns whether the resource is not in its stack any more, or is being removed.

    It is not if an update has replaced its job, and only the earlier physical id is deleted.
    """
    try:
        physical_id, status = aws.stack_resource(request.stack_id, request.logical_id)
    except CallFailed as failure:
        if failure.category == "denied":
            # Version 0.1 of the constructs did not grant the permission.
            return is_stack_deleting(aws.stack_status(request.stack_id))
        if "does not exist" in failure.message:
            return True
        raise
    return status.startswith("DELETE") or (request.type == "Delete" and physical_id == request.physical_id)


def readers_of_copies(context: Context) -> dict[str, bool]:
    """Returns the other runs that read the same copies, and whether each started before this one."""
    listed = context.aws.list_executions(context.request.stack_execution_prefix, statusFilter="RUNNING")
    own = listed.get(context.execution, math.inf), context.execution
    copies = {file["Target"] for file in context.files}
    found = {name: at for name, at in listed.items() if name != context.execution and not is_deletion(name)}
    prefix = context.request.execution_prefix()
    names = [name for name in found if name.startswith(prefix)]
    if len(names) < len(found):
        names += _of_renamed_resources(
            context, own[0], {one: found[one] for one in found if not one.startswith(prefix)}
        )
    return {name: (found[name], name) < own for name in names if copies & _copies_of(context, name)}


def _of_renamed_resources(context: Context, own_start: float, found: dict[str, float]) -> list[str]:
    """Returns the runs of other resources that may be this one under another logical id, before or after a renaming.

    Of the two, a template has one: what deployments have started since the stack's operation began is for other jobs.
    Runs that no deployment started may be for either until the operation has ended, and continue after it.
    """
    status, since = context.aws.stack_operation(context.request.stack_id)
    if is_stack_deleting(status):
        return []
    deletes = context.request.type == "Delete"
    changes, is_run = status.endswith("IN_PROGRESS"), not context.request.is_from_cloudformation
    names = [
        name
        for name, started in found.items()
        if deletes or min(started, own_start) <= since or (changes if is_run else is_of_type(name, "run"))
    ]
    if len(names) > MAX_DESCRIBED_RUNS:
        raise CallFailed("refused", f"{len(names)} runs of other resources may read them")
    return names


def _copies_of(context: Context, name: str) -> set[str]:
    """Returns the copies that a run reads; none if it has ended, which the list may not show yet."""
    status, run = context.aws.describe_execution(name)
    properties = run["request"].get("ResourceProperties", {})
    return {file["Target"] for file in properties.get("Files", [])} if status == "RUNNING" else set()
