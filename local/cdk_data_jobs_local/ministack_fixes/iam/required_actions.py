"""The calls that CloudFormation makes for a stack's resources, as the actions that its deploying principal needs.

The schema of a resource type lists what its handlers may call (`handlers.create.permissions` and so on; Extension
development guide, "Resource type schema"). Which of these they call in fact depends on the properties. Here are the
calls without which the resource could not be made, changed or deleted as its properties say. Not here, so not checked:
reading, but where creating or changing waits for it; tags; what an update takes away; resource types that are not in
the table.

An ARN has `{name}` for the resource's name. CloudFormation makes up a name as `<stack>-<logical id>-<12 characters>`
(user guide, "Name type"), so a policy that names resources must allow such names. That it shortens the first two where
a name would be too long is left out here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = tuple[str, str]
"""An action, and the ARN of what it is done to."""
Properties = Mapping[str, Any]
Environment = tuple[str, str]
"""A Region and an account."""
_SUFFIX = "A1B2C3D4E5F6"


@dataclass(frozen=True, kw_only=True)
class ResourceCalls:
    """The calls for a resource type.

    Args:
        arn: The ARN of such a resource.
        name: The property with its name.
        create: The actions that create one.
        update: The actions that change one, but for its tags and the properties that the next two name.
        delete: The actions that delete one.
        by_property: Further actions to create one that has a property, or to change that property.
        update_by_property: The actions to change a property that `create` sets.
        delete_by_property: Further actions to delete one that has a property.
        others: Calls for other resources, by the operation, the properties, and those before an update.
    """

    arn: str = "*"
    name: str = ""
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    update_by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delete_by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Callable[[str, Properties, Properties, Environment], Iterator[Call]] | None = None

    def own_actions(self, operation: str, properties: Properties, before: Properties) -> Iterator[str]:
        """Yields the actions on the resource itself; see `calls`."""
        if operation == "delete":
            yield from self.delete
            yield from _flat(self.delete_by_property, properties)
            return
        changed = {name for name in {*properties, *before} if properties.get(name) != before.get(name)}
        if operation == "create":
            yield from self.create
        elif changed - {"Tags", *self.by_property, *self.update_by_property}:
            yield from self.update
        if operation == "update":
            yield from _flat(self.update_by_property, changed)
        yield from _flat(self.by_property, [name for name in changed if properties.get(name)])


def _flat(actions: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from actions.get(name, ())


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
    row, before = RESOURCE_CALLS.get(resource_type), before or {}
    if row is None:
        return
    own = resource_arn(resource_type, environment, name)
    yield from ((action, own) for action in row.own_actions(operation, properties, before))
    if row.others is not None:
        yield from row.others(operation, properties, before, environment)


def resource_arn(resource_type: str, environment: Environment, name: str) -> str:
    """Returns the ARN of a resource of a type in the table.

    Args:
        resource_type: The resource type.
        environment: The stack's Region and account.
        name: The resource's name, or its physical id.
    """
    # A queue's physical id is its URL; a parameter's name may begin with a slash.
    name = name.rpartition("/")[2] if name.startswith("http") else name
    if name.startswith("arn:"):
        return name
    if name.startswith("/aws/cloudformation/"):
        # What MiniStack makes up for a log group: not the name that AWS does.
        name = "-".join((*name.split("/")[3:], _SUFFIX))
    region, account = environment
    arn = RESOURCE_CALLS[resource_type].arn.format(region=region, account=account, name=name)
    return arn.replace(":parameter//", ":parameter/")


def new_name(resource_type: str, logical_id: str, properties: Properties, stack_name: str) -> str:
    """Returns the name that a new resource will have, or one like it."""
    row = RESOURCE_CALLS.get(resource_type)
    given = properties.get(row.name) if row else None
    made_up = f"{stack_name}-{logical_id}-{_SUFFIX}"
    return str(given or (made_up.lower() if resource_type == "AWS::S3::Bucket" else made_up))


def _code_calls(operation: str, properties: Properties, before: Properties, environment: Environment) -> Iterator[Call]:
    del environment
    if operation == "delete":
        return
    for member in ("Code", "Content", "DefinitionS3Location"):
        code = properties.get(member) or {}
        bucket, key = (code.get(f"S3{part}") or code.get(part) for part in ("Bucket", "Key"))
        if bucket and key and code != before.get(member):
            yield "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"
    for layer in properties.get("Layers", ()):
        if layer not in before.get("Layers", ()):
            yield "lambda:GetLayerVersion", layer


def _dataset_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del before, environment
    group = str(properties.get("DatasetGroupArn")).replace(":dataset-group/", ":dataset/")
    arn = f"{group}/{str(properties.get('DatasetType')).upper()}"
    for action in ("Delete",) if operation == "delete" else ("Create", "Describe"):
        yield f"personalize:{action}Dataset", arn


def _log_group_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del properties, before
    if operation == "create":
        # Whichever group is looked for (hashicorp/terraform-provider-aws#8804).
        yield "logs:DescribeLogGroups", "arn:aws:logs:{}:{}:log-group::log-stream:".format(*environment)


def _inline_policy_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del before
    action = "iam:DeleteRolePolicy" if operation == "delete" else "iam:PutRolePolicy"
    for role in properties.get("Roles", ()):
        yield action, f"arn:aws:iam::{environment[1]}:role/{role}"


def _permission_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del before
    name = str(properties.get("FunctionName"))
    action = "lambda:RemovePermission" if operation == "delete" else "lambda:AddPermission"
    yield (
        action,
        name if name.startswith("arn:") else f"arn:aws:lambda:{environment[0]}:{environment[1]}:function:{name}",
    )


def _bucket_policy_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del before, environment
    action = "s3:DeleteBucketPolicy" if operation == "delete" else "s3:PutBucketPolicy"
    yield action, f"arn:aws:s3:::{properties.get('Bucket')}"


def _queue_policy_calls(
    operation: str, properties: Properties, before: Properties, environment: Environment
) -> Iterator[Call]:
    del operation, before
    for url in properties.get("Queues", ()):
        yield "sqs:SetQueueAttributes", f"arn:aws:sqs:{environment[0]}:{environment[1]}:{str(url).rpartition('/')[2]}"


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
    "AWS::IAM::Policy": ResourceCalls(others=_inline_policy_calls),
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
        delete=("kms:ScheduleKeyDeletion",),
        by_property={"EnableKeyRotation": ("kms:EnableKeyRotation",)},
        update_by_property={"Description": ("kms:UpdateKeyDescription",), "KeyPolicy": ("kms:PutKeyPolicy",)},
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
        update=("lambda:UpdateFunctionConfiguration", "lambda:GetFunction"),
        delete=("lambda:DeleteFunction",),
        by_property={"ReservedConcurrentExecutions": ("lambda:PutFunctionConcurrency",)},
        update_by_property={"Code": ("lambda:UpdateFunctionCode", "lambda:GetFunction")},
        others=_code_calls,
    ),
    "AWS::Lambda::LayerVersion": ResourceCalls(
        arn="arn:aws:lambda:{region}:{account}:layer:{name}",
        name="LayerName",
        create=("lambda:PublishLayerVersion",),
        delete=("lambda:DeleteLayerVersion",),
        others=_code_calls,
    ),
    "AWS::Lambda::Permission": ResourceCalls(others=_permission_calls),
    "AWS::Logs::LogGroup": ResourceCalls(
        arn="arn:aws:logs:{region}:{account}:log-group:{name}:log-stream:",
        name="LogGroupName",
        create=("logs:CreateLogGroup",),
        delete=("logs:DeleteLogGroup",),
        by_property={"RetentionInDays": ("logs:PutRetentionPolicy",), "KmsKeyId": ("logs:AssociateKmsKey",)},
        others=_log_group_calls,
    ),
    "AWS::Personalize::Dataset": ResourceCalls(others=_dataset_calls),
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
    "AWS::S3::BucketPolicy": ResourceCalls(others=_bucket_policy_calls),
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
    "AWS::SQS::QueuePolicy": ResourceCalls(others=_queue_policy_calls),
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
        others=_code_calls,
    ),
}
"""The calls for the resource types that the library uses, and for others that data jobs are deployed with."""
