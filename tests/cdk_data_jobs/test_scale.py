"""A hundred jobs in a stack: what they add, and the limits of IAM, S3 and CloudFormation."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3

from cdk_data_jobs import DataSource, personalize

JOBS = 100
LONGEST_VALUES = {"AWS::Partition": "aws-us-gov", "AWS::AccountId": "1" * 12, "AWS::Region": "ap-southeast-2"}
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]


@pytest.fixture
def hundred(import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources) -> dict[str, Any]:
    for number in range(JOBS):
        dataset = cdk_personalize.CfnDataset(
            stack, f"D{number}", name=f"{number}", dataset_type="Users", dataset_group_arn="arn", schema_arn="arn"
        )
        import_job(f"Import{number}", dataset=dataset, source=DataSource.from_bucket(bucket, f"{number:03}/"))
    return resources(stack)


def test_a_hundred_jobs_stay_within_the_limits(hundred: dict[str, Any]) -> None:
    by_type: dict[str, list[Any]] = {}
    for resource in hundred.values():
        by_type.setdefault(resource["Type"], []).append(resource)
    datasets = len(by_type.pop("AWS::Personalize::Dataset"))
    jobs = by_type.pop("Custom::PersonalizeDatasetImportJob")
    (bucket_policy,) = by_type["AWS::S3::BucketPolicy"]

    assert datasets == len(jobs) == JOBS
    assert sum(len(resources) for resources in by_type.values()) == 1 + 6 + 4
    assert max(len(compact(job)) for job in jobs) <= 650
    assert max(size(policy) for policy in by_type["AWS::IAM::Policy"]) <= 10_240
    assert size(bucket_policy) <= 20 * 1024


def test_each_further_job_adds_little(import_job: Declare, resources: Resources, hundred: dict[str, Any]) -> None:
    other = cdk.Stack(cdk.App(), "Shop")
    data = s3.Bucket(other, "Data")
    for number in range(10):
        dataset = cdk_personalize.CfnDataset(
            other, f"D{number}", name=f"{number}", dataset_type="Users", dataset_group_arn="arn", schema_arn="arn"
        )
        source = DataSource.from_bucket(data, f"{number:03}/")
        import_job(f"Import{number}", scope=other, dataset=dataset, source=source)

    def length(found: dict[str, Any]) -> int:
        return len(
            compact({key: value for key, value in found.items() if value["Type"] != "AWS::Personalize::Dataset"})
        )

    growth = (length(hundred) - length(resources(other))) / (JOBS - 10)
    assert growth <= 700


def size(policy: dict[str, Any]) -> int:
    """The length of a policy when all references have become names as long as they usually get."""
    return len(compact(resolved(policy["Properties"]["PolicyDocument"])))


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def resolved(value: Any) -> Any:
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(resolved(item) for item in value["Fn::Join"][1])
    if "Fn::GetAtt" in value or "Ref" in value:
        return LONGEST_VALUES.get(
            value.get("Ref", ""), "arn:aws:personalize:ap-southeast-2:111122223333:dataset/my-shop/USERS"
        )
    return {key: resolved(item) for key, item in value.items()}
