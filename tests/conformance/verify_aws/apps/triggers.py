"""The stack of stage d: jobs that a deployment, an upload, a schedule and a task start."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import CfnOutput, Duration, aws_scheduler, aws_stepfunctions
from verify_aws.apps.resources import DatasetGroupWithDatasets, bucket

from cdk_data_jobs import DataDestination, DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack


def triggered(stack: Stack, *, file: Path, users_to_delete: Path | None = None) -> None:
    """Makes an import and an export that are deployed, and imports and exports on upload, as a task, on a schedule.

    Args:
        stack: The stack.
        file: The file to import.
        users_to_delete: The file with users to delete, if any.
    """
    datasets, data = DatasetGroupWithDatasets(stack), bucket(stack)
    dataset = datasets.dataset()
    first = personalize.DatasetImportJob(stack, "Import", dataset=dataset, source=DataSource.from_asset(file))
    exports = {
        id_: personalize.DatasetExportJob(
            stack,
            id_,
            dataset=dataset,
            destination=DataDestination.from_bucket(data, f"{id_.lower()}/"),
            ingestion_mode=personalize.IngestionMode.BULK,
            deploy_time=deployed,
        )
        for id_, deployed in {"Export": True, "Scheduled": False}.items()
    }
    exports["Export"].node.add_dependency(first)
    schedule = exports["Scheduled"].run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.minutes(2)))
    # The stage enables it for as long as it takes to run once.
    cast("aws_scheduler.CfnSchedule", schedule.node.default_child).state = "DISABLED"
    uploaded = personalize.DatasetImportJob(
        stack,
        "Uploaded",
        dataset=dataset,
        source=DataSource.from_bucket(data, "uploads/"),
        import_mode=personalize.ImportMode.INCREMENTAL,
        deploy_time=False,
    )
    uploaded.run_on_upload(batching_window=Duration.minutes(1))
    task = personalize.DatasetImportJob(
        stack, "Task", dataset=dataset, source=DataSource.from_bucket(data, "task/"), deploy_time=False
    ).as_task(stack, "ImportTask")
    body = aws_stepfunctions.DefinitionBody.from_chainable(task)
    machine = aws_stepfunctions.StateMachine(stack, "Pipeline", definition_body=body)
    if users_to_delete:
        deletion = personalize.DataDeletionJob(
            stack, "Deletion", dataset_group=datasets.group, source=DataSource.from_asset(users_to_delete)
        )
        CfnOutput(stack, "DeletionArn", value=deletion.data_deletion_job_arn)
    outputs = {
        "ExportArn": exports["Export"].dataset_export_job_arn,
        "DatasetArn": dataset.attr_dataset_arn,
        "BucketName": data.bucket_name,
        "ScheduleName": schedule.schedule_name,
        "PipelineArn": machine.state_machine_arn,
    }
    for output, value in outputs.items():
        CfnOutput(stack, f"{output}Output", value=value).override_logical_id(output)
