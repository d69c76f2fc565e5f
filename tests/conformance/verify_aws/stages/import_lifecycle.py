"""Stage c: the lifecycle of an import: created, kept, run again, cancelled, removed, and destroyed while it runs."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from verify_aws.apps.import_lifecycle import imported
from verify_aws.apps.resources import IMPORT
from verify_aws.data import MIN_INTERACTIONS, interactions
from verify_aws.deployed import DeployedStack
from verify_aws.stage import Stage, step

if TYPE_CHECKING:
    from pathlib import Path

_JOB_SECONDS = 3600
"""How long an import of a thousand rows may take: published ones took up to 17 minutes."""

_NAME = "import"
_ONGOING = ("CREATE PENDING", "CREATE IN_PROGRESS")


class ImportLifecycle(Stage):
    """Deploys a stack with an import again and again."""

    key = "c"
    makes = "a stack with a dataset group and a dataset, and its imports of 1,000 rows"
    minutes = 240
    jobs = 4  # those of all steps; a resumed run creates the first one again, but leaves out at least one
    dollars = 0.05

    def file(self, first: int = 0) -> Path:
        """Returns a file of interactions, whose content depends on its number."""
        file = self.target.folder / "interactions.csv"
        file.write_text(interactions(first=first))
        return file

    @cached_property
    def stack(self) -> DeployedStack:
        """The stack, deployed, with one import that has succeeded."""
        deployed = self.target.deploy(partial(imported, file=self.file()), _NAME, jobs=1)
        assert deployed.status == 0, deployed.printed
        return DeployedStack(self.target, _NAME)

    def changed(self, first: int = 0, **options: Any) -> partial[Any]:
        """Returns what makes the stack with other rows or options. It is deployed with the first ones before."""
        assert self.stack
        return partial(imported, file=self.file(first), **options)

    def update(self, *, jobs: int = 0, first: int = 0, **options: Any) -> int:
        """Updates the stack; returns the exit status."""
        return self.target.deploy(self.changed(first, **options), _NAME, jobs=jobs).status

    @property
    def statuses(self) -> list[str]:
        """The statuses of the imports so far, oldest first."""
        return [job["status"] for job in self.stack.import_jobs()]

    @step
    def first_import(self) -> None:
        """An import that succeeds."""
        stack = self.stack
        self.observe(
            "a stack whose import succeeded",
            lambda: {"stack": stack.status, "status": stack.outputs["JobStatus"], "jobs": self.statuses},
            facts=("CFN-42",),
            expected={"stack": "CREATE_COMPLETE", "status": "ACTIVE", "jobs": ["ACTIVE"]},
        )
        described = self.target.client("personalize").describe_dataset_import_job(
            datasetImportJobArn=stack.outputs["JobArn"]
        )["datasetImportJob"]
        duration = described["lastUpdatedDateTime"] - described["creationDateTime"]
        self.observe(
            "the description of an import that succeeded",
            lambda: described,
            facts=("PER-84",),
            expected={"status": "ACTIVE", "importMode": "FULL", "publishAttributionMetricsToS3": False},
            rows=MIN_INTERACTIONS,
            job_seconds=round(duration.total_seconds()),
        )

    @step
    def nothing_changes(self) -> None:
        """Updates that keep the job."""
        before = len(self.stack.import_jobs())
        unchanged = self.update()
        self.observe(
            "a deployment of the same again",
            lambda: {"cli": unchanged, "new jobs": len(self.stack.import_jobs()) - before},
            facts=("CFN-43",),
            expected={"cli": 0, "new jobs": 0},
        )
        changed = self.update(topic="something else")
        self.observe(
            "an update of another resource",
            lambda: {"cli": changed, "stack": self.stack.status, "new jobs": len(self.stack.import_jobs()) - before},
            facts=("CFN-43",),
            expected={"cli": 0, "stack": "UPDATE_COMPLETE", "new jobs": 0},
        )

    @step
    def content_changes(self) -> None:
        """An update that runs a new job."""
        before, old = len(self.stack.import_jobs()), self.stack.outputs["JobArn"]
        status = self.update(first=1, jobs=1)
        self.observe(
            "an update with other rows",
            lambda: {
                "cli": status,
                "stack": self.stack.status,
                "new jobs": self.statuses[before:],
                "new id": self.stack.physical_id(IMPORT) == self.stack.outputs["JobArn"] != old,
                "failed": self.stack.failed(),
            },
            expected={
                "cli": 0,
                "stack": "UPDATE_COMPLETE",
                "new jobs": ["ACTIVE"],
                "new id": True,
                "failed": [],
            },
            rows=MIN_INTERACTIONS,
        )
        self.observe(
            "the last events of a job that an update replaced",
            lambda: {"statuses": self.stack.events_of(old)[-2:]},
            facts=("CFN-50",),
            expected={"statuses": ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]},
        )

    @step
    def cancelled_update(self) -> None:
        """An update that is cancelled while its job runs."""
        before, old = len(self.stack.import_jobs()), self.stack.physical_id(IMPORT)
        with self.target.start_deploying(self.changed(2), _NAME, jobs=1) as deployment:
            self.target.wait(lambda: len(self.stack.import_jobs()) > before, seconds=1800)
            self.target.client("cloudformation").cancel_update_stack(StackName=self.stack.name)
        self.target.wait(lambda: not {*self.statuses} & {*_ONGOING}, seconds=_JOB_SECONDS, every=30)
        self.observe(
            "an update that is cancelled while its job runs",
            lambda: {
                "cli": deployment.status,
                "stack": self.stack.status,
                "new jobs": self.statuses[before:],
                "same id": self.stack.physical_id(IMPORT) == old,
                "failed to delete": self.stack.failed("DELETE"),
            },
            expected={
                "cli": 1,
                "stack": "UPDATE_ROLLBACK_COMPLETE",
                "new jobs": ["ACTIVE"],
                "same id": True,
                "failed to delete": [],
            },
        )

    @step
    def removal(self) -> None:
        """The removal of the job from the living stack."""
        before = len(self.stack.import_jobs())
        status = self.update(job=False)
        self.observe(
            "a job that is removed from its stack",
            lambda: {
                "cli": status,
                "stack": self.stack.status,
                "resources": len(self.stack.resources(IMPORT)),
                "jobs are still there": len(self.stack.import_jobs()) == before,
                "failed": self.stack.failed("DELETE"),
            },
            expected={
                "cli": 0,
                "stack": "UPDATE_COMPLETE",
                "resources": 0,
                "jobs are still there": True,
                "failed": [],
            },
        )

    @step
    def destroyed_while_it_runs(self) -> None:
        """The deletion of the stack while a job runs."""
        status = self.update(first=3, jobs=1, wait=False)
        running = self.statuses[-1]
        self.target.client("cloudformation").delete_stack(StackName=self.stack.name)
        ended = self.stack.wait_until_deleted(_JOB_SECONDS)
        self.observe(
            "a stack that is deleted while its job runs",
            lambda: {
                "cli": status,
                "was running": running in _ONGOING,
                "stack": ended,
                "failed": self.stack.failed("DELETE"),
            },
            expected={"cli": 0, "was running": True, "stack": "DELETE_COMPLETE", "failed": []},
        )
