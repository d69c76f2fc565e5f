"""Scenarios: jobs that run programs, of the services whose calls MiniStack authorizes as AWS does."""

from __future__ import annotations

from aws_cdk import App, aws_glue, aws_iam
from least_privilege.scenario import Scenario, registering
from least_privilege.surroundings import Surroundings

# isort: split
from catalogue import run_jobs

SCENARIOS: list[Scenario] = []
scenario = registering(SCENARIOS)


@scenario("execution of a state machine")
def machine_execution(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    shop.declare(run_jobs.execute, "Execution", state_machine=run_jobs.state_machine(shop.stack))


@scenario("run of a Glue job")
def glue_run(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    role = aws_iam.Role(shop.stack, "GlueRole", assumed_by=aws_iam.ServicePrincipal("glue.amazonaws.com"))
    command = aws_glue.CfnJob.JobCommandProperty(name="glueetl", script_location="s3://proof/script.py")
    job = aws_glue.CfnJob(shop.stack, "Glue", name=name, command=command, role=role.role_arn)
    shop.declare(run_jobs.run_glue_job, "Run", job=job)
