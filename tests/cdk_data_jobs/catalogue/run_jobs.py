"""A job of each kind that runs a program or a query of another service, with no more than it must be given."""

from typing import Any

from aws_cdk import aws_glue as glue_resources
from aws_cdk import aws_stepfunctions as sfn
from catalogue.shop import ACCOUNT, REGION

from cdk_data_jobs import glue, stepfunctions

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
