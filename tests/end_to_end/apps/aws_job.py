"""An app with an export of a DynamoDB table: a job of another service, with a ready-made definition."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack, aws_dynamodb, aws_iam

from cdk_data_jobs import AwsJob, DataBucket
from cdk_data_jobs.definitions import DYNAMODB_EXPORT


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
        bucket = DataBucket(self, "Exports", removal_policy=RemovalPolicy.DESTROY)
        if options.get("export"):
            job = AwsJob(
                self,
                "Export",
                definition=DYNAMODB_EXPORT,
                parameters={
                    "TableArn": table.table_arn + options.get("typo", ""),
                    "S3Bucket": bucket.bucket_name,
                    "S3Prefix": "readers",
                },
                policy_statements=[
                    aws_iam.PolicyStatement(
                        actions=["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
                        resources=[bucket.arn_for_objects("readers/*")],
                    ),
                ],
                trigger=options.get("trigger"),
            )
            CfnOutput(self, "Items", value=job.get_attribute("itemCount"))
            CfnOutput(self, "Manifest", value=job.get_attribute("exportManifest"))
