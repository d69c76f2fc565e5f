"""The names that CloudFormation in the offline AWS gives to resources without one."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from conftest import AccountBuilder

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [TRUST]}}}


MADE_UP = "[0-9A-F]{12}"


def role_name(builder: AccountBuilder, stack_name: str, logical_id: str) -> str:
    client = builder.aws.client("cloudformation")
    client.create_stack(StackName=stack_name, TemplateBody=json.dumps({"Resources": {logical_id: ROLE}}))
    client.get_waiter("stack_create_complete").wait(StackName=stack_name, WaiterConfig={"Delay": 1})
    found = client.describe_stack_resource(StackName=stack_name, LogicalResourceId=logical_id)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


@pytest.mark.parametrize(
    ("stack", "logical_id", "published"),
    [
        (
            "CdkStack",
            "CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092",
            "CdkStack-CustomS3AutoDeleteObjectsCustomResourcePr-",
        ),
        (
            "StackSet-AWS-Landing-Zone-IamPasswordPolicy-1f0e",
            "IamPasswordPolicyCustomResource",
            "StackSet-AWS-Landing-Zone-IamPasswordPolicyCustomR-",
        ),
        (
            "StackSet-AWS-Landing-Zone-Baseline-IamPasswordPolicy-1f0e",
            "LambdaRole",
            "StackSet-AWS-Landing-Zone-Baseline-IamP-LambdaRole-",
        ),
        (
            "StackSet-account-assessment-for-aws-organizations-1f0e",
            "DelegatedAdminsRead591DCC7E",
            "StackSet-account-assessme-DelegatedAdminsRead591DC-",
        ),
        (
            "emc-notary-email-service-staging",
            "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F",
            "emc-notary-email-service--CustomS3AutoDeleteObject-",
        ),
        ("short", "Role", "short-Role-"),
    ],
)
def test_names_are_cut_off_as_published_ones_are(
    builder: AccountBuilder, stack: str, logical_id: str, published: str
) -> None:
    assert re.fullmatch(published + MADE_UP, role_name(builder, stack, logical_id))


def test_a_buckets_name_is_cut_off_likewise_and_in_lower_case(builder: AccountBuilder) -> None:
    resources = {"diyaglOriginBucket5986D2B3": {"Type": "AWS::S3::Bucket"}}
    stack = builder.deploy("stack-of-a-bucket", {"Resources": resources})
    (bucket,) = builder.aws.client("cloudformation").describe_stack_resources(StackName=stack["StackId"])[
        "StackResources"
    ]
    name = bucket["PhysicalResourceId"]

    assert re.fullmatch(f"{builder.name('stack-of-a-bucket')[:25]}-diyagloriginbucket5986d2-{MADE_UP.lower()}", name)
    assert len(name) == 63


def test_a_schedules_name_has_at_most_64_characters(builder: AccountBuilder) -> None:
    target = {"Arn": builder.queue("target"), "RoleArn": builder.role("schedules", "scheduler.amazonaws.com")}
    schedule = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    template = {"Resources": {"Nightly" * 6: {"Type": "AWS::Scheduler::Schedule", "Properties": schedule}}}
    builder.deploy("stack-of-a-schedule", template)
    names = [one["Name"] for one in builder.aws.client("scheduler").list_schedules()["Schedules"]]
    (name,) = [name for name in names if name.startswith(builder.name("stack-of-a-schedule")[:25])]

    assert re.fullmatch(f".{{25}}-NightlyNightlyNightlyNig-{MADE_UP}", name)


def test_a_policy_for_names_that_begin_with_a_long_stacks_does_not_reach_its_roles() -> None:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        iam, client, stack = aws.client("iam"), aws.client("cloudformation"), "stack-with-a-name-of-40-characters-1f0e"
        trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:*"}
        deployer = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        own = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{aws.account}:role/{stack}-*"}
        iam.put_role_policy(RoleName="deployer", PolicyName="own", PolicyDocument=json.dumps({"Statement": [own]}))
        template = json.dumps({"Resources": {"ExecutionRole1F0E2D3C": ROLE}})
        made = client.create_stack(
            StackName=stack,
            TemplateBody=template,
            RoleARN=deployer["Role"]["Arn"],
            Capabilities=["CAPABILITY_IAM"],
        )
        status = "CREATE_IN_PROGRESS"
        while status.endswith("_IN_PROGRESS"):
            time.sleep(0.02)
            status = client.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"]
        refused = aws.denials()[0]

    assert status.startswith("ROLLBACK_")
    assert refused["action"] == "iam:CreateRole"
    assert f":role/{stack[:28]}-ExecutionRole1F0E2D3C-" in refused["resource"]
