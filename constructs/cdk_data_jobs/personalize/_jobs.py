"""What the jobs of Amazon Personalize have in common: attributes, and how they name locations in S3."""

from aws_cdk import aws_kms

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs.data_job import Attribute


class PersonalizeJobAttributes:
    """The attributes that all kinds of jobs have."""

    job_name = Attribute("jobName")
    """The job's name, with the run's suffix."""

    status = Attribute("status")
    """The job's status, e.g. ACTIVE, or COMPLETED for a deletion, when it has succeeded."""

    creation_date_time = Attribute("creationDateTime")
    """When the job was created."""

    last_updated_date_time = Attribute("lastUpdatedDateTime")
    """When the job's status changed last."""

    failure_reason = Attribute("failureReason")
    """Why the job failed, as the service says it."""


def s3_config(location: Location, key: aws_kms.IKey | None) -> dict[str, str]:
    """Returns the parameter for a location (Amazon Personalize API Reference, S3DataConfig).

    Args:
        location: The location.
        key: The key to encrypt or decrypt the data with; if none, the service is not told one.
    """
    return {"path": location.url} | ({"kmsKeyArn": key.key_arn} if key else {})
