"""Deployments where services are slow, busy, unreachable, or do not know of a change yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from deployed.stack import DeployedStack
from deployed.waiting import until

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LISTING_LAG = 9
HOUR = 3600


@pytest.fixture
def slow_listing(aws: OfflineAws) -> Iterator[None]:
    """ListExecutions shows starts and ends of executions as late as is believed to be possible."""
    before = aws.settings()["listing_lag"]
    aws.settings(listing_lag=LISTING_LAG)
    yield
    aws.settings(listing_lag=before)


def execution(stack: DeployedStack, arn: str) -> dict[str, Any]:
    return dict(stack.client("stepfunctions").describe_execution(executionArn=arn))


@pytest.mark.usefixtures("slow_listing")
def test_a_cancelled_update_whose_run_outlasts_the_rollback_moves_no_data(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.deploy()
    function = stack.physical_id_of("DataJobRunnerFunction")
    stack.aws.personalize.fault(operation="CreateDatasetImportJob", error="LimitExceededException", times=1_000_000)
    stack.write_interactions(1100)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(stack.deploy, fails=True)
        until(lambda: stack.executions("-update-"))
        [(name, cancelled)] = stack.executions("-update-").items()
        # The function is throttled for it until after the rollback, which waits for it for 55 minutes: its attempts are
        # two minutes apart on average.
        stack.aws.invocation_fault(
            function, error="Lambda.TooManyRequestsException", payload={"execution": name}, times=45
        )
        stack.client("cloudformation").cancel_update_stack(StackName=stack.name)
        deploying.result()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert execution(stack, cancelled["executionArn"])["status"] == "RUNNING"

    stack.write_interactions(1000)
    stack.deploy(topic="another resource changes")
    stack.aws.personalize.clear_faults()
    until(lambda: execution(stack, cancelled["executionArn"])["status"] != "RUNNING")

    assert stack.status == "UPDATE_COMPLETE"
    assert execution(stack, cancelled["executionArn"])["cause"].startswith("given up, because ")
    assert len(stack.jobs) == 1
    assert stack.rows == 1000


def test_a_service_that_cannot_be_reached_does_not_keep_a_stack_from_being_deleted(stack: DeployedStack) -> None:
    stack.write_interactions(1000)
    stack.deploy()
    function = stack.physical_id_of("DataJobRunnerFunction")
    unreachable = {"Variables": {"AWS_ENDPOINT_URL_PERSONALIZE": "http://127.0.0.1:1"}}
    stack.client("lambda").update_function_configuration(FunctionName=function, Environment=unreachable)
    began = stack.aws.now()

    stack.write_interactions(1100)
    stack.deploy(fails=True)
    assert "could not be created: the service cannot be reached" in stack.status_reasons
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    stack.destroy()

    assert not stack.dataset_group_exists
    assert stack.aws.now() - began < HOUR  # three waits of three minutes, and the time of the CLI


def test_a_function_with_one_invocation_at_a_time_deploys_many_jobs(stack: DeployedStack) -> None:
    stack.write_interactions(1000)

    stack.deploy(concurrency=1, additional_imports=5)

    assert [job["status"] for job in stack.jobs] == ["ACTIVE"] * 6


@pytest.fixture(scope="module")
def slower_aws() -> Iterator[OfflineAws]:
    """An offline AWS in which three minutes are long enough for a test to change something within them."""
    with OfflineAws(speed=10) as aws:
        aws.bootstrap()
        yield aws


@pytest.mark.parametrize("rejected", ["at once", "by the job"])
def test_a_role_that_the_service_does_not_know_yet_does_not_fail_the_deployment(
    slower_aws: OfflineAws, tmp_path: Path, stack_name: str, rejected: str
) -> None:
    aws, by_job = slower_aws, rejected == "by the job"
    aws.personalize.durations(pending=1, in_progress=5)
    stack = DeployedStack(aws, tmp_path, stack_name)
    stack.write_interactions(1000)
    aws.settings(propagation=1_000_000)
    aws.personalize.settings(late_access=by_job)
    calls = aws.personalize.calls().get("CreateDatasetImportJob", 0)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(stack.deploy)
        until(lambda: aws.personalize.calls().get("CreateDatasetImportJob", 0) > calls)
        until(lambda: not by_job or "CREATE FAILED" in [job["status"] for job in stack.jobs])
        aws.settings(propagation=0)
        deploying.result()

    assert [job["status"] for job in stack.jobs] == ["CREATE FAILED"] * by_job + ["ACTIVE"]
    assert stack.rows == 1000
