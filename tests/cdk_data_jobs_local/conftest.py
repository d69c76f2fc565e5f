"""A clock that a test advances, and a running offline AWS with helpers to fill its account."""

from __future__ import annotations

import contextlib
import io
import json
import time
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PATIENCE = 60
"""How many real seconds a test waits for what must come: a slow machine makes no test fail."""


class FakeClock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(speed=120) as running:
        # Each test makes its own, and they stay.
        running.personalize.settings(dataset_groups=1000)
        yield running


class AccountBuilder:
    """What schedules, rules and tasks need of an account: a role, queues, functions, and state machines."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.prefix = aws, f"builder-{uuid.uuid4().hex[:8]}"
        self.sqs = aws.client("sqs")
        self.function_role = self.role("functions", "lambda.amazonaws.com")

    def name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.aws.region}:{self.aws.account}:{resource}"

    def role(self, name: str, service: str, *actions: str, condition: dict[str, Any] | None = None) -> str:
        iam = self.aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Statement": [{**trust, "Condition": condition or {}}]})
        made = iam.create_role(RoleName=self.name(name), AssumeRolePolicyDocument=document)
        if actions:
            policy = {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_role_policy(RoleName=self.name(name), PolicyName="all", PolicyDocument=json.dumps(policy))
        arn: str = made["Role"]["Arn"]
        return arn

    def queue(self, name: str, *, allow: str | None = None) -> str:
        arn = self.arn("sqs", self.name(name))
        statement = {"Effect": "Allow", "Principal": {"Service": allow}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = {"Policy": json.dumps({"Statement": [statement]})} if allow else {}
        self.sqs.create_queue(QueueName=self.name(name), Attributes=policy)
        return arn

    def messages(self, queue: str, count: int = 1, *, more_for: float = 0) -> list[dict[str, Any]]:
        """The next messages of a queue, and those that come within some real seconds after so many."""
        url = self.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        found: list[dict[str, Any]] = []

        def receive() -> int:
            response = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=600, MessageAttributeNames=["All"]
            )
            found.extend(response.get("Messages", []))
            return len(found)

        self._wait(receive, count, more_for)
        return found

    def function(self, name: str, code: str, *, allow: str | None = None) -> str:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", code)
        client = self.aws.client("lambda")
        made = client.create_function(
            FunctionName=self.name(name),
            Runtime="python3.13",
            Handler="index.handler",
            Role=self.function_role,
            Code={"ZipFile": content.getvalue()},
            Timeout=60,  # real seconds
        )
        if allow:
            grant = {"StatementId": "allow", "Action": "lambda:InvokeFunction", "Principal": allow}
            client.add_permission(FunctionName=self.name(name), **grant)
        arn: str = made["FunctionArn"]
        return arn

    def log_lines(self, function: str, containing: str, count: int = 1, *, more_for: float = 0) -> list[str]:
        """The lines that a function has written, so many and those that come within some real seconds after them."""
        logs, group = self.aws.client("logs"), f"/aws/lambda/{function.rpartition(':')[2]}"
        found: list[str] = []

        def read() -> int:
            with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
                events = logs.filter_log_events(logGroupName=group)["events"]
                found[:] = [event["message"] for event in events if containing in event["message"]]
            return len(found)

        self._wait(read, count, more_for)
        return found

    @staticmethod
    def _wait(found: Callable[[], int], count: int, more_for: float) -> None:
        """Look until so many are found, or PATIENCE is at its end; then look for more for some real seconds."""
        deadline = time.monotonic() + PATIENCE
        while found() < count and time.monotonic() < deadline:
            time.sleep(0.02)
        deadline = time.monotonic() + more_for
        while time.monotonic() < deadline:
            time.sleep(0.02)
            found()

    def machine(self, name: str, *states: dict[str, Any]) -> str:
        """A state machine of states that follow each other, or of `states` by their names."""
        named = {state.pop("Name", f"State{number}"): state for number, state in enumerate(states)}
        definition = json.dumps({"StartAt": next(iter(named)), "States": named})
        role = self.role(f"{name}-machine", "states.amazonaws.com")
        made = self.aws.client("stepfunctions").create_state_machine(
            name=self.name(name), definition=definition, roleArn=role
        )
        arn: str = made["stateMachineArn"]
        return arn

    def deploy(self, name: str, template: dict[str, Any], *, update: bool = False, **options: Any) -> dict[str, Any]:
        """Make a stack, or change it, with `options` of the call; the stack as it is in the end."""
        client = self.aws.client("cloudformation")
        given = {"StackName": self.name(name), "TemplateBody": json.dumps(template), **options}
        client.update_stack(**given) if update else client.create_stack(**given)
        stack: dict[str, Any] = {"StackStatus": "IN_PROGRESS"}
        while stack["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.02)
            stack = client.describe_stacks(StackName=self.name(name))["Stacks"][0]
        return stack


@pytest.fixture
def builder(aws: OfflineAws) -> AccountBuilder:
    return AccountBuilder(aws)
