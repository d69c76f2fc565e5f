"""The CDK app whose one job goes through the life of its stack; what is in it comes as JSON in $SHOP."""

from __future__ import annotations

import json
import os
from typing import Any, cast

from aws_cdk import App, CfnOutput, CfnResource, Duration, Stack, Tags, aws_sns, aws_stepfunctions
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataSource, OnFailure, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


class Life(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        self.wanted = wanted
        dataset = self.dataset("Old", wanted["stack"])
        if wanted.get("moved"):
            dataset = self.dataset("New", f"{wanted['stack']}-new")
        job = personalize.DatasetImportJob(
            self,
            "Import",
            # As a stack's own dataset it would be known, and the data checked before it is deployed.
            dataset=personalize.Dataset.from_dataset_arn(self, "Known", dataset.attr_dataset_arn),
            source=DataSource.from_asset(wanted["file"]),
            deploy_time=wanted.get("deploy_time", True),
            timeout=Duration.minutes(wanted["minutes"]) if "minutes" in wanted else None,
            wait_for_completion=wanted.get("wait", True),
            on_failure=OnFailure.CONTINUE if wanted.get("goes_on") else OnFailure.ROLL_BACK,
        )
        if "logical_id" in wanted:
            cast("CfnResource", job.node.default_child).override_logical_id(wanted["logical_id"])
        task = job.as_task(self, "Step")
        machine = aws_stepfunctions.StateMachine(
            self, "Pipeline", definition_body=aws_stepfunctions.DefinitionBody.from_chainable(task)
        )
        CfnOutput(self, "PipelineArn", value=machine.state_machine_arn)
        if "note" in wanted:
            aws_sns.Topic(self, "Note", display_name=wanted["note"])
        for key, value in wanted.get("tags", {}).items():
            Tags.of(app).add(key, value)

    def dataset(self, id_: str, name: str) -> cfn.CfnDataset:
        fields = [{"name": column, "type": type_} for column, type_ in COLUMNS.items()]
        record = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
        schema = cfn.CfnSchema(self, f"{id_}Schema", name=name, schema=json.dumps(record))
        group = cfn.CfnDatasetGroup(self, f"{id_}Group", name=name)
        return cfn.CfnDataset(
            self,
            f"{id_}Dataset",
            name=name,
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )


life_app = App()
Life(life_app, json.loads(os.environ["SHOP"]))
life_app.synth()
