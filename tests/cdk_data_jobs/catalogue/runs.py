"""Entries: a job of each kind that runs a program or a query of another service, with each argument of its own."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_athena as athena_resources
from aws_cdk import aws_glue as glue_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from catalogue import run_jobs
from catalogue.shop import ACCOUNT, REGION, Shop

from cdk_data_jobs import DataDestination, DataSource, athena, glue, redshift, stepfunctions


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


def athena_query(shop: Shop, id: str = "Job", **options: Any) -> athena.Query:
    tables = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    writing = iam.PolicyStatement(
        actions=["glue:UpdateTable"],
        resources=[f"{tables}:catalog", f"{tables}:database/shop", f"{tables}:table/shop/totals"],
    )
    run_jobs.use_newer_sdk(shop, options)
    return run_jobs.query(
        shop,
        id,
        query_string=shop.write("totals.sql", "CREATE OR REPLACE VIEW totals AS SELECT sum(price) FROM orders\n"),
        execution_parameters=["2026"],
        catalog="AwsDataCatalog",
        database="shop",
        work_group=athena_resources.CfnWorkGroup.from_work_group_name(shop.stack, f"{id}Group", "analysts"),
        sources=[shop.source, DataSource.from_bucket(shop.encrypted, "readers/")],
        destination=DataDestination.from_bucket(shop.bucket, "out/", shop.key),
        encryption_option=athena.EncryptionOption.CSE_KMS,
        s3_acl_option=athena.S3AclOption.BUCKET_OWNER_FULL_CONTROL,
        expected_bucket_owner=ACCOUNT,
        engine_configuration={
            "CoordinatorDpuSize": 1,
            "MaxConcurrentDpus": 24,
            "DefaultExecutorDpuSize": 1,
            "AdditionalConfigs": {},
            "SparkProperties": {},
            "Classifications": [],
        },
        result_reuse_max_age=Duration.hours(1),
        policy_statements=[writing],
        **options,
    )


def redshift_statement(shop: Shop, id: str = "Job", **options: Any) -> redshift.Statement:
    secret = secretsmanager.Secret.from_secret_attributes(
        shop.stack,
        f"{id}Secret",
        secret_complete_arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redshift-a1b2c3",
        encryption_key=shop.key,
    )
    return run_jobs.run_statement(
        shop,
        id,
        sql=shop.write("totals.sql", "INSERT INTO totals SELECT sum(price) FROM orders WHERE year = :year\n"),
        parameters={"year": "2026"},
        secret=secret,
        statement_name="totals",
        with_event=True,
        result_format=redshift.ResultFormat.CSV,
        **options,
    )


def redshift_statements(shop: Shop, id: str = "Job", **options: Any) -> redshift.Statement:
    run_jobs.use_newer_sdk(shop, options)
    return run_jobs.run_statement(
        shop,
        id,
        parameters={"year": "2026"},
        execution_mode=redshift.ExecutionMode.AUTO_COMMIT,
        sqls=[
            "DELETE FROM totals WHERE year = :year",
            shop.write("totals.sql", "INSERT INTO totals SELECT sum(price) FROM orders\n"),
        ],
        workgroup=redshift.Workgroup.from_workgroup_name(shop.stack, f"{id}Workgroup", "analysts"),
        **options,
    )
