"""Scenarios: jobs that run programs and queries, of the services that MiniStack has."""

from __future__ import annotations

from aws_cdk import App, Aws, aws_glue, aws_iam
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


@scenario("query of Athena")
def athena_query(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    named = aws_glue.CfnDatabase.DatabaseInputProperty(name=name.lower())
    database = aws_glue.CfnDatabase(shop.stack, "Database", catalog_id=Aws.ACCOUNT_ID, database_input=named)
    query = shop.declare(
        run_jobs.query, "Query", query_string="SELECT 1 AS one", database=name.lower(), sources=[shop.source]
    )
    query.node.add_dependency(database)
