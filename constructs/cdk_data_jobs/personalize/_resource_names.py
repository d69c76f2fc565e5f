"""Names of dataset groups, datasets and schemas."""

import re

from constructs import Construct

from cdk_data_jobs._job.job_names import default_job_name
from cdk_data_jobs._support.memo import path_of
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_string

_MAX_LENGTH = 63
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]*")


def resource_name(construct: Construct, name: str | None, argument: str, *, suffix: str = "") -> str:
    """Returns the name of a resource of Amazon Personalize.

    Args:
        construct: The construct, from whose path the name is derived by default.
        name: The name that the user gives, or a token.
        argument: The argument's name, for the message.
        suffix: What is added to the name, behind a hyphen.

    Raises:
        ValidationError: If the name is too long or has a character that the service does not allow (API Reference,
            CreateDatasetGroup: name).
    """
    ending = f"-{suffix}" if suffix else ""
    max_length = _MAX_LENGTH - len(ending)
    if name is None:
        return default_job_name(path_of(construct), max_length) + ending
    validate_string(name, argument)
    if not is_unresolved(name) and not (len(name) <= max_length and _NAME.fullmatch(name)):
        raise ValidationError(
            f"{argument} must have 1 to {max_length} letters, digits, hyphens and underscores, the first of them a "
            f"letter or digit, got {name!r}"
        )
    return name + ending
