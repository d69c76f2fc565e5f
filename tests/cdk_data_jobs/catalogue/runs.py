"""Entries: a job of each kind that runs a program or a query of another service, with each argument of its own."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_glue as glue_resources
from aws_cdk import aws_iam as iam
from catalogue import run_jobs
from catalogue.shop import Shop

from cdk_data_jobs import glue, stepfunctions


def step_functions_execution(shop: Shop, id: str = "Job", **options: Any) -> stepfunctions.Execution:
    return run_jobs.execute(
        shop,
        id,
        input={"bucket": shop.bucket.bucket_name, "tables": ["orders", "readers"]},
        trace_header="Root=1-5759e988-bd862e3fe1be46a9",
        encryption_key=shop.key,
        **options,
    )


def glue_job_run(shop: Shop, id: str = "Job", **options: Any) -> glue.JobRun:
    keys = glue_resources.SecurityConfiguration.from_security_configuration_name(shop.stack, f"{id}Keys", "encrypted")
    reading = iam.PolicyStatement(actions=["s3:GetObject"], resources=[shop.bucket.arn_for_objects("*")])
    return run_jobs.run_glue_job(
        shop,
        id,
        arguments={"--date": "2026-11-01", "--bucket": shop.bucket.bucket_name},
        worker_type=glue.WorkerType.G_1X,
        number_of_workers=2,
        execution_class=glue.ExecutionClass.FLEX,
        run_timeout=Duration.hours(2),
        notify_delay_after=Duration.minutes(30),
        security_configuration=keys,
        execution_role_session_policy=iam.PolicyDocument(statements=[reading]),
        job_run_queuing_enabled=True,
        **options,
    )
