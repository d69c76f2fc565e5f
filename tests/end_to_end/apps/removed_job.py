"""An app with two jobs, of which one can be removed."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataJobRunner, DataSource, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


class RemovedJob(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        DataJobRunner(self, "DataJobRunner")
        fields = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
        record = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
        schema = cfn.CfnSchema(self, "Schema", name=options["stack"], schema=json.dumps(record))
        group = cfn.CfnDatasetGroup(self, "Group", name=options["stack"])
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=options["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        personalize.DatasetExportJob(self, "Stays", dataset=dataset, deploy_time=False)
        if not options.get("removed"):
            source = DataSource.from_asset(options["file"])
            personalize.DatasetImportJob(
                self, "Import", dataset=dataset, source=source, wait_for_completion=options["wait"]
            )
