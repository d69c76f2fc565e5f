"""Schedules of jobs in EventBridge Scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, aws_iam

from cdk_data_jobs._access.service_principals import account_service_principal
from cdk_data_jobs._job.dead_letter_queues import stack_dead_letter_queue
from cdk_data_jobs._job.invocation import invocable_function
from cdk_data_jobs._support.construct_paths import path_below, shared_scope
from cdk_data_jobs._support.json_strings import escaped, may_need_escapes
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge_grants
from cdk_data_jobs._support.validation import validate_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_scheduler, aws_sqs
    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner


REQUEST_ID = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>"
"""The id of a scheduled run (EventBridge Scheduler User Guide, "Adding context attributes"): the same for every attempt
to deliver it, so that no second job is created."""


def _to_json(job: Construct, request: Mapping[str, Any]) -> str:
    """Returns a request as JSON, in which the values of what a user passes to the service are escaped."""
    text = stack_of(job).to_json_string(request)
    properties = request["ResourceProperties"]
    passed_on = [properties.get("JobName"), properties.get("Parameters")]
    return escaped(text) if may_need_escapes(passed_on) else text


def create_schedule(
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
    """Creates a schedule that invokes a runner's function.

    Args:
        job: The construct that it belongs to.
        id: The construct's id in that scope.
        runner: The runner.
        request: The request with which the function is invoked.
        schedule: The times at which it does.
        time_window: How much later it may do so.
        retry_attempts: How often the invocation is tried again.
        max_event_age: How long it is tried.
        dead_letter_queue: The queue for requests that could not be delivered; None for the stack's.

    Raises:
        ValidationError: If one of them is of another type.
    """
    from aws_cdk import aws_scheduler, aws_scheduler_targets  # noqa: PLC0415 - it takes long to load, and few apps need it

    expression = schedule if isinstance(schedule, str) else "rate(1 day)"
    hint = f"use aws_scheduler.ScheduleExpression.expression({expression!r})"
    validate_instance(schedule, aws_scheduler.ScheduleExpression, "schedule", required=True, hint=hint)
    validate_instance(time_window, aws_scheduler.TimeWindow, "time_window")
    validate_instance(max_event_age, Duration, "max_event_age")
    target = aws_scheduler_targets.LambdaInvoke(
        invocable_function(runner, stack_of(job)),
        input=aws_scheduler.ScheduleTargetInput.from_text(_to_json(job, request)),
        role=_scheduler_role(job, runner),
        retry_attempts=retry_attempts,
        max_event_age=max_event_age,
        dead_letter_queue=dead_letter_queue or stack_dead_letter_queue(job),
    )
    return aws_scheduler.Schedule(job, id, schedule=schedule, target=target, time_window=time_window)


def _scheduler_role(job: Construct, runner: DataJobRunner) -> aws_iam.Role:
    """Returns the role with which EventBridge Scheduler invokes the runner's function, one for a stack's schedules."""
    stack = stack_of(job)
    scope, id_ = shared_scope(stack), f"Schedules{path_below(stack, runner)}"
    found = scope.node.try_find_child(id_)
    if isinstance(found, aws_iam.Role):
        return found
    # EventBridge Scheduler User Guide, "Confused deputy prevention": the source is the schedule's group.
    group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
    trusted = account_service_principal(stack, "scheduler.amazonaws.com", "ArnEquals", group)
    role = aws_iam.Role(scope, id_, assumed_by=trusted)
    acknowledge_grants(role)
    runner.apply_permissions_boundary(role)
    return role
