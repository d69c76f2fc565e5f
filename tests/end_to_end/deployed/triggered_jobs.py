"""The stack of `apps/triggered_jobs.py`: what triggers its jobs, and what their runs report."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import apps.triggered_jobs
from deployed.stack import DeployedStack
from deployed.waiting import until

WEEK = 7 * 24 * 3600


if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App, Stack


@dataclass
class TriggeredJobs(DeployedStack):
    """The stack of `apps/triggered_jobs.py`.

    Attributes:
        created_by_deployment: The names of the jobs that there were when the stack was created.
        received: The events that were received so far.
    """

    app: Callable[[App, dict[str, Any]], Stack] = apps.triggered_jobs.TriggeredJobs
    created_by_deployment: list[str] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)

    def deploy_first(self, **options: Any) -> None:
        """Write the data of the jobs that run when they are deployed, and deploy."""
        self.write("items.csv", "ITEM_ID,PRICE", *(f"old-{row},1.5" for row in range(10)))
        self.write("too-few.csv", "USER_ID,ITEM_ID,TIMESTAMP", "user-1,old-1,1700000000")
        files = {"file": str(self.folder / "items.csv"), "invalid_file": str(self.folder / "too-few.csv")}
        self.deploy(batching_minutes=5, **files, **options)
        kinds = ("DatasetImportJob", "DatasetExportJob")
        names = [job["jobName"] for kind in kinds for job in self.aws.personalize.jobs(kind)]
        self.created_by_deployment = [name for name in names if name.startswith(f"{self.name}-")]

    def write(self, name: str, *lines: str) -> None:
        """Write a file of the app."""
        (self.folder / name).write_text("\n".join([*lines, ""]))

    # --- triggers ---

    def upload(self, files: dict[str, str]) -> None:
        """Upload files to the stack's bucket, by their keys."""
        bucket, s3 = self.output("Bucket"), self.client("s3")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=files[key].encode()), files))

    def change_schedule(self, job: str, **changes: Any) -> None:
        """Change the schedule of a job, as a user does in the console."""
        client = self.client("scheduler")
        found = client.get_schedule(Name=self.output(f"{job}Schedule"))
        kept = ("Name", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
        client.update_schedule(**{name: found[name] for name in kept} | changes)

    def invoke(self, request: dict[str, Any]) -> None:
        """Send the function a request."""
        function = self.physical_id_of("DataJobRunnerFunction")
        self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(request).encode())

    def run(self, job: str, request_id: str) -> None:
        """Start a run as the command line does, with the request of an earlier run."""
        known = next(iter(self.executions(f"-{self.logical_id(job)[:20]}-").values()))
        found = self.client("stepfunctions").describe_execution(executionArn=known["executionArn"])
        earlier = json.loads(found["input"])["request"]
        kept = ("StackId", "LogicalResourceId", "ResourceType", "ResourceProperties")
        request = {name: earlier[name] for name in kept}
        self.invoke(request | {"RequestType": "Run", "StartedBy": "command", "RequestId": request_id})

    # --- runs ---

    def runs(self, job: str) -> dict[str, str]:
        """The statuses of the runs of a job that no deployment started, by name, oldest first."""
        found = self.executions(f"-{self.logical_id(job)[:20]}-")
        return {name: one["status"] for name, one in found.items() if "-run-" in name}

    def ended_runs(self, job: str, count: int = 1) -> dict[str, str]:
        """Wait until a job has so many runs and all have ended; returns them."""
        until(lambda: len(runs := self.runs(job)) >= count and "RUNNING" not in runs.values())
        return self.runs(job)

    def jobs_of(self, job: str, kind: str = "DatasetImportJob") -> list[dict[str, Any]]:
        """The jobs in Amazon Personalize that the runs of a job created, oldest first."""
        return [one for one in self.aws.personalize.jobs(kind) if one["jobName"].startswith(f"{self.name}-{job}-")]

    def row_count(self, dataset: str) -> int:
        """The number of rows in a dataset."""
        arn = f"arn:aws:personalize:{self.aws.region}:{self.aws.account}:dataset/{self.name}/{dataset.upper()}"
        return int(self.aws.personalize.row_count(arn))

    @property
    def marker_objects(self) -> list[str]:
        """The keys of the marker objects of files that no batch has taken."""
        return [key for key in self.staged_objects if "/arrived/" in key and "/arrived/taken/" not in key]

    # --- reports ---

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Receive the messages of a queue, which is empty then."""
        sqs, found = self.client("sqs"), []
        while received := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", []):
            for message in received:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def events(self, job: str, count: int = 0) -> list[dict[str, Any]]:
        """The events of a job so far, at least so many, oldest first."""

        def of_job() -> list[dict[str, Any]]:
            self.received += self.messages(self.output("EventsUrl"))
            return [event for event in self.received if event["detail"]["job"] == self.logical_id(job)]

        until(lambda: len(of_job()) >= count)
        return of_job()


def overlapping(jobs: list[dict[str, Any]]) -> list[str]:
    """The names of the jobs that began before the one before them had ended."""
    return [later["jobName"] for earlier, later in pairwise(jobs) if later["creationDateTime"] < earlier["ended"]]


class Pipeline:
    """Executions of the stack's own state machine, in which an import is a task."""

    def __init__(self, stack: TriggeredJobs) -> None:
        self.stack, self.client = stack, stack.client("stepfunctions")
        self.arn = stack.output("PipelineArn")

    def write(self, *rows: str, columns: str = "USER_ID,AGE") -> None:
        """Write the file that the task imports."""
        self.stack.upload({"task/users.csv": "\n".join([columns, *rows, ""])})

    def start(self, arn: str = "") -> str:
        """Start an execution; returns its ARN."""
        return str(self.client.start_execution(stateMachineArn=arn or self.arn, input="{}")["executionArn"])

    def output_of(self, execution: str) -> dict[str, Any]:
        """Wait until an execution has succeeded; returns its output."""
        until(lambda: self.client.describe_execution(executionArn=execution)["status"] != "RUNNING")
        found = self.client.describe_execution(executionArn=execution)
        assert found["status"] == "SUCCEEDED", found
        return dict(json.loads(found["output"]))

    def run_with_old_task(self) -> dict[str, Any]:
        """Run a state machine whose task waits for a run that began more than a week ago; returns its output."""
        described = self.client.describe_state_machine(stateMachineArn=self.arn)
        definition = json.loads(described["definition"])
        task = definition["States"]["Import"]
        request, began = task["Parameters"]["Payload"], self.stack.aws.now() - WEEK - 60
        runner = self.stack.physical_id_of("DataJobRunnerStateMachine")
        task["Resource"] = "arn:aws:states:::states:startExecution.waitForTaskToken"
        task["Parameters"] = {"StateMachineArn": runner, "Input": {"request": request, "started": began}}
        created = self.client.create_state_machine(
            name=f"{self.stack.name}-old-task", definition=json.dumps(definition), roleArn=described["roleArn"]
        )
        return self.output_of(self.start(created["stateMachineArn"]))
