"""How many functions run at once in the offline AWS, and what becomes of the others."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import AccountBuilder

SLEEPS = """
import os, time

def handler(event, context):
    print("began", event["number"], time.time())
    time.sleep(event["seconds"])
    while not os.path.exists(event.get("until", "/")):
        time.sleep(1)
    print("ended", event["number"], time.time())
    return event
"""
ERROR = "Lambda.TooManyRequestsException"


class Function:
    """A function, and a state machine that calls it once and tells of the error if there is one."""

    def __init__(self, builder: AccountBuilder, name: str = "sleeps") -> None:
        self.builder = builder
        self.arn = builder.function(name, SLEEPS)
        self.client, self.states = builder.aws.client("lambda"), builder.aws.client("stepfunctions")
        caught = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
        call = {"Type": "Task", "Resource": self.arn, "Catch": caught, "End": True}
        self.machine = builder.machine(f"{name}-calls", call, {"Name": "Caught", "Type": "Pass", "End": True})

    def reserve(self, count: int) -> None:
        self.client.put_function_concurrency(FunctionName=self.arn, ReservedConcurrentExecutions=count)

    def send(self, number: int, seconds: float, **more: str) -> None:
        payload = json.dumps({"number": number, "seconds": seconds, **more})
        self.client.invoke(FunctionName=self.arn, InvocationType="Event", Payload=payload)

    def call(self) -> dict[str, Any]:
        given = json.dumps({"number": 0, "seconds": 0})
        arn = self.states.start_execution(stateMachineArn=self.machine, input=given)["executionArn"]
        while (execution := self.states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.02)
        output: dict[str, Any] = json.loads(execution["output"])
        return output

    def times(self, word: str, count: int) -> dict[int, float]:
        """When it began or ended, by the number of the event."""
        lines = [line.split() for line in self.builder.log_lines(self.arn, word, count)]
        return {int(number): float(moment) for _, number, moment in lines}


@pytest.fixture
def make(builder: AccountBuilder) -> Iterator[Callable[[str], Function]]:
    """Makes functions; in the end they give back what they have reserved."""
    functions: list[Function] = []

    def make(name: str = "sleeps") -> Function:
        functions.append(Function(builder, name))
        return functions[-1]

    yield make
    for function in functions:
        function.client.delete_function_concurrency(FunctionName=function.arn)


@pytest.fixture
def account_of_one(builder: AccountBuilder) -> Iterator[AccountBuilder]:
    """An account of its own, with one concurrent execution: in the others' account, functions may still be running."""
    with OfflineAws(speed=120) as aws:
        aws.settings(concurrent_executions=1)
        yield type(builder)(aws)


def busy(function: Function, until: Path) -> None:
    """Let a function run until there is a file."""
    function.send(1, 0, until=str(until))
    deadline = time.monotonic() + 60
    while not function.builder.aws.lambda_processes(function.arn.rpartition(":")[2]):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_functions_used_up_concurrency_is_reported_to_a_state_machine(
    make: Callable[..., Function], tmp_path: Path
) -> None:
    function = make()
    function.reserve(1)
    busy(function, tmp_path / "enough")
    reported = function.call()
    (tmp_path / "enough").touch()
    function.times("ended", 1)

    assert reported["Error"] == ERROR
    assert "ReservedConcurrentExecutions" in reported["Cause"]
    assert function.call() == {"number": 0, "seconds": 0}


def test_events_wait_for_their_function_longer_than_three_attempts_take(make: Callable[..., Function]) -> None:
    count, seconds = 5, 120
    function = make()
    function.reserve(1)
    for number in range(count):
        function.send(number, seconds)
    ended, began = function.times("ended", count), function.times("began", count)
    moments = sorted((*((at, "began") for at in began.values()), *((at, "ended") for at in ended.values())))

    assert len(began) == len(ended) == count
    assert [word for _, word in moments] == ["began", "ended"] * count
    assert max(ended.values()) - min(began.values()) >= count * seconds


def test_an_event_that_waits_is_taken_when_the_function_may_run_again(make: Callable[..., Function]) -> None:
    function = make()
    function.reserve(0)
    function.send(1, 0)
    time.sleep(0.5)
    function.client.delete_function_concurrency(FunctionName=function.arn)

    assert list(function.times("began", 1)) == [1]


def test_functions_share_the_accounts_concurrency_but_for_what_is_reserved(
    account_of_one: AccountBuilder, tmp_path: Path
) -> None:
    first, second, reserved = (Function(account_of_one, name) for name in ("first", "second", "reserved"))
    busy(first, tmp_path / "enough")
    reported = second.call()
    (tmp_path / "enough").touch()
    first.times("ended", 1)
    afterwards = second.call()
    reserved.reserve(1)

    assert reported["Error"] == ERROR
    assert "account" in reported["Cause"]
    assert afterwards == {"number": 0, "seconds": 0}
    assert second.call()["Error"] == ERROR
    assert reserved.call() == {"number": 0, "seconds": 0}


def test_a_template_reserves_and_gives_back(builder: AccountBuilder) -> None:
    client = builder.aws.client("lambda")
    properties = {
        "FunctionName": builder.name("own"),
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": builder.function_role,
        "Code": {"ZipFile": SLEEPS},
    }

    def deploy(**more: Any) -> int | None:
        function = {"Type": "AWS::Lambda::Function", "Properties": {**properties, **more}}
        builder.deploy("functions", {"Resources": {"Function": function}}, update=bool(made))
        found = client.get_function_concurrency(FunctionName=properties["FunctionName"])
        return found.get("ReservedConcurrentExecutions")

    made: list[int | None] = []
    made.append(deploy(ReservedConcurrentExecutions=3))
    made.append(deploy(ReservedConcurrentExecutions=2))
    made.append(deploy(MemorySize=256))

    assert made == [3, 2, None]
