"""Apps with jobs that run programs and queries of other services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import App, Aws, CfnOutput, CfnParameter, RemovalPolicy, Stack, aws_glue, aws_iam, aws_s3_assets
from aws_cdk import aws_stepfunctions as sfn

from cdk_data_jobs import DataBucket, DataDestination
from cdk_data_jobs.athena import Query
from cdk_data_jobs.glue import JobRun
from cdk_data_jobs.stepfunctions import Execution


class MachineExecution(Stack):
    """A state machine that says what it is told, or fails."""

    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        by = CfnParameter(self, "By", default=options["by"])
        said = sfn.Pass(self, "Say", parameters={"said.$": "$.say", "by.$": "$.by"})
        failed = sfn.Fail(self, "Refuse", error="Refused", cause="the word is not known")
        known = sfn.Condition.string_equals("$.say", "nonsense")
        start = sfn.Choice(self, "IsKnown").when(known, failed).otherwise(said)
        machine = sfn.StateMachine(
            self,
            options.get("machine", "Machine"),
            definition_body=sfn.DefinitionBody.from_chainable(start),
            comment=options.get("comment"),
        )
        execution = Execution(
            self,
            "Execution",
            state_machine=machine,
            input={"say": options["say"], "by": by.value_as_string, "machine": machine.state_machine_arn},
            trigger=machine.state_machine_revision_id if options.get("follow") else None,
        )
        CfnOutput(self, "Said", value=execution.output)
        CfnOutput(self, "Arn", value=execution.execution_arn)
        CfnOutput(self, "MachineArn", value=machine.state_machine_arn)


class GlueJobRun(Stack):
    """A Glue job whose script is in a bucket."""

    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        script = aws_s3_assets.Asset(self, "Script", path=options["file"])
        role = aws_iam.Role(self, "Role", assumed_by=aws_iam.ServicePrincipal("glue.amazonaws.com"))
        script.grant_read(role)
        command = aws_glue.CfnJob.JobCommandProperty(name="pythonshell", script_location=script.s3_object_url)
        job = aws_glue.CfnJob(self, "Job", name=options["stack"], command=command, role=role.role_arn)
        run = JobRun(self, "Run", job=job, arguments={"--WORD": options["say"]})
        CfnOutput(self, "Id", value=run.job_run_id)
        CfnOutput(self, "Status", value=run.status)


class AthenaQueries(Stack):
    """A table that a query creates, and a query whose result is written to a bucket."""

    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        name = options["stack"].lower()
        tables = self.format_arn(service="glue", resource="table", resource_name=f"{name}/*")
        database = aws_glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=aws_glue.CfnDatabase.DatabaseInputProperty(name=name),
        )
        results = DataBucket(self, "Results", removal_policy=RemovalPolicy.DESTROY)
        destination = DataDestination.from_bucket(results, "queries/")
        table = Query(
            self,
            "Table",
            query_string=Path(options["file"]),
            database=name,
            destination=destination,
            policy_statements=[aws_iam.PolicyStatement(actions=["glue:CreateTable"], resources=[tables])],
        )
        table.node.add_dependency(database)
        count = Query(
            self,
            "Count",
            query_string=options["select"],
            database=name,
            destination=destination,
            execution_parameters=options.get("parameters"),
        )
        count.node.add_dependency(table)
        CfnOutput(self, "Result", value=count.output_location)
        CfnOutput(self, "Id", value=table.query_execution_id)
