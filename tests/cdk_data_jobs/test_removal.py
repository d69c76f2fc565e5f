"""What a deployment takes away that removes a job: its deletion still has every permission that it needs.

CloudFormation changes the resources that stay first. Then it deletes those that go, each before what it depends on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_data_jobs import DataJobRunner, DataSource, personalize, pinpoint

DATASET_ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
POLICY = "AWS::IAM::Policy"
# What a deletion calls, and runs that it waits for, besides the describe and list calls of the job's own kind.
OF_ANY_DELETION = {
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStacks",
    "events:PutEvents",
    "kms:Decrypt",
    "s3:DeleteObject",
    "s3:ListBucket",
    "states:DescribeExecution",
    "states:ListExecutions",
    "states:SendTaskFailure",
    "states:SendTaskSuccess",
    "states:StartExecution",
}
Declare = Callable[[cdk.Stack, DataJobRunner, Path], None]
Resources = Callable[..., dict[str, Any]]


def from_bucket(stack: cdk.Stack, runner: DataJobRunner, _file: Path) -> None:
    source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")
    imported(stack, runner, source, timeout=cdk.Duration.hours(2))


def from_files(stack: cdk.Stack, runner: DataJobRunner, file: Path) -> None:
    imported(stack, runner, DataSource.from_asset(file))


def on_upload(stack: cdk.Stack, runner: DataJobRunner, _file: Path) -> None:
    imported(stack, runner, DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")).run_on_upload()


def as_task(stack: cdk.Stack, runner: DataJobRunner, _file: Path) -> None:
    imported(stack, runner, DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")).as_task(stack, "Task")


def with_events(stack: cdk.Stack, runner: DataJobRunner, _file: Path) -> None:
    imported(stack, runner, DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")).on_failed("Failed")


def with_events_of_a_long_wait(stack: cdk.Stack, runner: DataJobRunner, _file: Path) -> None:
    source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")
    imported(stack, runner, source, timeout=cdk.Duration.hours(2)).on_failed("Failed")


def to_pinpoint(stack: cdk.Stack, runner: DataJobRunner, file: Path) -> None:
    application = pinpoint.App.from_application_id(stack, "App", "abc123")
    source, format_ = DataSource.from_asset(file), pinpoint.Format.CSV
    pinpoint.ImportJob(stack, "Removed", application=application, format=format_, source=source, runner=runner)


def imported(
    stack: cdk.Stack, runner: DataJobRunner, source: DataSource, **options: Any
) -> personalize.DatasetImportJob:
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)
    return personalize.DatasetImportJob(stack, "Removed", dataset=dataset, source=source, runner=runner, **options)


def stack_with(declare: Declare | None, file: Path, *, elsewhere: bool, staged: bool) -> cdk.Stack:
    """A stack with a job that stays, and its runner in it or elsewhere, with a bucket for copies or without."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop")
    home = cdk.Stack(app, "Home") if elsewhere else stack
    runner = DataJobRunner(home, "Runner", staging_bucket=s3.Bucket(home, "Staging") if staged else None)
    dataset = personalize.Dataset.from_dataset_arn(stack, "Kept", DATASET_ARN)
    personalize.DatasetExportJob(stack, "Stays", dataset=dataset, runner=runner)
    if declare:
        declare(stack, runner, file)
    return stack


def allowed(policy: dict[str, Any]) -> set[str]:
    """The actions of a policy, each with its resources."""
    return {
        f"{action} {statement['Resource']}"
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])
    }


def is_of_deletion(grant: str) -> bool:
    action = grant.split(maxsplit=1)[0]
    service, _, name = action.partition(":")
    return action in OF_ANY_DELETION or (service != "s3" and name.startswith(("Describe", "Get")))


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize(
    "declare",
    [from_bucket, from_files, on_upload, as_task, with_events, with_events_of_a_long_wait, to_pinpoint],
)
def test_the_last_job_of_a_kind_is_deleted_before_its_permissions(
    declare: Declare, write: Callable[..., Path], resources: Resources, *, elsewhere: bool, staged: bool
) -> None:
    file = write("users.csv") / "users.csv"
    before = resources(stack_with(declare, file, elsewhere=elsewhere, staged=staged))
    after = resources(stack_with(None, file, elsewhere=elsewhere, staged=staged))

    gone = {name for name, one in before.items() if one["Type"] == POLICY and name not in after}
    lost = {
        grant
        for name, one in before.items()
        if one["Type"] == POLICY and name in after
        for grant in allowed(one) - allowed(after[name])
    }
    assert {grant for grant in lost if is_of_deletion(grant)} == set()
    assert len(gone) > 1
    (job,) = (one for name, one in before.items() if one["Type"].endswith("ImportJob"))
    assert gone <= set(job["DependsOn"])
    assert all("Ref" in str(one["Properties"]["Job"]) for one in before.values() if one["Type"].endswith("JobWait"))
