"""An app with an import of interactions, as most tests of this folder deploy it."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import App, CfnOutput, CfnResource, Duration, Stack, Tags, aws_iam, aws_s3, aws_sns
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataJobRunner, DataSource, OnFailure, personalize

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
FIELDS = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
SCHEMA = json.dumps({"type": "record", "name": "Interactions", "namespace": "shop", "fields": FIELDS, "version": "1.0"})


class InteractionsImport(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        if "concurrency" in options:
            DataJobRunner(self, "DataJobRunner", reserved_concurrent_executions=options["concurrency"])
        group = cfn.CfnDatasetGroup(self, "Group", name=options["stack"])
        schema = cfn.CfnSchema(self, "Schema", name=options["stack"], schema=SCHEMA)
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=options["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        target = dataset
        if options.get("dataset_by_arn"):
            target = personalize.Dataset.from_dataset_arn(self, "DatasetByArn", dataset.attr_dataset_arn)
        job = personalize.DatasetImportJob(
            self,
            "Import",
            dataset=target,
            source=self.source(options),
            import_mode=personalize.ImportMode(options["mode"]) if "mode" in options else None,
            role=self.role() if options.get("own_role") else None,
            timeout=Duration.minutes(options["timeout_minutes"]) if "timeout_minutes" in options else None,
            wait_for_completion=options.get("wait", True),
            on_failure=OnFailure.CONTINUE if options.get("continue_on_failure") else OnFailure.ROLL_BACK,
            trigger=options.get("trigger"),
        )
        CfnOutput(self, "Status", value=job.status)
        if "topic" in options:
            aws_sns.Topic(self, "Topic", display_name=options["topic"])
        for number in range(options.get("additional_imports", 0)):
            personalize.DatasetImportJob(self, f"Additional{number}", dataset=target, source=self.source(options))
        for key, value in options.get("tags", {}).items():
            Tags.of(self).add(key, value)
        if options.get("invalid_schema"):
            invalid = CfnResource(
                self, "InvalidSchema", type="AWS::Personalize::Schema", properties={"Name": "!", "Schema": "{}"}
            )
            invalid.node.add_dependency(job)

    def source(self, options: dict[str, Any]) -> DataSource:
        if "bucket" in options:
            bucket = aws_s3.Bucket.from_bucket_name(self, "Imported", options["bucket"])
            return DataSource.from_bucket(bucket, "interactions.csv")
        return DataSource.from_asset(options["file"], check=False)  # some tests have data that the service refuses

    def role(self) -> aws_iam.Role:
        return aws_iam.Role(self, "OwnRole", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))
