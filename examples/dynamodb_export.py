"""Exports a table now and every night: cdk deploy --app "python examples/dynamodb_export.py".

Shows a job of another service than Amazon Personalize: its schedule, its events and its attributes are the same.
"""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.aws_scheduler import ScheduleExpression
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination
from cdk_data_jobs.dynamodb import TableExportJob


class Orders(Stack):
    """The orders of a bookshop, and copies of them for analysts."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the table, and its export."""
        super().__init__(scope, construct_id)
        table = dynamodb.Table(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        job = TableExportJob(
            self,
            "ExportOrders",
            table=table,
            destination=DataDestination.from_bucket(bucket, "orders/"),
            timeout=Duration.minutes(45),
        )
        job.run_on_schedule(ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN))
        CfnOutput(self, "Items", value=job.item_count)


def main(app: App) -> None:
    """Synthesizes the app."""
    Orders(app, "Orders")
    app.synth()


if __name__ == "__main__":
    main(App())
