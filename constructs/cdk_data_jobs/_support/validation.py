"""Validation of arguments: errors that are found before anything is deployed."""

import enum
import re
from typing import cast

from aws_cdk import Duration

from cdk_data_jobs._support.tokens import is_unresolved, with_readable_tokens

_KEY_ARN = re.compile(r"arn:aws.*:kms:.*:[0-9]{12}:key/.*")


class ValidationError(ValueError):
    """An argument is invalid. The message says what was expected, what was got and what to do."""

    def __init__(self, message: str) -> None:
        """Creates the error, with tokens in its message replaced by readable names.

        Args:
            message: The message.
        """
        super().__init__(with_readable_tokens(message))


def validate_timeout(timeout: Duration, max_timeout: Duration) -> None:
    """Validates how long a deployment waits for a job.

    Args:
        timeout: The timeout, whose value may be a token.
        max_timeout: The maximum.

    Raises:
        ValidationError: If it is shorter than a minute, longer than `max_timeout`, or not in whole seconds.
    """
    if not isinstance(timeout, Duration):
        raise ValidationError(
            f"timeout must be an aws_cdk.Duration, got {_describe(timeout)}; use Duration.minutes(...)"
        )
    if timeout.is_unresolved():
        return
    seconds = timeout.to_seconds(integral=False)
    if not 60 <= seconds <= max_timeout.to_seconds():  # noqa: PLR2004 - a minute
        raise ValidationError(
            f"timeout must be 1 minute to {max_timeout.to_human_string()}, got {timeout.to_human_string()}; "
            "use wait_for_completion=False if the deployment need not wait for the job"
        )
    if seconds != int(seconds):
        raise ValidationError(f"timeout must be in whole seconds, got {timeout.to_human_string()}; round it")


def validate_object_key(key: str, argument: str) -> None:
    """Validates the key of an object or the prefix of a folder.

    Args:
        key: The key or prefix, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is not a key, or has a character with a special meaning in an IAM policy.
    """
    validate_string(key, argument)
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


def validate_prefix(prefix: str, argument: str) -> None:
    """Validates the prefix of a folder.

    Args:
        prefix: The prefix, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is not a prefix, or does not end in `/`.
    """
    validate_object_key(prefix, argument)
    if not is_unresolved(prefix) and not prefix.endswith("/"):
        raise ValidationError(f"{argument} must be a folder and end in '/', got {prefix!r}")


def validate_kms_key(key: object) -> None:
    """Validates that an encryption key is a key and not an alias, as services require.

    Args:
        key: The key, whose ARN may be a token.

    Raises:
        ValidationError: If it is anything else.
    """
    validate_reference(key, "key_arn", "encryption_key", "an aws_kms.IKey", "aws_kms.Key.from_key_arn(...)")
    arn = cast("str", getattr(key, "key_arn", ""))
    is_alias = hasattr(key, "alias_name") or ":alias/" in arn
    if is_alias or not (is_unresolved(arn) or _KEY_ARN.fullmatch(arn)):
        raise ValidationError(
            "encryption_key must be a key and not an alias, because services take only the ARN of a key, got "
            f"{'an alias' if is_alias else repr(arn)}; use aws_kms.Key.from_key_arn(...)"
        )


def validate_choice(value: object, choices: type[enum.Enum], argument: str, *, required: bool = False) -> None:
    """Validates that an argument is a member of an enum, or left out.

    Args:
        value: The argument's value.
        choices: The enum.
        argument: The argument's name, for the message.
        required: Whether it may not be left out.

    Raises:
        ValidationError: If it is anything else.
    """
    if (value is not None or required) and not isinstance(value, choices):
        *others, last = (f"{choices.__name__}.{choice.name}" for choice in choices)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise ValidationError(f"{argument} must be {expected}, got {value!r}")


def validate_count(value: object, argument: str, *, minimum: int, maximum: int | None = None) -> None:
    """Validates that an argument is a whole number in a range, or left out.

    Args:
        value: The argument's value, which may be a token.
        argument: The argument's name, for the message.
        minimum: The smallest number that is possible.
        maximum: The largest one; None if there is no limit.

    Raises:
        ValidationError: If it is anything else.
    """
    if value is None or is_unresolved(value):
        return
    whole = isinstance(value, int) and not isinstance(value, bool | enum.Enum)
    if not whole or cast("int", value) < minimum or (maximum is not None and cast("int", value) > maximum):
        limits = f"at least {minimum}" if maximum is None else f"{minimum} to {maximum}"
        raise ValidationError(f"{argument} must be a whole number, {limits}, got {_describe(value)}")


def validate_instance(value: object, expected: type, argument: str, *, required: bool = False, hint: str = "") -> None:
    """Validates that an argument is of a class, or left out.

    Args:
        value: The argument's value.
        expected: The class.
        argument: The argument's name, for the message.
        required: Whether it may not be left out.
        hint: What to do, for the end of the message.

    Raises:
        ValidationError: If it is anything else.
    """
    if (value is not None or required) and not isinstance(value, expected):
        end = f"; {hint}" if hint else ""
        raise ValidationError(f"{argument} must be a {expected.__name__}, got {_describe(value)}{end}")


def validate_flag(value: object, argument: str) -> None:
    """Validates that an argument is True or False, or left out.

    Args:
        value: The argument's value.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is anything else.
    """
    if value is not None and not isinstance(value, bool):
        raise ValidationError(f"{argument} must be True or False, got {_describe(value)}")


def validate_string(value: object, argument: str) -> None:
    """Validates that an argument is a string.

    Args:
        value: The argument's value.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is anything else.
    """
    if not isinstance(value, str):
        raise ValidationError(f"{argument} must be a string, got {_describe(value)}")


def validate_identifier(value: str, argument: str) -> None:
    """Validates that an argument is the id of a resource, not its ARN.

    Args:
        value: The id, or a token.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is not an id.
    """
    validate_string(value, argument)
    if not is_unresolved(value) and not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise ValidationError(f"{argument} must be an id of letters, digits, hyphens and underscores, got {value!r}")


def validate_reference(value: object, attribute: str, argument: str, expected: str, instead: str) -> None:
    """Validates that a reference to another resource is a construct, not its name or ARN.

    Args:
        value: The argument's value.
        attribute: An attribute that every such reference has.
        argument: The argument's name, for the message.
        expected: The expected type, for the message.
        instead: How to make one from a name or an ARN, for the message.

    Raises:
        ValidationError: If `value` has no such attribute.
    """
    if not hasattr(value, attribute):
        raise ValidationError(
            f"{argument} must be {expected}, got {_describe(value)}; use {instead} for an existing one"
        )


def _describe(value: object) -> str:
    """Returns a value's type for a message, with the value itself if it is a string or a number."""
    return f"{type(value).__name__} {value!r}" if isinstance(value, str | int | float) else type(value).__name__
