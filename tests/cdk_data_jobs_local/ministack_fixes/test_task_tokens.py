"""Step Functions in the offline AWS: tasks that wait for a result with their token."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import stepfunctions

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.stepfunctions import task_tokens

if TYPE_CHECKING:
    from conftest import AccountBuilder

RESPONDS = """
import boto3, json
class TooFewRows(Exception):
    pass
def handler(event, context):
    if event["input"].get("raise"):
        raise TooFewRows("only 3\\nof 1000")
    boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output=json.dumps(event["id"]))
"""
CAUGHT = {"ResultPath": "$.error", "Next": "Caught"}
PASS = {"Type": "Pass", "End": True}


class Callbacks:
    """State machines whose task sends its token to a queue."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.client = builder, builder.aws.client("stepfunctions")
        self.queue = builder.queue("tokens")

    def task(self, **fields: Any) -> dict[str, Any]:
        body = {"token.$": "$$.Task.Token", "retry.$": "$$.State.RetryCount", "name.$": "$$.State.Name"}
        url = self.builder.sqs.get_queue_url(QueueName=self.queue.rpartition(":")[2])["QueueUrl"]
        ends = {"End": True} if "Next" not in fields else {}
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": url, "MessageBody": body},
            **ends,
            **fields,
        }

    def start(self, *states: dict[str, Any], **given: Any) -> str:
        machine = self.builder.machine("task", *states)
        arn: str = self.client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        return arn

    def tokens(self, count: int = 1) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self.builder.messages(self.queue, count=count)]

    def finish(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = {"status": "RUNNING"}
        deadline = time.monotonic() + 60
        while found["status"] == "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.02)
            found = self.client.describe_execution(executionArn=execution)
        return found

    def error(self, execution: str) -> str:
        error: str = json.loads(self.finish(execution)["output"])["error"]["Error"]
        return error


@pytest.fixture
def callbacks(builder: AccountBuilder) -> Callbacks:
    return Callbacks(builder)


def catch(*errors: str) -> dict[str, Any]:
    return {"Catch": [{"ErrorEquals": list(errors), **CAUGHT}]}


def caught() -> dict[str, Any]:
    return {"Name": "Caught", **PASS}


def test_a_function_responds_with_the_executions_id(builder: AccountBuilder, callbacks: Callbacks) -> None:
    function = builder.function("responses", RESPONDS)
    payload = {"token.$": "$$.Task.Token", "id.$": "$$.Execution.Id", "input.$": "$"}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function, "Payload": payload},
        "End": True,
    }
    execution = callbacks.start(task)

    assert json.loads(callbacks.finish(execution)["output"]) == execution


def test_a_function_that_raises_fails_its_task_at_once(builder: AccountBuilder, callbacks: Callbacks) -> None:
    task = callbacks.task(**catch("TooFewRows"))
    task["Resource"] = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    payload = {"token.$": "$$.Task.Token", "input.$": "$"}
    task["Parameters"] = {"FunctionName": builder.function("raises", RESPONDS), "Payload": payload}
    execution = callbacks.start(task, caught(), **{"raise": True})

    assert callbacks.error(execution) == "TooFewRows"


def test_a_named_failure_is_caught_by_its_name(callbacks: Callbacks) -> None:
    execution = callbacks.start(callbacks.task(**catch("DataJobFailed")), caught())
    (one,) = callbacks.tokens()
    callbacks.client.send_task_failure(taskToken=one["token"], error="DataJobFailed", cause="3 rows are wrong")
    output = json.loads(callbacks.finish(execution)["output"])

    assert output["error"] == {"Error": "DataJobFailed", "Cause": "3 rows are wrong"}
    with pytest.raises(callbacks.client.exceptions.TaskTimedOut):
        callbacks.client.send_task_success(taskToken=one["token"], output="{}")


def test_an_unknown_token_and_an_output_that_is_no_json_are_refused(callbacks: Callbacks) -> None:
    callbacks.start(callbacks.task())
    (one,) = callbacks.tokens()

    with pytest.raises(callbacks.client.exceptions.TaskDoesNotExist):
        callbacks.client.send_task_success(taskToken="unknown", output="{}")
    with pytest.raises(callbacks.client.exceptions.InvalidOutput):
        callbacks.client.send_task_success(taskToken=one["token"], output="no json")
    callbacks.client.send_task_success(taskToken=one["token"], output="{}")


def test_a_task_times_out_on_the_emulated_clock(callbacks: Callbacks) -> None:
    task = callbacks.task(TimeoutSecondsPath="$.limit", **catch("States.Timeout"))
    execution = callbacks.start(task, caught(), limit=120)

    assert callbacks.error(execution) == "States.Timeout"


def test_a_task_lives_as_long_as_its_heart_beats(callbacks: Callbacks) -> None:
    # Three real seconds, which is how late a heartbeat may be on a slow machine.
    task = callbacks.task(HeartbeatSeconds=360, **catch("States.HeartbeatTimeout"))
    execution = callbacks.start(task, caught())
    (one,) = callbacks.tokens()
    for _ in range(10):
        time.sleep(0.4)
        callbacks.client.send_task_heartbeat(taskToken=one["token"])
    alive = callbacks.client.describe_execution(executionArn=execution)["status"]

    assert alive == "RUNNING"
    assert callbacks.error(execution) == "States.HeartbeatTimeout"


def test_a_task_without_a_timeout_has_99999999_seconds() -> None:
    tasks, began = task_tokens.Tasks(Clock(base=0, speed=99_999_999)), time.monotonic()
    task_tokens.current_execution.set({"status": "RUNNING"})
    with pytest.raises(stepfunctions._ExecutionError) as error:  # noqa: SLF001  (what ministack does not document)
        tasks.wait({"event": threading.Event(), "last_heartbeat": began + 10}, {})

    assert error.value.error == "States.Timeout"
    assert 1 <= time.monotonic() - began < 60


def test_a_missing_heartbeat_is_a_timeout_too(callbacks: Callbacks) -> None:
    execution = callbacks.start(callbacks.task(HeartbeatSeconds=10, **catch("States.Timeout")), caught())

    assert callbacks.error(execution) == "States.HeartbeatTimeout"


def test_a_retry_has_a_new_token(callbacks: Callbacks) -> None:
    again = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = callbacks.start(callbacks.task(Retry=again))
    (first,) = callbacks.tokens()
    callbacks.client.send_task_failure(taskToken=first["token"], error="Again")
    (second,) = callbacks.tokens()

    assert second["retry"] == 1
    assert second["token"] != first["token"]
    with pytest.raises(callbacks.client.exceptions.TaskTimedOut):
        callbacks.client.send_task_success(taskToken=first["token"], output='"first"')
    callbacks.client.send_task_success(taskToken=second["token"], output='"second"')
    assert callbacks.finish(execution)["output"] == '"second"'


def test_branches_have_tokens_of_their_own(callbacks: Callbacks) -> None:
    names = [f"Branch{number}" for number in range(8)]
    branches = [{"StartAt": name, "States": {name: callbacks.task()}} for name in names]
    execution = callbacks.start({"Type": "Parallel", "Branches": branches, "End": True})
    found = callbacks.tokens(count=8)
    for one in found:
        callbacks.client.send_task_success(taskToken=one["token"], output=json.dumps(one["name"]))

    assert sorted(one["name"] for one in found) == names
    assert json.loads(callbacks.finish(execution)["output"]) == names


def test_a_stopped_executions_task_is_over(callbacks: Callbacks) -> None:
    execution = callbacks.start(callbacks.task())
    (one,) = callbacks.tokens()
    callbacks.client.stop_execution(executionArn=execution)
    deadline = time.monotonic() + 60

    with pytest.raises(callbacks.client.exceptions.TaskTimedOut):  # noqa: PT012 - it ends in its own time
        while time.monotonic() < deadline:
            callbacks.client.send_task_heartbeat(taskToken=one["token"])
    assert callbacks.finish(execution)["status"] == "ABORTED"
