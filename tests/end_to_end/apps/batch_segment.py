"""An app with a batch segment job, for a solution version that was trained outside of it."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, Stack

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize


class BatchSegment(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        bucket = DataBucket(self, "Segments")
        job = personalize.BatchSegmentJob(
            self,
            "Segment",
            solution_version_arn=options["version"],
            source=DataSource.from_asset(options["file"]),
            destination=DataDestination.from_bucket(bucket, "readers/"),
            num_results=3,
        )
        CfnOutput(self, "Status", value=job.status)
