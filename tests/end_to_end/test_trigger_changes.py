"""A stack whose jobs have triggers is updated and deleted while their runs go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from deployed.triggered_jobs import TriggeredJobs
from deployed.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws


@pytest.fixture
def jobs(aws: OfflineAws, tmp_path: Path) -> TriggeredJobs:
    # A job that fails after the deployment must not have failed when its creation is reported.
    aws.personalize.durations(pending=30, in_progress=150, creating=0)
    stack = TriggeredJobs(aws, tmp_path, "TriggerChanges")
    stack.deploy_first(removable=True)
    aws.personalize.durations(pending=10)
    return stack


def test_runs_go_on_through_updates_and_end_before_the_stack_is_deleted(jobs: TriggeredJobs) -> None:
    users = "USER_ID,AGE\nuser-9,40\n"
    jobs.upload({"toggled/users.csv": users, "task/users.csv": users})
    all_events = jobs.output("AllEventsUrl")
    until(lambda: {event["detail"]["job"] for event in jobs.messages(all_events)} & {jobs.logical_id("Alarmed")})
    jobs.messages(all_events)

    # The removal of a job waits for its run, also if a user started it; a run that waits for its turn is given up.
    jobs.aws.personalize.durations(in_progress=900)
    jobs.run("Removable", "first")
    until(lambda: jobs.jobs_of("Removable"))
    jobs.run("Removable", "second")
    removed = f"-{jobs.logical_id('Removable')[:20]}-"
    jobs.aws.personalize.durations(in_progress=20)
    jobs.deploy(deploy_time=True, removable=False, timeout_minutes=20)
    assert [job["status"] for job in jobs.jobs_of("Removable")] == ["ACTIVE"]
    until(lambda: runs_of(jobs, removed) == ["SUCCEEDED", "FAILED"])
    until(lambda: [event["detail-type"] for event in jobs.messages(all_events)] == ["Data Job Succeeded"])

    # A job that now runs when it is deployed has run once, and keeps its job when it does not any more.
    assert len(jobs.jobs_of("Toggled")) == 1
    kept = jobs.physical_id_of("Toggled")
    jobs.deploy(deploy_time=False, batching_minutes=720)
    assert len(jobs.jobs_of("Toggled")) == 1
    assert jobs.physical_id_of("Toggled") == kept
    assert jobs.messages(all_events) == []

    # The deletion of the stack waits for the run that goes on; runs that wait, and uploads of a batch, are given up.
    jobs.aws.personalize.durations(in_progress=600)
    jobs.change_schedule("Toggled", State="ENABLED")
    until(lambda: len(jobs.runs("Toggled")) == 3)
    uploads, imports = len(jobs.runs("Uploaded")), len(jobs.jobs_of("Uploaded"))
    jobs.upload({"uploads/pending.csv": "ITEM_ID,PRICE\npending,1\n"})
    until(lambda: len(jobs.runs("Uploaded")) > uploads)
    assert jobs.marker_objects
    jobs.client("cloudformation").delete_stack(StackName=jobs.name)
    # CloudFormation cannot delete a bucket that has the marker object of a file that no batch has taken yet.
    until(lambda: not [key for key in jobs.staged_objects if "/arrived/" in key])
    until(lambda: jobs.jobs_of("Toggled")[1]["status"] == "ACTIVE")
    assert jobs.status == "DELETE_IN_PROGRESS"
    assert len(jobs.jobs_of("Uploaded")) == imports

    with pytest.raises(ClientError, match="does not exist"):
        until(lambda: jobs.status != "DELETE_IN_PROGRESS")
    assert len(jobs.jobs_of("Toggled")) == 2


def runs_of(jobs: TriggeredJobs, part: str) -> list[str]:
    """The statuses of the runs with this in their names that no deployment started, oldest first."""
    return [one["status"] for name, one in jobs.executions(part).items() if "-run-" in name]
