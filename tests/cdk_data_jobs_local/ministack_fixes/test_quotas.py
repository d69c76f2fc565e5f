"""How many calls an account of the offline AWS may make, and what it tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws
from cdk_data_jobs_local.__main__ import main
from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.ministack_fixes.quotas import Quotas, TokenBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import FakeClock

SMALL_REGION = "eu-central-1"
STILL = 0.000_01
"""A speed at which no bucket is refilled while a test runs."""

DEFINITION = '{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9000, "End": true}}}'


class Account:
    def __init__(self, aws: OfflineAws) -> None:
        self.aws = aws
        self.states, self.stacks = aws.client("stepfunctions"), aws.client("cloudformation")
        self.machines = [self._machine(name) for name in ("first", "second")]
        started = self.states.start_execution(stateMachineArn=self.machines[0], name="one", input="{}")
        self.execution = started["executionArn"]

    def _machine(self, name: str) -> str:
        role = f"arn:aws:iam::{self.aws.account}:role/any"
        arn: str = self.states.create_state_machine(name=name, roleArn=role, definition=DEFINITION)["stateMachineArn"]
        return arn

    def until_throttled(self, call: Callable[..., Any], *arguments: dict[str, str]) -> tuple[int, ClientError]:
        """How many of the calls were allowed, made with the arguments in turn, and how the next one was refused."""
        for count in range(2000):
            try:
                call(**arguments[count % len(arguments)])
            except ClientError as error:
                return count, error
        raise AssertionError("it was never throttled")


@pytest.fixture(scope="module")
def small() -> Iterator[Account]:
    """A new account in a small Region."""
    with OfflineAws(speed=STILL, region=SMALL_REGION, quotas="new") as aws:
        yield Account(aws)


def refusal(error: ClientError) -> tuple[str, str, int]:
    reported = error.response["Error"]
    return reported["Code"], reported["Message"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_bucket_of_calls_is_refilled_by_the_emulated_clock(clock: FakeClock) -> None:
    bucket = TokenBucket(clock, 3, 0.5)
    first = [bucket.take() for _ in range(4)]
    clock.advance(4)
    second = [bucket.take() for _ in range(3)]
    clock.advance(1000)
    third = [bucket.take() for _ in range(4)]

    assert first == third == [True, True, True, False]
    assert second == [True, True, False]


@pytest.mark.parametrize(
    ("operation", "region", "size", "refill"),
    [
        ("ListExecutions", "us-east-1", 200, 5),
        ("ListExecutions", "us-west-2", 200, 5),
        ("ListExecutions", "eu-west-1", 200, 5),
        ("ListExecutions", SMALL_REGION, 100, 2),
        ("StartExecution", "eu-west-1", 1300, 300),
        ("StartExecution", SMALL_REGION, 800, 150),
        ("DescribeExecution", "eu-west-1", 300, 15),
        ("DescribeExecution", SMALL_REGION, 250, 10),
        ("DescribeStacks", "eu-west-1", 10, 5),
        ("DescribeStackResource", SMALL_REGION, 10, 5),
    ],
)
def test_each_operation_has_a_bucket_for_each_account_and_region(
    clock: FakeClock, operation: str, region: str, size: int, refill: int
) -> None:
    quotas = Quotas(clock, AccountSettings(stack_calls=5))

    def allowed(account: str = "1", place: str = region) -> int:
        return sum(quotas.allow(operation, account, place) for _ in range(size + 1))

    at_once = allowed()
    clock.advance(1)
    a_second_later = allowed()
    elsewhere = allowed(account="2"), allowed(place="sa-east-1") > 0

    assert (at_once, a_second_later, elsewhere) == (size, refill, (size, True))
    assert quotas.calls()[operation]["throttled"] > 0


def test_cloudformation_throttles_nobody_unless_it_is_set_to(clock: FakeClock) -> None:
    quotas = Quotas(clock, AccountSettings())

    assert all(quotas.allow("DescribeStacks", "1", "eu-west-1") for _ in range(10_000))


def test_all_state_machines_of_an_account_share_the_calls_that_list_executions(small: Account) -> None:
    machines = [{"stateMachineArn": arn} for arn in small.machines]
    count, error = small.until_throttled(small.states.list_executions, *machines)

    assert count == 100
    assert refusal(error) == ("ThrottlingException", "Rate exceeded", 400)
    assert small.aws.calls()["ListExecutions"] == {"allowed": 100, "throttled": 1}


def test_starts_are_throttled_and_so_are_descriptions(small: Account) -> None:
    start = {"stateMachineArn": small.machines[0], "name": "one", "input": "{}"}
    starts, no_start = small.until_throttled(small.states.start_execution, start)
    described, not_described = small.until_throttled(small.states.describe_execution, {"executionArn": small.execution})

    assert (starts, described) == (800 - 1, 250)
    assert refusal(no_start) == refusal(not_described) == ("ThrottlingException", "Rate exceeded", 400)


def test_cloudformation_throttles_in_its_own_words(small: Account) -> None:
    known = small.stacks.create_stack(
        StackName="any", TemplateBody='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    )["StackId"]
    stacks, no_stack = small.until_throttled(small.stacks.describe_stacks, {"StackName": known})
    small.aws.settings(stack_calls=3)
    other_figure, _ = small.until_throttled(small.stacks.describe_stacks, {"StackName": known})
    small.aws.settings(stack_calls=5)
    topic = {"StackName": known, "LogicalResourceId": "Topic"}
    resources, no_resource = small.until_throttled(small.stacks.describe_stack_resource, topic)

    assert (stacks, other_figure, resources) == (10, 6, 10)
    assert refusal(no_stack) == refusal(no_resource) == ("Throttling", "Rate exceeded", 400)


def test_a_new_account_runs_ten_functions_and_an_established_one_a_thousand(small: Account) -> None:
    with OfflineAws(quotas="established") as aws:
        established = aws.settings()

    assert small.aws.settings() | {"concurrent_executions": 1000} == established
    assert small.aws.settings()["concurrent_executions"] == 10
    assert AccountSettings().concurrent_executions == 1000


def test_there_are_no_quotas_of_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="quotas must be one of established, new, got old"):
        OfflineAws(quotas="old")  # type: ignore[arg-type]
    with pytest.raises(SystemExit):
        main(["up", "--quotas", "old"])
    assert "invalid choice: 'old' (choose from 'established', 'new')" in capsys.readouterr().err
