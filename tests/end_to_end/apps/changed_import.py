"""An app with an import that is deployed again with other options, and a state machine that has it as a task."""

from __future__ import annotations

import json
from typing import Any, cast

from aws_cdk import App, CfnOutput, CfnResource, Duration, Stack, Tags, aws_sns, aws_stepfunctions
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataSource, OnFailure, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


class ChangedImport(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        self.options = options
        dataset = self.dataset("Old", options["stack"])
        if options.get("moved"):
            dataset = self.dataset("New", f"{options['stack']}-new")
        job = personalize.DatasetImportJob(
            self,
            "Import",
            # By its ARN, because the data of a dataset of the same app is checked at synthesis.
            dataset=personalize.Dataset.from_dataset_arn(self, "DatasetByArn", dataset.attr_dataset_arn),
            source=DataSource.from_asset(options["file"]),
            deploy_time=options.get("deploy_time", True),
            timeout=Duration.minutes(options["timeout_minutes"]) if "timeout_minutes" in options else None,
            wait_for_completion=options.get("wait", True),
            on_failure=OnFailure.CONTINUE if options.get("continue_on_failure") else OnFailure.ROLL_BACK,
        )
        if "logical_id" in options:
            cast("CfnResource", job.node.default_child).override_logical_id(options["logical_id"])
        task = job.as_task(self, "Task")
        machine = aws_stepfunctions.StateMachine(
            self, "Pipeline", definition_body=aws_stepfunctions.DefinitionBody.from_chainable(task)
        )
        if options.get("deploy_time", True):
            CfnOutput(self, "Status", value=job.status)
        CfnOutput(self, "PipelineArn", value=machine.state_machine_arn)
        if "topic" in options:
            aws_sns.Topic(self, "Topic", display_name=options["topic"])
        for key, value in options.get("tags", {}).items():
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
