"""Where the jobs of Amazon Personalize read and write."""

from typing import TYPE_CHECKING

from aws_cdk import aws_kms
from constructs import Construct

from cdk_data_jobs.asked import bucket_name
from cdk_data_jobs.checks import check_location
from cdk_data_jobs.local_files import FileChoice
from cdk_data_jobs.storage import DataDestination, DataSource, Location, destination_of, source_of

if TYPE_CHECKING:
    from cdk_data_jobs.data_job import DataJob


def reading(source: DataSource, job: "DataJob", choice: FileChoice, *, can_check: bool = False) -> Location:
    """Returns where a job reads.

    Args:
        source: What was given as its source.
        job: The job.
        choice: Which files of a folder it reads.
        can_check: Whether the job checks the rows of local files if it is asked to.

    Raises:
        ValidationError: If the job cannot read there.
    """
    location = source_of(source, job, choice, can_check=can_check)
    check_location(location.url, bucket_name(location.bucket))
    return location


def writing(destination: DataDestination | None, job: Construct) -> DataDestination:
    """Returns where a job writes.

    Args:
        destination: What was given as its destination; if none, a folder of a new bucket.
        job: The job.

    Raises:
        ValidationError: If the job cannot write there.
    """
    made = destination_of(destination, job)
    check_location(made.location.url, bucket_name(made.bucket))
    return made


def s3_config(location: Location, key: aws_kms.IKey | None) -> dict[str, str]:
    """Returns a location as the service wants it (Amazon Personalize API Reference, S3DataConfig).

    Args:
        location: The location.
        key: The key to encrypt or decrypt the data with, if it is to be told.
    """
    return {"path": location.url} | ({"kmsKeyArn": key.key_arn} if key else {})
