"""A run from the request to the response, with real clients of AWS whose HTTP requests are intercepted."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from data_jobs.handler import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:runner"
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/5f0c"
JOB_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-"
ROLE_ARN = "arn:aws:iam::111122223333:role/service-role"
DATASET_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
STACKS = f"""<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>
<Stacks><member><StackName>DataLoading</StackName><StackId>{STACK_ID}</StackId>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_IN_PROGRESS</StackStatus></member></Stacks>
</DescribeStacksResult></DescribeStacksResponse>"""


class Body(io.BytesIO):
    """What botocore reads from a connection."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


class Wire:
    """AWS's end of every connection: it keeps what is sent, and sends what the services' documentation shows."""

    def __init__(self, statuses: list[str]) -> None:
        self.statuses = statuses
        self.sent: list[tuple[str, str]] = []

    def respond(self, request: Any, event_name: str, **_: object) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        body = request.body or b""
        self.sent.append((operation, body.decode() if isinstance(body, bytes) else str(body)))
        said = getattr(self, operation)(json.loads(body) if service in ("personalize", "sfn") else None)
        headers = {"ETag": '"e"', "Content-Length": "9"} if service == "s3" else {}
        content = said if isinstance(said, str) else json.dumps(said)
        return AWSResponse(request.url, 200, headers, Body(content.encode()))

    def StartExecution(self, requested: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"executionArn": f"arn:{requested['name']}", "startDate": 1_700_000_000.5}

    def ListExecutions(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"executions": []}

    def DescribeStacks(self, _: None) -> str:  # noqa: N802
        return STACKS

    def HeadObject(self, _: None) -> str:  # noqa: N802
        return ""

    def CopyObject(self, _: None) -> str:  # noqa: N802
        return '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>'

    def DeleteObject(self, _: None) -> str:  # noqa: N802
        return ""

    def CreateDatasetImportJob(self, requested: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert requested["publishAttributionMetricsToS3"] is True
        return {"datasetImportJobArn": JOB_ARN.replace("shop-interactions-", requested["jobName"])}

    def DescribeDatasetImportJob(self, requested: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"datasetImportJob": {**requested, "status": self.statuses.pop(0), "creationDateTime": 1_700_000_001.2}}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire(["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "x")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    session = boto3.session.Session()
    session.events.register("before-send", wire.respond)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return wire


def event(url: str) -> dict[str, Any]:
    files = [{"Source": "s3://assets/interactions.csv", "Target": "s3://staging/data-jobs/interactions.csv"}]
    parameters = {
        "datasetArn": DATASET_ARN,
        "dataSource": {"dataLocation": "s3://staging/data-jobs/interactions.csv"},
        "roleArn": ROLE_ARN,
        "publishAttributionMetricsToS3": "true",
    }
    return {
        "RequestType": "Create",
        "RequestId": "request-1",
        "ResponseURL": url,
        "ResourceType": "Custom::PersonalizeDatasetImportJob",
        "LogicalResourceId": "ImportInteractions",
        "StackId": STACK_ID,
        "ResourceProperties": {"JobName": "shop-interactions", "Parameters": parameters, "Files": files},
    }


def test_a_request_is_responded_to_when_its_job_is_active(wire: Wire, responses: Any) -> None:
    context = SimpleNamespace(invoked_function_arn=FUNCTION_ARN)
    assert handler(event(responses.url), context) is None
    started = json.loads(wire.sent[0][1])
    run, step = json.loads(started["input"]), "create"
    for _ in range(9):
        if step in ("succeed", "fail"):
            break
        taken = handler({"step": step, "run": run, "execution": started["name"]}, context)
        run = json.loads(json.dumps(taken))
        step = run["next"]

    looks = ("DescribeStacks", "ListExecutions")
    assert [operation for operation, _ in wire.sent if operation not in looks] == [
        "StartExecution",
        "HeadObject",
        "CopyObject",
        "CreateDatasetImportJob",
        *["DescribeDatasetImportJob"] * 3,
        "DeleteObject",
    ]
    assert wire.statuses == []
    [body] = responses.bodies
    assert (body["Status"], body["Data"]["status"], step) == ("SUCCESS", "ACTIVE", "succeed")
    assert body["PhysicalResourceId"].startswith(JOB_ARN)
    assert (body["RequestId"], body["StackId"]) == ("request-1", STACK_ID)
