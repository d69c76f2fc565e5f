"""The calls that CloudFormation makes for a stack's resources, as the actions that its deploying principal needs.

The schema of a resource type lists what its handlers may call (`handlers.create.permissions` and so on; Extension
development guide, "Resource type schema"). Which of these they call in fact depends on the properties. Here are the
calls without which the resource could not be made, changed or deleted as its properties say. Not here, so not checked:
reading, but where creating or changing waits for it; tags; most of what an update takes away; resource types that are
not in the table; the actions of the schemas that `test_required_actions.py` lists as not checked.

A resource is replaced if a property changes that can only be set when it is created (`createOnlyProperties`):
CloudFormation creates another one, and deletes the old one when the update is complete (user guide, "Update behaviors
of stack resources").

An ARN has `{name}` for the resource's name. CloudFormation makes up a name as `<stack>-<logical id>-<12 characters>`
(user guide, "Name type"), so a policy that names resources must allow such names. The name that is checked here has
other characters than the resource gets, and is not shortened where it would be too long.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cdk_data_jobs_local.ministack_fixes.cloudformation.physical_names import cut_name
from cdk_data_jobs_local.ministack_fixes.iam.resource_calls import (
    Call,
    Change,
    Environment,
    Properties,
    ResourceCalls,
    bucket_policy_calls,
    code_calls,
    dataset_calls,
    inline_policy_calls,
    log_group_calls,
    managed_policy_calls,
    permission_calls,
    queue_policy_calls,
    role_calls,
)

_SCHEMAS: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("resource_schemas.json").read_text(encoding="utf-8")
)
_ON_ALL = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "kms:CreateKey")
"""Actions that do not support resource-level permissions."""
_SUFFIX = "A1B2C3D4E5F6"
_MAX_NAME_LENGTH = 64
_MAX_NAME_LENGTHS = {
    "AWS::CloudWatch::Alarm": 255,
    "AWS::Logs::LogGroup": 512,
    "AWS::S3::Bucket": 63,
    "AWS::SNS::Topic": 256,
    "AWS::SQS::Queue": 80,
    "AWS::StepFunctions::StateMachine": 80,
}
"""Where it is another one; as MiniStack has them."""


def is_replaced(resource_type: str, before: Properties, properties: Properties) -> bool:
    """Returns whether an update creates another resource in place of the one that there is."""
    fixed = _SCHEMAS.get(resource_type, {}).get("createOnly", [])
    return any(before.get(name) != properties.get(name) for name in fixed)


def calls(
    resource_type: str,
    operation: str,
    properties: Properties,
    environment: Environment,
    name: str,
    *,
    before: Properties | None = None,
) -> Iterator[Call]:
    """Yields the calls for a resource.

    Args:
        resource_type: The resource type.
        operation: `create`, `update` or `delete`.
        properties: The resource's properties.
        environment: The stack's Region and account.
        name: The resource's name, or its physical id.
        before: The properties before an update.
    """
    row = RESOURCE_CALLS.get(resource_type)
    if row is None:
        return
    arn = resource_arn(resource_type, environment, name, properties)
    change = Change(operation=operation, arn=arn, properties=properties, before=before or {}, environment=environment)
    for action in row.own_actions(change):
        keys = row.tag_keys(change) if operation == "create" and action == row.create[0] else {}
        if action == "iam:CreateRole" and properties.get("PermissionsBoundary"):
            keys["iam:permissionsboundary"] = properties["PermissionsBoundary"]
        yield Call(action, "*" if action in _ON_ALL else arn, keys)
    if row.more is not None:
        yield from row.more(change)


def resource_arn(resource_type: str, environment: Environment, name: str, properties: Properties) -> str:
    """Returns the ARN of a resource of a type in the table.

    Args:
        resource_type: The resource type.
        environment: The stack's Region and account.
        name: The resource's name, or its physical id.
        properties: The resource's properties.
    """
    # A queue's physical id is its URL; a parameter's name may begin with a slash.
    name = name.rpartition("/")[2] if name.startswith("http") else name
    if name.startswith("arn:"):
        return name
    if name.startswith("/aws/cloudformation/"):
        # What MiniStack makes up for a log group: not the name that AWS does.
        name = "-".join((*name.split("/")[3:], _SUFFIX))
    region, account = environment
    row = RESOURCE_CALLS[resource_type]
    arn = row.arn.format(region=region, account=account, name=name, within=row.within(properties))
    return arn.replace(":parameter//", ":parameter/")


def new_name(resource_type: str, logical_id: str, properties: Properties, stack_name: str) -> str:
    """Returns the name that a new resource will have, or one like it."""
    row = RESOURCE_CALLS.get(resource_type)
    given = properties.get(row.name) if row else None
    made_up = cut_name(stack_name, logical_id, _SUFFIX, _MAX_NAME_LENGTHS.get(resource_type, _MAX_NAME_LENGTH))
    return str(given or (made_up.lower() if resource_type == "AWS::S3::Bucket" else made_up))


def _path(properties: Properties) -> str:
    return str(properties.get("Path") or "/")


def _bus(properties: Properties) -> str:
    bus = str(properties.get("EventBusName") or "default").rpartition("/")[2]
    return "" if bus == "default" else f"{bus}/"


def _schedule_group(properties: Properties) -> str:
    return str(properties.get("GroupName") or "default")


def _personalize(type_name: str, arn: str, *, waits: bool = False) -> ResourceCalls:
    return ResourceCalls(
        arn="arn:aws:personalize:{region}:{account}:" + arn,
        name="Name",
        create=(f"personalize:Create{type_name}", *((f"personalize:Describe{type_name}",) if waits else ())),
        delete=(f"personalize:Delete{type_name}",),
    )


RESOURCE_CALLS: Mapping[str, ResourceCalls] = {
    "AWS::CloudWatch::Alarm": ResourceCalls(
        arn="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        name="AlarmName",
        create=("cloudwatch:PutMetricAlarm",),
        update=("cloudwatch:PutMetricAlarm",),
        delete=("cloudwatch:DeleteAlarms",),
    ),
    "AWS::CloudWatch::Dashboard": ResourceCalls(
        arn="arn:aws:cloudwatch::{account}:dashboard/{name}",
        name="DashboardName",
        create=("cloudwatch:PutDashboard",),
        update=("cloudwatch:PutDashboard",),
        delete=("cloudwatch:DeleteDashboards",),
    ),
    "AWS::Events::Rule": ResourceCalls(
        arn="arn:aws:events:{region}:{account}:rule/{within}{name}",
        within=_bus,
        name="Name",
        create=("events:PutRule",),
        update=("events:PutRule",),
        delete=("events:DeleteRule",),
        by_property={"Targets": ("events:PutTargets",)},
        delete_by_property={"Targets": ("events:RemoveTargets",)},
    ),
    "AWS::IAM::ManagedPolicy": ResourceCalls(
        arn="arn:aws:iam::{account}:policy{within}{name}",
        within=_path,
        name="ManagedPolicyName",
        create=("iam:CreatePolicy",),
        update=("iam:CreatePolicyVersion",),
        delete=("iam:DeletePolicy",),
        update_by_property={"Groups": (), "Roles": (), "Users": ()},
        more=managed_policy_calls,
    ),
    "AWS::IAM::Policy": ResourceCalls(more=inline_policy_calls),
    "AWS::IAM::Role": ResourceCalls(
        arn="arn:aws:iam::{account}:role{within}{name}",
        name="RoleName",
        within=_path,
        create=("iam:CreateRole",),
        delete=("iam:DeleteRole",),
        update_by_property={
            "AssumeRolePolicyDocument": ("iam:UpdateAssumeRolePolicy",),
            "MaxSessionDuration": ("iam:UpdateRole",),
        },
        more=role_calls,
    ),
    "AWS::KMS::Key": ResourceCalls(
        arn="arn:aws:kms:{region}:{account}:key/{name}",
        create=("kms:CreateKey",),
        delete=("kms:ScheduleKeyDeletion",),
        by_property={"EnableKeyRotation": ("kms:EnableKeyRotation",)},
        update_by_property={"Description": ("kms:UpdateKeyDescription",), "KeyPolicy": ("kms:PutKeyPolicy",)},
    ),
    "AWS::Lambda::EventInvokeConfig": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:function:{name}",
        name="FunctionName",
        create=("lambda:PutFunctionEventInvokeConfig",),
        update=("lambda:UpdateFunctionEventInvokeConfig",),
        delete=("lambda:DeleteFunctionEventInvokeConfig",),
    ),
    "AWS::Lambda::Function": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:function:{name}",
        name="FunctionName",
        create=("lambda:CreateFunction", "lambda:GetFunction"),
        update=("lambda:UpdateFunctionConfiguration", "lambda:GetFunction"),
        delete=("lambda:DeleteFunction",),
        by_property={
            "ReservedConcurrentExecutions": ("lambda:PutFunctionConcurrency",),
            "VpcConfig": ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
        },
        update_by_property={
            "Code": ("lambda:UpdateFunctionCode", "lambda:GetFunction"),
            "VpcConfig": ("lambda:UpdateFunctionConfiguration", "lambda:GetFunction"),
        },
        more=code_calls,
    ),
    "AWS::Lambda::LayerVersion": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:layer:{name}",
        name="LayerName",
        create=("lambda:PublishLayerVersion",),
        delete=("lambda:DeleteLayerVersion",),
        more=code_calls,
    ),
    "AWS::Lambda::Permission": ResourceCalls(more=permission_calls),
    "AWS::Logs::LogGroup": ResourceCalls(
        arn="arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:",
        name="LogGroupName",
        create=("logs:CreateLogGroup",),
        delete=("logs:DeleteLogGroup",),
        by_property={"RetentionInDays": ("logs:PutRetentionPolicy",)},
        more=log_group_calls,
    ),
    "AWS::Personalize::Dataset": ResourceCalls(more=dataset_calls),
    "AWS::Personalize::DatasetGroup": _personalize("DatasetGroup", "dataset-group/{name}", waits=True),
    "AWS::Personalize::Schema": _personalize("Schema", "schema/{name}"),
    "AWS::Personalize::Solution": _personalize("Solution", "solution/{name}", waits=True),
    "AWS::Pinpoint::App": ResourceCalls(
        arn="arn:aws:mobiletargeting:{region}:{account}:apps/{name}",
        create=("mobiletargeting:CreateApp",),
        delete=("mobiletargeting:DeleteApp",),
    ),
    "AWS::S3::Bucket": ResourceCalls(
        arn="arn:aws:s3:::{name}",
        name="BucketName",
        create=("s3:CreateBucket",),
        delete=("s3:DeleteBucket",),
        tags="",
        by_property={
            "AbacStatus": ("s3:PutBucketAbac",),
            "AccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
            "AnalyticsConfigurations": ("s3:PutAnalyticsConfiguration",),
            "BucketEncryption": ("s3:PutEncryptionConfiguration",),
            "CorsConfiguration": ("s3:PutBucketCORS",),
            "IntelligentTieringConfigurations": ("s3:PutIntelligentTieringConfiguration",),
            "InventoryConfigurations": ("s3:PutInventoryConfiguration",),
            "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
            "LoggingConfiguration": ("s3:PutBucketLogging",),
            "MetricsConfigurations": ("s3:PutMetricsConfiguration",),
            "NotificationConfiguration": ("s3:PutBucketNotification",),
            "ObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
            # API_CreateBucket, "Permissions": of Object Lock.
            "ObjectLockEnabled": ("s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"),
            "OwnershipControls": ("s3:PutBucketOwnershipControls",),
            "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
            "ReplicationConfiguration": ("s3:PutReplicationConfiguration",),
            "VersioningConfiguration": ("s3:PutBucketVersioning",),
            "WebsiteConfiguration": ("s3:PutBucketWebsite",),
        },
        update_by_property={"AccessControl": ("s3:PutBucketAcl",)},
    ),
    "AWS::S3::BucketPolicy": ResourceCalls(more=bucket_policy_calls),
    "AWS::SNS::Topic": ResourceCalls(
        arn="arn:aws:sns:{region}:{account}:{name}",
        name="TopicName",
        create=("sns:CreateTopic",),
        update=("sns:SetTopicAttributes",),
        delete=("sns:DeleteTopic",),
        by_property={
            "DataProtectionPolicy": ("sns:PutDataProtectionPolicy",),
            "Subscription": ("sns:Subscribe",),
        },
    ),
    "AWS::SQS::Queue": ResourceCalls(
        arn="arn:aws:sqs:{region}:{account}:{name}",
        name="QueueName",
        create=("sqs:CreateQueue",),
        update=("sqs:SetQueueAttributes",),
        delete=("sqs:DeleteQueue",),
    ),
    "AWS::SQS::QueuePolicy": ResourceCalls(more=queue_policy_calls),
    "AWS::SSM::Parameter": ResourceCalls(
        arn="arn:aws:ssm:{region}:{account}:parameter/{name}",
        name="Name",
        create=("ssm:PutParameter",),
        update=("ssm:PutParameter",),
        delete=("ssm:DeleteParameter",),
    ),
    "AWS::Scheduler::Schedule": ResourceCalls(
        arn="arn:aws:scheduler:{region}:{account}:schedule/{within}/{name}",
        within=_schedule_group,
        name="Name",
        create=("scheduler:CreateSchedule",),
        update=("scheduler:UpdateSchedule",),
        delete=("scheduler:DeleteSchedule",),
    ),
    "AWS::StepFunctions::StateMachine": ResourceCalls(
        arn="arn:aws:states:{region}:{account}:stateMachine:{name}",
        name="StateMachineName",
        create=("states:CreateStateMachine",),
        update=("states:UpdateStateMachine",),
        delete=("states:DeleteStateMachine",),
        more=code_calls,
    ),
}
"""The calls for the resource types that the library uses, and for others that data jobs are deployed with."""
