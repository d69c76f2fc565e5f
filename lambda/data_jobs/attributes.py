"""Values between CloudFormation, which knows texts only, and a service's model, which has types."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape


def typed(value: Any, shape: Shape) -> Any:  # noqa: ANN401
    """Give back to a value the types of a request's shape; what the shape does not know stays as it is.

    Raises:
        ValueError: If a text cannot be read as the type that the request needs.
    """
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return document(value)
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {name: typed(part, members[name]) if name in members else part for name, part in value.items()}
    if kind == "map" and isinstance(value, dict):
        return {name: typed(part, shape.value) for name, part in value.items()}
    if kind == "list" and isinstance(value, list):
        return [typed(part, shape.member) for part in value]
    readers: dict[str, Callable[[str], Any]] = {
        "boolean": truth,
        "integer": int,
        "long": int,
        "float": float,
        "double": float,
    }
    return readers.get(kind, str)(value) if isinstance(value, str) else value


def document(value: Any) -> Any:  # noqa: ANN401
    """A value of any type: what a text of JSON says; else numbers and booleans where texts look like them.

    So a document can hold texts that look like numbers if it is given as one text.
    """
    if not isinstance(value, str):
        return _scalars(value)
    try:
        return json.loads(value)
    except ValueError:
        return value


def _scalars(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _scalars(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_scalars(part) for part in value]
    if not isinstance(value, str):
        return value
    try:
        meant = json.loads(value, parse_constant=str)
    except ValueError:
        return value
    return meant if isinstance(meant, (int, float)) else value


def truth(value: str) -> bool:
    """A boolean as CloudFormation writes it."""
    if value not in ("true", "false"):
        raise ValueError(f"expected true or false, got {value}")
    return value == "true"


def tag_list(call: dict[str, str], tags: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The parameter of a call with tags, in the service's spelling."""
    return {call["list"]: [{call["key"]: key, call["value"]: value} for key, value in tags.items()]}


def text(value: object) -> str:
    """A value of a response as an attribute."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=text, ensure_ascii=False)
    return str(value)
