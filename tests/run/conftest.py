"""A function to call, with botocore's own stubs for AWS."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import sdk

# Before anything imports boto3: the function runs on the SDK of AWS's runtime, or on what FUNCTION_SDK names.
if FOLDER := sdk.folder(os.environ.get("FUNCTION_SDK", sdk.RUNTIME)):
    sys.path.insert(0, str(FOLDER))

import boto3
from botocore.exceptions import StubResponseError
from botocore.stub import Stubber

from data_jobs import aws
from data_jobs.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:runner"
MACHINE_ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/5f0c"
DATASET_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
ROLE_ARN = "arn:aws:iam::111122223333:role/service-role"
NOW = 1_700_000_000.0
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)


def pytest_configure(config: pytest.Config) -> None:
    here, asked_from = Path(__file__).parent, config.invocation_params.dir
    if not all((asked_from / argument.partition("::")[0]).is_relative_to(here) for argument in config.args):
        raise pytest.UsageError("tests/run must be run alone: it has another SDK than the other tests")


class StrictStubber(Stubber):
    """A stub whose refusal of a call cannot be taken for an answer of AWS."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.refused: list[Exception] = []

    def _assert_expected_call_order(self, *args: Any) -> None:
        try:
            super()._assert_expected_call_order(*args)
        except StubResponseError as error:
            self.refused.append(error)
            raise

    def _assert_expected_params(self, *args: Any, **kwargs: Any) -> None:
        try:
            super()._assert_expected_params(*args, **kwargs)
        except StubResponseError as error:
            self.refused.append(error)
            raise


@dataclass
class Function:
    """The Lambda function and the AWS that it sees."""

    answers: Any
    stubs: dict[str, StrictStubber]
    monkeypatch: pytest.MonkeyPatch
    now: float = NOW
    context: Any = field(default_factory=lambda: SimpleNamespace(invoked_function_arn=FUNCTION_ARN))

    def event(self, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
        properties = {
            "ServiceToken": FUNCTION_ARN,
            "JobName": "shop-interactions",
            "Parameters": {
                "datasetArn": DATASET_ARN,
                "dataSource": {"dataLocation": "s3://bucket/interactions.csv"},
                "roleArn": ROLE_ARN,
                "publishAttributionMetricsToS3": "true",
            },
        }
        return {
            "RequestType": request_type,
            "RequestId": "request-1",
            "ResponseURL": self.answers.url,
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "LogicalResourceId": "ImportInteractions",
            "StackId": STACK_ID,
            "ResourceProperties": properties,
            **changes,
        }

    def start(self, event: dict[str, Any]) -> None:
        self.monkeypatch.setattr("time.time", lambda: self.now)
        assert handler(event, self.context) is None

    def step(self, step: str, run: dict[str, Any], after: float = 0) -> dict[str, Any]:
        """Take a step `after` seconds, with what JSON keeps of the run."""
        self.now += after
        self.monkeypatch.setattr("time.time", lambda: self.now)
        event = {"step": step, "run": json.loads(json.dumps(run)), "execution": "execution-1"}
        result = handler(event, self.context)
        assert result is not None
        return dict(json.loads(json.dumps(result)))

    def create(
        self,
        run: dict[str, Any],
        after: float = 0,
        *,
        stack: str = "CREATE_IN_PROGRESS",
        others: dict[str, float] | None = None,
    ) -> dict[str, Any]:
        """Take a step that asks, before it moves data, what the stack and the resource's other runs do."""
        self.stack(stack)
        if run.get("attempts") and "ROLLBACK" not in stack:
            self.executions(others or {})
        return self.step("create", run, after)

    def stack(self, status: str) -> None:
        """Let CloudFormation tell a stack's status, once."""
        stacks = [{"StackName": "DataLoading", "CreationTime": LONG_AGO, "StackStatus": status}]
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": stacks}, {"StackName": STACK_ID})

    def executions(self, began: dict[str, float], *, running: bool = True) -> None:
        """Let Step Functions list executions with these ages in seconds, once."""
        runs = [
            {
                "executionArn": name,
                "stateMachineArn": MACHINE_ARN,
                "name": name,
                "status": "RUNNING",
                "startDate": dt.datetime.fromtimestamp(self.now - age, dt.timezone.utc),
            }
            for name, age in began.items()
        ]
        expected = {"stateMachineArn": MACHINE_ARN} | ({"statusFilter": "RUNNING"} if running else {})
        self.stubs["stepfunctions"].add_response("list_executions", {"executions": runs}, expected)

    def run(self, event: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
        return {"request": event or self.event(), "started": self.now, **known}


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    return {
        name: session.client(name)
        for name in ("personalize", "pinpoint", "cloudformation", "stepfunctions", "events", "s3")
    }


@pytest.fixture
def function(answers: Any, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    stubs = {name: StrictStubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    monkeypatch.setattr(aws.boto3, "client", lambda name, **_: stubs[name].client)
    yield Function(answers, stubs, monkeypatch)
    for stub in stubs.values():
        stub.deactivate()
        assert stub.refused == []
        stub.assert_no_pending_responses()
