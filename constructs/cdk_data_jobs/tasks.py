"""A job as a task of a Step Functions state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, aws_stepfunctions

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.invocation import invoked_function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner

REQUEST_ID = ("{} {} {}", "$$.Execution.Id", "$$.State.Name", "$$.State.EnteredTime")
"""What tells a run from the others. A task that is tried again has the same, so that it finds the job of an invocation
whose answer was lost; after a failure the run takes the next name."""


_LONGER_THAN_A_RUN = Duration.days(8)


class DataJobError:
    """The names of the errors that a job's task fails with, for `add_catch(..., errors=[...])` and `add_retry(...)`."""

    FAILED = "DataJob.Failed"
    """The service ran the job, and it failed."""

    NOT_CREATED = "DataJob.NotCreated"
    """The service, or the runner, refused the job."""

    TIMED_OUT = "DataJob.TimedOut"
    """The job did not end within 7 days. A `task_timeout` ends the task earlier, with `States.Timeout`."""

    CRASHED = "DataJob.Crashed"
    """The run of the job failed; the runner's log tells why."""


def make_task(
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
    """Makes a task that asks a runner's function for a run, and waits for its answer.

    Args:
        scope: The construct that the task belongs to.
        id: Its id in it, which is the state's name.
        runner: The runner.
        request: What the function is invoked with, less what only the execution knows.
        comment: What the state's description says.
        result_path: Where the job's attributes go in the state.
        result_selector: What is taken of them.
        task_timeout: How long the task may take; if none, a day longer than its run.
    """
    from aws_cdk import aws_stepfunctions_tasks  # noqa: PLC0415 - it takes long to load, and few apps need it

    path = aws_stepfunctions.JsonPath
    template, *values = REQUEST_ID
    identity = path.format(template, *(path.string_at(value) for value in values))
    task = aws_stepfunctions_tasks.LambdaInvoke(
        scope,
        id,
        lambda_function=invoked_function(runner, stack_of(scope)),
        integration_pattern=aws_stepfunctions.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        payload=aws_stepfunctions.TaskInput.from_object(
            {**request, "RequestId": identity, "TaskToken": path.task_token}
        ),
        comment=comment,
        result_path=result_path,
        result_selector=result_selector,
        task_timeout=task_timeout or aws_stepfunctions.Timeout.duration(_LONGER_THAN_A_RUN),
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
