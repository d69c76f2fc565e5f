"""Updates that change a job: what runs, what it waits for, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deployed.changed_import import IMPORT, NOT_ENDED, ChangedImport
from deployed.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

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


# --- only the timeout or the tags change ---


def test_a_longer_timeout_does_not_describe_a_job_that_does_not_exist(stack: ChangedImport) -> None:
    stack.deploy()
    stack.aws.personalize.forget_job(stack.physical_id(IMPORT))

    stack.deploy(timeout_minutes=120)

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.jobs == []


def test_a_longer_timeout_does_not_fail_for_a_failure_that_was_accepted(stack: ChangedImport) -> None:
    stack.write_interactions(TOO_FEW)
    stack.deploy(continue_on_failure=True)
    assert stack.status == "CREATE_COMPLETE"
    assert stack.output("Status") == "CREATE FAILED"

    stack.deploy(continue_on_failure=False, timeout_minutes=120)

    assert stack.status == "UPDATE_COMPLETE"
    assert len(stack.jobs) == 1


def test_tags_change_although_the_job_does_not_exist_and_the_log_says_so(stack: ChangedImport) -> None:
    stack.deploy(tags={"team": "books"})
    missing_job = stack.physical_id(IMPORT)
    stack.aws.personalize.forget_job(missing_job)

    stack.deploy(tags={"team": "music"})

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.physical_id(IMPORT) == missing_job
    until(lambda: "tags left as they are" in stack.log)
    assert stack.jobs == []


# --- the resource had no job ---


def test_a_job_that_now_runs_when_deployed_does_not_wait_for_other_runs_in_the_clean_up(stack: ChangedImport) -> None:
    stack.deploy(deploy_time=False)
    stack.aws.personalize.durations(pending=60, in_progress=1800)
    pipeline = stack.start_pipeline()
    until(lambda: stack.jobs)
    stack.aws.personalize.durations(pending=30, in_progress=60)

    stack.deploy(deploy_time=True)

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["CREATE IN_PROGRESS", "ACTIVE"]
    assert stack.status_of(pipeline) == "RUNNING"
    until(lambda: stack.status_of(pipeline) == "SUCCEEDED")


def test_a_job_that_was_never_created_is_replaced_without_a_wait_for_other_runs(stack: ChangedImport) -> None:
    stack.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    stack.deploy(continue_on_failure=True)
    assert stack.jobs == []
    stack.aws.personalize.durations(pending=60, in_progress=2400)
    pipeline = stack.start_pipeline()
    until(lambda: stack.jobs)
    stack.aws.personalize.durations(pending=30, in_progress=60)

    stack.write_interactions(1100)
    stack.deploy()

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.job_statuses == ["CREATE IN_PROGRESS", "ACTIVE"]
    assert stack.status_of(pipeline) == "RUNNING"


# --- the logical id changes ---


def test_the_deletion_of_a_renamed_job_leaves_the_copies_to_the_job_that_reads_them(stack: ChangedImport) -> None:
    stack.deploy(wait=False)
    until(lambda: stack.jobs[-1]["status"] == "ACTIVE" and not stack.staged_objects)
    stack.aws.personalize.durations(pending=300, in_progress=600)

    stack.deploy(logical_id="Renamed")
    assert stack.jobs[-1]["status"] in NOT_ENDED
    assert stack.staged_objects

    until(lambda: stack.jobs[-1]["status"] not in NOT_ENDED)
    assert stack.job_statuses == ["ACTIVE", "ACTIVE"]
    until(lambda: not stack.staged_objects)


def test_a_renamed_job_leaves_the_copies_to_an_earlier_run(stack: ChangedImport) -> None:
    stack.aws.personalize.durations(in_progress=1800)
    stack.deploy(wait=False)
    stack.aws.personalize.durations(in_progress=60)

    stack.deploy(logical_id="Renamed", wait=True)

    before, renamed = stack.jobs
    assert before["ended"] > renamed["ended"]
    assert [before["status"], renamed["status"]] == ["ACTIVE", "ACTIVE"]
    until(lambda: not stack.staged_objects)
