"""What can be known to be wrong before anything is deployed."""

import hashlib
import re
from collections.abc import Mapping

from aws_cdk import Duration, Token

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
_ARN = re.compile(r"arn:([a-z\d-]+):personalize:.*:.*:.+")
_HASH_LENGTH = 8
_LOCATION_MAX_LENGTH = 256
_ARN_MAX_LENGTH = 256
_TAGS_MAX = 50
_TAG_KEY_MAX_LENGTH = 128
_TAG_VALUE_MAX_LENGTH = 256


class ValidationError(ValueError):
    """What was declared cannot work; says what was expected, what was got and what to do."""


def default_job_name(path: str, max_length: int) -> str:
    """Returns a job name made from a construct's path, the same one for the same path.

    Args:
        path: The construct's path, e.g. `MyStack/ImportItems`.
        max_length: How many characters the name may have. A longer one is cut and gets a hash of the path.
    """
    name = re.sub(r"[^a-zA-Z0-9_-]+", "-", path).strip("-_")
    if name and len(name) <= max_length:
        return name
    digest = hashlib.sha256(path.encode()).hexdigest()[:_HASH_LENGTH]
    kept = name[: max_length - _HASH_LENGTH - 1].rstrip("-_") or "job"
    return f"{kept}-{digest}"


def check_job_name(name: str, max_length: int) -> None:
    """Checks a job's base name.

    Args:
        name: The name, or a token.
        max_length: How many characters the name may have.

    Raises:
        ValidationError: If the name is too long or has a character that the service does not allow.
    """
    if not isinstance(name, str):
        raise ValidationError(f"job_name must be a string, got {_kind(name)}")
    if Token.is_unresolved(name):
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


def check_timeout(timeout: Duration, longest: Duration) -> None:
    """Checks how long a deployment waits for a job.

    Args:
        timeout: The time-out, or one made from a token.
        longest: The longest one that is possible.

    Raises:
        ValidationError: If it is shorter than a minute or longer than `longest`.
    """
    if not isinstance(timeout, Duration):
        raise ValidationError(f"timeout must be an aws_cdk.Duration, got {_kind(timeout)}: use Duration.minutes(...)")
    if timeout.is_unresolved():
        return
    seconds = timeout.to_seconds(integral=False)
    if not 60 <= seconds <= longest.to_seconds():  # noqa: PLR2004 - a minute
        raise ValidationError(
            f"timeout must be 1 to {longest.to_minutes():g} minutes, got {timeout.to_human_string()}; "
            "use wait_for_completion=False if the deployment need not wait for the job"
        )


def check_location(url: str, bucket_name: str) -> None:
    """Checks the length of an S3 location, as far as it is known.

    Args:
        url: The location, in which the bucket's name may be a token.
        bucket_name: The bucket's name, or a token.

    Raises:
        ValidationError: If the service would refuse the location for its length.
    """
    shortest = url.replace(bucket_name, "???") if Token.is_unresolved(bucket_name) else url
    if Token.is_unresolved(shortest):
        return
    if len(shortest) > _LOCATION_MAX_LENGTH:
        raise ValidationError(
            f"an S3 location must have at most {_LOCATION_MAX_LENGTH} characters, the bucket's name included, "
            f"got {len(shortest)}: {shortest!r}; use a shorter key or prefix"
        )


def check_key(key: str) -> None:
    """Checks the key of an object or the prefix of a folder.

    Args:
        key: The key or prefix, or a token.

    Raises:
        ValidationError: If it is no key, or holds a character that means something else in an IAM policy.
    """
    if not isinstance(key, str):
        raise ValidationError(f"key_or_prefix must be a string, got {_kind(key)}")
    if Token.is_unresolved(key):
        return
    if not key:
        raise ValidationError(
            "key_or_prefix must name an object, or a folder by a prefix that ends in '/', got an empty string"
        )
    if re.match(r"(s3|https?)://|/", key):
        raise ValidationError(
            f"key_or_prefix must be the part of the location after the bucket's name and its '/', got {key!r}"
        )
    if re.search(r"[*?]|\$\{", key):
        raise ValidationError(
            f"key_or_prefix must not have '*', '?' or '${{', which are wildcards in the policies that give access "
            f"to it, got {key!r}"
        )


def check_personalize_arn(arn: str, argument: str) -> None:
    """Checks the ARN of a resource of Amazon Personalize.

    Args:
        arn: The ARN, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If the service would refuse the ARN.
    """
    if not isinstance(arn, str):
        raise ValidationError(f"{argument} must be a string, got {_kind(arn)}")
    if Token.is_unresolved(arn):
        return
    if len(arn) > _ARN_MAX_LENGTH or not _ARN.fullmatch(arn):
        raise ValidationError(
            f"{argument} must be like arn:aws:personalize:<region>:<account>:<resource> and have at most "
            f"{_ARN_MAX_LENGTH} characters, got {arn!r}"
        )


def check_reference(value: object, attribute: str, argument: str, expected: str, instead: str) -> None:
    """Checks that a reference to another resource is a construct, not its name or ARN.

    Args:
        value: What was given.
        attribute: An attribute that every such reference has.
        argument: The argument's name, for the message.
        expected: What it should be, for the message.
        instead: How to make one from a name or an ARN, for the message.

    Raises:
        ValidationError: If `value` has no such attribute.
    """
    if not hasattr(value, attribute):
        raise ValidationError(f"{argument} must be {expected}, got {_kind(value)}; use {instead} for an existing one")


def tag_errors(tags: Mapping[str, str]) -> list[str]:
    """Returns what is wrong with a job's tags: one message for each fault.

    Args:
        tags: The tags by key. Keys and values may be tokens.
    """
    errors = []
    if len(tags) > _TAGS_MAX:
        errors.append(f"a job must have at most {_TAGS_MAX} tags, got {len(tags)}; those of the app and stack count")
    for key, value in tags.items():
        if Token.is_unresolved(key):
            continue
        if key.lower().startswith("aws:"):
            errors.append(f"a tag's key must not start with 'aws:', which is reserved, got {key!r}")
        if not 1 <= len(key) <= _TAG_KEY_MAX_LENGTH:
            errors.append(f"a tag's key must have 1 to {_TAG_KEY_MAX_LENGTH} characters, got {len(key)}: {key!r}")
        if not Token.is_unresolved(value) and len(value) > _TAG_VALUE_MAX_LENGTH:
            errors.append(
                f"a tag's value must have at most {_TAG_VALUE_MAX_LENGTH} characters, got {len(value)} for {key!r}"
            )
    return errors


def _kind(value: object) -> str:
    return f"{type(value).__name__} {value!r}" if isinstance(value, str | int | float) else type(value).__name__
