"""Retries, catchers and limits of state machines in the offline AWS."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.ministack_fixes.stepfunctions.retries import delay

if TYPE_CHECKING:
    from conftest import AccountBuilder

# Fails as often as its event says, and counts the events of the history that it knows of.
FUNCTION = """
class First(Exception):
    pass

class Second(Exception):
    pass

def handler(event, context):
    attempt = event["attempt"]
    if attempt < event.get("first", 0):
        raise First("x" * event.get("letters", 1))
    if attempt < event.get("first", 0) + event.get("second", 0):
        raise Second("second")
    return {"attempt": attempt, "text": "x" * event.get("letters", 0)}
"""
LIMIT = 262_144
EVENTS = 25_000


class Machine:
    """A state machine that calls a function and tells it which attempt it is; it catches what is left in the end."""

    def __init__(
        self, builder: AccountBuilder, *retriers: dict[str, Any], catches: tuple[str, ...] = ("States.ALL",)
    ) -> None:
        self.builder, self.client = builder, builder.aws.client("stepfunctions")
        name = uuid.uuid4().hex[:6]
        self.function = builder.function(name, FUNCTION)
        parameters = {"attempt.$": "$$.State.RetryCount"}
        parameters |= {f"{name}.$": f"$.{name}" for name in ("first", "second", "letters")}
        call = {
            "Name": "Call",
            "Type": "Task",
            "Resource": self.function,
            "Parameters": parameters,
            "Retry": retriers,
            "Catch": [{"ErrorEquals": [name], "ResultPath": "$.error", "Next": "Caught"} for name in catches],
            "End": True,
        }
        self.arn = builder.machine(name, call, {"Name": "Caught", "Type": "Pass", "End": True})

    def start(self, **given: int) -> str:
        document = json.dumps({"first": 0, "second": 0, "letters": 0, **given})
        arn: str = self.client.start_execution(stateMachineArn=self.arn, input=document)["executionArn"]
        return arn

    def run(self, **given: int) -> dict[str, Any]:
        return finished(self.builder, self.start(**given))


def finished(builder: AccountBuilder, execution: str) -> dict[str, Any]:
    client = builder.aws.client("stepfunctions")
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.02)
    found["output"] = json.loads(found.get("output") or "{}")
    return dict(found)


def retrier(*errors: str, **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "IntervalSeconds": 1, "BackoffRate": 1, **more}


def test_retriers_count_for_themselves_and_the_state_counts_for_all(builder: AccountBuilder) -> None:
    retriers = retrier("First", MaxAttempts=2), retrier("States.ALL", MaxAttempts=3)
    machine = Machine(builder, *retriers)
    enough, too_few = machine.run(first=2, second=3), machine.run(first=3)

    assert enough["output"]["attempt"] == 5
    assert too_few["output"]["error"]["Error"] == "First"


def test_there_may_be_very_many_retries(builder: AccountBuilder) -> None:
    count = 30
    machine = Machine(builder, retrier("First", MaxAttempts=5000))
    arn = machine.start(first=count)
    output = finished(builder, arn)["output"]
    history = machine.client.get_execution_history(executionArn=arn, maxResults=1000)["events"]

    assert output["attempt"] == count
    # The start, the state's beginning and end, the execution's end, and three for each try.
    assert len(history) == 4 + 3 * (count + 1)


@pytest.mark.parametrize(
    ("settings", "delays"),
    [
        ({}, [1, 2, 4, 8]),
        ({"IntervalSeconds": 100, "BackoffRate": 1.5}, [100, 150, 225, 337.5]),
        ({"IntervalSeconds": 5, "MaxDelaySeconds": 15}, [5, 10, 15, 15]),
    ],
)
def test_pauses_grow_as_far_as_they_may(settings: dict[str, Any], delays: list[float]) -> None:
    assert [delay(settings, retries) for retries in range(4)] == delays
    assert delay({**settings, "MaxDelaySeconds": 60}, 100_000) == 60


def test_full_jitter_takes_a_random_part_of_a_pause() -> None:
    delays = [delay({"IntervalSeconds": 10, "JitterStrategy": "FULL"}, 0) for _ in range(200)]

    assert 0 <= min(delays) < 3
    assert 7 < max(delays) <= 10


def test_a_pause_may_be_longer_than_a_minute(builder: AccountBuilder) -> None:
    execution = Machine(builder, retrier("First", IntervalSeconds=200)).run(first=1)

    assert (execution["stopDate"] - execution["startDate"]).total_seconds() >= 200


def test_a_stopped_execution_is_retried_no_more(builder: AccountBuilder) -> None:
    machine = Machine(builder, retrier("First", MaxAttempts=5000, IntervalSeconds=30))
    arn = machine.start(first=5000)

    def tries() -> int:
        events = machine.client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return [event["type"] for event in events].count("TaskScheduled")

    while tries() < 3:
        time.sleep(0.02)
    machine.client.stop_execution(executionArn=arn)
    before = tries()
    time.sleep(1)

    assert finished(builder, arn)["status"] == "ABORTED"
    assert tries() == before


def test_too_large_a_result_is_caught_by_its_name_only(builder: AccountBuilder) -> None:
    wildcards = Machine(builder, retrier("States.ALL")).run(letters=LIMIT)
    named = Machine(builder, catches=("States.DataLimitExceeded",)).run(letters=LIMIT)
    fits = Machine(builder).run(letters=LIMIT - 100)

    assert (wildcards["status"], wildcards["error"]) == ("FAILED", "States.DataLimitExceeded")
    assert "size exceeding the maximum number of bytes service limit" in wildcards["cause"]
    assert named["output"]["error"]["Error"] == "States.DataLimitExceeded"
    assert fits["status"] == "SUCCEEDED"


def test_a_caught_error_may_make_a_states_output_too_large(builder: AccountBuilder) -> None:
    execution = Machine(builder).run(first=1, letters=LIMIT)

    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_too_large_an_input_is_refused(builder: AccountBuilder) -> None:
    machine = Machine(builder)

    with pytest.raises(machine.client.exceptions.ClientError, match="Value at 'input' failed to satisfy constraint"):
        machine.client.start_execution(stateMachineArn=machine.arn, input=json.dumps("x" * LIMIT))


def test_an_execution_fails_at_25000_events(builder: AccountBuilder) -> None:
    again = {"Name": "Again", "Type": "Pass", "Next": "Once more"}
    arn = builder.machine("endless", again, {"Name": "Once more", "Type": "Pass", "Next": "Again"})
    client = builder.aws.client("stepfunctions")
    started = client.start_execution(stateMachineArn=arn)["executionArn"]
    execution = finished(builder, started)
    [last] = client.get_execution_history(executionArn=started, reverseOrder=True, maxResults=1)["events"]

    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")
    assert execution["cause"] == "The execution reached the maximum number of history events (25000)."
    assert (last["id"], last["type"]) == (EVENTS, "ExecutionFailed")
