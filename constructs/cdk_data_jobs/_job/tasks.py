"""Tasks of Step Functions state machines that run a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, aws_stepfunctions

from cdk_data_jobs._job.invocation import invocable_function
from cdk_data_jobs._support.memo import stack_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner

REQUEST_ID = ("{} {} {}", "$$.Execution.Id", "$$.State.Name", "$$.State.EnteredTime")
"""The id of a run that a task starts, as the arguments of `States.Format`. A task that is tried again has the same id,
so that it finds the job of an invocation whose response was lost; after a failure the run takes the next name."""

_DEFAULT_TIMEOUT = Duration.days(8)  # a day longer than its run


def create_task(
    scope: Construct,
    id: str,
    *,
    runner: DataJobRunner,
    request: Mapping[str, Any],
    comment: str | None,
    result_path: str | None,
    result_selector: Mapping[str, Any] | None,
    task_timeout: aws_stepfunctions.Timeout | None,
) -> aws_stepfunctions.TaskStateBase:
    """Creates a task that invokes a runner's function to run a job, and waits for the result.

    Args:
        scope: The construct that the task belongs to.
        id: The task's construct id, which is the state's name.
        runner: The runner.
        request: The request with which the function is invoked, without the ids that only the execution knows.
        comment: The state's comment.
        result_path: The place of the job's attributes in the state's output.
        result_selector: The parts of them that are kept.
        task_timeout: How long the task may take; None for a day longer than its run.
    """
    from aws_cdk import aws_stepfunctions_tasks  # noqa: PLC0415 - it takes long to load, and few apps need it

    path = aws_stepfunctions.JsonPath
    template, *values = REQUEST_ID
    identity = path.format(template, *(path.string_at(value) for value in values))
    task = aws_stepfunctions_tasks.LambdaInvoke(
        scope,
        id,
        lambda_function=invocable_function(runner, stack_of(scope)),
        integration_pattern=aws_stepfunctions.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        payload=aws_stepfunctions.TaskInput.from_object(
            {**request, "RequestId": identity, "TaskToken": path.task_token}
        ),
        comment=comment,
        result_path=result_path,
        result_selector=result_selector,
        task_timeout=task_timeout or aws_stepfunctions.Timeout.duration(_DEFAULT_TIMEOUT),
    )
    # LambdaInvoke's own retrier lacks this error. A day of attempts leaves room in the history of an execution.
    task.add_retry(
        errors=["Lambda.TooManyRequestsException"],
        interval=Duration.seconds(5),
        backoff_rate=2,
        max_delay=Duration.minutes(4),
        max_attempts=720,
        jitter_strategy=aws_stepfunctions.JitterType.FULL,
    )
    return task
