"""The executions of jobs, and the console's pages of them."""

from __future__ import annotations

import datetime as dt

import boto3
import pytest
from botocore.stub import Stubber

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.clock import Clock
from cdk_data_jobs_cli.aws.executions import console_url, list_executions
from cdk_data_jobs_cli.aws.stack import Job, Stack

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
ARN = "arn:{}:states:{}:111122223333:execution:machine:name"


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_page_is_in_the_partition_and_region_of_the_execution(
    partition: str, region: str, host: str
) -> None:
    arn = ARN.format(partition, region)

    assert console_url(arn) == f"{host}states/home?region={region}#/v2/executions/details/{arn}"


def test_a_partition_without_a_public_console_has_no_console_page() -> None:
    assert console_url(ARN.format("aws-iso", "us-iso-east-1")) == ""


@pytest.mark.parametrize(("clock", "has_page"), [(Clock(), True), (Clock(1.0, 30.0, is_emulated=True), False)])
def test_a_run_in_the_offline_aws_has_no_console_page(clock: Clock, has_page: bool) -> None:
    aws = AwsClient()
    client = boto3.client("stepfunctions", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    stack = Stack(aws, {"StackId": STACK, "StackName": "Shop"})
    job = Job(
        stack=stack,
        stack_id=STACK,
        logical_id="Import1",
        resource_type="Custom::PersonalizeDatasetImportJob",
        path="Shop/Import",
        name="Import",
        service_token="runner",  # noqa: S106 - no token
    )
    machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
    listed = {
        "executionArn": ARN.format("aws", "eu-west-1"),
        "stateMachineArn": machine,
        "name": f"{job.execution_prefix}run-0a1b2c3d-0123456789ab",
        "status": "RUNNING",
        "startDate": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
    }
    with Stubber(client) as stubbed:
        stubbed.add_response("list_executions", {"executions": [listed]}, {"stateMachineArn": machine})
        aws._clients["stepfunctions"], aws._clock = client, clock  # noqa: SLF001 - botocore's own stub
        [(_job, execution)] = list_executions([job])

    assert (execution.request, execution.id) == ("run", "0a1b2c3d")
    assert execution.console_url.endswith(execution.arn if has_page else "")
    assert bool(execution.console_url) == has_page
