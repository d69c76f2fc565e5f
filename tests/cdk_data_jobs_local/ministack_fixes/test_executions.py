"""ListExecutions in the offline AWS: what it tells of executions, and when."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws, OfflineAwsError
from cdk_data_jobs_local.account_settings import AccountSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import AccountBuilder

DEFAULT_PAGE = 100


class Machine:
    def __init__(self, builder: AccountBuilder, seconds: int) -> None:
        self.client = builder.aws.client("stepfunctions")
        self.arn = builder.machine("wait", {"Type": "Wait", "Seconds": seconds, "End": True})

    def start(self, name: str = "") -> str:
        name = name or uuid.uuid4().hex
        arn: str = self.client.start_execution(stateMachineArn=self.arn, name=name, input="{}")["executionArn"]
        return arn

    def status(self, arn: str) -> str:
        status: str = self.client.describe_execution(executionArn=arn)["status"]
        return status

    def listed(self, **arguments: Any) -> list[str]:
        found = self.client.list_executions(stateMachineArn=self.arn, **arguments)["executions"]
        return [f"{one['name']} {one['status']}" for one in found]

    def wait(self, listed: list[str]) -> None:
        deadline = time.monotonic() + 60
        while self.listed() != listed:
            assert time.monotonic() < deadline, "it was never listed so"
            time.sleep(0.02)


@pytest.fixture
def lag(aws: OfflineAws) -> Iterator[float]:
    lag, before = 360.0, aws.settings()["listing_lag"]
    aws.settings(listing_lag=lag)
    yield lag
    aws.settings(listing_lag=before)


def test_a_start_and_an_end_are_listed_later_than_they_are_described(
    aws: OfflineAws, builder: AccountBuilder, lag: float
) -> None:
    seconds = 240  # of two real ones, a slow machine sees some
    machine = Machine(builder, seconds)
    began = aws.now()
    arn = machine.start("one")
    again, before = machine.start("one"), machine.listed()
    machine.wait(["one RUNNING"])
    appeared = aws.now()
    described = machine.status(arn)
    running, succeeded = machine.listed(statusFilter="RUNNING"), machine.listed(statusFilter="SUCCEEDED")
    machine.wait(["one SUCCEEDED"])
    ended = aws.now()

    assert (again, before) == (arn, [])
    assert appeared - began >= lag
    assert (described, running, succeeded) == ("SUCCEEDED", ["one RUNNING"], [])
    assert ended - began >= lag + seconds


def test_the_lag_is_a_few_seconds_unless_a_test_wants_another(aws: OfflineAws) -> None:
    assert AccountSettings().listing_lag == aws.settings()["listing_lag"] == 3

    with pytest.raises(OfflineAwsError, match="there is no setting lag, but listing_lag"):
        aws.settings(lag=1)
    for value in (-1, "soon", True):
        with pytest.raises(OfflineAwsError, match="listing_lag must be a number, at least 0, got"):
            aws.settings(listing_lag=value)


def test_a_page_has_a_hundred_executions_unless_more_are_requested(builder: AccountBuilder) -> None:
    machine = Machine(builder, seconds=100_000)
    count = DEFAULT_PAGE + 5
    started = [machine.start() for _ in range(count)]
    while len(found := machine.listed(maxResults=1000)) < count:
        time.sleep(0.02)
    first = machine.client.list_executions(stateMachineArn=machine.arn, maxResults=0)
    rest = machine.client.list_executions(stateMachineArn=machine.arn, nextToken=first["nextToken"])
    paged = [one["executionArn"] for page in (first, rest) for one in page["executions"]]
    with pytest.raises(machine.client.exceptions.ClientError, match="less than or equal to 1000"):
        machine.listed(maxResults=1001)

    assert len(found) == count
    assert (len(first["executions"]), "nextToken" in rest) == (DEFAULT_PAGE, False)
    assert sorted(paged) == sorted(started)
    assert paged[0].rpartition(":")[2] in [arn.rpartition(":")[2] for arn in started[-3:]]
