"""Runs that no deployment starts: what triggers them, and how their ends are reported."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from faults import app
from faults.waiting import until

if TYPE_CHECKING:
    from faults.stack import DeployedStack

ROWS = 10
"""Users in each file."""


class Triggers:
    """The runs of a stack's job that an upload, a schedule or a state machine has started."""

    def __init__(self, stack: DeployedStack) -> None:
        """Start none yet."""
        self.stack, self.client = stack, stack.environment.client
        self.times = 0
        self.pipelines: list[str] = []
        self._events: list[dict[str, Any]] = []

    # --- what triggers them ---

    def start(self) -> None:
        """Trigger a run."""
        self.times += 1
        {"upload": self._upload, "schedule": self._schedule, "task": self._task}[self.stack.kind]()

    def _upload(self) -> None:
        self.write(f"arriving/{self.times}.csv", app.users(1000 * self.times, ROWS))

    def _schedule(self) -> None:
        client, name = self.client("scheduler"), self.stack.physical_id("JobSchedule")
        found = client.get_schedule(Name=name)
        kept = {key: found[key] for key in ("Name", "FlexibleTimeWindow", "Target")}
        # A busy machine must not be so late that the time is over.
        in_time = self.stack.environment.aws.now() + 3 * self.stack.environment.aws.server.clock.speed
        soon = dt.datetime.fromtimestamp(in_time, dt.timezone.utc)
        once = f"at({soon:%Y-%m-%dT%H:%M:%S})"
        client.update_schedule(**kept, ScheduleExpression=once, State="ENABLED")

    def _task(self) -> None:
        self.write("step/users.csv", app.users(1000, ROWS))
        pipeline = self.stack.physical_id("Pipeline")
        self.pipelines.append(self.client("stepfunctions").start_execution(stateMachineArn=pipeline)["executionArn"])

    def write(self, key: str, content: str) -> None:
        """Put a file into the job's bucket."""
        self.client("s3").put_object(Bucket=self.stack.physical_id("Data"), Key=key, Body=content.encode())

    def write_again(self) -> None:
        """Upload again what was uploaded so far, as a user does who got a report that it failed."""
        for number in range(1, self.times + 1):
            self.write(f"arriving/{number}.csv", app.users(1000 * number, ROWS))

    # --- how their ends are reported ---

    def wait(self, ends: int) -> None:
        """Wait until so many runs have ended and their trigger knows."""
        if self.stack.kind == "task":
            until(lambda: self.pipeline["status"] != "RUNNING", 150, lambda: "the task has no response")
        else:
            until(
                lambda: sum(self.ends.values()) >= ends, 150, lambda: f"of {ends} runs there are the ends {self.ends}"
            )

    @property
    def pipeline(self) -> dict[str, Any]:
        """The last execution of the state machine that has the job as a task."""
        return dict(self.client("stepfunctions").describe_execution(executionArn=self.pipelines[-1]))

    @property
    def ends(self) -> dict[str, int]:
        """How many runs have succeeded and failed, as the metrics say."""
        now = self.stack.environment.aws.now()
        job = min((name for name in self.stack.logical_ids if name.startswith("Job")), key=len)
        query = {
            "Namespace": "DataJobs",
            "Dimensions": [{"Name": "Stack", "Value": self.stack.name}, {"Name": "Job", "Value": job}],
            "StartTime": now - 86400,
            "EndTime": now + 60,
            "Period": 2 * 86400,
            "Statistics": ["Sum"],
        }
        points = {
            name: self.client("cloudwatch").get_metric_statistics(MetricName=name, **query)["Datapoints"]
            for name in ("Succeeded", "Failed")
        }
        return {name: int(sum(point["Sum"] for point in found)) for name, found in points.items()}

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events so far."""
        client, url = self.client("sqs"), self.stack.physical_id("Events")
        while taken := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in taken:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                self._events.append(json.loads(message["Body"]))
        return self._events

    @property
    def status(self) -> str:
        """How the first run ended, as its trigger sees it; or the counts if it did not end once."""
        if self.pipelines:
            return str(self.pipeline["status"])
        ends = self.ends
        return {(1, 0): "SUCCEEDED", (0, 1): "FAILED"}.get((ends["Succeeded"], ends["Failed"]), f"the ends {ends}")

    @property
    def reason(self) -> str:
        """Why it failed, as its trigger sees it."""
        if self.pipelines:
            execution = self.pipeline
            return (
                f"{execution.get('error', '')}: {execution.get('cause', '')}"
                if execution["status"] != "SUCCEEDED"
                else ""
            )
        return " ".join(event["detail"]["reason"] for event in self.events)

    # --- what they did ---

    @property
    def rows(self) -> int:
        """How many rows its jobs have imported."""
        return sum(int(job["rows"]) for job in self.stack.jobs if job["status"] == "ACTIVE")

    @property
    def overlaps(self) -> list[str]:
        """The jobs that began before the one before them had ended."""
        jobs = [job for job in self.stack.jobs if job.get("ended")]
        return [later["jobName"] for earlier, later in pairwise(jobs) if later["creationDateTime"] < earlier["ended"]]
