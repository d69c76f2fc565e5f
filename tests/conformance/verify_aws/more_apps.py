"""The stacks of the stages d, e and f: jobs with other triggers, a job of another service, and a batch job."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack, aws_dynamodb, aws_iam, aws_scheduler, aws_stepfunctions
from verify_aws.apps import Catalogue, bucket

from cdk_data_jobs import AwsJob, CreateCall, DataDestination, DataSource, DescribeCall, JobDefinition, personalize

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import App

EXPORT = JobDefinition(
    title="DynamoDB export",
    service="dynamodb",
    create=CreateCall(operation="export_table_to_point_in_time", id="ExportDescription.ExportArn"),
    describe=DescribeCall(operation="describe_export", parameters={"ExportArn": "id"}, job="ExportDescription"),
    status="ExportStatus",
    succeeded=["COMPLETED"],
    failed=["FAILED"],
    reason="FailureMessage",
    client_token="ClientToken",  # noqa: S106 - a parameter's name
    attributes={"status": "ExportStatus"},
)


def triggered(app: App, name: str, *, file: Path, leavers: Path | None = None) -> Stack:
    """Returns an import and an export that are deployed, and imports and exports on upload, as a task, on a schedule.

    Args:
        app: The app.
        name: The stack's name.
        file: The file to import.
        leavers: The file with users to delete, if any.
    """
    stack = Stack(app, name)
    catalogue, data = Catalogue(stack, name), bucket(stack)
    dataset = catalogue.dataset()
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
    if leavers:
        deletion = personalize.DataDeletionJob(
            stack, "Deletion", dataset_group=catalogue.group, source=DataSource.from_asset(leavers)
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
    return stack


def table(app: App, name: str, *, export: bool = False) -> Stack:
    """Returns a DynamoDB table, and an export of it to a bucket.

    Args:
        app: The app.
        name: The stack's name.
        export: Whether there is the export.
    """
    stack = Stack(app, name)
    readers = aws_dynamodb.Table(
        stack,
        "Readers",
        table_name=name,
        partition_key=aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING),
        point_in_time_recovery_specification=aws_dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        billing_mode=aws_dynamodb.BillingMode.PAY_PER_REQUEST,
        removal_policy=RemovalPolicy.DESTROY,
    )
    exports = bucket(stack)
    CfnOutput(stack, "TableArn", value=readers.table_arn)
    if export:
        job = AwsJob(
            stack,
            "Export",
            definition=EXPORT,
            parameters={"TableArn": readers.table_arn, "S3Bucket": exports.bucket_name, "S3Prefix": "readers"},
            statements=[
                aws_iam.PolicyStatement(actions=["dynamodb:ExportTableToPointInTime"], resources=[readers.table_arn]),
                aws_iam.PolicyStatement(
                    actions=["dynamodb:DescribeExport"], resources=[f"{readers.table_arn}/export/*"]
                ),
                aws_iam.PolicyStatement(
                    actions=["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
                    resources=[exports.arn_for_objects("readers/*")],
                ),
            ],
        )
        CfnOutput(stack, "ExportStatus", value=job.get_attribute("status"))
    return stack


def segments(app: App, name: str, *, file: Path, version: str) -> Stack:
    """Returns a batch segment job.

    Args:
        app: The app.
        name: The stack's name.
        file: The file with the items.
        version: The ARN of the solution version.
    """
    stack = Stack(app, name)
    results = bucket(stack)
    job = personalize.BatchSegmentJob(
        stack,
        "Segment",
        solution_version_arn=version,
        source=DataSource.from_asset(file),
        destination=DataDestination.from_bucket(results, "segments/"),
        num_results=3,
    )
    CfnOutput(stack, "JobStatus", value=job.status)
    CfnOutput(stack, "BucketName", value=results.bucket_name)
    return stack
