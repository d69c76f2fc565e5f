"""Requests that are delivered twice, and functions that are killed: one job, one response."""

from __future__ import annotations

import json
import os
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from deployed.stack import DeployedStack
from deployed.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws


class Requests:
    """Sends the deployed function the requests of CloudFormation for a resource that no other test has."""

    def __init__(self, stack: DeployedStack, responses: Any) -> None:
        self.stack, self.responses = stack, responses
        self.function = stack.physical_id("AWS::Lambda::Function")
        self.machine = stack.physical_id("AWS::StepFunctions::StateMachine")
        self.name = f"Import{uuid.uuid4().hex[:8]}"

    def create(self, **changes: Any) -> dict[str, Any]:
        stack = self.stack.client("cloudformation").describe_stacks(StackName=self.stack.name)["Stacks"][0]
        deployed = self.stack.jobs[0]
        # The run deletes the copy of the asset that the job reads, so there must be another.
        bucket, _, key = deployed["dataSource"]["dataLocation"].removeprefix("s3://").partition("/")
        body = (self.stack.folder / "interactions.csv").read_bytes()
        self.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return {
            "RequestType": "Create",
            "RequestId": str(uuid.uuid4()),
            "ResponseURL": self.responses.url,
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
        client = self.stack.client("lambda")
        client.invoke(FunctionName=self.function, InvocationType="Event", Payload=json.dumps(event).encode())

    @property
    def runs(self) -> dict[str, str]:
        executions = self.stack.client("stepfunctions").list_executions(stateMachineArn=self.machine)["executions"]
        return {run["name"]: run["status"] for run in executions if f"-{self.name}-" in run["name"]}

    @property
    def jobs(self) -> list[dict[str, Any]]:
        return [job for job in self.stack.jobs if job["jobName"].startswith(self.name)]

    def wait_for_runs(self) -> None:
        """Wait until every run has ended."""
        until(lambda: self.runs != {} and "RUNNING" not in self.runs.values())


@pytest.fixture(scope="module")
def deploying_stack(aws: OfflineAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedStack]:
    """A stack whose deployment goes on during all tests: a run creates no job for a deployment that is over."""
    aws.personalize.durations(pending=30, in_progress=1_000_000, creating=10)
    stack = DeployedStack(aws, tmp_path_factory.mktemp("deliveries"), "Deliveries")
    stack.write_interactions(1000)
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(stack.deploy, fails=True, timeout_minutes=600)
        until(lambda: stack.jobs)
        aws.personalize.durations(in_progress=60)
        yield stack
        # It fails when its job does not exist.
        aws.personalize.forget_job(stack.jobs[0]["datasetImportJobArn"])
        deploying.result()


@pytest.fixture
def requests(deploying_stack: DeployedStack, responses: Any) -> Requests:
    return Requests(deploying_stack, responses)


def test_a_request_delivered_twice_runs_one_job_and_gets_one_response(requests: Requests) -> None:
    event = requests.create()
    requests.send(event)
    requests.send(event)
    requests.wait_for_runs()

    assert len(requests.runs) == 1
    assert len(requests.jobs) == 1
    assert [response["Status"] for response in requests.responses.bodies] == ["SUCCESS"]


def test_a_retried_deployment_with_the_same_request_id_adopts_the_job(requests: Requests) -> None:
    event = requests.create()
    requests.send(event)
    requests.send({**event, "ResponseURL": event["ResponseURL"] + "&again"})
    until(lambda: len(requests.runs) == 2)
    requests.wait_for_runs()

    [job] = requests.jobs
    assert [response["Status"] for response in requests.responses.bodies] == ["SUCCESS", "SUCCESS"]
    assert {response["PhysicalResourceId"] for response in requests.responses.bodies} == {job["datasetImportJobArn"]}


@pytest.mark.parametrize("operation", ["CreateDatasetImportJob", "DescribeDatasetImportJob"])
def test_a_function_killed_within_a_call_loses_nothing_and_repeats_nothing(requests: Requests, operation: str) -> None:
    personalize = requests.stack.aws.personalize
    event = requests.create()
    personalize.fault(operation=operation, when="after", delay=600)
    calls = personalize.calls().get(operation, 0)
    requests.send(event)
    until(lambda: personalize.calls().get(operation, 0) > calls)
    processes = requests.stack.aws.lambda_processes(requests.function)
    for process in processes:
        os.kill(process, signal.SIGKILL)
    requests.wait_for_runs()

    assert processes
    [job] = requests.jobs
    [response] = requests.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", job["datasetImportJobArn"])


def test_a_connection_lost_after_the_call_took_effect_creates_no_second_job(requests: Requests) -> None:
    requests.stack.aws.personalize.fault(operation="CreateDatasetImportJob", when="after", drop=True)
    requests.send(requests.create())
    requests.wait_for_runs()

    assert len(requests.jobs) == 1
    assert [response["Status"] for response in requests.responses.bodies] == ["SUCCESS"]


def test_the_quota_and_throttling_are_waited_out(requests: Requests) -> None:
    personalize = requests.stack.aws.personalize
    personalize.fault(operation="CreateDatasetImportJob", error="LimitExceededException", times=3)
    personalize.fault(operation="DescribeDatasetImportJob", error="ThrottlingException", times=2)
    requests.send(requests.create())
    requests.wait_for_runs()

    assert len(requests.jobs) == 1
    assert [response["Status"] for response in requests.responses.bodies] == ["SUCCESS"]


def test_a_delete_of_an_unknown_job_succeeds(requests: Requests) -> None:
    requests.send(requests.create(RequestType="Delete", PhysicalResourceId="made-up-by-cloudformation"))
    requests.wait_for_runs()

    assert [response["Status"] for response in requests.responses.bodies] == ["SUCCESS"]
    assert requests.jobs == []


def test_no_log_of_the_function_has_a_response_url(requests: Requests) -> None:
    requests.send(requests.create())
    requests.wait_for_runs()

    logs = requests.stack.client("logs")
    group = requests.stack.physical_id("AWS::Logs::LogGroup")
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    events = [json.loads(message)["event"] for message in messages if message.startswith("{")]
    assert {"run started", "job created", "job checked", "answered"} <= set(events)
    assert not [message for message in messages if "cfn-response" in message or "Signature=secret" in message]
