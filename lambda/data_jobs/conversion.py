"""Converts values between CloudFormation, which passes only strings, and a service's API, which has types."""

import contextlib
import datetime as dt
import decimal
import json
from typing import Any

from botocore.model import Shape

MIN_MILLISECONDS, MAX_MILLISECONDS = 10**11, 10**14
"""Numbers from which a time is in milliseconds since 1970, and from which it is invalid."""


def to_typed(value: Any, shape: Shape) -> Any:  # noqa: ANN401
    """Returns a value with the types of a botocore shape; members that the shape lacks stay as they are.

    Raises:
        ValueError: If a string does not have the type.
    """
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return to_document(value)
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {name: to_typed(part, members[name]) if name in members else part for name, part in value.items()}
    if kind == "map" and isinstance(value, dict):
        return {name: to_typed(part, shape.value) for name, part in value.items()}
    if kind == "list" and isinstance(value, list):
        return [to_typed(part, shape.member) for part in value]
    readers: dict[str, Any] = {
        "boolean": to_boolean,
        "integer": int,
        "long": int,
        "float": float,
        "double": float,
    }
    return readers.get(kind, str)(value) if isinstance(value, str) else value


def to_document(value: Any) -> Any:  # noqa: ANN401
    """Returns a document: a string is parsed as JSON; strings in dicts and lists become numbers if they look like some.

    A document with strings that look like numbers must therefore be one string.
    """
    if not isinstance(value, str):
        return _to_scalars(value)
    try:
        return json.loads(value)
    except ValueError:
        return value


def _to_scalars(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _to_scalars(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_to_scalars(part) for part in value]
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value, parse_constant=str)
    except ValueError:
        return value
    return parsed if isinstance(parsed, (int, float)) else value


def to_boolean(value: str) -> bool:
    """Returns the boolean of `true` or `false`."""
    if value not in ("true", "false"):
        raise ValueError(f"expected true or false, got {value}")
    return value == "true"


def to_string(value: object) -> str:
    """Returns a value of a response as the string of an attribute."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=to_string, ensure_ascii=False)
    return str(value)


def to_timestamp(value: object) -> float:
    """Returns a date, or seconds or milliseconds since 1970, in seconds since 1970.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if isinstance(value, dt.datetime):
        known = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        return known.timestamp()
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, decimal.Decimal))
        or not 0 < value < MAX_MILLISECONDS
    ):
        raise ValueError(
            f"the creation time of a job must be a date, or seconds or milliseconds since 1970, got {value!r}"
        )
    return float(value) / (1000 if value >= MIN_MILLISECONDS else 1)


def tag_list(call: dict[str, str], tags: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Returns the parameter of a call that holds tags, in the service's spelling."""
    return {call["list"]: [{call["key"]: key, call["value"]: value} for key, value in tags.items()]}
