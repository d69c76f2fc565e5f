"""Tasks of Step Functions state machines that run a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, aws_stepfunctions

from cdk_data_jobs._job.invocation import invocable_function
from cdk_data_jobs._support.memo import stack_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_stepfunctions_tasks
    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner

_IDS = ("Execution.Id", "State.Name", "State.EnteredTime")
"""What the id of a run that a task starts is made of, in the execution's context. A task that is tried again has the
same id, so that it finds the job of an invocation whose response was lost; after a failure the run takes the next
name."""

_DEFAULT_TIMEOUT = Duration.days(8)  # a day longer than its run


@dataclass(frozen=True, kw_only=True)
class TaskOptions:
    """What all tasks have, whatever language their state machine is written in.

    Attributes:
        comment: The state's comment.
        task_timeout: How long the task may take; None for a day longer than its run.
    """

    comment: str | None
    task_timeout: aws_stepfunctions.Timeout | None


def create_task(
    scope: Construct,
    id: str,
    *,
    runner: DataJobRunner,
    request: Mapping[str, Any],
    options: TaskOptions,
    result_path: str | None,
    result_selector: Mapping[str, Any] | None,
) -> aws_stepfunctions.TaskStateBase:
    """Creates a task in JSONPath that invokes a runner's function to run a job, and waits for the result.

    Args:
        scope: The construct that the task belongs to.
        id: The task's construct id, which is the state's name.
        runner: The runner.
        request: The request with which the function is invoked, without the ids that only the execution knows.
        options: What tasks have in common.
        result_path: The place of the job's attributes in the state's output.
        result_selector: The parts of them that are kept.
    """
    from aws_cdk import aws_stepfunctions_tasks  # noqa: PLC0415 - it takes long to load, and few apps need it

    path = aws_stepfunctions.JsonPath
    identity = path.format(" ".join("{}" for _ in _IDS), *(path.string_at(f"$$.{one}") for one in _IDS))
    task = aws_stepfunctions_tasks.LambdaInvoke(
        scope,
        id,
        payload=_payload(request, identity, path.task_token),
        result_path=result_path,
        result_selector=result_selector,
        **_arguments(scope, runner, options),
    )
    return _with_retry(task)


def create_jsonata_task(
    scope: Construct,
    id: str,
    *,
    runner: DataJobRunner,
    request: Mapping[str, Any],
    options: TaskOptions,
    outputs: Any,  # noqa: ANN401 - JSON
    assign: Mapping[str, Any] | None,
) -> aws_stepfunctions.TaskStateBase:
    """Creates the same task in JSONata.

    Args:
        scope: The construct that the task belongs to.
        id: The task's construct id, which is the state's name.
        runner: The runner.
        request: The request with which the function is invoked, without the ids that only the execution knows.
        options: What tasks have in common.
        outputs: The state's output.
        assign: The variables that the state sets.
    """
    from aws_cdk import aws_stepfunctions_tasks  # noqa: PLC0415 - it takes long to load, and few apps need it

    identity = " & ' ' & ".join(f"$states.context.{one}" for one in _IDS)
    task = aws_stepfunctions_tasks.LambdaInvoke.jsonata(
        scope,
        id,
        payload=_payload(request, f"{{% {identity} %}}", "{% $states.context.Task.Token %}"),
        outputs=outputs,
        assign=assign,
        **_arguments(scope, runner, options),
    )
    return _with_retry(task)


def _payload(request: Mapping[str, Any], identity: str, token: str) -> aws_stepfunctions.TaskInput:
    return aws_stepfunctions.TaskInput.from_object({**request, "RequestId": identity, "TaskToken": token})


def _arguments(scope: Construct, runner: DataJobRunner, options: TaskOptions) -> dict[str, Any]:
    return {
        "lambda_function": invocable_function(runner, stack_of(scope)),
        "integration_pattern": aws_stepfunctions.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        "comment": options.comment,
        "task_timeout": options.task_timeout or aws_stepfunctions.Timeout.duration(_DEFAULT_TIMEOUT),
    }


def _with_retry(task: aws_stepfunctions_tasks.LambdaInvoke) -> aws_stepfunctions.TaskStateBase:
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
