"""What CloudFormation may do for a stack: what its role allows, or who deploys it."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

Statement = dict[str, Any]


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        yield aws


def allow(*actions: str, on: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": on}


class Deployer:
    """A role that CloudFormation deploys with, and a stack."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name = aws, f"deployer-{uuid.uuid4().hex[:8]}"
        self.iam, self.client = aws.client("iam"), aws.client("cloudformation")
        trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:*"}
        made = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        self.role: str = made["Role"]["Arn"]
        self.session = f"arn:aws:sts::{aws.account}:assumed-role/{self.name}/AWSCloudFormation"

    def may(self, *statements: Statement) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=document)

    def deploy(self, resources: dict[str, Any], *, update: bool = False, **options: Any) -> str:
        call = self.client.update_stack if update else self.client.create_stack
        template = json.dumps({"Resources": resources, **options.pop("template", {})})
        call(StackName=self.name, TemplateBody=template, RoleARN=self.role, **options)
        return self.wait()

    def delete(self) -> str:
        self.client.delete_stack(StackName=self.name)
        return self.wait()

    def wait(self) -> str:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            time.sleep(0.02)
            stacks = self.client.describe_stacks()["Stacks"]
            found = [stack["StackStatus"] for stack in stacks if stack["StackName"] == self.name]
            status = found[0] if found else "DELETE_COMPLETE"
        return status

    def reasons(self) -> str:
        return "\n".join(event.get("ResourceStatusReason", "") for event in self.aws.stack_events(self.name))

    def denial(self, action: str, resource: str) -> str:
        return f"User: {self.session} is not authorized to perform: {action} on resource: {resource}"


@pytest.fixture
def deployer(guarded: OfflineAws) -> Deployer:
    return Deployer(guarded)


def topic(name: str) -> dict[str, Any]:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}}


def test_a_stack_is_deployed_with_the_permissions_of_its_role(deployer: Deployer) -> None:
    arn = f"arn:aws:sns:{deployer.aws.region}:{deployer.aws.account}:{deployer.name}"
    deployer.may(allow("iam:PassRole"))
    refused = deployer.deploy(topic(deployer.name), OnFailure="DO_NOTHING")

    assert refused == "CREATE_FAILED"
    assert deployer.denial("sns:CreateTopic", arn) in deployer.reasons()
    assert deployer.aws.denials()[-1]["action"] == "sns:CreateTopic"


def test_each_operation_needs_its_own_permission_on_the_resource(deployer: Deployer) -> None:
    name, place = f"{deployer.name}-queue", f"{deployer.aws.region}:{deployer.aws.account}"
    arn = f"arn:aws:sqs:{place}:{name}"

    def queue(**properties: Any) -> dict[str, Any]:
        return {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}}

    deployer.may(allow("sqs:CreateQueue", on=arn))
    assert deployer.deploy(queue()) == "CREATE_COMPLETE"
    assert deployer.deploy(queue(DelaySeconds=5), update=True) == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.denial("sqs:SetQueueAttributes", arn) in deployer.reasons()
    deployer.may(allow("sqs:SetQueueAttributes"))
    assert deployer.deploy(queue(DelaySeconds=5), update=True) == "UPDATE_COMPLETE"
    assert deployer.delete() == "DELETE_FAILED"
    assert deployer.denial("sqs:DeleteQueue", arn) in deployer.reasons()
    deployer.may(allow("sqs:DeleteQueue"))
    assert deployer.delete() == "DELETE_COMPLETE"


def test_a_made_up_name_begins_with_the_stacks(deployer: Deployer) -> None:
    place = f"{deployer.aws.region}:{deployer.aws.account}"
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    deployer.may(allow("sns:*", on=f"arn:aws:sns:{place}:other-*"))
    assert deployer.deploy(resources, OnFailure="DELETE") == "DELETE_COMPLETE"
    deployer.may(allow("sns:*", on=f"arn:aws:sns:{place}:{deployer.name}-Topic-*"))

    assert deployer.deploy(resources) == "CREATE_COMPLETE"


def test_a_property_needs_its_call(deployer: Deployer) -> None:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    resources = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": versioned}}
    deployer.may(allow("s3:CreateBucket", "s3:DeleteBucket"))

    assert deployer.deploy(resources, OnFailure="DO_NOTHING") == "CREATE_FAILED"
    assert deployer.denial("s3:PutBucketVersioning", f"arn:aws:s3:::{deployer.name}-bucket-") in deployer.reasons()


def test_a_custom_resources_function_is_invoked_with_the_roles_permission(deployer: Deployer) -> None:
    token = f"arn:aws:lambda:{deployer.aws.region}:{deployer.aws.account}:function:none"
    resources = {"It": {"Type": "Custom::Thing", "Properties": {"ServiceToken": token}}}
    deployer.may(allow("lambda:InvokeFunction", on=f"{token}-other"))

    # Nothing was invoked, so nothing is deleted.
    assert deployer.deploy(resources) == "ROLLBACK_COMPLETE"
    assert deployer.denial("lambda:InvokeFunction", token) in deployer.reasons()


def test_a_parameter_of_systems_manager_is_read_with_the_roles_permission(deployer: Deployer) -> None:
    name = f"/{deployer.name}/version"
    deployer.aws.client("ssm").put_parameter(Name=name, Value="30", Type="String")
    parameters = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": name}}
    handle = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    with pytest.raises(ClientError) as refused:
        deployer.deploy(handle, template={"Parameters": parameters})
    error = refused.value.response["Error"]
    arn = f"arn:aws:ssm:{deployer.aws.region}:{deployer.aws.account}:parameter{name}"
    deployer.may(allow("ssm:GetParameters", on=arn))

    assert (error["Code"], error["Message"]) == (
        "ValidationError",
        "AccessDenied. User doesn't have permission to call ssm:GetParameters",
    )
    assert deployer.deploy(handle, template={"Parameters": parameters}) == "CREATE_COMPLETE"


def test_without_a_role_a_stack_has_the_permissions_of_its_caller(guarded: OfflineAws) -> None:
    deployer, user = Deployer(guarded), f"user-{uuid.uuid4().hex[:8]}"
    deployer.iam.create_user(UserName=user)
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("cloudformation:*")]})
    deployer.iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    key = deployer.iam.create_access_key(UserName=user)["AccessKey"]
    client = boto3.client(
        "cloudformation",
        endpoint_url=guarded.endpoint_url,
        region_name=guarded.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        verify=str(guarded.server.certificate),
        config=Config(retries={"total_max_attempts": 1}),
    )
    template = json.dumps({"Resources": topic(deployer.name)})
    client.create_stack(StackName=deployer.name, TemplateBody=template, OnFailure="DO_NOTHING")

    assert deployer.wait() == "CREATE_FAILED"
    assert f"user/{user} is not authorized to perform: sns:CreateTopic" in deployer.reasons()
