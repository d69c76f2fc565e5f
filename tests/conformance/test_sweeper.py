"""What the sweeper does when a call fails, and whose things it counts."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from verify_aws.caller import Caller
from verify_aws.sweeper import Leftover, Sweeper
from verify_aws.target import TAG, Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk_data_jobs_local import OfflineAws

NAME = "verify-aws-5e5e5e"
TAGS = [{"Key": TAG, "Value": NAME}]
LISTS = {
    "stack": "cloudformation:DescribeStacks",
    "filter": "personalize:ListFilters",
    "solution": "personalize:ListSolutions",
    "dataset": "personalize:ListDatasets",
    "dataset group": "personalize:ListDatasetGroups",
    "schema": "personalize:ListSchemas",
    "bucket": "s3:ListAllMyBuckets",
    "role": "iam:ListRoles",
    "table": "dynamodb:ListTables",
    "log group": "logs:DescribeLogGroups",
}
"""By kind: what lists it."""

SECONDS = 36_000
"""How long a sweep may take: a minute of a slow machine's time."""


@pytest.fixture
def clients_without(account: tuple[OfflineAws, str]) -> Iterator[Callable[..., Callable[[str], Any]]]:
    """Returns what makes clients of a user who may do all but some actions."""
    aws, _ = account
    iam, user = aws.client("iam"), "restricted-sweeper"
    iam.create_user(UserName=user)
    keys = []

    def make(*actions: str) -> Callable[[str], Any]:
        statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        statements += [{"Effect": "Deny", "Action": action, "Resource": "*"} for action in actions]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=user, PolicyName="all-but-some", PolicyDocument=policy)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        keys.append(key["AccessKeyId"])
        own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return Caller(aws.region, {**aws.environment, **own}).client

    yield make
    for key in keys:
        iam.delete_access_key(UserName=user, AccessKeyId=key)
    iam.delete_user_policy(UserName=user, PolicyName="all-but-some")
    iam.delete_user(UserName=user)


def make_bucket(aws: OfflineAws, name: str) -> None:
    """Makes a bucket with the tag."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAGS})


@pytest.mark.parametrize("kind", LISTS)
def test_a_kind_that_cannot_be_listed_keeps_no_other_one_from_being_deleted(
    kind: str, account: tuple[OfflineAws, str], clients_without: Callable[..., Callable[[str], Any]]
) -> None:
    aws, _ = account
    make_bucket(aws, NAME)
    aws.client("logs").create_log_group(logGroupName=NAME)
    aws.client("personalize").create_dataset_group(name=NAME)
    told: list[str] = []

    left = Sweeper(clients_without(LISTS[kind]), NAME).sweep(Clock(600), seconds=SECONDS, tell=told.append)
    in_groups = {"filter", "solution", "dataset"}
    # Once the group is deleted, there is nothing in it to be listed; and without groups, nobody knows what is in them.
    unknown = set() if kind in in_groups else {kind, *(in_groups if kind == "dataset group" else ())}
    assert {one.kind for one in left} == unknown
    assert all(one.problem and not one.id for one in left)
    assert {line.partition("s, perhaps (they cannot be listed: An error occurred (Acc")[0] for line in told} == unknown
    really_left = Sweeper(aws.client, NAME).find()
    assert {one.kind for one in really_left} <= {kind}

    assert Sweeper(aws.client, NAME).sweep(Clock(60), seconds=3600) == []


def test_what_was_deleted_after_it_was_listed_is_not_left(account: tuple[OfflineAws, str]) -> None:
    aws, _ = account
    make_bucket(aws, NAME)
    personalize = aws.client("personalize")
    group = personalize.create_dataset_group(name=NAME)["datasetGroupArn"]
    trust = {"Effect": "Deny", "Action": "sts:*", "Principal": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=policy, Tags=TAGS)
    aws.client("dynamodb").create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=TAGS,
    )

    def delete_group() -> None:
        personalize.delete_dataset_group(datasetGroupArn=group)
        deadline = time.monotonic() + 60
        while group in [one["datasetGroupArn"] for one in personalize.list_dataset_groups()["datasetGroups"]]:
            assert time.monotonic() < deadline, "the dataset group was not deleted in time"

    deletions = {
        "ListBuckets": lambda: aws.client("s3").delete_bucket(Bucket=NAME),
        "ListRoles": lambda: aws.client("iam").delete_role(RoleName=NAME),
        "ListTables": lambda: aws.client("dynamodb").delete_table(TableName=NAME),
        "ListDatasetGroups": delete_group,
    }

    def somebody_else_deletes(model: Any, **_: Any) -> None:
        if delete := deletions.pop(model.name, None):
            delete()

    def refuse_missing_group(model: Any, **_: Any) -> None:
        # The offline AWS lists nothing; whether AWS does, or refuses it, nobody knows.
        if model.name == "ListFilters" and "ListDatasetGroups" not in deletions:
            error = {"Code": "ResourceNotFoundException", "Message": f"The given dataset group does not exist: {group}"}
            raise ClientError({"Error": error}, model.name)

    def client(service: str) -> Any:
        made = aws.client(service)
        made.meta.events.register("before-call", refuse_missing_group)
        made.meta.events.register("after-call", somebody_else_deletes)
        return made

    while personalize.describe_dataset_group(datasetGroupArn=group)["datasetGroup"]["status"] != "ACTIVE":
        pass
    found = Sweeper(client, NAME).find()
    assert deletions == {}
    assert [str(one) for one in found] == []


def test_only_log_groups_that_the_stages_make_are_counted(account: tuple[OfflineAws, str]) -> None:
    aws, _ = account
    logs, function, iam = (aws.client(service) for service in ("logs", "lambda", "iam"))
    ours = {f"{NAME}-LogGroup", f"/aws/lambda/{NAME}-gone"}
    others = {f"/team/{NAME}-app", f"x{NAME}", f"/aws/lambda/x/{NAME}", f"/aws/codebuild/{NAME}"}
    theirs, tagged = f"{NAME}-theirs", f"{NAME}-tagged"
    for name in {*ours, *others, f"/aws/lambda/{theirs}", f"/aws/lambda/{tagged}"}:
        logs.create_log_group(logGroupName=name)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="runs-functions", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    for name in (theirs, tagged):
        function.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": EMPTY_ZIP},
            Tags={TAG: NAME} if name == tagged else {},
        )

    assert {*Sweeper(aws.client, NAME).find()} == {
        *(Leftover("log group", name) for name in {*ours, f"/aws/lambda/{tagged}"}),
        Leftover("log group", f"/aws/lambda/{theirs}", is_ours=False),
    }
    for name in (theirs, tagged):
        function.delete_function(FunctionName=name)
    for name in {*ours, *others, f"/aws/lambda/{theirs}", f"/aws/lambda/{tagged}"}:
        logs.delete_log_group(logGroupName=name)
    iam.delete_role(RoleName="runs-functions")


EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
