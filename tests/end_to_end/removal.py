"""The CDK app of a stack that lives on when a job is removed from it; what is in it comes as JSON in $SHOP."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataJobRunner, DataSource, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


class Removal(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        DataJobRunner(self, "DataJobRunner")
        fields = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
        record = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
        schema = cfn.CfnSchema(self, "Schema", name=wanted["stack"], schema=json.dumps(record))
        group = cfn.CfnDatasetGroup(self, "Group", name=wanted["stack"])
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=wanted["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        personalize.DatasetExportJob(self, "Stays", dataset=dataset, deploy_time=False)
        if not wanted.get("removed"):
            source = DataSource.from_asset(wanted["file"])
            personalize.DatasetImportJob(
                self, "Import", dataset=dataset, source=source, wait_for_completion=wanted["wait"]
            )


removal_app = App()
Removal(removal_app, json.loads(os.environ["SHOP"]))
removal_app.synth()
