"""What a deployment promises where AWS is slow, busy or a step behind, with the real CDK CLI."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MACHINE, FUNCTION = "AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"
LISTED_LATE = 9
HOUR = 3600


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def runs(shop: Any, part: str) -> dict[str, str]:
    """The executions with this in their names, and how each stands."""
    client, machine = shop.aws.client("stepfunctions"), shop.physical_id(MACHINE)
    listed = client.list_executions(stateMachineArn=machine)["executions"]
    return {one["name"]: one["executionArn"] for one in listed if part in one["name"]}


def described(shop: Any, execution: str) -> dict[str, Any]:
    return dict(shop.aws.client("stepfunctions").describe_execution(executionArn=execution))


@pytest.fixture
def slow_list(shop: Any) -> Iterator[None]:
    """ListExecutions tells of what has begun and ended as late as is believed to be possible."""
    before = shop.aws.settings()["listing_lag"]
    shop.aws.settings(listing_lag=LISTED_LATE)
    yield
    shop.aws.settings(listing_lag=before)


@pytest.mark.usefixtures("slow_list")
def test_a_rejected_update_that_misses_its_rollback_moves_no_data(shop: Any) -> None:
    shop.write(1000)
    shop.deploy()
    personalize, cloudformation = shop.aws.personalize, shop.aws.client("cloudformation")
    personalize.fault(operation="CreateDatasetImportJob", error="LimitExceededException", times=1_000_000)
    shop.write(1100)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(shop.deploy, fails=True)
        until(lambda: runs(shop, "-update-"))
        [(name, rejected)] = runs(shop, "-update-").items()
        # It cannot look again before all is over, for longer than the rollback waits for it: the account has no free
        # concurrency for it.
        blind = {"execution": name}
        shop.aws.invocation_fault(
            shop.physical_id(FUNCTION), error="Lambda.TooManyRequestsException", payload=blind, times=45
        )
        cloudformation.cancel_update_stack(StackName=shop.stack)
        deploying.result()
    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"
    assert described(shop, rejected)["status"] == "RUNNING"

    shop.write(1000)
    shop.deploy(note="the job is left alone")
    personalize.clear_faults()
    until(lambda: described(shop, rejected)["status"] != "RUNNING")

    assert shop.status == "UPDATE_COMPLETE"
    assert described(shop, rejected)["cause"].startswith("given up, because ")
    assert len(shop.jobs) == 1
    assert shop.rows == 1000


def test_a_service_that_cannot_be_reached_keeps_no_stack_from_its_end(shop: Any) -> None:
    shop.write(1000)
    shop.deploy()
    function = shop.physical_id(FUNCTION)
    nowhere = {"Variables": {"AWS_ENDPOINT_URL_PERSONALIZE": "http://127.0.0.1:1"}}
    shop.aws.client("lambda").update_function_configuration(FunctionName=function, Environment=nowhere)
    began = shop.aws.now()

    shop.write(1100)
    shop.deploy(fails=True)
    assert "could not be created: the service cannot be reached" in shop.reasons
    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"
    shop.destroy()

    assert not shop.dataset_group_exists
    assert shop.aws.now() - began < HOUR  # three waits of three minutes, and what the CLI takes


def test_a_function_with_one_invocation_at_a_time_deploys_many_jobs(shop: Any) -> None:
    shop.write(1000)

    shop.deploy(concurrency=1, more=5)

    assert [job["status"] for job in shop.jobs] == ["ACTIVE"] * 6


@pytest.fixture(scope="module")
def slower_aws() -> Iterator[OfflineAws]:
    """An AWS in which three minutes are long enough for a test to notice what happens in them."""
    with OfflineAws(speed=10) as aws:
        aws.bootstrap()
        yield aws


@pytest.mark.parametrize("refused", ["at once", "by the job"])
def test_a_role_that_the_service_does_not_know_yet_fails_no_deployment(
    slower_aws: OfflineAws, shop: Any, refused: str
) -> None:
    aws, by_job = slower_aws, refused == "by the job"
    aws.personalize.durations(pending=1, in_progress=5)
    shop = replace(shop, aws=aws, stack="RefusedByTheJob" if by_job else "RefusedAtOnce")
    shop.write(1000)
    aws.settings(propagation=1_000_000)
    aws.personalize.settings(late_access=by_job)
    calls = aws.personalize.calls().get("CreateDatasetImportJob", 0)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(shop.deploy)
        until(lambda: aws.personalize.calls().get("CreateDatasetImportJob", 0) > calls)
        until(lambda: not by_job or "CREATE FAILED" in [job["status"] for job in shop.jobs])
        aws.settings(propagation=0)
        deploying.result()

    assert [job["status"] for job in shop.jobs] == ["CREATE FAILED"] * by_job + ["ACTIVE"]
    assert shop.rows == 1000
