"""Functions that state machines cannot pinpoint_client, and functions that wait for a network that says nothing."""

from __future__ import annotations

import io
import json
import socket
import time
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

COUNTING = """
import os
def handler(event, context):
    with open(os.environ["RECORD"], "a") as file:
        file.write("called" + chr(10))
    return event
"""
LISTENING = """
import socket, time
def handler(event, context):
    began = time.perf_counter()
    try:
        socket.create_connection(("127.0.0.1", event["port"]), timeout=600).recv(1)
    except TimeoutError:
        return {"seconds": time.perf_counter() - began}
"""
ROLE = "arn:aws:iam::111122223333:role/anybody"


def function(aws: OfflineAws, code: str, **environment: str) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", code)
    name = f"function-{uuid.uuid4().hex[:8]}"
    aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": content.getvalue()},
        Environment={"Variables": environment},
        Timeout=60,
    )
    return name


class Caller:
    """A state machine that calls a function once, and tells the name of the error if there is one."""

    def __init__(self, aws: OfflineAws, reported: Path) -> None:
        self.aws, self.reported = aws, reported
        self.function = function(aws, COUNTING, RECORD=str(reported))
        arn = aws.client("lambda").get_function(FunctionName=self.function)["Configuration"]["FunctionArn"]
        caught = {"ErrorEquals": ["States.ALL"], "Next": "Caught"}
        call = {"Type": "Task", "Resource": arn, "Catch": [caught], "End": True}
        machine = {"StartAt": "Call", "States": {"Call": call, "Caught": {"Type": "Pass", "End": True}}}
        made = aws.client("stepfunctions").create_state_machine(
            name=self.function, definition=json.dumps(machine), roleArn=ROLE
        )
        self.machine = made["stateMachineArn"]

    def call(self, **payload: Any) -> dict[str, Any]:
        states = self.aws.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=self.machine, input=json.dumps(payload))["executionArn"]
        while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.02)
        output: dict[str, Any] = json.loads(execution["output"])
        return output

    @property
    def calls(self) -> int:
        return len(self.reported.read_text().splitlines()) if self.reported.exists() else 0


@pytest.fixture
def caller(aws: OfflineAws, tmp_path: Path) -> Caller:
    return Caller(aws, tmp_path / "reported")


@pytest.mark.parametrize(("when", "calls"), [("before", 0), ("after", 1)])
def test_an_invocation_fails_before_or_after_the_function_ran(caller: Caller, when: Any, calls: int) -> None:
    caller.aws.invocation_fault(caller.function, error="Lambda.ServiceException", when=when)
    failed, responded = caller.call(step="one"), caller.call(step="two")

    assert failed["Error"] == "Lambda.ServiceException"
    assert responded == {"step": "two"}
    assert caller.calls == calls + 1


def test_an_invocation_fails_for_a_payload_of_a_function_only(caller: Caller) -> None:
    caller.aws.invocation_fault("another-function", error="Lambda.ServiceException")
    caller.aws.invocation_fault(caller.function[:12], error="Lambda.ServiceException", payload={"step": "two"}, times=2)
    responses = [caller.call(step=step) for step in ("one", "two", "two", "two")]

    assert ["Error" in response for response in responses] == [False, True, True, False]


def test_a_function_without_concurrency_is_called_too_often(caller: Caller) -> None:
    client = caller.aws.client("lambda")
    client.put_function_concurrency(FunctionName=caller.function, ReservedConcurrentExecutions=0)

    assert caller.call()["Error"] == "Lambda.TooManyRequestsException"
    assert caller.calls == 0


def test_a_function_waits_for_the_network_as_long_as_its_environment_says(aws: OfflineAws) -> None:
    name = function(aws, LISTENING, CDK_DATA_JOBS_LOCAL_NETWORK_SECONDS="0.5")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        payload = json.dumps({"port": silent.getsockname()[1]}).encode()
        response = json.load(aws.client("lambda").invoke(FunctionName=name, Payload=payload)["Payload"])

    assert 0.4 < response["seconds"] < 60
