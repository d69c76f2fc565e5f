"""The CDK app that the tests of this folder deploy; what is in it comes as JSON in $SHOP."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, CfnOutput, CfnResource, Duration, Stack, Tags, aws_iam, aws_s3, aws_sns
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataJobRunner, DataSource, OnFailure, personalize
from cdk_data_jobs._job import wait_chain

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


def schema(name: str) -> str:
    fields = [{"name": column, "type": type_} for column, type_ in COLUMNS.items()]
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": fields, "version": "1.0"})


class Shop(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        wait_chain.MAX_SEGMENT_SECONDS = wanted.get("share", wait_chain.MAX_SEGMENT_SECONDS)
        if "concurrency" in wanted:
            DataJobRunner(self, "DataJobRunner", reserved_concurrent_executions=wanted["concurrency"])
        group = cfn.CfnDatasetGroup(self, "Group", name=wanted["stack"])
        made = cfn.CfnSchema(self, "Schema", name=wanted["stack"], schema=schema("Interactions"))
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=wanted["stack"],
            dataset_type="Interactions",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=made.attr_schema_arn,
        )
        known = dataset
        if wanted.get("foreign_dataset"):
            known = personalize.Dataset.from_dataset_arn(self, "Known", dataset.attr_dataset_arn)
        job = personalize.DatasetImportJob(
            self,
            "Import",
            dataset=known,
            source=self.source(wanted),
            import_mode=personalize.ImportMode(wanted["mode"]) if "mode" in wanted else None,
            role=self.role() if wanted.get("own_role") else None,
            timeout=Duration.minutes(wanted["minutes"]) if "minutes" in wanted else None,
            wait_for_completion=wanted.get("wait", True),
            on_failure=OnFailure.CONTINUE if wanted.get("goes_on") else OnFailure.ROLL_BACK,
            trigger=wanted.get("trigger"),
        )
        CfnOutput(self, "Status", value=job.status)
        if "note" in wanted:
            aws_sns.Topic(self, "Note", display_name=wanted["note"])
        for number in range(wanted.get("more", 0)):
            personalize.DatasetImportJob(self, f"More{number}", dataset=known, source=self.source(wanted))
        for key, value in wanted.get("tags", {}).items():
            Tags.of(self).add(key, value)
        if wanted.get("broken"):
            broken = CfnResource(
                self, "Broken", type="AWS::Personalize::Schema", properties={"Name": "!", "Schema": "{}"}
            )
            broken.node.add_dependency(job)

    def source(self, wanted: dict[str, Any]) -> DataSource:
        if "bucket" in wanted:
            bucket = aws_s3.Bucket.from_bucket_name(self, "Imported", wanted["bucket"])
            return DataSource.from_bucket(bucket, "interactions.csv")
        return DataSource.from_asset(wanted["file"])

    def role(self) -> aws_iam.Role:
        return aws_iam.Role(self, "OwnRole", assumed_by=aws_iam.ServicePrincipal("personalize.amazonaws.com"))


shop_app = App()
Shop(shop_app, json.loads(os.environ["SHOP"]))
shop_app.synth()
