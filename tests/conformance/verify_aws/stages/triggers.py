"""Stage d: an export, an upload, a schedule, a task, and a data deletion."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from verify_aws.apps.triggers import triggered
from verify_aws.data import MIN_INTERACTIONS, interactions
from verify_aws.deployed import DeployedStack
from verify_aws.stage import Stage, step

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = "triggers"
_JOB_SECONDS = 3600
_ENDED = ("ACTIVE", "CREATE FAILED")


class Triggers(Stage):
    """Deploys a stack with jobs that uploads, schedules and tasks start, and starts them."""

    key = "d"
    makes = "a stack with a dataset, 3 imports, 3 exports and the deletion of 2 users, which can take a day"
    minutes = 300
    jobs = 7  # the schedule may run twice before it is disabled
    dollars = 0.05

    @property
    def make(self) -> partial[Any]:
        """Makes the stack."""
        file = self.target.folder / "interactions.csv"
        file.write_text(interactions())
        return partial(triggered, file=file)

    @cached_property
    def stack(self) -> DeployedStack:
        """The stack, deployed, whose import and export have succeeded."""
        deployed = self.target.deploy(self.make, _NAME, jobs=2)
        assert deployed.status == 0, deployed.printed
        return DeployedStack(self.target, _NAME)

    def put(self, key: str, first: int) -> None:
        """Uploads interactions to the stack's bucket."""
        body = interactions(first=first).encode()
        self.target.client("s3").put_object(Bucket=self.stack.outputs["BucketName"], Key=key, Body=body)

    def exports(self) -> list[dict[str, Any]]:
        """The exports of the dataset, oldest first."""
        pages = self.target.client("personalize").get_paginator("list_dataset_export_jobs")
        arn = self.stack.outputs["DatasetArn"]
        found = [job for page in pages.paginate(datasetArn=arn) for job in page["datasetExportJobs"]]
        return sorted(found, key=lambda job: job["creationDateTime"])

    def new(self, jobs: Callable[[], list[dict[str, Any]]], before: int) -> list[str]:
        """Waits until there is another job, and all have ended; returns the statuses of the new ones."""
        self.target.wait(
            lambda: len(jobs()) > before and all(job["status"] in _ENDED for job in jobs()),
            seconds=_JOB_SECONDS,
            every=15,
        )
        return [job["status"] for job in jobs()[before:]]

    @step
    def export(self) -> None:
        """An export, and the files that it writes."""
        outputs, s3 = self.stack.outputs, self.target.client("s3")
        bucket = outputs["BucketName"]
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="export/").get("Contents", [])]
        files = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines() for key in keys]
        described = self.target.client("personalize").describe_dataset_export_job(
            datasetExportJobArn=outputs["ExportArn"]
        )["datasetExportJob"]
        self.observe(
            "the description of an export",
            lambda: {name: described[name] for name in ("status", "ingestionMode")},
            expected={"status": "ACTIVE", "ingestionMode": "BULK"},
            job_seconds=round((described["lastUpdatedDateTime"] - described["creationDateTime"]).total_seconds()),
            keys=keys,
        )
        self.observe(
            "the rows of an export",
            lambda: {
                "columns": sorted({name for lines in files if lines for name in lines[0].replace('"', "").split(",")}),
                "rows": sum(len(lines) - 1 for lines in files if lines),
            },
            facts=("PER-85",),
            expected={"columns": ["ITEM_ID", "TIMESTAMP", "USER_ID"], "rows": MIN_INTERACTIONS},
        )

    @step
    def upload(self) -> None:
        """An upload, which is imported after the batching window."""
        before = len(self.stack.import_jobs())
        self.target.limits.use(jobs=1)
        self.put("uploads/more.csv", first=5000)
        self.observe(
            "an upload",
            lambda: {"new imports": self.new(self.stack.import_jobs, before)},
            facts=("EVB-17",),
            expected={"new imports": ["ACTIVE"]},
            rows=MIN_INTERACTIONS,
        )

    @step
    def task(self) -> None:
        """An import that is a task of a state machine."""
        self.target.limits.use(jobs=1)
        self.put("task/all.csv", first=9000)
        states = self.target.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=self.stack.outputs["PipelineArn"], input="{}")["executionArn"]

        def described() -> dict[str, Any]:
            return dict(states.describe_execution(executionArn=arn))

        self.target.wait(lambda: described()["status"] != "RUNNING", seconds=_JOB_SECONDS, every=15)
        self.observe(
            "an import as a task",
            lambda: {"status": described()["status"]},
            facts=("SFN-32",),
            expected={"status": "SUCCEEDED"},
            rows=MIN_INTERACTIONS,
            output=lambda: described().get("output", ""),
        )

    @step
    def schedule(self) -> None:
        """A schedule that is enabled until it has run once."""
        before = len(self.exports())
        self.target.limits.use(jobs=2)
        self._set_schedule("ENABLED")
        self.target.wait(lambda: len(self.exports()) > before, seconds=1200)
        self._set_schedule("DISABLED")
        statuses = self.new(self.exports, before)
        self.observe(
            "a schedule",
            lambda: {"statuses of new exports": sorted({*statuses})},
            expected={"statuses of new exports": ["ACTIVE"]},
            runs=len(statuses),
        )

    def _set_schedule(self, state: str) -> None:
        scheduler, name = self.target.client("scheduler"), self.stack.outputs["ScheduleName"]
        found = scheduler.get_schedule(Name=name)
        kept = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        scheduler.update_schedule(**{key: found[key] for key in kept}, State=state)

    @step
    def deletion(self) -> None:
        """A data deletion that is accepted; nobody waits for its end."""
        assert self.stack
        users_to_delete = self.target.folder / "users_to_delete.csv"
        users_to_delete.write_text("USER_ID\nuser-7\nuser-8\n")
        deployed = self.target.deploy(partial(self.make, users_to_delete=users_to_delete), _NAME, jobs=1)
        assert deployed.status == 0, deployed.printed
        described = self.target.client("personalize").describe_data_deletion_job(
            dataDeletionJobArn=self.stack.outputs["DeletionArn"]
        )["dataDeletionJob"]
        self.observe(
            "a data deletion",
            lambda: {"is accepted": described["status"] in ("PENDING", "IN_PROGRESS", "COMPLETED")},
            expected={"is accepted": True},
            status=described["status"],
            members=sorted(described),
        )
