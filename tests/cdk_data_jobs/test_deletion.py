"""DataDeletionJob: what it reads, and how long the deployment waits."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
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


@pytest.mark.parametrize("check", [None, True])
def test_a_list_of_users_is_checked(deletion_job: Declare, write: Callable[..., Any], check: bool | None) -> None:
    folder = write("2026/a.csv", 'USER_ID\nu1\n""\n')

    with pytest.raises(
        ValueError, match=r"Shop/Delete would be refused, .*\n.*2026/a\.csv:3:1: error: USER_ID must not"
    ):
        deletion_job(source=DataSource.from_asset(folder, check=check))
    deletion_job("Unchecked", source=DataSource.from_asset(folder, check=False))


def test_a_dataset_group_of_the_app_will_do(deletion_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    deletion_job(dataset_group=cdk.aws_personalize.CfnDatasetGroup(stack, "Declared", name="shop"))

    (job,) = resources(stack, JOB_TYPE).values()
    assert job["Properties"]["Parameters"]["datasetGroupArn"] == {"Ref": "Declared"}
