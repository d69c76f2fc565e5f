"""What can be known to be wrong before anything is deployed."""

import enum
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Duration, Token

from cdk_data_jobs.tokens import is_unresolved, readable

_NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")
_ARN = re.compile(r"arn:([a-z\d-]+):personalize:.*:.*:.+")
_KEY_ARN = re.compile(r"arn:aws.*:kms:.*:[0-9]{12}:key/.*")
_HASH_LENGTH = 8
_LOCATION_MAX_LENGTH = 256
_ARN_MAX_LENGTH = 256
_TAGS_MAX = 50
_TAG_KEY_MAX_LENGTH = 128
_TAG_VALUE_MAX_LENGTH = 256


class ValidationError(ValueError):
    """What was declared cannot work; says what was expected, what was got and what to do."""

    def __init__(self, message: str) -> None:
        """Words it.

        Args:
            message: The message; tokens in it are written for people.
        """
        super().__init__(readable(message))


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


def check_timeout(timeout: Duration, longest: Duration) -> None:
    """Checks how long a deployment waits for a job.

    Args:
        timeout: The time-out, or one made from a token.
        longest: The longest one that is possible.

    Raises:
        ValidationError: If it is shorter than a minute, longer than `longest`, or not in whole seconds.
    """
    if not isinstance(timeout, Duration):
        raise ValidationError(f"timeout must be an aws_cdk.Duration, got {_kind(timeout)}; use Duration.minutes(...)")
    if timeout.is_unresolved():
        return
    seconds = timeout.to_seconds(integral=False)
    if not 60 <= seconds <= longest.to_seconds():  # noqa: PLR2004 - a minute
        raise ValidationError(
            f"timeout must be 1 minute to {longest.to_human_string()}, got {timeout.to_human_string()}; "
            "use wait_for_completion=False if the deployment need not wait for the job"
        )
    if seconds != int(seconds):
        raise ValidationError(f"timeout must be in whole seconds, got {timeout.to_human_string()}; round it")


def check_location(url: str, bucket_name: str) -> None:
    """Checks the length of an S3 location, as far as it is known.

    Args:
        url: The location, in which the bucket's name may be a token.
        bucket_name: The bucket's name, or a token.

    Raises:
        ValidationError: If the service would refuse the location for its length.
    """
    shortest = url.replace(bucket_name, "???") if is_unresolved(bucket_name) else url
    if is_unresolved(shortest):
        return
    if len(shortest) > _LOCATION_MAX_LENGTH:
        raise ValidationError(
            f"an S3 location must have at most {_LOCATION_MAX_LENGTH} characters, the bucket's name included, "
            f"got {len(shortest)}: {shortest!r}; use a shorter key or prefix"
        )


def check_key(key: str, argument: str) -> None:
    """Checks the key of an object or the prefix of a folder.

    Args:
        key: The key or prefix, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is no key, or holds a character that means something else in an IAM policy.
    """
    if not isinstance(key, str):
        raise ValidationError(f"{argument} must be a string, got {_kind(key)}")
    if is_unresolved(key):
        return
    if not key:
        raise ValidationError(
            f"{argument} must name an object, or a folder by a prefix that ends in '/', got an empty string"
        )
    if re.match(r"(s3|https?)://|/", key):
        raise ValidationError(
            f"{argument} must be the part of the location after the bucket's name and its '/', got {key!r}"
        )
    if re.search(r"[*?]|\$\{", key):
        raise ValidationError(
            f"{argument} must not have '*', '?' or '${{', which are wildcards in the policies that give access "
            f"to it, got {key!r}"
        )


def check_prefix(prefix: str, argument: str) -> None:
    """Checks the prefix of a folder.

    Args:
        prefix: The prefix, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is none, or does not end in `/`.
    """
    check_key(prefix, argument)
    if not is_unresolved(prefix) and not prefix.endswith("/"):
        raise ValidationError(f"{argument} must be a folder and end in '/', got {prefix!r}")


def check_key_arn(key: object) -> None:
    """Checks that an encryption key is a key and no alias, as services want it.

    Args:
        key: The key, whose ARN may be a token.

    Raises:
        ValidationError: If it is something else.
    """
    check_reference(key, "key_arn", "encryption_key", "an aws_kms.IKey", "aws_kms.Key.from_key_arn(...)")
    arn = cast("str", getattr(key, "key_arn", ""))
    is_alias = hasattr(key, "alias_name") or ":alias/" in arn
    if is_alias or not (is_unresolved(arn) or _KEY_ARN.fullmatch(arn)):
        raise ValidationError(
            "encryption_key must be a key and not an alias, because services take only the ARN of a key, got "
            f"{'an alias' if is_alias else repr(arn)}; use aws_kms.Key.from_key_arn(...)"
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
    if is_unresolved(arn):
        return
    if len(arn) > _ARN_MAX_LENGTH or not _ARN.fullmatch(arn):
        raise ValidationError(
            f"{argument} must be like arn:aws:personalize:<region>:<account>:<resource> and have at most "
            f"{_ARN_MAX_LENGTH} characters, got {arn!r}"
        )


def check_choice(value: object, choices: type[enum.Enum], argument: str, *, required: bool = False) -> None:
    """Checks that an argument is a member of an enum, or left out.

    Args:
        value: What was given.
        choices: The enum.
        argument: The argument's name, for the message.
        required: Whether it may not be left out.

    Raises:
        ValidationError: If it is something else.
    """
    if (value is not None or required) and not isinstance(value, choices):
        *others, last = (f"{choices.__name__}.{choice.name}" for choice in choices)
        raise ValidationError(f"{argument} must be {', '.join(others)} or {last}, got {value!r}")


def check_count(value: object, argument: str, *, least: int, most: int | None = None) -> None:
    """Checks that an argument is a whole number in a range, or left out.

    Args:
        value: What was given, maybe a token.
        argument: The argument's name, for the message.
        least: The smallest number that is possible.
        most: The largest one; if none, there is no limit.

    Raises:
        ValidationError: If it is something else.
    """
    may_be_token = isinstance(value, str | int | float) or hasattr(value, "resolve")
    if value is None or (may_be_token and Token.is_unresolved(value)):
        return
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or cast("int", value) < least or (most is not None and cast("int", value) > most):
        limits = f"at least {least}" if most is None else f"{least} to {most}"
        raise ValidationError(f"{argument} must be a whole number, {limits}, got {_kind(value)}")


def check_instance(value: object, wanted: type, argument: str) -> None:
    """Checks that an argument is of a class, or left out.

    Args:
        value: What was given.
        wanted: The class.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is something else.
    """
    if value is not None and not isinstance(value, wanted):
        raise ValidationError(f"{argument} must be a {wanted.__name__}, got {_kind(value)}")


def check_flag(value: object, argument: str) -> None:
    """Checks that an argument is True or False, or left out.

    Args:
        value: What was given.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is something else.
    """
    if value is not None and not isinstance(value, bool):
        raise ValidationError(f"{argument} must be True or False, got {_kind(value)}")


def check_identifier(value: str, argument: str) -> None:
    """Checks that an argument is the id of a resource, not its ARN.

    Args:
        value: The id, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is none.
    """
    if not isinstance(value, str):
        raise ValidationError(f"{argument} must be a string, got {_kind(value)}")
    if not is_unresolved(value) and not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise ValidationError(f"{argument} must be an id of letters, digits, hyphens and underscores, got {value!r}")


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


def tag_errors(tags: Sequence[Mapping[str, object]]) -> list[str]:
    """Returns what is wrong with a job's tags: one message for each fault.

    Args:
        tags: The tags, each with `Key` and `Value`, which are texts as far as they are known at synthesis.
    """
    errors = []
    if len(tags) > _TAGS_MAX:
        errors.append(f"a job must have at most {_TAGS_MAX} tags, got {len(tags)}; those of the app and stack count")
    for key, value in ((tag["Key"], tag["Value"]) for tag in tags):
        if not isinstance(key, str):
            continue
        if key.lower().startswith("aws:"):
            errors.append(f"a tag's key must not start with 'aws:', which is reserved, got {key!r}")
        if not 1 <= len(key) <= _TAG_KEY_MAX_LENGTH:
            errors.append(f"a tag's key must have 1 to {_TAG_KEY_MAX_LENGTH} characters, got {len(key)}: {key!r}")
        known = value if isinstance(value, str) else ""
        if len(known) > _TAG_VALUE_MAX_LENGTH:
            errors.append(
                f"a tag's value must have at most {_TAG_VALUE_MAX_LENGTH} characters, got {len(known)} for {key!r}"
            )
        if strange := sorted({*_strange(key), *_strange(known)}):
            errors.append(
                "a tag must consist of letters, digits, white space and _ . : / = + - @, got "
                f"{' '.join(map(repr, strange))} in {key!r}"
            )
    return errors


def _strange(text: str) -> list[str]:
    """Returns the characters that a tag must not have: Amazon Personalize API Reference, Tag."""
    return [one for one in text if one not in "_.:/=+-@" and unicodedata.category(one)[0] not in "LZN"]


def _kind(value: object) -> str:
    return f"{type(value).__name__} {value!r}" if isinstance(value, str | int | float) else type(value).__name__
