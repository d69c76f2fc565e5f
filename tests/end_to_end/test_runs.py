"""Runs beyond the deployment, with the real CDK CLI: schedules, uploads and tasks that really fire, and who is told."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

WEEK = 7 * 24 * 3600


def until(condition: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@dataclass
class Runs:
    """The deployed stack, and what came of its jobs."""

    shop: Any
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.aws = self.shop.aws
        self.s3, self.states = self.aws.client("s3"), self.aws.client("stepfunctions")
        resources = self.aws.client("cloudformation").get_paginator("list_stack_resources")
        pages = resources.paginate(StackName=self.shop.stack)
        found = [resource for page in pages for resource in page["StackResourceSummaries"]]
        self.resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}
        [self.machine] = [
            arn
            for id_, arn in self.resources.items()
            if id_.startswith("DataJobRunnerStateMachine") and "Role" not in id_
        ]

    def id(self, start: str) -> str:
        """The logical id of a resource that begins like this."""
        return min((id_ for id_ in self.resources if id_.startswith(start)), key=len)

    def url(self, start: str) -> str:
        return self.resources[self.id(start)]

    def physical_id(self, job: str) -> str:
        client = self.aws.client("cloudformation")
        found = client.describe_stack_resource(StackName=self.shop.stack, LogicalResourceId=self.id(job))
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def executions(self, job: str) -> dict[str, str]:
        """The runs of a job that no deployment asked for, oldest first, and how each stands."""
        listed = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        found = sorted((run["startDate"], run["name"], run["status"]) for page in listed for run in page["executions"])
        return {name: status for _, name, status in found if f"-{self.id(job)[:20]}-" in name and "-run-" in name}

    def settled(self, job: str, count: int = 1) -> dict[str, str]:
        """The runs of a job when so many and all are over."""
        until(lambda: len(runs := self.executions(job)) >= count and "RUNNING" not in runs.values())
        return self.executions(job)

    def jobs(self, job: str, kind: str = "DatasetImportJob") -> list[dict[str, Any]]:
        """What runs made, oldest first."""
        return [
            one for one in self.aws.personalize.jobs(kind) if one["jobName"].startswith(f"{self.shop.stack}-{job}-")
        ]

    def upload(self, keys: dict[str, str]) -> None:
        bucket = self.shop.output("Bucket")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: self.s3.put_object(Bucket=bucket, Key=key, Body=keys[key].encode()), keys))

    def rows(self, dataset: str) -> int:
        arn = f"arn:aws:personalize:{self.aws.region}:{self.aws.account}:dataset/{self.shop.stack}/{dataset.upper()}"
        return int(self.aws.personalize.row_count(arn))

    def messages(self, url: str) -> list[dict[str, Any]]:
        """What waits in a queue, which then is empty."""
        sqs, found = self.aws.client("sqs"), []
        while taken := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in taken:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def events(self, job: str, count: int = 0) -> list[dict[str, Any]]:
        """The events of a job so far, of which there must be so many at least."""

        def of_job() -> list[dict[str, Any]]:
            self.heard += self.messages(self.shop.output("EventsUrl"))
            return [event for event in self.heard if event["detail"]["job"] == self.id(job)]

        until(lambda: len(of_job()) >= count)
        return of_job()

    def schedule(self, job: str, **changes: Any) -> None:
        """Change a schedule, as its owner does in the console."""
        client = self.aws.client("scheduler")
        found = client.get_schedule(Name=self.shop.output(f"{job}Schedule"))
        kept = ("Name", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
        client.update_schedule(**{name: found[name] for name in kept} | changes)

    def staged(self) -> list[str]:
        """The files in the staging bucket."""
        return [
            entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.url("DataJobStaging")).get("Contents", [])
        ]

    def noted(self) -> list[str]:
        """The notes of files that arrived and whose data is not in."""
        return [key for key in self.staged() if "/arrived/" in key and "/arrived/taken/" not in key]

    def run(self, job: str, request_id: str) -> None:
        """Ask for a run, as somebody does by hand, of a job that was deployed or run before."""
        listed = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        known = next(one for page in listed for one in page["executions"] if f"-{self.id(job)[:20]}-" in one["name"])
        found = self.states.describe_execution(executionArn=known["executionArn"])
        before = json.loads(found["input"])["request"]
        kept = ("StackId", "LogicalResourceId", "ResourceType", "ResourceProperties")
        request = {name: before[name] for name in kept}
        request |= {"RequestType": "Run", "StartedBy": "command", "RequestId": request_id}
        payload = json.dumps(request).encode()
        self.aws.client("lambda").invoke(FunctionName=self.url("DataJobRunnerFunction"), Payload=payload)


@pytest.fixture(scope="module")
def runs(open_shop: Any) -> Runs:
    shop = open_shop("Runs", "runs.py", gather=5, removed=True)
    (shop.folder / "items.csv").write_text("ITEM_ID,PRICE\n" + "".join(f"old-{row},1.5\n" for row in range(10)))
    (shop.folder / "few.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\nuser-1,old-1,1700000000\n")
    shop.aws.personalize.durations(pending=10, in_progress=20, creating=0)
    shop.deploy(file=str(shop.folder / "items.csv"), too_few=str(shop.folder / "few.csv"))
    return Runs(shop)


def overlaps(jobs: list[dict[str, Any]]) -> list[str]:
    """The jobs that began before the one before them had ended."""
    return [later["jobName"] for earlier, later in pairwise(jobs) if later["creationDateTime"] < earlier["ended"]]


def test_a_deployed_run_is_told_with_what_a_run_knows(runs: Runs) -> None:
    [event] = runs.events("Loaded", 1)
    detail = {**event["detail"]}
    [job] = runs.jobs("Loaded")

    assert event["detail-type"] == "Data Job Succeeded"
    assert detail.pop("duration") >= 30
    assert detail.pop("attributes")["datasetImportJobArn"] == job["datasetImportJobArn"]
    assert detail == {
        "stack": "Runs",
        "job": runs.id("Loaded"),
        "kind": "Custom::PersonalizeDatasetImportJob",
        "id": job["datasetImportJobArn"],
        "status": "ACTIVE",
        "reason": "",
        "startedBy": "create",
    }


def test_a_failure_after_the_deployment_is_told_and_raises_the_alarm(runs: Runs) -> None:
    [event] = runs.events("Watched", 1)

    assert runs.shop.status == "CREATE_COMPLETE"
    assert event["detail-type"] == "Data Job Failed"
    assert event["detail"]["status"] == "CREATE FAILED"
    assert "at least 1000" in event["detail"]["reason"]
    until(lambda: (alarms := runs.messages(runs.shop.output("AlarmsUrl"))) and alarms[0]["NewStateValue"] == "ALARM")


def test_a_job_that_is_not_for_the_deployment_was_not_run_by_it(runs: Runs) -> None:
    assert {job: runs.jobs(job) for job in ("Arriving", "Step", "Switched")} == {
        "Arriving": [],
        "Step": [],
        "Switched": [],
    }
    assert runs.jobs("Wait", "DatasetExportJob") == []


def test_the_dashboard_shows_metrics_that_there_are(runs: Runs) -> None:
    client = runs.aws.client("cloudwatch")
    body = json.loads(client.get_dashboard(DashboardName="Runs")["DashboardBody"])
    drawn = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    shown = {(*line[:2], *sorted(zip(line[2:6:2], line[3:6:2], strict=True))) for line in drawn}
    known = {
        (one["Namespace"], one["MetricName"], *sorted((at["Name"], at["Value"]) for at in one["Dimensions"]))
        for one in client.list_metrics(Namespace="DataJobs")["Metrics"]
        if {"Name": "Stack", "Value": "Runs"} in one["Dimensions"]
    }
    measured = client.get_metric_statistics(
        Namespace="DataJobs",
        MetricName="Duration",
        Dimensions=[{"Name": "Stack", "Value": "Runs"}, {"Name": "Job", "Value": runs.id("Loaded")}],
        StartTime=runs.aws.now() - 86400,
        EndTime=runs.aws.now() + 60,
        Period=86400 * 2,
        Statistics=["Maximum"],
    )["Datapoints"]

    assert len(body["widgets"]) == 3 * 8
    assert known <= shown
    assert len(known) == 3 * 2
    assert [point["Maximum"] for point in measured] == [runs.events("Loaded", 1)[0]["detail"]["duration"]]


def test_a_schedule_runs_jobs_one_after_another(runs: Runs) -> None:
    time.sleep(2)
    assert runs.executions("Wait") == {}

    runs.aws.personalize.durations(in_progress=90)
    runs.schedule("Wait", State="ENABLED")
    until(lambda: len(runs.executions("Wait")) >= 3)
    runs.schedule("Wait", State="DISABLED")
    runs.aws.personalize.durations(in_progress=20)
    made = runs.settled("Wait")
    jobs = runs.jobs("Wait", "DatasetExportJob")

    assert set(made.values()) == {"SUCCEEDED"}
    assert len({job["jobName"] for job in jobs}) == len(jobs) == len(made)
    assert [job["status"] for job in jobs] == ["ACTIVE"] * len(jobs)
    assert overlaps(jobs) == []


def test_a_schedule_may_skip_while_the_last_run_goes_on(runs: Runs) -> None:
    runs.aws.personalize.durations(in_progress=150)
    runs.schedule("Skip", State="ENABLED")
    until(lambda: len(runs.jobs("Skip", "DatasetExportJob")) >= 2)
    runs.schedule("Skip", State="DISABLED")
    runs.aws.personalize.durations(in_progress=20)
    made = runs.settled("Skip")
    jobs = runs.jobs("Skip", "DatasetExportJob")

    assert set(made.values()) == {"SUCCEEDED"}
    assert 2 <= len(jobs) < len(made)
    assert overlaps(jobs) == []


def test_what_cannot_be_delivered_is_a_dead_letter_that_can_be_delivered_later(runs: Runs) -> None:
    iam, role = runs.aws.client("iam"), runs.url("DataJobAccessSchedules")
    dead, before = runs.url("DataJobAccessDeadLetters"), runs.executions("Skip")
    no = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}
    letters: list[dict[str, Any]] = []
    iam.put_role_policy(RoleName=role, PolicyName="no", PolicyDocument=json.dumps({"Statement": [no]}))
    runs.schedule("Skip", State="ENABLED")
    until(lambda: letters.extend(runs.messages(dead)) or letters)
    runs.schedule("Skip", State="DISABLED")
    iam.delete_role_policy(RoleName=role, PolicyName="no")

    assert letters[0]["LogicalResourceId"] == runs.id("Skip")
    assert runs.executions("Skip") == before

    payload = json.dumps(letters[0])
    runs.aws.client("lambda").invoke(FunctionName=runs.url("DataJobRunnerFunction"), Payload=payload)
    assert set(runs.settled("Skip", len(before) + 1).values()) == {"SUCCEEDED"}


def test_a_hundred_uploads_are_few_jobs_one_after_another(runs: Runs) -> None:
    personalize = runs.aws.personalize
    full = "More than 5 resources with PENDING or IN_PROGRESS status."
    personalize.durations(in_progress=300)
    personalize.fault(operation="CreateDatasetImportJob", error="LimitExceededException", message=full, times=1_000_000)
    runs.upload({"arriving/read.me": "x", "elsewhere/a.csv": "ITEM_ID,PRICE\nelsewhere,1\n"})
    runs.upload({f"arriving/{file:03}.csv": f"ITEM_ID,PRICE\nnew-{file},2.5\n" for file in range(100)})
    # A note stays until the data is in; a slow machine takes more than one window for them.
    until(lambda: len(runs.noted()) == 100)
    personalize.clear_faults()
    until(lambda: runs.jobs("Arriving"))

    runs.upload({"arriving/gone.csv": "ITEM_ID,PRICE\ngone,1\n"})
    runs.s3.delete_object(Bucket=runs.shop.output("Bucket"), Key="arriving/gone.csv")
    runs.upload({f"arriving/late-{file}.csv": f"ITEM_ID,PRICE\nlate-{file},3.5\n" for file in range(3)})
    personalize.durations(in_progress=20)
    until(lambda: "Data Job Failed" in [event["detail-type"] for event in runs.events("Arriving")])
    made = runs.settled("Arriving")
    jobs = runs.jobs("Arriving")
    *succeeded, failed = sorted(runs.events("Arriving"), key=lambda event: event["detail-type"], reverse=True)

    assert 2 <= len(jobs) <= 4
    assert {job["importMode"] for job in jobs} == {"INCREMENTAL"}
    assert sum(job["rows"] for job in jobs) == 100 + 3
    assert runs.rows("Items") == 10 + 100 + 3
    assert overlaps(jobs) == []
    assert {(event["detail-type"], event["detail"]["startedBy"]) for event in succeeded} == {
        ("Data Job Succeeded", "upload")
    }
    assert failed["detail-type"] == "Data Job Failed"
    assert "/arriving/gone.csv: " in failed["detail"]["reason"]
    assert len(made) < 20
    assert list(made.values()).count("FAILED") == 1
    assert runs.staged() == []


def test_one_bad_file_keeps_no_good_one_out(runs: Runs) -> None:
    rows, jobs, heard = runs.rows("Items"), len(runs.jobs("Arriving")), len(runs.events("Arriving"))
    runs.upload({f"arriving/good-{file}.csv": f"ITEM_ID,PRICE\ngood-{file},2.5\n" for file in range(7)})
    runs.upload({"arriving/bad.csv": "ITEM_ID,PRICE\nbad,expensive\n", "arriving/folder/": ""})
    until(lambda: runs.rows("Items") == rows + 7)
    until(lambda: runs.staged() == [])
    runs.settled("Arriving")
    given_up = [event["detail"] for event in runs.events("Arriving")[heard:] if "filesGivenUp" in event["detail"]]

    assert runs.rows("Items") == rows + 7
    assert len(runs.jobs("Arriving")) - jobs <= 9
    assert [detail["filesGivenUp"] for detail in given_up] == [1]
    assert "Value of column PRICE is not of type float" in given_up[0]["reason"]
    assert given_up[0]["reason"].endswith("/arriving/bad.csv")


class Pipeline:
    """Executions of the stack's own state machine."""

    def __init__(self, runs: Runs) -> None:
        self.runs, self.client = runs, runs.states
        self.arn = runs.shop.output("PipelineArn")

    def write(self, *rows: str, columns: str = "USER_ID,AGE") -> None:
        self.runs.upload({"step/users.csv": "\n".join([columns, *rows, ""])})

    def start(self, arn: str = "") -> str:
        return str(self.client.start_execution(stateMachineArn=arn or self.arn, input="{}")["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        """What an execution that succeeds has to tell."""
        until(lambda: self.client.describe_execution(executionArn=execution)["status"] != "RUNNING")
        told = self.client.describe_execution(executionArn=execution)
        assert told["status"] == "SUCCEEDED", told
        return dict(json.loads(told["output"]))

    def late(self) -> dict[str, Any]:
        """An execution whose task waits for a run that began more than a week ago."""
        definition = json.loads(self.client.describe_state_machine(stateMachineArn=self.arn)["definition"])
        task = definition["States"]["Import"]
        request, began = task["Parameters"]["Payload"], self.runs.aws.now() - WEEK - 60
        task["Resource"] = "arn:aws:states:::states:startExecution.waitForTaskToken"
        task["Parameters"] = {"StateMachineArn": self.runs.machine, "Input": {"request": request, "started": began}}
        role = self.client.describe_state_machine(stateMachineArn=self.arn)["roleArn"]
        made = self.client.create_state_machine(name="Late", definition=json.dumps(definition), roleArn=role)
        return self.end(self.start(made["stateMachineArn"]))


@pytest.fixture
def pipeline(runs: Runs) -> Pipeline:
    return Pipeline(runs)


def test_a_task_gives_the_attributes_and_executions_take_turns(pipeline: Pipeline) -> None:
    pipeline.write("ada,36", "joe,40")
    told = [pipeline.end(execution) for execution in [pipeline.start(), pipeline.start()]]
    jobs = pipeline.runs.jobs("Step")

    assert sorted(one["job"]["datasetImportJobArn"] for one in told) == sorted(
        job["datasetImportJobArn"] for job in jobs
    )
    assert {one["job"]["status"] for one in told} == {"ACTIVE"}
    assert len(jobs) == 2
    assert overlaps(jobs) == []
    assert [event["detail"]["startedBy"] for event in pipeline.runs.events("Step", 2)] == ["task", "task"]


def test_a_failed_task_is_caught_by_its_name_after_each_try_made_a_job(pipeline: Pipeline) -> None:
    before = pipeline.runs.jobs("Step")
    pipeline.write("ada,old")
    told = pipeline.end(pipeline.start())
    jobs = pipeline.runs.jobs("Step")[len(before) :]

    assert told["caught"] == "FAILED"
    assert "Value of column AGE is not of type int" in told["error"]["Cause"]
    assert len({job["jobName"] for job in jobs}) == len(jobs) == 2
    assert {job["status"] for job in jobs} == {"CREATE FAILED"}


def test_a_refused_task_is_caught_by_its_name(pipeline: Pipeline) -> None:
    before = pipeline.runs.jobs("Step")
    pipeline.write("ada,36", columns="USER_ID,YEARS")
    told = pipeline.end(pipeline.start())

    assert told["caught"] == "NOT_CREATED"
    assert "Input csv is missing the following columns: [AGE]" in told["error"]["Cause"]
    assert pipeline.runs.jobs("Step") == before


def test_a_task_that_takes_too_long_is_caught_by_its_name(pipeline: Pipeline) -> None:
    pipeline.write("ada,36")

    assert pipeline.late()["caught"] == "TIMED_OUT"


def test_a_task_whose_run_crashes_is_caught_by_its_name(pipeline: Pipeline) -> None:
    pipeline.write("ada,36")
    function = pipeline.runs.url("DataJobRunnerFunction")
    pipeline.runs.aws.invocation_fault(function, error="Sandbox.Timedout", payload={"step": "create"}, times=7)
    told = pipeline.end(pipeline.start())

    assert told["caught"] == "CRASHED"
    assert "Sandbox.Timedout" in told["error"]["Cause"]


def test_a_task_whose_execution_was_stopped_hurts_nobody(pipeline: Pipeline) -> None:
    pipeline.write("ada,36", "joe,40")
    before = pipeline.runs.jobs("Step")
    execution = pipeline.start()
    until(lambda: len(pipeline.runs.jobs("Step")) > len(before))
    pipeline.client.stop_execution(executionArn=execution)
    told = pipeline.end(pipeline.start())

    assert told["job"]["status"] == "ACTIVE"
    assert set(list(pipeline.runs.settled("Step").values())[-2:]) == {"SUCCEEDED"}
    assert len(pipeline.runs.jobs("Step")) == len(before) + 2


def test_the_further_life_of_the_stack(runs: Runs) -> None:
    """It is the last test, because it destroys the stack."""
    runs.upload({"switched/users.csv": "USER_ID,AGE\nuser-9,40\n"})
    everything = runs.shop.output("EverythingUrl")
    runs.messages(everything)

    # A job that is removed is waited for, also if somebody asked for it by hand; one that waits its turn never runs.
    runs.upload({"step/users.csv": "USER_ID,AGE\nuser-9,40\n"})
    runs.aws.personalize.durations(in_progress=900)
    runs.run("Removed", "first")
    until(lambda: runs.jobs("Removed"))
    runs.run("Removed", "second")
    runs.aws.personalize.durations(in_progress=20)
    runs.shop.deploy(switched=True, removed=False, minutes=20)
    assert [job["status"] for job in runs.jobs("Removed")] == ["ACTIVE"]
    until(lambda: list(runs.executions("Removed").values()) == ["SUCCEEDED", "FAILED"])
    until(lambda: [event["detail-type"] for event in runs.messages(everything)] == ["Data Job Succeeded"])
    assert len(runs.jobs("Switched")) == 1
    kept = runs.physical_id("Switched")

    runs.shop.deploy(switched=False, gather=720)
    assert len(runs.jobs("Switched")) == 1
    assert runs.physical_id("Switched") == kept
    assert runs.messages(everything) == []

    runs.aws.personalize.durations(in_progress=600)
    runs.schedule("Switched", State="ENABLED")
    until(lambda: len(runs.executions("Switched")) == 3)
    arrived, imported = len(runs.executions("Arriving")), len(runs.jobs("Arriving"))
    runs.upload({"arriving/pending.csv": "ITEM_ID,PRICE\npending,1\n"})
    until(lambda: len(runs.executions("Arriving")) > arrived)
    assert [key for key in runs.staged() if "/arrived/" in key]
    runs.aws.client("cloudformation").delete_stack(StackName="Runs")
    # CloudFormation deletes no bucket in which there is the note of a file that was still to be gathered.
    until(lambda: not [key for key in runs.staged() if "/arrived/" in key])
    until(lambda: runs.jobs("Switched")[1]["status"] == "ACTIVE")
    assert runs.shop.status == "DELETE_IN_PROGRESS"
    assert len(runs.jobs("Arriving")) == imported

    with pytest.raises(ClientError, match="does not exist"):
        until(lambda: runs.shop.status != "DELETE_IN_PROGRESS")
    assert len(runs.jobs("Switched")) == 2
