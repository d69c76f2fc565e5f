"""DataDeletionJob: what it reads, and what it refuses."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_data_jobs import DataSource, personalize

JOB_TYPE = "Custom::PersonalizeDataDeletionJob"
Declare = Callable[..., personalize.DataDeletionJob]
Resources = Callable[..., dict[str, Any]]


@pytest.fixture
def deletion_job(stack: cdk.Stack, bucket: s3.Bucket) -> Declare:
    group = personalize.DatasetGroup.from_dataset_group_arn(
        stack, "Group", "arn:aws:personalize:eu-west-1:111122223333:dataset-group/shop"
    )

    def make(id_: str = "Delete", **options: Any) -> personalize.DataDeletionJob:
        defaults = {"dataset_group": group, "source": DataSource.from_bucket(bucket, "gone/")}
        return personalize.DataDeletionJob(stack, id_, **(defaults | options))

    return make


def test_nobody_waits_for_it_by_default(deletion_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    deletion_job()

    (job,) = resources(stack, JOB_TYPE).values()
    assert job["Properties"]["WaitForCompletion"] is False


def test_who_waits_may_wait_for_a_day(deletion_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    deletion_job(wait_for_completion=True, timeout=cdk.Duration.hours(26))

    (job,) = resources(stack, JOB_TYPE).values()
    assert "WaitForCompletion" not in job["Properties"]
    waits = [one["Properties"] for one in resources(stack, "Custom::DataJobWait").values()]
    assert len(waits) == 28
    assert 3300 + sum(one.get("Timeout", 3300) for one in waits) == 26 * 3600


def test_it_reads_the_files_of_sub_folders(
    deletion_job: Declare, write: Callable[..., Any], stack: cdk.Stack, resources: Resources
) -> None:
    for name in ("a.csv", "2026/a.csv", "2026/11/b.CSV", "2026/readme.md"):
        folder = write(name, "USER_ID\n1\n")
    deletion_job(source=DataSource.from_asset(folder))

    properties = next(iter(resources(stack, JOB_TYPE).values()))["Properties"]
    location = properties["Parameters"]["dataSource"]["dataLocation"]["Fn::Join"][1][-1]
    targets = [file["Target"]["Fn::Join"][1][-1] for file in properties["Files"]]
    assert targets == [f"{location}{name}" for name in ("2026/11/b.CSV", "2026/a.csv", "a.csv")]


def test_a_list_of_users_is_checked_if_that_is_asked_for(deletion_job: Declare, write: Callable[..., Any]) -> None:
    folder = write("2026/a.csv", 'USER_ID\nu1\n""\n')

    with pytest.raises(
        ValueError, match=r"Shop/Delete would be refused, .*\n.*2026/a\.csv:3:1: error: USER_ID must not"
    ):
        deletion_job(source=DataSource.from_asset(folder, check=True))
    write("2026/a.csv", "USER_ID\nu1\nu2\n")
    deletion_job("Again", source=DataSource.from_asset(folder, check=True))


def test_a_list_of_users_has_no_schema(deletion_job: Declare, write: Callable[..., Any]) -> None:
    path = write("a.csv", "USER_ID\nu1\n") / "a.csv"

    with pytest.raises(ValueError, match="check must be True or False for a data deletion job, which has no schema"):
        deletion_job(source=DataSource.from_asset(path, check=path))


@pytest.mark.parametrize(
    "make",
    [
        lambda stack: s3.Bucket(stack, "B", encryption=s3.BucketEncryption.KMS),
        lambda stack: s3.Bucket(stack, "B", encryption=s3.BucketEncryption.KMS_MANAGED),
        lambda stack: s3.Bucket(stack, "B", encryption=s3.BucketEncryption.DSSE),
        lambda stack: s3.Bucket.from_bucket_attributes(
            stack, "B", bucket_name="data", encryption_key=kms.Key(stack, "Key")
        ),
    ],
    ids=["key", "key of S3's account", "two layers", "imported"],
)
def test_a_bucket_with_a_key_is_refused(
    deletion_job: Declare, stack: cdk.Stack, make: Callable[[cdk.Stack], s3.IBucket]
) -> None:
    with pytest.raises(ValueError, match="the bucket of a data deletion job must not use a KMS key, got Shop/B; use"):
        deletion_job(source=DataSource.from_bucket(make(stack), "gone/"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"dataset_group": "shop"},
            r"dataset_group must be an IDatasetGroupRef.*; use DatasetGroup.from_dataset_group_arn",
        ),
        ({"timeout": cdk.Duration.hours(1)}, "wait_for_completion=False; set wait_for_completion=True or remove"),
    ],
)
def test_what_cannot_work_is_refused(deletion_job: Declare, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        deletion_job(**options)


def test_a_dataset_group_of_the_app_will_do(deletion_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    deletion_job(dataset_group=cdk.aws_personalize.CfnDatasetGroup(stack, "Declared", name="shop"))

    (job,) = resources(stack, JOB_TYPE).values()
    assert job["Properties"]["Parameters"]["datasetGroupArn"] == {"Ref": "Declared"}


def test_a_dataset_group_outside_the_app_is_a_reference(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="dataset_group_arn must be like arn:aws:personalize:"):
        personalize.DatasetGroup.from_dataset_group_arn(stack, "Wrong", "shop")
