"""Updates that fail or are cancelled: what is left of them, and whether the next one succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deployed.changed_import import ChangedImport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

WITHOUT_ITEMS = ("USER_ID", "TIMESTAMP")
TOO_FEW = 900
"""Rows of interactions, of which an import needs 1,000."""


@pytest.fixture
def stack(aws: OfflineAws, tmp_path: Path, stack_name: str) -> Iterator[ChangedImport]:
    """A stack that no other test uses."""
    aws.personalize.durations(pending=30, in_progress=60, creating=10)
    stack = ChangedImport(aws, tmp_path, stack_name)
    stack.write_interactions(1000)
    yield stack
    aws.personalize.clear_faults()


@pytest.fixture(params=[True, False], ids=["new id", "old id"])
def both_ids(aws: OfflineAws, request: pytest.FixtureRequest) -> Iterator[None]:
    """Both physical ids that CloudFormation may use for a resource whose Update failed."""
    aws.settings(adopts_failed_id=request.param)
    yield
    aws.settings(adopts_failed_id=True)


# --- rolled back ---


def test_a_cancelled_update_that_moves_a_job_to_a_new_dataset_leaves_nothing(stack: ChangedImport) -> None:
    stack.deploy()
    stack.aws.personalize.durations(pending=60, in_progress=900)

    stack.cancel_when(lambda: len(stack.jobs) > 1, moved=True)
    cancelled = stack.jobs[-1]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cancelled["status"] == "ACTIVE"
    assert stack.resources_that_were("DELETE_FAILED") == []
    assert stack.names == [stack.name] * 3

    stack.aws.personalize.durations(pending=30, in_progress=60)
    stack.deploy()
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["ACTIVE"] * 3
    assert set(stack.names) == {stack.name, f"{stack.name}-new"}


@pytest.mark.usefixtures("both_ids")
def test_an_update_that_fails_in_a_new_dataset_leaves_nothing(stack: ChangedImport) -> None:
    stack.deploy()
    stack.write_interactions(1000, columns=WITHOUT_ITEMS)

    stack.deploy(fails=True, moved=True)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources_that_were("DELETE_FAILED") == []
    assert stack.names == [stack.name] * 3

    stack.write_interactions(1000)
    stack.deploy()
    assert stack.jobs[-1]["status"] == "ACTIVE"


@pytest.mark.usefixtures("both_ids")
def test_tags_change_after_an_update_whose_job_failed_was_rolled_back(stack: ChangedImport) -> None:
    stack.deploy()
    stack.write_interactions(TOO_FEW)
    stack.deploy(fails=True)
    assert stack.jobs[-1]["status"] == "CREATE FAILED"

    stack.write_interactions(1000)
    stack.deploy(tags={"team": "books"})

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["ACTIVE", "CREATE FAILED"]


# --- not rolled back: cdk deploy --no-rollback ---


# With the old id, which AWS may keep as well, the second deployment would succeed: it keeps the first job.
@pytest.mark.parametrize("both_ids", [True], indirect=True, ids=["new id"])
@pytest.mark.usefixtures("both_ids")
def test_an_update_that_is_not_rolled_back_succeeds_only_when_its_job_does(stack: ChangedImport) -> None:
    stack.deploy()
    stack.write_interactions(TOO_FEW)

    stack.deploy("--no-rollback", fails=True)
    assert stack.status == "UPDATE_FAILED"
    assert stack.job_statuses == ["ACTIVE", "CREATE FAILED"]

    stack.deploy("--no-rollback", fails=True, topic="the same again")
    assert stack.status == "UPDATE_FAILED"
    stack.aws.personalize.fault(operation="DescribeDatasetImportJob", error="AccessDeniedException", times=99)
    stack.deploy("--no-rollback", fails=True, topic="the same, and the job cannot be described")
    stack.aws.personalize.clear_faults()
    assert stack.status == "UPDATE_FAILED"
    assert len(stack.jobs) == 2

    stack.write_interactions(1100)
    stack.deploy("--no-rollback")
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["ACTIVE", "CREATE FAILED", "ACTIVE"]


def test_an_update_that_is_not_rolled_back_fails_as_long_as_its_job_was_not_created(stack: ChangedImport) -> None:
    stack.deploy()
    stack.write_interactions(1100)
    stack.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", times=99)
    stack.deploy("--no-rollback", fails=True)
    stack.aws.personalize.clear_faults()

    stack.deploy("--no-rollback", fails=True, topic="the same again")
    assert stack.status == "UPDATE_FAILED"
    assert len(stack.jobs) == 1

    stack.write_interactions(1200)
    stack.deploy("--no-rollback")
    assert stack.job_statuses == ["ACTIVE", "ACTIVE"]


def test_a_failure_that_is_not_rolled_back_can_be_accepted(stack: ChangedImport) -> None:
    stack.deploy()
    stack.write_interactions(TOO_FEW)
    stack.deploy("--no-rollback", fails=True)

    stack.deploy("--no-rollback", continue_on_failure=True)

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["ACTIVE", "CREATE FAILED"]
