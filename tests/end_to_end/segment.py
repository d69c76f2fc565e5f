"""Finds the readers who would like an item, with a model that was trained outside of the app."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, CfnOutput, Stack

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize


class Segment(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        bucket = DataBucket(self, "Segments")
        job = personalize.BatchSegmentJob(
            self,
            "Find",
            solution_version_arn=wanted["version"],
            source=DataSource.from_asset(wanted["file"]),
            destination=DataDestination.from_bucket(bucket, "readers/"),
            num_results=3,
        )
        CfnOutput(self, "Status", value=job.status)


segment = App()
Segment(segment, json.loads(os.environ["SHOP"]))
segment.synth()
