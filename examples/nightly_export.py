"""Exports a dataset every night: cdk deploy --app "python examples/nightly_export.py".

Shows a job that no deployment runs (`deploy_time=False`), the local time of a schedule, and a run that is skipped while
the one before it is still running.
"""

from __future__ import annotations

import json

from aws_cdk import App, CfnOutput, Duration, Stack, TimeZone
from aws_cdk import aws_personalize as cfn
from aws_cdk.aws_scheduler import ScheduleExpression, TimeWindow
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, Overlap, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


class Nightly(Stack):
    """What a bookshop's readers did, as its website records it, and each night an export of it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the export and its schedule."""
        super().__init__(scope, construct_id)
        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        job = personalize.DatasetExportJob(
            self,
            "Export",
            dataset=self.interactions(),
            destination=DataDestination.from_bucket(bucket, "interactions/"),
            ingestion_mode=personalize.IngestionMode.ALL,
            deploy_time=False,
        )
        job.run_on_schedule(
            ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN),
            time_window=TimeWindow.flexible(Duration.minutes(15)),
            overlap=Overlap.SKIP,
        )
        CfnOutput(self, "Bucket", value=bucket.bucket_name)

    def interactions(self) -> cfn.CfnDataset:
        """Creates a dataset of interactions, with its schema and its group."""
        fields = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
        record = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
        group = cfn.CfnDatasetGroup(self, "Group", name="nightly-example")
        schema = cfn.CfnSchema(self, "Schema", name="nightly-example-interactions", schema=json.dumps(record))
        return cfn.CfnDataset(
            self,
            "Interactions",
            name="interactions",
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )


def main(app: App) -> None:
    """Synthesizes the app."""
    Nightly(app, "Nightly")
    app.synth()


if __name__ == "__main__":
    main(App())
