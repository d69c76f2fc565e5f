"""A job of each kind that runs a program or a query of another service, with no more than it must be given."""

from typing import Any

from aws_cdk import aws_glue as glue_resources
from aws_cdk import aws_stepfunctions as sfn
from catalogue.shop import ACCOUNT, REGION

from cdk_data_jobs import DataJobRunner, athena, glue, redshift, stepfunctions

MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nightly"


def execute(shop: Any, id: str = "Job", **options: Any) -> stepfunctions.Execution:
    if "state_machine" not in options:
        options["state_machine"] = sfn.StateMachine.from_state_machine_arn(shop.stack, f"{id}Machine", MACHINE_ARN)
    return stepfunctions.Execution(shop.stack, id, **options)


def state_machine(stack: Any, **options: Any) -> sfn.StateMachine:
    body = sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
    return sfn.StateMachine(stack, "Machine", definition_body=body, **options)


def run_glue_job(shop: Any, id: str = "Job", **options: Any) -> glue.JobRun:
    if "job" not in options:
        options["job"] = glue_resources.CfnJob.from_job_name(shop.stack, f"{id}Glue", "nightly")
    return glue.JobRun(shop.stack, id, **options)


def query(shop: Any, id: str = "Job", **options: Any) -> athena.Query:
    options.setdefault("query_string", "SELECT count(*) FROM orders")
    options.setdefault("destination", shop.destination)
    return athena.Query(shop.stack, id, **options)


def run_statement(shop: Any, id: str = "Job", **options: Any) -> redshift.Statement:
    if "workgroup" not in options and "cluster" not in options:
        options["cluster"] = redshift.Cluster.from_cluster_identifier(shop.stack, f"{id}Cluster", "shop")
    if "sqls" not in options:
        options.setdefault("sql", "REFRESH MATERIALIZED VIEW totals")
    options.setdefault("database", "dev")
    return redshift.Statement(shop.stack, id, **options)


def use_newer_sdk(shop: Any, options: dict[str, Any]) -> None:
    """Makes room for parameters that the SDK of the Lambda runtime does not know."""
    if "runner" not in options:
        DataJobRunner(shop.stack, "DataJobRunner", layers=[shop.layer])
