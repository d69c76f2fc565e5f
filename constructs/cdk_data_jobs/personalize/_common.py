"""What the kinds of Amazon Personalize's jobs have in common: attributes, and the parameter for a location in S3."""

from aws_cdk import aws_kms

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs.data_job import Attribute, StatusAttributes


class PersonalizeAttributes(StatusAttributes):
    """The attributes that all kinds of jobs have."""

    creation_date_time = Attribute("creationDateTime")
    """The time at which the job was created."""

    last_updated_date_time = Attribute("lastUpdatedDateTime")
    """The time of the last change of the job's status."""


class PersonalizeJobAttributes(PersonalizeAttributes):
    """The attributes that all kinds of jobs with names have."""

    job_name = Attribute("jobName")
    """The job's name, with the run's suffix."""


def s3_config(location: Location, key: aws_kms.IKey | None) -> dict[str, str]:
    """Returns the parameter for a location (Amazon Personalize API Reference, S3DataConfig).

    Args:
        location: The location.
        key: The key to encrypt or decrypt the data with; None for a parameter without a key.
    """
    return {"path": location.url} | ({"kmsKeyArn": key.key_arn} if key else {})
