"""Exports a dataset every night: cdk deploy --app "python examples/nightly_export.py".

Shows a job that no deployment runs (`deploy_time=False`), the local time of a schedule, and a run that is skipped while
the one before it is still running.
"""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack, TimeZone
from aws_cdk.aws_scheduler import ScheduleExpression, TimeWindow
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, Overlap
from cdk_data_jobs.personalize import DatasetGroup, IngestionMode, Schema


class Nightly(Stack):
    """What a bookshop's readers did, as its website records it, and each night an export of it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the export and its schedule."""
        super().__init__(scope, construct_id)
        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        group = DatasetGroup(self, "Group", dataset_group_name="nightly-example", removal_policy=RemovalPolicy.DESTROY)
        job = group.add_dataset("Interactions", schema=Schema.interactions()).export_to(
            DataDestination.from_bucket(bucket, "interactions/"), ingestion_mode=IngestionMode.ALL, deploy_time=False
        )
        job.run_on_schedule(
            ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN),
            time_window=TimeWindow.flexible(Duration.minutes(15)),
            overlap=Overlap.SKIP,
        )
        CfnOutput(self, "Bucket", value=bucket.bucket_name)


def main(app: App) -> None:
    """Synthesizes the app."""
    Nightly(app, "Nightly")
    app.synth()


if __name__ == "__main__":
    main(App())
