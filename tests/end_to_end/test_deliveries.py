"""Requests that come twice, and functions that die: one job, one answer."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class Requests:
    """Sends the deployed function what CloudFormation would send it, for a resource of its own."""

    def __init__(self, shop: Any, answers: Any) -> None:
        self.shop, self.answers = shop, answers
        self.function = shop.physical_id("AWS::Lambda::Function")
        self.machine = shop.physical_id("AWS::StepFunctions::StateMachine")
        self.name = f"Import{uuid.uuid4().hex[:8]}"

    def create(self, **changes: Any) -> dict[str, Any]:
        stack = self.shop.aws.client("cloudformation").describe_stacks(StackName=self.shop.stack)["Stacks"][0]
        deployed = self.shop.jobs[0]
        # The run deletes the copy of the asset that the job reads, so there must be another.
        bucket, _, key = deployed["dataSource"]["dataLocation"].removeprefix("s3://").partition("/")
        body = (self.shop.folder / "interactions.csv").read_bytes()
        self.shop.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return {
            "RequestType": "Create",
            "RequestId": str(uuid.uuid4()),
            "ResponseURL": self.answers.url,
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "LogicalResourceId": self.name,
            "StackId": stack["StackId"],
            "ResourceProperties": {
                "JobName": self.name,
                "Parameters": {name: deployed[name] for name in ("datasetArn", "dataSource", "roleArn")},
            },
            **changes,
        }

    def send(self, event: dict[str, Any]) -> None:
        client = self.shop.aws.client("lambda")
        client.invoke(FunctionName=self.function, InvocationType="Event", Payload=json.dumps(event).encode())

    @property
    def runs(self) -> dict[str, str]:
        executions = self.shop.aws.client("stepfunctions").list_executions(stateMachineArn=self.machine)["executions"]
        return {run["name"]: run["status"] for run in executions if f"-{self.name}-" in run["name"]}

    @property
    def jobs(self) -> list[dict[str, Any]]:
        return [job for job in self.shop.jobs if job["jobName"].startswith(self.name)]

    def settle(self) -> None:
        """Wait until every run has ended."""
        until(lambda: self.runs != {} and "RUNNING" not in self.runs.values())


@pytest.fixture(scope="module")
def updating_shop(deployed_shop: Any) -> Iterator[Any]:
    """A deployment that goes on: a run makes no job for one that is over."""
    shop, personalize = deployed_shop, deployed_shop.aws.personalize
    personalize.durations(in_progress=1_000_000)
    shop.write(1001)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(shop.deploy, fails=True, minutes=600)
        until(lambda: len(shop.jobs) == 2, seconds=120)
        personalize.durations(in_progress=60)
        yield shop
        shop.aws.client("cloudformation").cancel_update_stack(StackName=shop.stack)
        deploying.result()


@pytest.fixture
def requests(updating_shop: Any, answers: Any) -> Requests:
    return Requests(updating_shop, answers)


def test_a_request_delivered_twice_runs_one_job_and_gets_one_answer(requests: Requests) -> None:
    event = requests.create()
    requests.send(event)
    requests.send(event)
    requests.settle()

    assert len(requests.runs) == 1
    assert len(requests.jobs) == 1
    assert [answer["Status"] for answer in requests.answers.bodies] == ["SUCCESS"]


def test_a_retried_deployment_with_the_same_request_id_adopts_the_job(requests: Requests) -> None:
    event = requests.create()
    requests.send(event)
    requests.send({**event, "ResponseURL": event["ResponseURL"] + "&again"})
    until(lambda: len(requests.runs) == 2)
    requests.settle()

    [job] = requests.jobs
    assert [answer["Status"] for answer in requests.answers.bodies] == ["SUCCESS", "SUCCESS"]
    assert {answer["PhysicalResourceId"] for answer in requests.answers.bodies} == {job["datasetImportJobArn"]}


@pytest.mark.parametrize("operation", ["CreateDatasetImportJob", "DescribeDatasetImportJob"])
def test_a_function_killed_within_a_call_loses_nothing_and_repeats_nothing(requests: Requests, operation: str) -> None:
    personalize = requests.shop.aws.personalize
    event = requests.create()
    personalize.fault(operation=operation, when="after", delay=600)
    calls = personalize.calls().get(operation, 0)
    requests.send(event)
    until(lambda: personalize.calls().get(operation, 0) > calls)
    processes = requests.shop.aws.lambda_processes(requests.function)
    for process in processes:
        os.kill(process, signal.SIGKILL)
    requests.settle()

    assert processes
    [job] = requests.jobs
    [answer] = requests.answers.bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", job["datasetImportJobArn"])


def test_a_connection_lost_after_the_call_took_effect_makes_no_second_job(requests: Requests) -> None:
    requests.shop.aws.personalize.fault(operation="CreateDatasetImportJob", when="after", drop=True)
    requests.send(requests.create())
    requests.settle()

    assert len(requests.jobs) == 1
    assert [answer["Status"] for answer in requests.answers.bodies] == ["SUCCESS"]


def test_the_quota_and_throttling_are_waited_out(requests: Requests) -> None:
    personalize = requests.shop.aws.personalize
    personalize.fault(operation="CreateDatasetImportJob", error="LimitExceededException", times=3)
    personalize.fault(operation="DescribeDatasetImportJob", error="ThrottlingException", times=2)
    requests.send(requests.create())
    requests.settle()

    assert len(requests.jobs) == 1
    assert [answer["Status"] for answer in requests.answers.bodies] == ["SUCCESS"]


def test_a_delete_of_an_unknown_job_succeeds(requests: Requests) -> None:
    requests.send(requests.create(RequestType="Delete", PhysicalResourceId="made-up-by-cloudformation"))
    requests.settle()

    assert [answer["Status"] for answer in requests.answers.bodies] == ["SUCCESS"]
    assert requests.jobs == []


def test_no_log_of_the_function_holds_an_answers_url(requests: Requests) -> None:
    requests.send(requests.create())
    requests.settle()

    logs = requests.shop.aws.client("logs")
    group = requests.shop.physical_id("AWS::Logs::LogGroup")
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    told = [json.loads(message)["event"] for message in messages if message.startswith("{")]
    assert {"run started", "job created", "job checked", "answered"} <= set(told)
    assert not [message for message in messages if "cfn-response" in message or "Signature=secret" in message]
