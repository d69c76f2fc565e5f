"""Entries: ingestions of documents into knowledge bases of Amazon Bedrock."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as cdk_bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from catalogue.shop import Shop

from cdk_data_jobs import DataJobRunner, OnFailure, bedrock

KNOWLEDGE_BASE = "KB12345678"


def ingestion_job(shop: Shop, id: str = "Job", **options: Any) -> bedrock.IngestionJob:
    if "data_source" not in options:
        options["data_source"] = bedrock.KnowledgeBaseDataSource.from_data_source_id(
            shop.stack, "Documents", knowledge_base_id=KNOWLEDGE_BASE, data_source_id="DS12345678"
        )
    return bedrock.IngestionJob(shop.stack, id, **options)


def ingestion_job_with_all_options(shop: Shop) -> None:
    ingestion_job(
        shop,
        data_source=_data_source(shop, shop.encrypted, ["manuals/", "letters/"]),
        description="the shop's documents",
        max_failures=3,
        knowledge_base_role=iam.Role(shop.stack, "Theirs", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com")),
        wait_for_completion=True,
        timeout=cdk.Duration.hours(2),
        on_failure=OnFailure.CONTINUE,
        trigger="1",
        deploy_time=True,
        runner=DataJobRunner(shop.stack, "Runner"),
    )


def _data_source(shop: Shop, bucket: s3.IBucket, prefixes: list[str] | None = None) -> cdk_bedrock.CfnDataSource:
    source = cdk_bedrock.CfnDataSource
    location = source.S3DataSourceConfigurationProperty(bucket_arn=bucket.bucket_arn, inclusion_prefixes=prefixes)
    return source(
        shop.stack,
        "TheirsSource",
        name="documents",
        knowledge_base_id=KNOWLEDGE_BASE,
        data_source_configuration=source.DataSourceConfigurationProperty(type="S3", s3_configuration=location),
    )
