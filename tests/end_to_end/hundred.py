"""A hundred imports from one bucket, each from a folder of its own, against the quota of five."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, RemovalPolicy, Stack

from cdk_data_jobs import DataBucket, DataSource, personalize


class Hundred(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        bucket = DataBucket(self, "Data", bucket_name=wanted["stack"].lower(), removal_policy=RemovalPolicy.DESTROY)
        for number in range(wanted.get("jobs", 0)):
            personalize.DatasetImportJob(
                self,
                f"Import{number}",
                dataset=personalize.Dataset.from_dataset_arn(self, f"Dataset{number}", wanted["dataset"]),
                source=DataSource.from_bucket(bucket, f"day-{number:03}/"),
            )


hundred = App()
Hundred(hundred, json.loads(os.environ["SHOP"]))
hundred.synth()
