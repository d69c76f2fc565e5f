"""Imports the files that are uploaded to a bucket: cdk deploy --app "python examples/import_on_upload.py".

Shows two jobs for one dataset: the deployment imports what there is, and each upload adds to it, because its mode is
INCREMENTAL. Files that arrive within ten minutes are one import, because Personalize runs five at a time.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from constructs import Construct

from cdk_data_jobs import DataBucket, DataSource
from cdk_data_jobs.personalize import DatasetGroup, Field, ImportMode, Schema

DATA = Path(__file__).parent / "data"


class Arriving(Stack):
    """A bookshop's items: those of today with the deployment, new ones when the warehouse writes them to a bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset and both imports."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(self, "Group", dataset_group_name="upload-example", removal_policy=RemovalPolicy.DESTROY)
        items = group.add_dataset("Items", schema=Schema.items(GENRE=Field.categorical(), PRICE=Field.float()))
        items.import_from(DataSource.from_asset(str(DATA / "items.csv")), id="ImportAll")

        bucket = DataBucket(self, "Arrivals", server_access_logs_bucket=DataBucket(self, "Logs"))
        job = items.import_from(
            DataSource.from_bucket(bucket, "items/"),
            id="ImportNew",
            import_mode=ImportMode.INCREMENTAL,
            deploy_time=False,
        )
        job.run_on_upload(suffix=".csv", batching_window=Duration.minutes(10))
        CfnOutput(self, "Bucket", value=bucket.bucket_name)


def main(app: App) -> None:
    """Synthesizes the app."""
    Arriving(app, "Arriving")
    app.synth()


if __name__ == "__main__":
    main(App())
