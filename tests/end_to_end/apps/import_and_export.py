"""An app with an import, a deletion of some users' data if there is a file of them, and an export."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
FIELDS = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
SCHEMA = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": FIELDS, "version": "1.0"}


class ImportAndExport(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        group = cfn.CfnDatasetGroup(self, "Group", name=options["stack"])
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=options["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=cfn.CfnSchema(self, "Schema", name=options["stack"], schema=json.dumps(SCHEMA)).attr_schema_arn,
        )
        bucket = DataBucket(self, "Exports")
        previous = personalize.DatasetImportJob(
            self, "Import", dataset=dataset, source=DataSource.from_asset(options["file"])
        )
        if "users_to_delete" in options:
            deletion = personalize.DataDeletionJob(
                self,
                "Deletion",
                dataset_group=group,
                source=DataSource.from_asset(options["users_to_delete"]),
                wait_for_completion=True,
            )
            deletion.node.add_dependency(previous)
            previous = deletion
            CfnOutput(self, "Deleted", value=deletion.num_deleted)
        export = personalize.DatasetExportJob(
            self,
            "Export",
            dataset=dataset,
            destination=DataDestination.from_bucket(bucket, "interactions/"),
            ingestion_mode=personalize.IngestionMode.BULK,
            trigger=options.get("trigger"),
        )
        export.node.add_dependency(previous)
        if fails := options.get("fails"):
            # It cannot be created, because its name is that of the other group.
            other = cfn.CfnDatasetGroup(self, "Other", name=options["stack"])
            if fails == "before the export":
                other.node.add_dependency(previous)
                export.node.add_dependency(other)
            else:
                other.node.add_dependency(export)
        CfnOutput(self, "ExportArn", value=export.dataset_export_job_arn).override_logical_id("Export")
