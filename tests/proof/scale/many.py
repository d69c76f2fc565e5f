"""The app of the proofs of scale: as many imports as $MANY says, each from data of its own, and some in chains."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, RemovalPolicy, Stack

from cdk_data_jobs import DataBucket, DataSource, personalize


class Many(Stack):
    """Imports from local files, and from a bucket for each hundred of the others.

    The policies of a role and a bucket have no room for more folders.
    """

    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        buckets = [
            DataBucket(self, f"Data{number}", bucket_name=name, removal_policy=RemovalPolicy.DESTROY)
            for number, name in enumerate(options["buckets"])
        ]
        before = None
        for number in range(options["jobs"]):
            job = personalize.DatasetImportJob(
                self,
                f"Import{number}",
                dataset=personalize.Dataset.from_dataset_arn(self, f"Dataset{number}", options["dataset"]),
                source=DataSource.from_asset(options["file"])
                if number < options["local"]
                else DataSource.from_bucket(buckets[number // 100], f"{number:03}/"),
            )
            if before and number % options["chain"]:
                job.node.add_dependency(before)
            before = job if number < options["chained"] else None


many = App()
Many(many, json.loads(os.environ["MANY"]))
many.synth()
