"""DatasetExportJob: where it writes, and with which keys."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataBucket, DataDestination, personalize

JOB_TYPE = "Custom::PersonalizeDatasetExportJob"
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"]
Declare = Callable[..., personalize.DatasetExportJob]
Resources = Callable[..., dict[str, Any]]


@pytest.fixture
def export_job(stack: cdk.Stack, dataset: personalize.Dataset) -> Declare:
    def make(id_: str = "Export", scope: Any = stack, **options: Any) -> personalize.DatasetExportJob:
        return personalize.DatasetExportJob(scope, id_, **({"dataset": dataset} | options))

    return make


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return list(policy["Properties"]["PolicyDocument"]["Statement"])


def test_by_default_it_writes_to_a_new_bucket(export_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    job = export_job()

    assert isinstance(job.bucket, DataBucket)
    ((id_, bucket),) = resources(stack, "AWS::S3::Bucket").items()
    assert stack.resolve(job.bucket.bucket_name) == {"Ref": id_}
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    (resource,) = resources(stack, JOB_TYPE).values()
    assert resource["Properties"]["Parameters"]["jobOutput"] == {
        "s3DataDestination": {"path": {"Fn::Join": ["", ["s3://", {"Ref": id_}, "/results/"]]}}
    }


def test_role_and_bucket_allow_writing_under_the_prefix_alone(
    export_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    job = export_job(destination=DataDestination.from_bucket(bucket, "out/"))

    assert job.bucket is bucket
    arn = stack.resolve(bucket.bucket_arn)
    expected = [
        {"Action": "s3:PutObject", "Effect": "Allow", "Resource": {"Fn::Join": ["", [arn, "/out/*"]]}},
        {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": arn},
    ]
    (bucket_policy,) = resources(stack, "AWS::S3::BucketPolicy").values()
    role_policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeWriteDataPolicy0191ADDF"]
    assert statements(role_policy) == expected
    service = {"Service": "personalize.amazonaws.com"}
    assert statements(bucket_policy) == [{**one, "Principal": service} for one in expected]


def test_the_destinations_key_is_a_parameter_and_is_allowed(
    export_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    key = kms.Key(stack, "Key")
    job = export_job(destination=DataDestination.from_bucket(bucket, "out/", key))

    arn = stack.resolve(key.key_arn)
    (resource,) = resources(stack, JOB_TYPE).values()
    assert resource["Properties"]["Parameters"]["jobOutput"]["s3DataDestination"]["kmsKeyArn"] == arn
    role_policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeWriteDataPolicy0191ADDF"]
    assert statements(role_policy)[-1] == {"Action": KEY_ACTIONS, "Effect": "Allow", "Resource": arn}
    (key_resource,) = resources(stack, "AWS::KMS::Key").values()
    assert key_resource["Properties"]["KeyPolicy"]["Statement"][-1] == {
        "Action": [*KEY_ACTIONS, "kms:CreateGrant"],
        "Effect": "Allow",
        "Principal": {"Service": "personalize.amazonaws.com", "AWS": stack.resolve(job.role.role_arn)},
        "Resource": "*",
    }


def test_the_buckets_own_key_is_allowed_and_no_parameter(
    export_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    bucket = s3.Bucket(stack, "Encrypted", encryption=s3.BucketEncryption.KMS)
    export_job(destination=DataDestination.from_bucket(bucket, "out/"))

    (resource,) = resources(stack, JOB_TYPE).values()
    assert "kmsKeyArn" not in str(resource)
    assert "kms:GenerateDataKey" in str(resources(stack, "AWS::IAM::Policy"))


def grouped(stack: cdk.Stack, key_arn: str | None) -> cdk_personalize.CfnDataset:
    group = cdk_personalize.CfnDatasetGroup(stack, "Group", name="shop", kms_key_arn=key_arn, role_arn="arn")
    return cdk_personalize.CfnDataset(
        stack,
        "Grouped",
        name="users",
        dataset_type="Users",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn="arn",
    )


def test_a_dataset_group_with_a_key_of_the_app(export_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    key = kms.Key(stack, "Key")
    export_job(dataset=grouped(stack, key.key_arn))

    more = "kms:GenerateDataKeyWithoutPlaintext"
    (key_resource,) = resources(stack, "AWS::KMS::Key").values()
    statement = key_resource["Properties"]["KeyPolicy"]["Statement"][-1]
    assert statement["Action"] == [*KEY_ACTIONS, "kms:CreateGrant", more]
    (policy,) = (one for one in resources(stack, "AWS::IAM::Policy").values() if more in str(one))
    assert statements(policy)[-1]["Action"] == [*KEY_ACTIONS, more]
    assert statements(policy)[-1]["Resource"] == stack.resolve(key.key_arn)


def test_a_dataset_group_with_a_key_of_somebody_else_gets_a_warning(export_job: Declare, stack: cdk.Stack) -> None:
    export_job(dataset=grouped(stack, "arn:aws:kms:eu-west-1:111122223333:key/1"))

    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("the policy of the key"))
    text = warning.entry.data
    (statement,) = json.loads(text[text.index("\n") : text.index("[ack")])
    assert "kms:GenerateDataKeyWithoutPlaintext" in statement["Action"]


def test_a_dataset_group_without_a_key_needs_none(export_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    export_job(dataset=grouped(stack, None))

    assert "kms:" not in str(resources(stack))
