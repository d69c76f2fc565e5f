"""Turns the arguments `source` and `destination` of a job into locations in S3."""

from aws_cdk import aws_s3
from constructs import Construct

from cdk_data_jobs._storage.job_buckets import results_bucket
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.memo import path_of
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.storage import DataDestination, DataSource

_RESULTS_PREFIX = "results/"


def resolve_source(
    source: DataSource,
    job: Construct,
    file_filter: FileFilter,
    *,
    staging_bucket: aws_s3.IBucket | None,
) -> Location:
    """Returns the location that a job reads.

    Args:
        source: The job's argument `source`.
        job: The job.
        file_filter: Selects the files of a folder that it reads.
        staging_bucket: The `staging_bucket` of the job's runner; if None, the stack has its own.

    Raises:
        ValidationError: If `source` is not a DataSource, has no file that the job reads, or has a `check` or
            a `schema` although the job cannot check it.
    """
    if not isinstance(source, DataSource):
        raise ValidationError(
            f"source must be a DataSource, got {type(source).__name__}; use DataSource.from_bucket(...) or "
            "DataSource.from_asset(...)"
        )
    location = source.bind(job, file_filter, staging_bucket)
    if (location.check or location.schema) and not file_filter.can_check:
        argument = "check=True" if location.check else f"schema={str(location.schema)!r}"
        raise ValidationError(
            "only data that is imported into a dataset of Amazon Personalize, that lists users to delete or contacts "
            f"for Amazon SES can be checked, got {argument} for {path_of(job)}; leave it out"
        )
    return location


def resolve_destination(destination: DataDestination | None, job: Construct) -> DataDestination:
    """Returns the destination that a job writes to.

    Args:
        destination: The job's argument `destination`; by default a folder of a new bucket.
        job: The job.

    Raises:
        ValidationError: If `destination` is not a DataDestination.
    """
    if destination is None:
        return DataDestination.from_bucket(results_bucket(job), _RESULTS_PREFIX)
    if not isinstance(destination, DataDestination):
        raise ValidationError(
            f"destination must be a DataDestination, got {type(destination).__name__}; use "
            "DataDestination.from_bucket(...)"
        )
    return destination
