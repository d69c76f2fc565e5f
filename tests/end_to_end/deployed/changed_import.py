"""The stack of `apps/changed_import.py`, whose one import is deployed again with other options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apps.changed_import
from deployed.stack import DeployedStack

IMPORT = "Custom::PersonalizeDatasetImportJob"
NOT_ENDED = ("CREATE PENDING", "CREATE IN_PROGRESS")


if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App, Stack


@dataclass
class ChangedImport(DeployedStack):
    """The stack, and its jobs in all datasets that it has had."""

    app: Callable[[App, dict[str, Any]], Stack] = apps.changed_import.ChangedImport

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs of the stack's runs, oldest first."""
        return [job for job in self.aws.personalize.jobs() if job["jobName"].startswith(f"{self.name}-")]

    @property
    def job_statuses(self) -> list[str]:
        """The statuses of its jobs, oldest first."""
        return [job["status"] for job in self.jobs]

    def start_pipeline(self) -> str:
        """Start the state machine that has the import as a task; returns the execution's ARN."""
        machine = self.output("PipelineArn")
        return str(self.client("stepfunctions").start_execution(stateMachineArn=machine)["executionArn"])

    def status_of(self, execution: str) -> str:
        """The status of an execution."""
        return str(self.client("stepfunctions").describe_execution(executionArn=execution)["status"])

    @property
    def names(self) -> list[str]:
        """The names of its dataset groups, datasets and schemas in Amazon Personalize."""
        client = self.client("personalize")
        found = [
            *client.list_dataset_groups()["datasetGroups"],
            *client.list_datasets()["datasets"],
            *client.list_schemas()["schemas"],
        ]
        return sorted(one["name"] for one in found if one["name"].startswith(self.name))

    @property
    def log(self) -> str:
        """The messages in the function's log."""
        group = self.physical_id_of("DataJobRunnerLogGroup")
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return "\n".join(event["message"] for page in pages for event in page["events"])
