"""Imports, exports, forgets some users, and exports again."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
FIELDS = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
SCHEMA = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": FIELDS, "version": "1.0"}


class RoundTrip(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        group = cfn.CfnDatasetGroup(self, "Group", name=wanted["stack"])
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=wanted["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=cfn.CfnSchema(self, "Schema", name=wanted["stack"], schema=json.dumps(SCHEMA)).attr_schema_arn,
        )
        bucket = DataBucket(self, "Exports")
        before = personalize.DatasetImportJob(
            self, "Import", dataset=dataset, source=DataSource.from_asset(wanted["file"])
        )
        if "forget" in wanted:
            forget = personalize.DataDeletionJob(
                self,
                "Forget",
                dataset_group=group,
                source=DataSource.from_asset(wanted["forget"]),
                wait_for_completion=True,
            )
            forget.node.add_dependency(before)
            before = forget
            CfnOutput(self, "Deleted", value=forget.num_deleted)
        export = personalize.DatasetExportJob(
            self,
            "Export",
            dataset=dataset,
            destination=DataDestination.from_bucket(bucket, "interactions/"),
            ingestion_mode=personalize.IngestionMode.BULK,
            trigger=wanted.get("trigger"),
        )
        export.node.add_dependency(before)
        CfnOutput(self, "ExportArn", value=export.dataset_export_job_arn).override_logical_id("Export")


trip = App()
RoundTrip(trip, json.loads(os.environ["SHOP"]))
trip.synth()
