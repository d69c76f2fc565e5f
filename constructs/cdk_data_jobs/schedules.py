"""Runs of a job at set times."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam

from cdk_data_jobs.access import service_acting_for
from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.dead_letters import dead_letters
from cdk_data_jobs.invocation import invoked_function
from cdk_data_jobs.places import path_below, shared_scope
from cdk_data_jobs.review import acknowledge_grants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration, aws_scheduler, aws_sqs
    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner


class Overlap(enum.Enum):
    """What a run does that finds another run of its job going on."""

    WAIT = "WAIT"
    """It waits its turn: the runs of a job go on one after another."""

    SKIP = "SKIP"
    """It ends without having made a job."""


REQUEST_ID = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>"
"""What tells a run from the others (EventBridge Scheduler User Guide, "Adding context attributes"): the same for every
attempt to deliver it, so that none of them makes a second job."""


def make_schedule(
    job: Construct,
    id: str,
    *,
    runner: DataJobRunner,
    request: Mapping[str, Any],
    schedule: aws_scheduler.ScheduleExpression,
    time_window: aws_scheduler.TimeWindow | None,
    retry_attempts: int | None,
    max_event_age: Duration | None,
    dead_letter_queue: aws_sqs.IQueue | None,
) -> aws_scheduler.Schedule:
    """Makes a schedule that invokes a runner's function.

    Args:
        job: The construct that it belongs to.
        id: Its id in it.
        runner: The runner.
        request: What the function is invoked with.
        schedule: When.
        time_window: How much later it may be.
        retry_attempts: How often the invocation is tried again.
        max_event_age: How long it is tried.
        dead_letter_queue: Where requests go that could not be delivered; if none, the stack's.
    """
    from aws_cdk import aws_scheduler, aws_scheduler_targets  # noqa: PLC0415 - it takes long to load, and few apps need it

    target = aws_scheduler_targets.LambdaInvoke(
        invoked_function(runner, stack_of(job)),
        input=aws_scheduler.ScheduleTargetInput.from_object(request),
        role=_role(job, runner),
        retry_attempts=retry_attempts,
        max_event_age=max_event_age,
        dead_letter_queue=dead_letter_queue or dead_letters(job),
    )
    return aws_scheduler.Schedule(job, id, schedule=schedule, target=target, time_window=time_window)


def _role(job: Construct, runner: DataJobRunner) -> aws_iam.Role:
    """Returns the role with which EventBridge Scheduler invokes the runner's function, one for a stack's schedules."""
    stack = stack_of(job)
    scope, id_ = shared_scope(stack), f"Schedules{path_below(stack, runner)}"
    found = scope.node.try_find_child(id_)
    if isinstance(found, aws_iam.Role):
        return found
    # EventBridge Scheduler User Guide, "Confused deputy prevention": the source is the schedule's group.
    group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
    trusted = service_acting_for(stack, "scheduler.amazonaws.com", "ArnEquals", group)
    role = aws_iam.Role(scope, id_, assumed_by=trusted)
    acknowledge_grants(role)
    runner.confine(role)
    return role
