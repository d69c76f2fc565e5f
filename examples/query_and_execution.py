"""Creates a table by SQL, then executes a state machine: cdk deploy --app "python examples/query_and_execution.py".

Shows a query of Amazon Athena with the permissions that it needs, an execution that waits for it, and that runs again
when its state machine changes.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Aws, CfnOutput, Stack, Validations, aws_glue, aws_iam, aws_logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, DataSource
from cdk_data_jobs.athena import Query
from cdk_data_jobs.stepfunctions import Execution

DATABASE = "orders_example"


class Orders(Stack):
    """A bookshop's orders, as a table over the files in a bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the database, the table by a query, and the machine that is told of it."""
        super().__init__(scope, construct_id)
        bucket = DataBucket(self, "Bucket", server_access_logs_bucket=DataBucket(self, "Logs"))
        named = aws_glue.CfnDatabase.DatabaseInputProperty(name=DATABASE)
        database = aws_glue.CfnDatabase(self, "Database", catalog_id=Aws.ACCOUNT_ID, database_input=named)
        # AWS Glue authorizes the creation of a table on the catalog and the database, too.
        created_in = ("catalog", f"database/{DATABASE}", f"table/{DATABASE}/orders")
        arns = [f"arn:{Aws.PARTITION}:glue:{self.region}:{self.account}:{one}" for one in created_in]
        location = bucket.s3_url_for_object("orders/")
        query = Query(
            self,
            "CreateTable",
            query_string=f"CREATE EXTERNAL TABLE IF NOT EXISTS orders (id int) LOCATION '{location}'",
            database=DATABASE,
            sources=[DataSource.from_bucket(bucket, "orders/")],
            destination=DataDestination.from_bucket(bucket, "results/"),
            policy_statements=[aws_iam.PolicyStatement(actions=["glue:CreateTable"], resources=arns)],
        )
        query.node.add_dependency(database)
        machine = self.machine()
        execution = Execution(
            self,
            "Announce",
            state_machine=machine,
            input={"table": f"{DATABASE}.orders", "query": query.query_execution_id},
            trigger=machine.state_machine_revision_id,
        )
        CfnOutput(self, "Announced", value=execution.output)

    def machine(self) -> sfn.StateMachine:
        """Returns a machine that hands on what it is told."""
        machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(self, "HandOn")),
            logs=sfn.LogOptions(destination=aws_logs.LogGroup(self, "MachineLog"), level=sfn.LogLevel.ALL),
            tracing_enabled=True,
        )
        Validations.of(machine.role).acknowledge(
            Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason="Logs and traces can be allowed for all only."),
        )
        return machine


def main(app: App) -> None:
    """Synthesizes the app."""
    Orders(app, "Orders")
    app.synth()


if __name__ == "__main__":
    main(App())
