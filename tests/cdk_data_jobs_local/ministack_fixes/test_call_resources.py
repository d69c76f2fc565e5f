"""The resources on which calls that run jobs are authorized, where IAM is enforced."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "us-east-1:000000000000"
"""The Region and the account in the ARNs of the calls, for which those of the offline AWS are put."""
TABLE, TASK = f"arn:aws:dynamodb:{HERE}:table/orders", "0123456789abcdef0123456789abcdef"
STATES = f"arn:aws:states:{HERE}:"
KEY = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
CREATION = {"TableName": "orders", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], **KEY}
BUCKET = "no-such-bucket-of-anybody"

CALLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "athena:StartQueryExecution": ("athena", {"QueryString": "SELECT 1"}, "workgroup/primary"),
    "codebuild:BatchGetBuilds": ("codebuild", {"ids": ["nightly:1-2"]}, "project/nightly"),
    "dynamodb:ExportTableToPointInTime": ("dynamodb", {"TableArn": TABLE, "S3Bucket": BUCKET}, "table/orders"),
    "dynamodb:DescribeExport": (
        "dynamodb",
        {"ExportArn": f"{TABLE}/export/01600000000000-a1"},
        "table/orders/export/*",
    ),
    "dynamodb:ImportTable": (
        "dynamodb",
        {"InputFormat": "CSV", "S3BucketSource": {"S3Bucket": BUCKET}, "TableCreationParameters": CREATION},
        "table/orders",
    ),
    "dynamodb:DescribeImport": (
        "dynamodb",
        {"ImportArn": f"{TABLE}/import/01600000000000-a1"},
        "table/orders/import/*",
    ),
    "ecs:RunTask": ("ecs", {"cluster": "shop", "taskDefinition": "migrate:7"}, "task-definition/migrate:*"),
    "ecs:RunTask of a family": ("ecs", {"cluster": "shop", "taskDefinition": "migrate"}, "task-definition/migrate:*"),
    "ecs:DescribeTasks": ("ecs", {"cluster": "shop", "tasks": [TASK]}, "task/shop/*"),
    "ecs:StopTask": ("ecs", {"cluster": "shop", "task": TASK}, "task/shop/*"),
    "glue:StartCrawler": ("glue", {"Name": "orders"}, "crawler/orders"),
    "glue:GetCrawler": ("glue", {"Name": "orders"}, "crawler/orders"),
    "ses:GetImportJob": ("sesv2", {"JobId": "0123456789"}, "import-job/*"),
    "states:StartExecution": (
        "stepfunctions",
        {"stateMachineArn": f"{STATES}stateMachine:migrations:live"},
        "stateMachine:migrations",
    ),
    "states:DescribeExecution": (
        "stepfunctions",
        {"executionArn": f"{STATES}execution:migrations:one"},
        "execution:migrations:*",
    ),
}
"""IAM actions, some with what is called; of a call that needs it the service and the parameters, and the end of the
resource's ARN."""


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        yield aws


def client(aws: OfflineAws, service: str, action: str | list[str], resource: str) -> Any:
    """A client of a new user, who may do something on a resource, and nothing else."""
    iam, user = aws.client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.client(
        service,
        endpoint_url=aws.endpoint_url,
        region_name=aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        verify=str(aws.server.certificate),
        config=Config(retries={"total_max_attempts": 1}),
    )


def is_denied(client: Any, operation: str, parameters: dict[str, Any]) -> bool:
    """Whether a call is denied; what it asks for need not be there."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        return "AccessDenied" in error.response["Error"]["Code"]
    return False


@pytest.mark.parametrize("call", CALLS)
def test_a_job_is_described_on_what_the_policies_of_aws_name(guarded: OfflineAws, call: str) -> None:
    service, parameters, resource = CALLS[call]
    action = call.partition(" ")[0]
    here = f"{guarded.region}:{guarded.account}"
    called = xform_name(action.partition(":")[2]), json.loads(json.dumps(parameters).replace(HERE, here))
    arn = f"arn:aws:{action.partition(':')[0]}:{here}:{resource}"

    assert not is_denied(client(guarded, service, action, arn), *called)
    assert is_denied(client(guarded, service, action, f"{arn}-other"), *called)


def test_a_query_is_described_on_its_workgroup(guarded: OfflineAws) -> None:
    prefix = f"arn:aws:athena:{guarded.region}:{guarded.account}:workgroup/"
    athena = guarded.client("athena")
    athena.create_work_group(Name="analysts")
    results = {"OutputLocation": "s3://results/"}
    query = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="analysts", ResultConfiguration=results)[
        "QueryExecutionId"
    ]
    called = "get_query_execution", {"QueryExecutionId": query}

    assert not is_denied(client(guarded, "athena", "athena:GetQueryExecution", f"{prefix}analysts"), *called)
    assert is_denied(client(guarded, "athena", "athena:GetQueryExecution", f"{prefix}primary"), *called)
