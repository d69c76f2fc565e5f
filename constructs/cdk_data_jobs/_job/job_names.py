"""Base names of jobs, to which each run adds a suffix."""

import re

from cdk_data_jobs._support.construct_paths import short_hash
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_string

_NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")


def default_job_name(path: str, max_length: int) -> str:
    """Returns a job name derived from a construct's path, the same one for the same path.

    Args:
        path: The construct's path, e.g. `MyStack/ImportItems`.
        max_length: How many characters the name may have. A longer one is cut and gets a hash of the path. So does one
            of a path with characters beyond ASCII, which are left out.
    """
    name = re.sub(r"[^a-zA-Z0-9_-]+", "-", path).strip("-_")
    if name and len(name) <= max_length and path.isascii():
        return name
    suffix = short_hash(path)
    kept = name[: max_length - len(suffix) - 1].rstrip("-_") or "job"
    return f"{kept}-{suffix}"


def validate_job_name(name: str, max_length: int) -> None:
    """Validates a job's base name.

    Args:
        name: The name, or a token.
        max_length: How many characters the name may have.

    Raises:
        ValidationError: If the name is too long or has a character that the service does not allow.
    """
    validate_string(name, "job_name")
    if is_unresolved(name):
        return
    if not 1 <= len(name) <= max_length:
        raise ValidationError(
            f"job_name must have 1 to {max_length} characters, because each run adds a suffix to it, "
            f"got {len(name)}: {name!r}"
        )
    if not _NAME.fullmatch(name):
        raise ValidationError(
            "job_name must start with a letter or digit and consist of letters, digits, hyphens and underscores, "
            f"got {name!r}"
        )
