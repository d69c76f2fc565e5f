"""An app with exports of a DynamoDB table, into a bucket with a key."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack, aws_dynamodb, aws_kms

from cdk_data_jobs import DataBucket, DataDestination
from cdk_data_jobs.dynamodb import TableExportJob


class TableExport(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        table = aws_dynamodb.Table(
            self,
            "Readers",
            table_name=options["stack"],
            partition_key=aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING),
            point_in_time_recovery_specification=aws_dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        key = aws_kms.Key(self, "Key", removal_policy=RemovalPolicy.DESTROY)
        bucket = DataBucket(self, "Exports", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
        if options.get("export"):
            job = TableExportJob(
                self,
                "Export",
                table=table,
                destination=DataDestination.from_bucket(bucket, "readers/"),
                trigger=options.get("trigger"),
            )
            CfnOutput(self, "Items", value=job.item_count)
            CfnOutput(self, "Manifest", value=job.export_manifest)
            CfnOutput(self, "Status", value=job.status)
            CfnOutput(self, "ExportArn", value=job.export_arn)
