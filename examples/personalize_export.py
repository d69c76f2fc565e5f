"""Imports a dataset and exports it again: cdk deploy --app "python examples/personalize_export.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, DataSource
from cdk_data_jobs.personalize import DatasetGroup, Field, IngestionMode, Schema

DATA = Path(__file__).parent / "data"


class Exporting(Stack):
    """A bookshop's items: imported from a file beside the app, then exported to a bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the import and the export."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(self, "Group", dataset_group_name="export-example", removal_policy=RemovalPolicy.DESTROY)
        items = group.add_dataset("Items", schema=Schema.items(GENRE=Field.categorical(), PRICE=Field.float()))
        imported = items.import_from(DataSource.from_asset(str(DATA / "items.csv")))

        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        exported = items.export_to(DataDestination.from_bucket(bucket, "items/"), ingestion_mode=IngestionMode.ALL)
        exported.node.add_dependency(imported)
        CfnOutput(self, "Bucket", value=bucket.bucket_name)
        CfnOutput(self, "Status", value=exported.status)


def main(app: App) -> None:
    """Synthesizes the app."""
    Exporting(app, "Exporting")
    app.synth()


if __name__ == "__main__":
    main(App())
