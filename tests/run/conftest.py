"""A function to call, with botocore's own stubs for AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
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


@dataclass
class Function:
    """The Lambda function and the AWS that it sees."""

    answers: Any
    stubs: dict[str, Stubber]
    monkeypatch: pytest.MonkeyPatch
    now: float = NOW
    context: Any = field(default_factory=lambda: SimpleNamespace(invoked_function_arn=FUNCTION_ARN))

    def event(self, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
        properties = {
            "ServiceToken": FUNCTION_ARN,
            "StateMachineArn": MACHINE_ARN,
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

    def run(self, event: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
        return {"request": event or self.event(), "started": self.now, **known}


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    session = boto3.session.Session("id", "secret", region_name="eu-west-1")
    return {name: session.client(name) for name in ("personalize", "pinpoint", "cloudformation", "stepfunctions", "s3")}


@pytest.fixture
def function(answers: Any, clients: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    monkeypatch.setattr(aws.boto3, "client", lambda name, **_: stubs[name].client)
    yield Function(answers, stubs, monkeypatch)
    for stub in stubs.values():
        stub.deactivate()
        stub.assert_no_pending_responses()
