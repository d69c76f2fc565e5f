"""Entries: exports of tables of Amazon DynamoDB, with each argument that is the kind's own."""

import datetime as dt
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as cdk_dynamodb
from catalogue.shop import ACCOUNT, REGION, Shop

from cdk_data_jobs import DataDestination, DataJobRunner, OnFailure, dynamodb

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"
MIDNIGHT = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def table_export_job(shop: Shop, id: str = "Job", **options: Any) -> dynamodb.TableExportJob:
    if "table" not in options:
        options["table"] = cdk_dynamodb.Table.from_table_arn(shop.stack, "Orders", TABLE_ARN)
    options.setdefault("destination", shop.destination)
    return dynamodb.TableExportJob(shop.stack, id, **options)


def full_table_export_job(shop: Shop) -> None:
    recovery = cdk_dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
    key = cdk_dynamodb.Attribute(name="id", type=cdk_dynamodb.AttributeType.STRING)
    table = cdk_dynamodb.Table(
        shop.stack, "TheirsOrders", partition_key=key, point_in_time_recovery_specification=recovery
    )
    table_export_job(
        shop,
        table=table,
        destination=DataDestination.from_bucket(shop.bucket, "full/", shop.key),
        export_format=dynamodb.ExportFormat.ION,
        export_time=MIDNIGHT,
        s3_bucket_owner=ACCOUNT,
        s3_sse_algorithm=dynamodb.S3SseAlgorithm.KMS,
        wait_for_completion=True,
        timeout=cdk.Duration.hours(2),
        on_failure=OnFailure.CONTINUE,
        trigger="1",
        deploy_time=True,
        runner=DataJobRunner(shop.stack, "Runner"),
    )


def incremental_table_export_job(shop: Shop) -> None:
    period = dynamodb.IncrementalExportSpecification(
        export_from_time=MIDNIGHT,
        export_to_time=MIDNIGHT + dt.timedelta(hours=24),
        export_view_type=dynamodb.ExportViewType.NEW_IMAGE,
    )
    destination = DataDestination.from_bucket(shop.encrypted, "changes/")
    table_export_job(shop, destination=destination, incremental_export_specification=period)


def filtered_table_export_job(shop: Shop) -> None:
    # The SDK of the Lambda runtime does not know the filter.
    DataJobRunner(shop.stack, "DataJobRunner", layers=[shop.layer])
    table_export_job(
        shop,
        destination=None,
        filter_specification=dynamodb.FilterSpecification(
            filter_expression="#year = :year",
            projection_expression="id",
            key_condition_expression="id = :id",
            expression_attribute_names={"#year": "year"},
            expression_attribute_values={":year": {"N": "2026"}, ":id": {"S": "1"}},
        ),
    )
