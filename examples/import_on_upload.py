"""Imports the files that are uploaded to a bucket: cdk deploy --app "python examples/import_on_upload.py".

Shows two jobs for one dataset: the deployment imports what there is, and each upload adds to it, because its mode is
INCREMENTAL. Files that arrive within ten minutes are one import, because Personalize runs five at a time.
"""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataBucket, DataSource, personalize

DATA = Path(__file__).parent / "data"
COLUMNS = {"ITEM_ID": {"type": "string"}, "GENRE": {"type": "string", "categorical": True}, "PRICE": {"type": "float"}}


class Arriving(Stack):
    """A bookshop's items: those of today with the deployment, new ones when the warehouse writes them to a bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset and both imports."""
        super().__init__(scope, construct_id)
        dataset = self.items()
        personalize.DatasetImportJob(
            self, "ImportAll", dataset=dataset, source=DataSource.from_asset(str(DATA / "items.csv"))
        )

        bucket = DataBucket(self, "Arrivals", server_access_logs_bucket=DataBucket(self, "Logs"))
        job = personalize.DatasetImportJob(
            self,
            "ImportNew",
            dataset=dataset,
            source=DataSource.from_bucket(bucket, "items/"),
            import_mode=personalize.ImportMode.INCREMENTAL,
            deploy_time=False,
        )
        job.run_on_upload(suffix=".csv", batching_window=Duration.minutes(10))
        CfnOutput(self, "Bucket", value=bucket.bucket_name)

    def items(self) -> cfn.CfnDataset:
        """Creates a dataset of items, with its schema and its group."""
        fields = [{"name": name, **column} for name, column in COLUMNS.items()]
        record = {"type": "record", "name": "Items", "namespace": "shop", "fields": fields, "version": "1.0"}
        group = cfn.CfnDatasetGroup(self, "Group", name="upload-example")
        schema = cfn.CfnSchema(self, "Schema", name="upload-example-items", schema=json.dumps(record))
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
    Arriving(app, "Arriving")
    app.synth()


if __name__ == "__main__":
    main(App())
