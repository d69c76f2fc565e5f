"""The table of CloudFormation's calls against AWS's schemas, which list what each handler may call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_data_jobs_local import ministack_fixes
from cdk_data_jobs_local.ministack_fixes.iam.required_actions import RESOURCE_CALLS, calls

FIXES = Path(ministack_fixes.__path__[0])
PROPERTIES: dict[str, list[str]] = json.loads((FIXES / "cloudformation/resource_properties.json").read_text("utf-8"))
SCHEMAS: dict[str, dict[str, list[str]]] = json.loads((FIXES / "iam/resource_schemas.json").read_text("utf-8"))
WITHOUT_HANDLERS = {"AWS::Pinpoint::App"}
"""Types whose schemas list no actions."""
SAMPLES: dict[str, Any] = {
    "Code": {"S3Bucket": "bucket", "S3Key": "key"},
    "Content": {"S3Bucket": "bucket", "S3Key": "key"},
    "DefinitionS3Location": {"Bucket": "bucket", "Key": "key"},
    "Policies": [{"PolicyName": "policy"}],
    "Enabled": False,
    "Tags": [],
    **{name: ["one"] for name in ("Groups", "Layers", "ManagedPolicyArns", "Queues", "Roles", "Users")},
}
READING = ("BatchGet", "Describe", "Get", "List")
PASSING = {
    *("AWS::Events::Rule", "AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::StepFunctions::StateMachine"),
}
"""Types whose `iam:PassRole` is checked by another fix: `test_enforced_iam.py`."""
OF_THE_SERVICE = {("AWS::Lambda::Function", "update"): {"lambda:GetLayerVersion"}}
"""Not in the schema, but Lambda requires it of who adds a layer to a function (developer guide, "Layers")."""
NOT_CHECKED = {
    "AWS::Events::Rule": {"events:RemoveTargets"},
    "AWS::IAM::ManagedPolicy": {"iam:DeletePolicyVersion"},
    "AWS::IAM::Role": {"iam:UpdateRoleDescription"},
    "AWS::KMS::Key": {"kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:PutKeyPolicy"},
    "AWS::Lambda::Function": {
        *("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
        *("lambda:AssociateRuntimeAlias", "lambda:DeleteFunctionCodeSigningConfig", "lambda:DeleteFunctionConcurrency"),
        *("lambda:PassCapacityProvider", "lambda:PublishVersion", "lambda:PutFunctionCodeSigningConfig"),
        *("lambda:PutFunctionRecursionConfig", "lambda:PutFunctionScalingConfig"),
        "lambda:PutRuntimeManagementConfig",
    },
    "AWS::Logs::LogGroup": {
        *("logs:CreateLogDelivery", "logs:DeleteDataProtectionPolicy", "logs:DeleteIndexPolicy"),
        *("logs:DeleteResourcePolicy", "logs:DeleteRetentionPolicy", "logs:PutBearerTokenAuthentication"),
        *("logs:PutDataProtectionPolicy", "logs:PutIndexPolicy", "logs:PutLogGroupDeletionProtection"),
        *("logs:PutResourcePolicy", "s3:REST.PUT.OBJECT"),
    },
    "AWS::Personalize::Dataset": {"iam:PassRole", "personalize:CreateDatasetImportJob"},
    "AWS::Personalize::DatasetGroup": {"iam:PassRole"},
    "AWS::S3::Bucket": {
        "iam:PassRole",
        *("s3:DeleteBucketAnalyticsConfiguration", "s3:DeleteBucketCors", "s3:DeleteBucketEncryption"),
        *("s3:DeleteBucketLifecycle", "s3:DeleteBucketMetricsConfiguration", "s3:DeleteBucketReplication"),
        *("s3:DeleteBucketWebsite", "s3:DeleteObject", "s3:PutBucketReplication", "s3:PutObjectAcl"),
        *("s3:PutObjectLockConfiguration", "s3:CreateBucketMetadataTableConfiguration"),
        *("s3:DeleteBucketMetadataTableConfiguration", "s3:UpdateBucketMetadataAnnotationTableConfiguration"),
        "s3:UpdateBucketMetadataInventoryTableConfiguration",
        "s3:UpdateBucketMetadataJournalTableConfiguration",
        *("s3tables:CreateNamespace", "s3tables:CreateTable", "s3tables:CreateTableBucket"),
        *("s3tables:PutTableBucketPolicy", "s3tables:PutTableEncryption", "s3tables:PutTablePolicy"),
        "s3tables:UpdateTableMetadataLocation",
    },
    "AWS::SNS::Topic": {"iam:PassRole", "sns:Unsubscribe"},
    "AWS::StepFunctions::StateMachine": {"kms:GenerateDataKey"},
}
"""What a handler may call, and the offline AWS does not check, but for reading and tags: what an update takes away, the
keys of functions and state machines, roles of buckets, topics and dataset groups, and the less usual properties."""


def actions(resource_type: str, operation: str) -> set[str]:
    """The actions for a resource with every property, and for an update that sets, changes or removes each."""
    full = {name: SAMPLES.get(name, "value") for name in PROPERTIES[resource_type]}
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [(full, {})]
    if operation == "update":
        changes += [({}, full), ({**full, "RoleName": "other"}, {**full, "Policies": []})]
    found = [
        calls(resource_type, operation, after, ("eu-west-1", "111122223333"), "name", before=before)
        for after, before in changes
    ]
    return {call.action for one in found for call in one}


def is_writing(action: str) -> bool:
    name = action.partition(":")[2]
    return not name.startswith(READING) and "tag" not in name.lower()


OPERATIONS = [
    (resource_type, operation)
    for resource_type in sorted({*RESOURCE_CALLS} - WITHOUT_HANDLERS)
    for operation in ("create", "update", "delete")
    # Without an update handler every change is a replacement.
    if SCHEMAS[resource_type][operation]
]


@pytest.mark.parametrize(("resource_type", "operation"), OPERATIONS)
def test_no_action_is_required_that_the_handler_does_not_call(resource_type: str, operation: str) -> None:
    required = actions(resource_type, operation)

    assert required - {*SCHEMAS[resource_type][operation]} == OF_THE_SERVICE.get((resource_type, operation), set())


@pytest.mark.parametrize("resource_type", sorted({*RESOURCE_CALLS} - WITHOUT_HANDLERS))
def test_what_a_handler_may_call_is_checked_or_listed(resource_type: str) -> None:
    unchecked = {
        action
        for kind, operation in OPERATIONS
        if kind == resource_type
        for action in {*SCHEMAS[kind][operation]} - actions(kind, operation)
        if is_writing(action)
    }

    passed = {"iam:PassRole"} if resource_type in PASSING else set()
    assert unchecked - passed == NOT_CHECKED.get(resource_type, set())


def test_every_type_of_the_table_has_a_schema() -> None:
    assert {*SCHEMAS} == {*RESOURCE_CALLS}
    assert {kind for kind, schema in SCHEMAS.items() if not schema["create"]} == WITHOUT_HANDLERS


@pytest.mark.parametrize(
    ("resource_type", "tags"),
    [
        ("AWS::IAM::Role", [{"Key": "Team", "Value": "data"}, {"Key": "aws:cloudformation:stack-id", "Value": "x"}]),
        ("AWS::Personalize::Schema", [{"TagKey": "Team", "TagValue": "data"}]),
        ("AWS::SSM::Parameter", {"Team": "data"}),
    ],
)
def test_a_call_that_creates_has_the_tags_as_condition_keys(resource_type: str, tags: Any) -> None:
    found = [*calls(resource_type, "create", {"Tags": tags}, ("eu-west-1", "111122223333"), "name")]

    assert found[0].keys == {"aws:tagkeys": ["Team"], "aws:requesttag/team": "data"}
    assert not any(call.keys for call in found[1:])
