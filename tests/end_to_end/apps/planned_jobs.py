"""An app with jobs of several sorts, whose changes run some of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from aws_cdk import (
    App,
    CfnCondition,
    CfnResource,
    Duration,
    Fn,
    NestedStack,
    RemovalPolicy,
    Stack,
    Tags,
    aws_iam,
    aws_s3,
)
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataDestination, DataSource, personalize

FIELDS = {"ITEM_ID": "string", "PRICE": "float"}


class PlannedJobs(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        self.options = options
        folder = Path(options["file"]).parent
        # By its ARN, because the data of a dataset of the same app is checked at synthesis.
        items = personalize.Dataset.from_dataset_arn(self, "ItemsByArn", self.dataset().attr_dataset_arn)
        first = personalize.DatasetImportJob(
            self,
            "ImportItems",
            dataset=items,
            source=DataSource.from_asset(str(folder / "items.csv")),
            role=self.role(),
            trigger=options.get("trigger"),
        )
        nested = NestedStack(self, "Inner")
        more = personalize.DatasetImportJob(
            nested,
            "ImportMore",
            dataset=items,
            source=DataSource.from_asset(str(folder / "more")),
            import_mode=personalize.ImportMode.INCREMENTAL,
            timeout=Duration.minutes(options.get("timeout_minutes", 120)),
        )
        nested.node.add_dependency(first)
        export = personalize.DatasetExportJob(
            self,
            options.get("export", "Export"),
            dataset=items,
            deploy_time=options.get("exports", False),
            destination=self.destination(),
        )
        export.node.add_dependency(first)
        if options.get("old", True):
            old = personalize.DatasetExportJob(self, "Old", dataset=items)
            old.node.add_dependency(first)
            text = str(options.get("is_met", True))
            condition = CfnCondition(self, "HasOld", expression=Fn.condition_equals(text, "True"))
            cast("CfnResource", old.node.default_child).cfn_options.condition = condition
        for job in (first, more, export):
            Tags.of(job).add("team", options.get("team", "shop"))

    def role(self) -> Any:
        """A role for the first import, if the options name one."""
        principal = cast("Any", aws_iam.ServicePrincipal("personalize.amazonaws.com"))
        return aws_iam.Role(self, self.options["role"], assumed_by=principal) if "role" in self.options else None

    def destination(self) -> DataDestination:
        """The folder of the export, in a bucket whose name and versioning may change."""
        bucket = aws_s3.Bucket(
            self,
            "Data",
            bucket_name=self.options.get("bucket"),
            versioned=self.options.get("versioned"),
            removal_policy=RemovalPolicy.RETAIN,
        )
        return DataDestination.from_bucket(cast("Any", bucket), "exports/")

    def dataset(self) -> cfn.CfnDataset:
        """The dataset, whose schema has one more field if the options name it."""
        name, field = self.options["stack"], self.options.get("field", "")
        fields: list[dict[str, Any]] = [{"name": column, "type": type_} for column, type_ in FIELDS.items()]
        fields += [{"name": field, "type": ["null", "string"]}] if field else []
        record = {"type": "record", "name": "Items", "namespace": "shop", "fields": fields, "version": "1.0"}
        schema = cfn.CfnSchema(self, "Schema", name=f"{name}{field}", schema=json.dumps(record))
        group = cfn.CfnDatasetGroup(self, "Group", name=self.options.get("group", name))
        return cfn.CfnDataset(
            self,
            "Items",
            name="items",
            dataset_type="Items",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
