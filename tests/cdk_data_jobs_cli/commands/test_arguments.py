"""The job that the argument JOB of a command names."""

from __future__ import annotations

import click
import pytest

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import NotFoundError
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.commands.arguments import find_job

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Stage-Shop/1"


@pytest.fixture
def stack() -> Stack:
    """A stack with the jobs Import and ImportMore."""
    found = Stack(AwsClient(), {"StackId": STACK, "StackName": "Stage-Shop"})
    resources = {
        logical_id: {
            "Type": "Custom::PersonalizeDatasetImportJob",
            "Properties": {"ServiceToken": "runner"},
            "Metadata": {"aws:cdk:path": f"Stage/Shop/{name}/Resource"},
        }
        for logical_id, name in {"ImportA1": "Import", "ImportB2": "ImportMore"}.items()
    }
    found._template = {"Resources": resources}  # noqa: SLF001 - as if it had been read
    return found


@pytest.mark.parametrize(
    ("argument", "logical_id"),
    [("ImportA1", "ImportA1"), ("Stage/Shop/Import", "ImportA1"), ("Import", "ImportA1"), ("more", "ImportB2")],
)
def test_a_job_is_found_by_its_id_its_path_or_a_part_that_no_other_has(
    stack: Stack, argument: str, logical_id: str
) -> None:
    assert find_job(stack, argument).logical_id == logical_id


def test_a_part_that_several_jobs_have_is_refused(stack: Stack) -> None:
    with pytest.raises(click.BadParameter, match="which may be Stage/Shop/Import or Stage/Shop/ImportMore"):
        find_job(stack, "import")


def test_a_job_that_does_not_exist_is_not_found(stack: Stack) -> None:
    with pytest.raises(NotFoundError, match="Stage-Shop must have a job Export, got Import, ImportMore"):
        find_job(stack, "Export")
