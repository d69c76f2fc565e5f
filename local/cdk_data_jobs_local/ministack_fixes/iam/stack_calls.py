"""The calls that CloudFormation makes for a stack's resources, as the actions that who deploys it needs.

The schema of a resource type lists what its handlers may call (`handlers.create.permissions` and so on; Extension
development guide, "Resource type schema"). Which of these they call in fact depends on the properties. Here are the
calls without which the resource could not be made, changed or deleted as its properties say. Not here, so not checked:
reading, but where creating waits for it; tags; what an update takes away; resource types that are not in the table.

An ARN has `{name}` for the resource's name. CloudFormation makes up a name as `<stack>-<logical id>-<12 characters>`
(user guide, "Name type"), so a policy that names resources must allow such names.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = tuple[str, str]
"""An action, and the ARN of what it is done to."""
Properties = Mapping[str, Any]
Place = tuple[str, str]
"""A Region and an account."""


@dataclass(frozen=True, kw_only=True)
class ResourceCalls:
    """The calls for a resource type.

    Args:
        arn: The ARN of such a resource.
        name: The property with its name.
        create: The actions that create one.
        update: The actions that change one.
        delete: The actions that delete one.
        by_property: Further actions to create or change one that has a property.
        delete_by_property: Further actions to delete one that has a property.
        others: Calls for other resources, by the operation.
    """

    arn: str = "*"
    name: str = ""
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delete_by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Callable[[str, Properties, Place], Iterator[Call]] | None = None


def calls(
    kind: str, operation: str, properties: Properties, place: Place, name: str, *, before: Properties | None = None
) -> Iterator[Call]:
    """Yields the calls for a resource.

    Args:
        kind: The resource type.
        operation: `create`, `update` or `delete`.
        properties: The resource's properties.
        place: The stack's Region and account.
        name: The resource's name, or its physical id.
        before: The properties before an update.
    """
    row = RESOURCE_CALLS.get(kind)
    if row is None:
        return
    region, account = place
    # A queue's physical id is its URL; a parameter's name may begin with a slash.
    name = name.rpartition("/")[2] if name.startswith("http") else name
    own = name if name.startswith("arn:") else row.arn.format(region=region, account=account, name=name)
    own = own.replace(":parameter//", ":parameter/")
    for action in getattr(row, operation):
        yield action, own
    for member, actions in (row.delete_by_property if operation == "delete" else row.by_property).items():
        if properties.get(member) and properties[member] != (before or {}).get(member):
            yield from ((action, own) for action in actions)
    if row.others is not None:
        yield from row.others(operation, properties, place)


def _code(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    del place
    if operation == "delete":
        return
    code = properties.get("Code") or properties.get("Content") or properties.get("DefinitionS3Location") or {}
    bucket, key = (code.get(f"S3{name}") or code.get(name) for name in ("Bucket", "Key"))
    if bucket and key:
        yield "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"
    for layer in properties.get("Layers", ()):
        yield "lambda:GetLayerVersion", layer


def _dataset(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    del place
    group = str(properties.get("DatasetGroupArn")).replace(":dataset-group/", ":dataset/")
    arn = f"{group}/{str(properties.get('DatasetType')).upper()}"
    for action in ("Delete",) if operation == "delete" else ("Create", "Describe"):
        yield f"personalize:{action}Dataset", arn


def _inline(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    action = "iam:DeleteRolePolicy" if operation == "delete" else "iam:PutRolePolicy"
    for role in properties.get("Roles", ()):
        yield action, f"arn:aws:iam::{place[1]}:role/{role}"


def _function(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    name = str(properties.get("FunctionName"))
    action = "lambda:RemovePermission" if operation == "delete" else "lambda:AddPermission"
    yield action, name if name.startswith("arn:") else f"arn:aws:lambda:{place[0]}:{place[1]}:function:{name}"


def _bucket(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    del place
    action = "s3:DeleteBucketPolicy" if operation == "delete" else "s3:PutBucketPolicy"
    yield action, f"arn:aws:s3:::{properties.get('Bucket')}"


def _queues(operation: str, properties: Properties, place: Place) -> Iterator[Call]:
    del operation
    for url in properties.get("Queues", ()):
        yield "sqs:SetQueueAttributes", f"arn:aws:sqs:{place[0]}:{place[1]}:{str(url).rpartition('/')[2]}"


def _personalize(kind: str, arn: str, *, waits: bool = False) -> ResourceCalls:
    return ResourceCalls(
        arn="arn:aws:personalize:{region}:{account}:" + arn,
        name="Name",
        create=(f"personalize:Create{kind}", *((f"personalize:Describe{kind}",) if waits else ())),
        delete=(f"personalize:Delete{kind}",),
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
        arn="arn:aws:events:{region}:{account}:rule/{name}",
        name="Name",
        create=("events:PutRule",),
        update=("events:PutRule",),
        delete=("events:DeleteRule",),
        by_property={"Targets": ("events:PutTargets",)},
        delete_by_property={"Targets": ("events:RemoveTargets",)},
    ),
    "AWS::IAM::ManagedPolicy": ResourceCalls(
        arn="arn:aws:iam::{account}:policy/{name}",
        name="ManagedPolicyName",
        create=("iam:CreatePolicy",),
        update=("iam:CreatePolicyVersion",),
        delete=("iam:DeletePolicy",),
    ),
    "AWS::IAM::Policy": ResourceCalls(others=_inline),
    "AWS::IAM::Role": ResourceCalls(
        arn="arn:aws:iam::{account}:role/{name}",
        name="RoleName",
        create=("iam:CreateRole",),
        delete=("iam:DeleteRole",),
        by_property={
            "ManagedPolicyArns": ("iam:AttachRolePolicy",),
            "PermissionsBoundary": ("iam:PutRolePermissionsBoundary",),
            "Policies": ("iam:PutRolePolicy",),
        },
        delete_by_property={"ManagedPolicyArns": ("iam:DetachRolePolicy",), "Policies": ("iam:DeleteRolePolicy",)},
    ),
    "AWS::KMS::Key": ResourceCalls(
        arn="arn:aws:kms:{region}:{account}:key/{name}",
        create=("kms:CreateKey",),
        update=("kms:PutKeyPolicy",),
        delete=("kms:ScheduleKeyDeletion",),
        by_property={"EnableKeyRotation": ("kms:EnableKeyRotation",)},
    ),
    "AWS::Lambda::EventInvokeConfig": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:function:{name}",
        name="FunctionName",
        create=("lambda:PutFunctionEventInvokeConfig",),
        update=("lambda:PutFunctionEventInvokeConfig",),
        delete=("lambda:DeleteFunctionEventInvokeConfig",),
    ),
    "AWS::Lambda::Function": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:function:{name}",
        name="FunctionName",
        create=("lambda:CreateFunction", "lambda:GetFunction"),
        update=("lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode", "lambda:GetFunction"),
        delete=("lambda:DeleteFunction",),
        by_property={"ReservedConcurrentExecutions": ("lambda:PutFunctionConcurrency",)},
        others=_code,
    ),
    "AWS::Lambda::LayerVersion": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:layer:{name}",
        name="LayerName",
        create=("lambda:PublishLayerVersion",),
        delete=("lambda:DeleteLayerVersion",),
        others=_code,
    ),
    "AWS::Lambda::Permission": ResourceCalls(others=_function),
    "AWS::Logs::LogGroup": ResourceCalls(
        arn="arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:",
        name="LogGroupName",
        create=("logs:CreateLogGroup", "logs:DescribeLogGroups"),
        delete=("logs:DeleteLogGroup",),
        by_property={"RetentionInDays": ("logs:PutRetentionPolicy",), "KmsKeyId": ("logs:AssociateKmsKey",)},
    ),
    "AWS::Personalize::Dataset": ResourceCalls(others=_dataset),
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
        by_property={
            "BucketEncryption": ("s3:PutEncryptionConfiguration",),
            "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
            "LoggingConfiguration": ("s3:PutBucketLogging",),
            "NotificationConfiguration": ("s3:PutBucketNotification",),
            "OwnershipControls": ("s3:PutBucketOwnershipControls",),
            "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
            "VersioningConfiguration": ("s3:PutBucketVersioning",),
        },
    ),
    "AWS::S3::BucketPolicy": ResourceCalls(others=_bucket),
    "AWS::SNS::Topic": ResourceCalls(
        arn="arn:aws:sns:{region}:{account}:{name}",
        name="TopicName",
        create=("sns:CreateTopic",),
        delete=("sns:DeleteTopic",),
    ),
    "AWS::SQS::Queue": ResourceCalls(
        arn="arn:aws:sqs:{region}:{account}:{name}",
        name="QueueName",
        create=("sqs:CreateQueue",),
        update=("sqs:SetQueueAttributes",),
        delete=("sqs:DeleteQueue",),
    ),
    "AWS::SQS::QueuePolicy": ResourceCalls(others=_queues),
    "AWS::SSM::Parameter": ResourceCalls(
        arn="arn:aws:ssm:{region}:{account}:parameter/{name}",
        name="Name",
        create=("ssm:PutParameter",),
        update=("ssm:PutParameter",),
        delete=("ssm:DeleteParameter",),
    ),
    "AWS::Scheduler::Schedule": ResourceCalls(
        arn="arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
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
        others=_code,
    ),
}
"""The calls for the resource types that the library uses, and for others that data jobs are deployed with."""
