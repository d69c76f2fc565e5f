"""Entries: options of the kinds of `runs`, first those that concern deployments."""

import aws_cdk as cdk
from catalogue import run_jobs, runs
from catalogue.shop import Shop

from cdk_data_jobs import DataJobRunner, OnFailure, athena


def options_of_deployments_of_runs(shop: Shop) -> None:
    runner = DataJobRunner(shop.stack, "Runner", layers=[shop.layer])
    options = {
        "wait_for_completion": True,
        "timeout": cdk.Duration.minutes(30),
        "on_failure": OnFailure.CONTINUE,
        "trigger": "1",
        "deploy_time": True,
        "runner": runner,
    }
    runs.step_functions_execution(shop, "Execution", job_name="nightly", **options)
    runs.glue_job_run(shop, "Run", **options)
    runs.athena_query(shop, "Query", **options)
    runs.redshift_statement(shop, "Statement", **options)


def capacity_of_a_glue_job_run(shop: Shop) -> None:
    run_jobs.run_glue_job(shop, max_capacity=0.0625)


def results_of_a_query_in_a_bucket_of_its_own(shop: Shop) -> None:
    athena.Query(shop.stack, "Job", query_string="SHOW DATABASES")


def query_in_another_catalog(shop: Shop) -> None:
    run_jobs.query(shop, catalog="orders_catalog", database="shop")


def statement_as_a_user_of_the_database(shop: Shop) -> None:
    run_jobs.run_statement(shop, db_user="loader")


def statement_as_the_functions_role(shop: Shop) -> None:
    run_jobs.run_statement(shop)
