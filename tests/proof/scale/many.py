"""The app of the proofs of scale: as many imports as $MANY says, each from a folder of its own."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, RemovalPolicy, Stack

from cdk_data_jobs import DataBucket, DataSource, personalize


class Many(Stack):
    """Imports from one bucket; those of a chain run one after the other."""

    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        bucket = DataBucket(self, "Data", bucket_name=wanted["stack"].lower(), removal_policy=RemovalPolicy.DESTROY)
        jobs = []
        for number in range(wanted.get("jobs", 0)):
            jobs.append(
                personalize.DatasetImportJob(
                    self,
                    f"Import{number}",
                    dataset=personalize.Dataset.from_dataset_arn(self, f"Dataset{number}", wanted["dataset"]),
                    source=DataSource.from_bucket(bucket, f"{number:03}/"),
                )
            )
            if number % wanted["chain"] and number < wanted["chained"]:
                jobs[number].node.add_dependency(jobs[number - 1])


many = App()
Many(many, json.loads(os.environ["MANY"]))
many.synth()
