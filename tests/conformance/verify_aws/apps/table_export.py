"""The stack of stage e: a DynamoDB table and its export, a job of a service that the library does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy, aws_dynamodb, aws_iam
from verify_aws.apps.resources import bucket

from cdk_data_jobs import AwsJob, CreateCall, DescribeCall, JobDefinition

if TYPE_CHECKING:
    from aws_cdk import Stack

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


def table(stack: Stack, *, export: bool = False) -> None:
    """Makes a DynamoDB table, and an export of it to a bucket.

    Args:
        stack: The stack.
        export: Whether there is the export.
    """
    readers = aws_dynamodb.Table(
        stack,
        "Readers",
        table_name=stack.stack_name,
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
            policy_statements=[
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
