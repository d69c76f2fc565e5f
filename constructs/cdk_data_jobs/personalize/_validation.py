"""Validation of ARNs and S3 locations, as the API of Amazon Personalize defines them."""

import re

from constructs import Construct

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.memo import bucket_name, path_of
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_string

_ARN = re.compile(r"arn:([a-z\d-]+):personalize:.*:.*:.+")
_MAX_ARN_LENGTH = 256
_MAX_LOCATION_LENGTH = 256


def validate_arn(arn: str, argument: str) -> None:
    """Validates the ARN of a resource of Amazon Personalize.

    Args:
        arn: The ARN, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If the service would refuse the ARN.
    """
    validate_string(arn, argument)
    if is_unresolved(arn):
        return
    if len(arn) > _MAX_ARN_LENGTH or not _ARN.fullmatch(arn):
        raise ValidationError(
            f"{argument} must be like arn:aws:personalize:<region>:<account>:<resource> and have at most "
            f"{_MAX_ARN_LENGTH} characters, got {arn!r}"
        )


def validate_job_id(scope: Construct, id_: str, method: str) -> None:
    """Validates that the id of a job is not that of another construct.

    Args:
        scope: The construct that the job will belong to.
        id_: The job's id in it.
        method: The method that creates the job, for the message.

    Raises:
        ValidationError: If the scope has a construct with that id.
    """
    if scope.node.try_find_child(id_):
        raise ValidationError(
            f"each job of {path_of(scope)} must have an id of its own, got {id_!r} again; name it: "
            f"{method}(..., id={id_ + '2'!r})"
        )


def validate_location(location: Location) -> None:
    """Validates the length of an S3 location, as far as it is known.

    Args:
        location: The location, whose bucket may have a token as its name.

    Raises:
        ValidationError: If the service would refuse the location for its length.
    """
    name = bucket_name(location.bucket)
    shortest = location.url.replace(name, "???") if is_unresolved(name) else location.url
    if is_unresolved(shortest):
        return
    if len(shortest) > _MAX_LOCATION_LENGTH:
        raise ValidationError(
            f"an S3 location must have at most {_MAX_LOCATION_LENGTH} characters, the bucket's name included, "
            f"got {len(shortest)}: {shortest!r}; use a shorter key or prefix"
        )
