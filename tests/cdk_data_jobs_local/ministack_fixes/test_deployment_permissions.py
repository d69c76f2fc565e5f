"""What CloudFormation may do for a stack: what its role allows, or else the caller that deploys it."""

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
from cdk_data_jobs_local.ministack_fixes.iam.required_actions import calls, is_replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

Statement = dict[str, Any]


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    with OfflineAws(speed=60, enforce_iam=True) as aws:
        yield aws


def allow(*actions: str, on: str = "*", when: dict[str, Any] | None = None) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": on, **({"Condition": when} if when else {})}


def deny(*actions: str) -> Statement:
    return {"Effect": "Deny", "Action": actions, "Resource": "*"}


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


def cloudformation(aws: OfflineAws, key: dict[str, str] | None = None, region: str = "") -> Any:
    """A client with a user's access key, or with the account's."""
    key = key or {"AccessKeyId": "test", "SecretAccessKey": "test"}
    return boto3.client(
        "cloudformation",
        endpoint_url=aws.endpoint_url,
        region_name=region or aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        verify=str(aws.server.certificate),
        config=Config(retries={"total_max_attempts": 1}),
    )


class User:
    """A user who may call CloudFormation."""

    def __init__(self, aws: OfflineAws, *statements: Statement) -> None:
        iam, self.name = aws.client("iam"), f"user-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=self.name)
        document = {"Version": "2012-10-17", "Statement": [allow("cloudformation:*"), *statements]}
        iam.put_user_policy(UserName=self.name, PolicyName="own", PolicyDocument=json.dumps(document))
        self.client = cloudformation(aws, iam.create_access_key(UserName=self.name)["AccessKey"])


def test_without_a_role_a_stack_has_the_permissions_of_its_caller(guarded: OfflineAws) -> None:
    deployer, user = Deployer(guarded), User(guarded)
    template = json.dumps({"Resources": topic(deployer.name)})
    user.client.create_stack(StackName=deployer.name, TemplateBody=template, OnFailure="DO_NOTHING")

    assert deployer.wait() == "CREATE_FAILED"
    assert f"user/{user.name} is not authorized to perform: sns:CreateTopic" in deployer.reasons()


def test_a_user_who_deploys_is_a_user_for_conditions(guarded: OfflineAws) -> None:
    deployer = Deployer(guarded)
    user = User(guarded, {**allow("sns:*"), "Condition": {"StringEquals": {"aws:PrincipalType": "User"}}})
    template = json.dumps({"Resources": topic(deployer.name)})
    user.client.create_stack(StackName=deployer.name, TemplateBody=template)

    assert deployer.wait() == "CREATE_COMPLETE"


@pytest.mark.parametrize("executed_by_the_user", [False, True])
def test_without_a_role_a_change_set_has_the_permissions_of_who_executes_it(
    guarded: OfflineAws, *, executed_by_the_user: bool
) -> None:
    deployer, user = Deployer(guarded), User(guarded)
    creator, executor = (deployer.client, user.client) if executed_by_the_user else (user.client, deployer.client)
    names = {"StackName": deployer.name, "ChangeSetName": "changes"}
    template = json.dumps({"Resources": topic(deployer.name)})
    creator.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=template, OnStackFailure="DO_NOTHING")
    executor.execute_change_set(**names)

    assert deployer.wait() == ("CREATE_FAILED" if executed_by_the_user else "CREATE_COMPLETE")


def test_a_change_sets_role_is_the_stacks_when_it_is_executed(deployer: Deployer) -> None:
    names = {"StackName": deployer.name, "ChangeSetName": "changes"}
    template = json.dumps({"Resources": topic(deployer.name)})
    deployer.may(allow("sns:CreateTopic"))
    deployer.client.create_stack(StackName=deployer.name, TemplateBody=template)
    assert deployer.wait() == "CREATE_COMPLETE"
    changed = template.replace(deployer.name, f"{deployer.name}-2")
    deployer.client.create_change_set(**names, TemplateBody=changed, RoleARN=deployer.role)
    deployer.client.update_stack(StackName=deployer.name, TemplateBody=changed)
    assert deployer.wait() == "UPDATE_COMPLETE", deployer.reasons()
    deployer.client.create_change_set(
        StackName=deployer.name, ChangeSetName="more", TemplateBody=template, RoleARN=deployer.role
    )
    deployer.client.execute_change_set(StackName=deployer.name, ChangeSetName="more")
    deployer.wait()

    assert deployer.delete() == "DELETE_FAILED"
    assert deployer.denial("sns:DeleteTopic", "") in deployer.reasons()


def test_a_refused_call_changes_nothing_about_a_stack(guarded: OfflineAws) -> None:
    deployer, user = Deployer(guarded), User(guarded)
    deployer.may(allow("sns:*"))
    assert deployer.deploy(topic(deployer.name)) == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="No updates"):
        user.client.update_stack(
            StackName=deployer.name,
            TemplateBody=json.dumps({"Resources": topic(deployer.name)}),
            RoleARN=Deployer(guarded).role,
        )

    assert deployer.delete() == "DELETE_COMPLETE"


def test_a_stack_of_the_same_name_in_another_region_has_a_principal_of_its_own(deployer: Deployer) -> None:
    deployer.may(allow("sns:CreateTopic"))
    assert deployer.deploy(topic(deployer.name)) == "CREATE_COMPLETE"
    elsewhere = cloudformation(deployer.aws, region="us-east-1")
    elsewhere.create_stack(StackName=deployer.name, TemplateBody=json.dumps({"Resources": topic("elsewhere")}))

    assert deployer.delete() == "DELETE_FAILED"


TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
RENAMED = {
    "AWS::IAM::Role": ("RoleName", "iam:CreateRole", "iam:DeleteRole"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:CreateLogGroup", "logs:DeleteLogGroup"),
    "AWS::Personalize::DatasetGroup": ("Name", "personalize:CreateDatasetGroup", "personalize:DeleteDatasetGroup"),
    "AWS::Pinpoint::App": ("Name", "mobiletargeting:CreateApp", "mobiletargeting:DeleteApp"),
    "AWS::S3::Bucket": ("BucketName", "s3:CreateBucket", "s3:DeleteBucket"),
    "AWS::SNS::Topic": ("TopicName", "sns:CreateTopic", "sns:DeleteTopic"),
    "AWS::SQS::Queue": ("QueueName", "sqs:CreateQueue", "sqs:DeleteQueue"),
}


@pytest.mark.parametrize("resource_type", RENAMED)
def test_a_replacement_needs_the_permission_to_create_and_to_delete(deployer: Deployer, resource_type: str) -> None:
    name, create, delete = RENAMED[resource_type]

    def renamed(suffix: str) -> dict[str, Any]:
        more = {"AssumeRolePolicyDocument": TRUST} if resource_type == "AWS::IAM::Role" else {}
        return {"It": {"Type": resource_type, "Properties": {name: f"{deployer.name}-{suffix}", **more}}}

    def deploy(suffix: str) -> str:
        return deployer.deploy(renamed(suffix), update=suffix != "a", Capabilities=["CAPABILITY_NAMED_IAM"])

    everything = allow("*")
    deployer.may(everything)
    assert deploy("a") == "CREATE_COMPLETE"
    deployer.may(everything, deny(create))
    assert deploy("b") == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.denial(create, "") in deployer.reasons()
    deployer.may(everything, deny(delete))
    # What is left behind does not fail the update.
    assert deploy("c") == "UPDATE_COMPLETE"
    assert deployer.denial(delete, "") in deployer.reasons()
    deployer.may(everything)
    assert deploy("d") == "UPDATE_COMPLETE"


def test_what_could_not_be_deleted_in_a_replacement_is_still_there(deployer: Deployer) -> None:
    # MiniStack's own functions for log groups delete the old one, before CloudFormation's clean-up does.
    def group(name: str) -> dict[str, Any]:
        properties = {"LogGroupName": f"{deployer.name}-{name}"}
        return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}

    deployer.may(allow("logs:CreateLogGroup", "logs:DescribeLogGroups"))
    assert deployer.deploy(group("a")) == "CREATE_COMPLETE"
    assert deployer.deploy(group("b"), update=True) == "UPDATE_COMPLETE"
    found = deployer.aws.client("logs").describe_log_groups(logGroupNamePrefix=deployer.name)["logGroups"]

    assert [one["logGroupName"] for one in found] == [f"{deployer.name}-a", f"{deployer.name}-b"]


def test_a_property_that_is_fixed_at_creation_replaces_too() -> None:
    function = "AWS::Lambda::Permission"
    before = {"FunctionName": "it", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}

    assert is_replaced(function, before, {**before, "Principal": "events.amazonaws.com"})
    assert not is_replaced("AWS::Lambda::Function", {"Timeout": 3}, {"Timeout": 4})


def role(**properties: Any) -> dict[str, Any]:
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}}


NAMED_IAM = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
INLINE = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]}}


@pytest.fixture
def boundary(guarded: OfflineAws) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    made = guarded.client("iam").create_policy(PolicyName=f"b-{uuid.uuid4().hex[:8]}", PolicyDocument=document)
    arn: str = made["Policy"]["Arn"]
    return arn


def test_a_role_may_be_created_and_changed_under_its_permissions_boundary_alone(
    deployer: Deployer, boundary: str
) -> None:
    bounded = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy")
    deployer.may(
        allow(*bounded, when={"StringEquals": {"iam:PermissionsBoundary": boundary}}),
        allow("iam:GetRole", "iam:DeleteRole"),
    )
    refused = deployer.deploy(role(), **NAMED_IAM)
    assert refused == "ROLLBACK_COMPLETE"
    assert deployer.denial("iam:CreateRole", "") in deployer.reasons()
    deployer.delete()
    inside = role(PermissionsBoundary=boundary, Policies=[INLINE], ManagedPolicyArns=[boundary])
    of_role = {"Type": "AWS::IAM::Policy", "Properties": {**INLINE, "PolicyName": "more", "Roles": [{"Ref": "Role"}]}}

    assert deployer.deploy({**inside, "Policy": of_role}, **NAMED_IAM) == "CREATE_COMPLETE", deployer.reasons()
    assert deployer.deploy(inside, update=True, **NAMED_IAM) == "UPDATE_COMPLETE", deployer.reasons()


def test_an_existing_role_without_the_boundary_gets_no_policy(deployer: Deployer, boundary: str) -> None:
    trust = json.dumps({"Version": "2012-10-17", **TRUST})
    deployer.iam.create_role(RoleName=f"{deployer.name}-target", AssumeRolePolicyDocument=trust)
    policy = {"Type": "AWS::IAM::Policy", "Properties": {**INLINE, "Roles": [f"{deployer.name}-target"]}}
    deployer.may(allow("iam:*", when={"StringEquals": {"iam:PermissionsBoundary": boundary}}))

    assert deployer.deploy({"Policy": policy}, **NAMED_IAM) == "ROLLBACK_COMPLETE"
    assert deployer.denial("iam:PutRolePolicy", "") in deployer.reasons()


def test_a_policy_may_be_limited_to_the_policies_that_it_attaches(deployer: Deployer, boundary: str) -> None:
    deployer.may(
        allow("iam:CreateRole", "iam:DeleteRole"),
        allow("iam:AttachRolePolicy", when={"ArnEquals": {"iam:PolicyARN": boundary}}),
    )
    other = f"arn:aws:iam::{deployer.aws.account}:policy/other"
    assert deployer.deploy(role(ManagedPolicyArns=[boundary, other]), **NAMED_IAM) == "ROLLBACK_COMPLETE"
    deployer.delete()

    assert deployer.deploy(role(ManagedPolicyArns=[boundary]), **NAMED_IAM) == "CREATE_COMPLETE", deployer.reasons()


def test_a_policy_may_require_tags(deployer: Deployer) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/Team": "data"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
    }
    deployer.may(allow("iam:CreateRole", when=condition), allow("iam:DeleteRole"))
    assert deployer.deploy(role(), **NAMED_IAM) == "ROLLBACK_COMPLETE"
    deployer.delete()
    tags = [{"Key": "Team", "Value": "data"}, {"Key": "More", "Value": "1"}]
    assert deployer.deploy(role(Tags=tags), **NAMED_IAM) == "ROLLBACK_COMPLETE"
    deployer.delete()

    assert deployer.deploy(role(Tags=tags[:1]), **NAMED_IAM) == "CREATE_COMPLETE", deployer.reasons()


def test_an_arn_has_the_path_the_bus_and_the_group_of_its_resource(deployer: Deployer) -> None:
    place, account = f"{deployer.aws.region}:{deployer.aws.account}", deployer.aws.account
    deployer.aws.client("events").create_event_bus(Name=deployer.name)
    deployer.aws.client("scheduler").create_schedule_group(Name=deployer.name)
    trust = {"Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "scheduler.amazonaws.com"}}]}
    target = {"Arn": f"arn:aws:lambda:{place}:function:none", "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    schedule = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    resources = {
        **role(Path="/team/", RoleName=f"{deployer.name}-team", AssumeRolePolicyDocument=trust),
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": {**INLINE, "Roles": [{"Ref": "Role"}]}},
        "Managed": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Path": "/team/", "PolicyDocument": INLINE["PolicyDocument"], "Roles": [{"Ref": "Role"}]},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "it", "EventBusName": deployer.name, "EventPattern": {"source": ["x"]}},
        },
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {"Name": "it", "GroupName": deployer.name, **schedule},
        },
    }
    deployer.may(
        allow("iam:*", on=f"arn:aws:iam::{account}:role/team/{deployer.name}-team"),
        allow("iam:*", on=f"arn:aws:iam::{account}:policy/team/*"),
        allow("events:*", on=f"arn:aws:events:{place}:rule/{deployer.name}/it"),
        allow("scheduler:*", on=f"arn:aws:scheduler:{place}:schedule/{deployer.name}/it"),
    )

    assert deployer.deploy(resources, **NAMED_IAM) == "CREATE_COMPLETE", deployer.reasons()
    assert deployer.delete() == "DELETE_COMPLETE", deployer.reasons()


def test_an_action_without_resource_level_permissions_needs_all_resources(deployer: Deployer) -> None:
    resources = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}}}
    deployer.may(allow("kms:*", on=f"arn:aws:kms:{deployer.aws.region}:{deployer.aws.account}:key/*"))

    assert deployer.deploy(resources) == "ROLLBACK_COMPLETE"
    assert deployer.denial("kms:CreateKey", "*") in deployer.reasons()


def test_a_roles_trust_and_session_are_updated_with_their_own_permissions(deployer: Deployer) -> None:
    other = {"Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "states.amazonaws.com"}}]}
    deployer.may(allow("iam:CreateRole", "iam:DeleteRole"))
    assert deployer.deploy(role(), **NAMED_IAM) == "CREATE_COMPLETE"
    for changed, action in (
        (role(AssumeRolePolicyDocument=other), "iam:UpdateAssumeRolePolicy"),
        (role(AssumeRolePolicyDocument=other, MaxSessionDuration=7200), "iam:UpdateRole"),
    ):
        assert deployer.deploy(changed, update=True, **NAMED_IAM) == "UPDATE_ROLLBACK_COMPLETE"
        assert deployer.denial(action, "") in deployer.reasons()
        deployer.may(allow(action))
        assert deployer.deploy(changed, update=True, **NAMED_IAM) == "UPDATE_COMPLETE"


def test_an_update_needs_the_calls_for_what_it_changes_alone() -> None:
    environment = ("eu-west-1", "111122223333")
    before = {"Code": {"S3Bucket": "assets", "S3Key": "old.zip"}, "Description": "old", "Layers": ["layer:1"]}

    def actions(resource_type: str, **changes: Any) -> set[str]:
        found = calls(resource_type, "update", {**before, **changes}, environment, "it", before=before)
        return {call.action for call in found}

    function = "AWS::Lambda::Function"
    assert actions(function, Description="new") == {"lambda:UpdateFunctionConfiguration", "lambda:GetFunction"}
    assert actions(function, Code={"S3Bucket": "assets", "S3Key": "new.zip"}) == {
        "lambda:UpdateFunctionCode",
        "lambda:GetFunction",
        "s3:GetObject",
    }
    assert "lambda:GetLayerVersion" in actions(function, Layers=["layer:1", "layer:2"])
    assert actions(function, Tags=[{"Key": "team", "Value": "data"}]) == set()
    assert actions("AWS::KMS::Key", Description="new") == {"kms:UpdateKeyDescription"}
    assert actions("AWS::KMS::Key", KeyPolicy={"Statement": []}) == {"kms:PutKeyPolicy"}
