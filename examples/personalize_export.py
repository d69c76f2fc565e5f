"""Imports a dataset and exports it again: cdk deploy --app "python examples/personalize_export.py"."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize

DATA = Path(__file__).parent / "data"
COLUMNS = {"ITEM_ID": {"type": "string"}, "GENRE": {"type": "string", "categorical": True}, "PRICE": {"type": "float"}}


class Exporting(Stack):
    """A bookshop's items: imported from a file beside the app, then exported to a bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the import and the export."""
        super().__init__(scope, construct_id)
        dataset = self.items()
        imported = personalize.DatasetImportJob(
            self, "Import", dataset=dataset, source=DataSource.from_asset(str(DATA / "items.csv"))
        )

        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        exported = personalize.DatasetExportJob(
            self,
            "Export",
            dataset=dataset,
            destination=DataDestination.from_bucket(bucket, "items/"),
            ingestion_mode=personalize.IngestionMode.ALL,
        )
        exported.node.add_dependency(imported)
        CfnOutput(self, "Bucket", value=bucket.bucket_name)
        CfnOutput(self, "Status", value=exported.status)

    def items(self) -> cfn.CfnDataset:
        """Creates a dataset of items, with its schema and its group."""
        fields = [{"name": name, **column} for name, column in COLUMNS.items()]
        record = {"type": "record", "name": "Items", "namespace": "shop", "fields": fields, "version": "1.0"}
        group = cfn.CfnDatasetGroup(self, "Group", name="export-example")
        schema = cfn.CfnSchema(self, "Schema", name="export-example-items", schema=json.dumps(record))
        return cfn.CfnDataset(
            self,
            "Items",
            name="items",
            dataset_type="Items",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )


def main(app: App) -> None:
    """Synthesizes the app."""
    Exporting(app, "Exporting")
    app.synth()


if __name__ == "__main__":
    main(App())
