"""Permissions boundaries of roles that stacks create."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_TOPICS = {"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        yield aws


class Bounded:
    """A stack with a role that may list topics and queues, as far as its boundary allows that."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name = aws, f"bounded-{uuid.uuid4().hex[:8]}"
        self.cloudformation, self.iam = aws.client("cloudformation"), aws.client("iam")
        document = {"Version": "2012-10-17", "Statement": [LIST_TOPICS]}
        made = self.iam.create_policy(PolicyName=self.name, PolicyDocument=json.dumps(document))
        self.boundary: str = made["Policy"]["Arn"]

    def deploy(self, *, update: bool = False, **properties: Any) -> str:
        principal = {"AWS": f"arn:aws:iam::{self.aws.account}:root"}
        trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        allowed = [{**LIST_TOPICS, "Action": ["sns:ListTopics", "sqs:ListQueues"]}]
        policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}
        role = {"RoleName": self.name, "AssumeRolePolicyDocument": trust, "Policies": [policy], **properties}
        call = self.cloudformation.update_stack if update else self.cloudformation.create_stack
        template = json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}})
        call(StackName=self.name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            status = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        return status

    def may_list(self, service: str) -> bool:
        arn = f"arn:aws:iam::{self.aws.account}:role/{self.name}"
        key = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="it")["Credentials"]
        client = boto3.client(
            service,
            endpoint_url=self.aws.endpoint_url,
            region_name=self.aws.region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
            verify=str(self.aws.server.certificate),
        )
        try:
            client.list_topics() if service == "sns" else client.list_queues()
        except ClientError:
            return False
        return True


@pytest.fixture
def stack(guarded: OfflineAws) -> Bounded:
    return Bounded(guarded)


def test_a_stacks_role_may_do_no_more_than_its_boundary_allows(stack: Bounded) -> None:
    assert stack.deploy(PermissionsBoundary=stack.boundary) == "CREATE_COMPLETE"

    assert (stack.may_list("sns"), stack.may_list("sqs")) == (True, False)


def test_an_update_sets_and_removes_the_boundary(stack: Bounded) -> None:
    assert stack.deploy() == "CREATE_COMPLETE"
    before = stack.may_list("sqs")
    assert stack.deploy(update=True, PermissionsBoundary=stack.boundary) == "UPDATE_COMPLETE"
    bounded = stack.may_list("sqs")
    assert stack.deploy(update=True) == "UPDATE_COMPLETE"

    assert (before, bounded, stack.may_list("sqs")) == (True, False, True)


def test_a_boundary_that_does_not_exist_fails_the_role(stack: Bounded) -> None:
    missing = f"{stack.boundary}-missing"

    assert stack.deploy(PermissionsBoundary=missing) == "ROLLBACK_COMPLETE"
    reasons = [event.get("ResourceStatusReason", "") for event in stack.aws.stack_events(stack.name)]
    assert any(f"Scope ARN: {missing} does not exist or is not attachable." in reason for reason in reasons)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        stack.iam.get_role(RoleName=stack.name)
