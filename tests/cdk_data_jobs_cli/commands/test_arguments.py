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
    assert find_job(stack, argument, by_part=True).logical_id == logical_id


@pytest.mark.parametrize("argument", ["ImportA1", "Stage/Shop/Import", "Import"])
def test_where_no_part_is_accepted_a_job_is_found_by_a_whole_name(stack: Stack, argument: str) -> None:
    assert find_job(stack, argument, by_part=False).logical_id == "ImportA1"


@pytest.mark.parametrize("argument", ["more", "ImportB", "importa1"])
def test_where_no_part_is_accepted_a_part_is_not_found(stack: Stack, argument: str) -> None:
    with pytest.raises(NotFoundError, match=f"Stage-Shop must have a job {argument}, got Import, ImportMore"):
        find_job(stack, argument, by_part=False)


def test_a_job_is_found_by_the_id_of_its_construct_unless_another_has_it_too(stack: Stack) -> None:
    metadata = {"aws:cdk:path": "Stage/Shop/Catalog/Load/Resource"}
    resources = stack.template["Resources"]
    resources["LoadC3"] = {**resources["ImportA1"], "Metadata": metadata}

    assert find_job(stack, "Load", by_part=False).logical_id == "LoadC3"

    resources["LoadD4"] = {**resources["LoadC3"], "Metadata": {"aws:cdk:path": "Stage/Shop/Other/Load/Resource"}}
    with pytest.raises(click.BadParameter, match="which may be Stage/Shop/Catalog/Load or Stage/Shop/Other/Load"):
        find_job(stack, "Load", by_part=False)


def test_a_part_that_several_jobs_have_is_refused(stack: Stack) -> None:
    with pytest.raises(click.BadParameter, match="which may be Stage/Shop/Import or Stage/Shop/ImportMore"):
        find_job(stack, "import", by_part=True)


def test_a_job_that_does_not_exist_is_not_found(stack: Stack) -> None:
    with pytest.raises(NotFoundError, match="Stage-Shop must have a job Export, got Import, ImportMore"):
        find_job(stack, "Export", by_part=True)
