"""Which of a job's executions tells how its last run ended."""

from __future__ import annotations

import datetime as dt
import json

import boto3
import pytest
from botocore.stub import Stubber

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.job_state import fetch_last_states
from cdk_data_jobs_cli.aws.stack import Job, Stack

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
STARTED = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
KEPT, RAN = "update kept SUCCEEDED", "update ran SUCCEEDED"


def last_run(*runs: str) -> tuple[int, str]:
    """Returns the number and the status of a job's last run, of runs such as `KEPT`, newest first."""
    aws = AwsClient()
    client = boto3.client("stepfunctions", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    aws._clients["stepfunctions"] = client  # noqa: SLF001 - botocore's own stub
    job = Job(
        stack=Stack(aws, {"StackId": STACK, "StackName": "Shop"}),
        stack_id=STACK,
        logical_id="Import",
        resource_type="Custom::PersonalizeDatasetImportJob",
        path="Shop/Import",
        name="Import",
        service_token="runner",  # noqa: S106 - no token
    )
    requests, results, statuses = zip(*(run.split() for run in runs), strict=True)
    arns = [f"arn:aws:states:eu-west-1:111122223333:execution:runner:{number}" for number in range(len(runs))]
    listed = [
        {
            "executionArn": arn,
            "stateMachineArn": MACHINE,
            "name": f"{job.execution_prefix}{request}-0a1b2c3d-0123456789ab",
            "status": status,
            "startDate": STARTED,
        }
        for arn, request, status in zip(arns, requests, statuses, strict=True)
    ]
    with Stubber(client) as stubbed:
        stubbed.add_response("list_executions", {"executions": listed})
        for request, result in zip(requests, results, strict=True):
            details = {"input": json.dumps({"request": {}, "kept": result == "kept"})}
            event = {"timestamp": STARTED, "type": "ExecutionStarted", "id": 1, "executionStartedEventDetails": details}
            if request != "delete":
                stubbed.add_response("get_execution_history", {"events": [event]})
        state = fetch_last_states([job])[job]
    assert state.execution
    return arns.index(state.execution.arn), state.status


@pytest.mark.parametrize(
    ("runs", "last"),
    [
        ((RAN, KEPT), (0, "succeeded")),
        ((KEPT, KEPT, "update ran FAILED", RAN), (2, "failed")),
        ((KEPT, "delete ran SUCCEEDED", "create ran SUCCEEDED"), (2, "succeeded")),
        ((KEPT, KEPT), (0, "kept")),
        ((*[KEPT] * 19, RAN), (19, "succeeded")),
        ((*[KEPT] * 20, RAN), (0, "kept")),
    ],
)
def test_it_is_the_last_one_that_ran_the_job_if_it_is_not_too_far_back(
    runs: tuple[str, ...], last: tuple[int, str]
) -> None:
    assert last_run(*runs) == last
