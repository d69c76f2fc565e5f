"""The stack of stage f: a batch segment job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from verify_aws.apps.resources import bucket

from cdk_data_jobs import DataDestination, DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack


def segments(stack: Stack, *, file: Path, version: str) -> None:
    """Makes a batch segment job.

    Args:
        stack: The stack.
        file: The file with the items.
        version: The ARN of the solution version.
    """
    results = bucket(stack)
    job = personalize.BatchSegmentJob(
        stack,
        "Segment",
        solution_version_arn=version,
        source=DataSource.from_asset(file),
        destination=DataDestination.from_bucket(results, "segments/"),
        num_results=3,
    )
    CfnOutput(stack, "JobStatus", value=job.status)
    CfnOutput(stack, "BucketName", value=results.bucket_name)
