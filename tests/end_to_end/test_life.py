"""What a job goes through in the life of its stack, with the real CDK CLI: whatever happens, the stack can go on."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMPORT = "Custom::PersonalizeDatasetImportJob"
MACHINE, FUNCTION = "DataJobRunnerStateMachine", "DataJobRunnerFunction"
BAD = ("USER_ID", "TIMESTAMP")
TOO_FEW = 900
"""Rows of interactions, of which an import needs 1,000."""

UNDER_WAY = ("CREATE PENDING", "CREATE IN_PROGRESS")


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@dataclass
class Life:
    """A stack with one job, and what the services know of it."""

    shop: Any

    def __post_init__(self) -> None:
        self.aws, self.stack = self.shop.aws, self.shop.stack
        self.states, self.personalize = self.aws.client("stepfunctions"), self.aws.personalize

    def deploy(self, *, fails: bool = False, **changes: Any) -> str:
        return str(self.shop.deploy(fails=fails, **changes))

    def keep_failures(self, *, fails: bool = False, **changes: Any) -> str:
        """`cdk deploy --no-rollback`."""
        self.shop.wanted |= changes
        return str(self.shop.cdk("deploy", "--require-approval", "never", "--no-rollback", fails=fails))

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs of the stack's runs, oldest first."""
        return [job for job in self.personalize.jobs() if job["jobName"].startswith(f"{self.stack}-")]

    @property
    def job(self) -> str:
        """The job that the resource has."""
        return str(self.shop.physical_id(IMPORT))

    def resource(self, start: str) -> str:
        """The physical id of the resource whose logical id begins like this."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        found = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }
        return str(found[min((name for name in found if name.startswith(start)), key=len)])

    def runs(self, part: str = "") -> dict[str, str]:
        """The executions with this in their names, oldest first, and how each stands."""
        listed = self.states.list_executions(stateMachineArn=self.resource(MACHINE))["executions"]
        return {one["name"]: one["status"] for one in listed[::-1] if part in one["name"]}

    def run(self) -> str:
        """Let a state machine run the job; the execution of the state machine."""
        return str(self.states.start_execution(stateMachineArn=self.shop.output("PipelineArn"))["executionArn"])

    def status_of(self, execution: str) -> str:
        return str(self.states.describe_execution(executionArn=execution)["status"])

    def cancel_when(self, condition: Callable[[], object], **changes: Any) -> None:
        """Deploy, and cancel the update as a person does when this is so."""
        with ThreadPoolExecutor(1) as pool:
            deploying = pool.submit(self.deploy, fails=True, **changes)
            until(condition)
            self.aws.client("cloudformation").cancel_update_stack(StackName=self.stack)
            deploying.result()

    def events(self, status: str) -> list[str]:
        """The logical ids of the resources that were ever in this state."""
        return [
            event["LogicalResourceId"]
            for event in self.aws.stack_events(self.stack)
            if event["ResourceStatus"] == status and event["LogicalResourceId"] != self.stack
        ]

    @property
    def names(self) -> list[str]:
        """What is left of dataset groups, datasets and schemas, by name."""
        client = self.aws.client("personalize")
        found = [
            *client.list_dataset_groups()["datasetGroups"],
            *client.list_datasets()["datasets"],
            *client.list_schemas()["schemas"],
        ]
        return sorted(one["name"] for one in found if one["name"].startswith(self.stack))

    @property
    def log(self) -> str:
        """What the function has written."""
        group = self.resource("DataJobRunnerLogGroup")
        pages = self.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return "\n".join(event["message"] for page in pages for event in page["events"])

    @property
    def staged(self) -> list[str]:
        """The copies in the staging bucket."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.resource("DataJobStaging"))
        return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.fixture
def life(shop: Any, request: pytest.FixtureRequest) -> Life:
    shop.app = "life.py"
    if hasattr(request.node, "callspec"):
        shop.stack = f"{shop.stack[:30]}{request.node.callspec.id.title().replace(' ', '')}"
    shop.write(1000)
    return Life(shop)


@pytest.fixture(params=[True, False], ids=["new id", "old id"])
def both_ids(aws: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Whichever id CloudFormation believes a resource to have whose Update failed."""
    aws.settings(adopts_failed_id=request.param)
    yield
    aws.settings(adopts_failed_id=True)


# --- a cancelled update ---


def test_a_cancelled_update_that_moves_a_job_to_a_new_dataset_leaves_nothing(life: Life) -> None:
    life.deploy()
    life.personalize.durations(pending=60, in_progress=900)

    life.cancel_when(lambda: len(life.jobs) > 1, moved=True)
    cancelled = life.jobs[-1]
    assert life.shop.status == "UPDATE_ROLLBACK_COMPLETE"
    assert cancelled["status"] == "ACTIVE"
    assert life.events("DELETE_FAILED") == []
    assert life.names == [life.stack] * 3

    life.personalize.durations(pending=30, in_progress=60)
    life.deploy()
    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["ACTIVE"] * 3
    assert set(life.names) == {life.stack, f"{life.stack}-new"}


@pytest.mark.usefixtures("both_ids")
def test_an_update_that_fails_in_a_new_dataset_leaves_nothing(life: Life) -> None:
    life.deploy()
    life.shop.write(1000, columns=BAD)

    life.deploy(fails=True, moved=True)
    assert life.shop.status == "UPDATE_ROLLBACK_COMPLETE"
    assert life.events("DELETE_FAILED") == []
    assert life.names == [life.stack] * 3

    life.shop.write(1000)
    life.deploy()
    assert life.jobs[-1]["status"] == "ACTIVE"


@pytest.mark.usefixtures("both_ids")
def test_tags_change_after_an_update_whose_job_failed_was_rolled_back(life: Life) -> None:
    life.deploy()
    life.shop.write(TOO_FEW)
    life.deploy(fails=True)
    assert life.jobs[-1]["status"] == "CREATE FAILED"

    life.shop.write(1000)
    life.deploy(tags={"team": "books"})

    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "CREATE FAILED"]


# --- longer waits, and tags, for a job that is there no more ---


def test_a_longer_timeout_does_not_ask_for_a_job_that_is_gone(life: Life) -> None:
    life.deploy()
    life.personalize.forget_job(life.job)

    life.deploy(minutes=120)

    assert life.shop.status == "UPDATE_COMPLETE"
    assert life.jobs == []


def test_a_longer_timeout_does_not_judge_a_failure_that_was_accepted(life: Life) -> None:
    life.shop.write(TOO_FEW)
    life.deploy(goes_on=True)
    assert [job["status"] for job in life.jobs] == ["CREATE FAILED"]

    life.deploy(goes_on=False, minutes=120)

    assert life.shop.status == "UPDATE_COMPLETE"
    assert len(life.jobs) == 1


def test_tags_change_although_a_job_is_gone_and_the_log_says_so(life: Life) -> None:
    life.deploy(tags={"team": "books"})
    gone = life.job
    life.personalize.forget_job(gone)

    life.deploy(tags={"team": "music"})

    assert life.shop.status == "UPDATE_COMPLETE"
    assert life.job == gone
    until(lambda: "tags left as they are" in life.log)
    assert life.jobs == []


# --- a job that takes the place of none ---


def test_a_job_that_now_runs_when_deployed_does_not_wait_for_other_runs_in_the_clean_up(life: Life) -> None:
    life.deploy(deploy_time=False)
    life.personalize.durations(pending=60, in_progress=2400)
    pipeline = life.run()
    until(lambda: life.jobs)
    life.personalize.durations(pending=30, in_progress=60)

    life.deploy(deploy_time=True)

    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["CREATE IN_PROGRESS", "ACTIVE"]
    assert life.status_of(pipeline) == "RUNNING"
    until(lambda: life.status_of(pipeline) == "SUCCEEDED")


def test_a_job_that_was_never_created_is_replaced_without_a_wait_for_other_runs(life: Life) -> None:
    life.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    life.deploy(goes_on=True)
    assert life.jobs == []
    life.personalize.durations(pending=60, in_progress=2400)
    pipeline = life.run()
    until(lambda: life.jobs)
    life.personalize.durations(pending=30, in_progress=60)

    life.shop.write(1100)
    life.deploy()

    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["CREATE IN_PROGRESS", "ACTIVE"]
    assert life.status_of(pipeline) == "RUNNING"
    until(lambda: life.status_of(pipeline) == "SUCCEEDED")


# --- cdk deploy --no-rollback ---


# With the old id, which AWS may keep as well, the second deployment would succeed: it keeps the first job.
@pytest.mark.parametrize("both_ids", [True], indirect=True, ids=["new id"])
@pytest.mark.usefixtures("both_ids")
def test_an_update_that_is_not_rolled_back_succeeds_only_when_its_job_does(life: Life) -> None:
    life.deploy()
    life.shop.write(TOO_FEW)

    life.keep_failures(fails=True)
    assert life.shop.status == "UPDATE_FAILED"
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "CREATE FAILED"]

    life.keep_failures(fails=True, note="the same again")
    assert life.shop.status == "UPDATE_FAILED"
    life.personalize.fault(operation="DescribeDatasetImportJob", error="AccessDeniedException", times=99)
    life.keep_failures(fails=True, note="the same, and nobody may look at the job")
    life.personalize.clear_faults()
    assert life.shop.status == "UPDATE_FAILED"
    assert len(life.jobs) == 2

    life.shop.write(1100)
    life.keep_failures()
    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "CREATE FAILED", "ACTIVE"]


def test_an_update_that_is_not_rolled_back_fails_as_long_as_its_job_was_never_made(life: Life) -> None:
    life.deploy()
    life.shop.write(1100)
    life.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", times=99)
    life.keep_failures(fails=True)
    life.personalize.clear_faults()

    life.keep_failures(fails=True, note="the same again")
    assert life.shop.status == "UPDATE_FAILED"
    assert len(life.jobs) == 1

    life.shop.write(1200)
    life.keep_failures()
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "ACTIVE"]


def test_a_failure_that_is_not_rolled_back_can_be_accepted(life: Life) -> None:
    life.deploy()
    life.shop.write(TOO_FEW)
    life.keep_failures(fails=True)

    life.keep_failures(goes_on=True)

    assert life.shop.status == "UPDATE_COMPLETE"
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "CREATE FAILED"]


# --- a new logical id, and a denied start ---


def test_the_resource_of_a_renamed_job_leaves_the_copies_to_the_one_that_reads_them(life: Life) -> None:
    life.deploy(wait=False)
    until(lambda: life.jobs[-1]["status"] == "ACTIVE" and not life.staged)
    life.personalize.durations(pending=300, in_progress=600)

    life.deploy(logical_id="Renamed")
    assert life.jobs[-1]["status"] in UNDER_WAY
    assert life.staged

    until(lambda: life.jobs[-1]["status"] not in UNDER_WAY)
    assert [job["status"] for job in life.jobs] == ["ACTIVE", "ACTIVE"]
    until(lambda: not life.staged)


def test_a_renamed_job_leaves_the_copies_to_a_run_from_before(life: Life) -> None:
    life.personalize.durations(in_progress=1800)
    life.deploy(wait=False)
    life.personalize.durations(in_progress=60)

    life.deploy(logical_id="Renamed", wait=True)

    before, renamed = life.jobs
    assert before["ended"] > renamed["ended"]
    assert [before["status"], renamed["status"]] == ["ACTIVE", "ACTIVE"]
    until(lambda: not life.staged)


def test_a_run_that_cannot_be_started_fails_no_deployment_that_goes_on(guarded_shop: Any) -> None:
    guarded_shop.app = "life.py"
    guarded_shop.write(1000)
    life = Life(guarded_shop)
    life.deploy(goes_on=True)
    role = life.aws.client("lambda").get_function(FunctionName=life.resource(FUNCTION))["Configuration"]["Role"]
    no = {"Effect": "Deny", "Action": "states:StartExecution", "Resource": "*"}
    life.aws.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="no", PolicyDocument=json.dumps({"Statement": [no]})
    )
    life.shop.write(1100)

    life.deploy()

    assert life.shop.status == "UPDATE_COMPLETE"
    assert len(life.jobs) == 1
