"""Entries: the kinds of `runs`, each with the arguments that concern deployments."""

import aws_cdk as cdk
from catalogue import runs
from catalogue.shop import Shop

from cdk_data_jobs import DataJobRunner, OnFailure


def options_of_deployments_of_runs(shop: Shop) -> None:
    runner = DataJobRunner(shop.stack, "Runner")
    options = {
        "wait_for_completion": True,
        "timeout": cdk.Duration.minutes(30),
        "on_failure": OnFailure.CONTINUE,
        "trigger": "1",
        "deploy_time": True,
        "runner": runner,
    }
    runs.step_functions_execution(shop, "Execution", job_name="nightly", **options)
