"""Parameters of a call against the shapes of botocore's models: names, types, enumerations, patterns and limits."""

from __future__ import annotations

import datetime as dt
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from cdk_data_jobs._definition.service_model import model_version
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.tokens import is_intrinsic_function, is_unresolved

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

_MAX_SHOWN = 100
_IF_NEWER = "; correct it, or install a newer botocore if the service accepts it"


def invalid_values(value: object, shape: Shape, path: str = "", *, may_be_newer: bool = False) -> Iterator[str]:
    """Yields what a value must be and is not, e.g. `A.B[0] must be a list, got str 'x'; correct it`.

    Tokens, functions of CloudFormation and JSONata are not known yet, so that they pass. A string passes for a number,
    a boolean and a time if it can be read as one: CloudFormation passes strings only, and the function converts them.

    Args:
        value: The value.
        shape: The shape that it must have.
        path: Where the value is, e.g. `A.B[0]`; empty for the parameters of a call.
        may_be_newer: Whether the SDK that makes the call may know more names and values than the model.
    """
    if is_unresolved(value) or is_intrinsic_function(value):
        return
    if getattr(shape, "is_document_type", False) or shape.serialization.get("jsonvalue"):
        return
    expected, has_type = _TYPES.get(shape.type_name, ("", lambda _: True))
    if not has_type(value):
        yield f"{path} must be {expected}, got {_shown(value)}; correct it"
        return
    yield from _outside_of_limits(value, shape, path)
    if isinstance(value, Mapping) and shape.type_name == "structure":
        yield from _invalid_members(value, shape, path, may_be_newer=may_be_newer)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from invalid_values(name, shape.key, f"the key {name!r} of {path}", may_be_newer=may_be_newer)
            yield from invalid_values(item, shape.value, f"{path}.{name}", may_be_newer=may_be_newer)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from invalid_values(item, shape.member, f"{path}[{number}]", may_be_newer=may_be_newer)
    elif isinstance(value, str) and shape.type_name == "string":
        yield from _invalid_string(value, shape, path, may_be_newer=may_be_newer)


def _invalid_members(
    value: Mapping[str, Any], shape: StructureShape, path: str, *, may_be_newer: bool
) -> Iterator[str]:
    given = {name: item for name, item in value.items() if item is not None}
    inside = f"{path}." if path else ""
    for name, item in given.items():
        if name in shape.members:
            yield from invalid_values(item, shape.members[name], f"{inside}{name}", may_be_newer=may_be_newer)
        elif not may_be_newer:
            yield f"{inside}{name} must be {_known(shape.members, name)}, got {name!r}{_IF_NEWER}"
    for name in missing_members(shape, given):
        yield f"{inside}{name} must be given, got only {listed(given) or 'an empty object'}; add it"
    known = [*given] if may_be_newer else [name for name in given if name in shape.members]
    if getattr(shape, "is_tagged_union", False) and len(known) != 1:
        yield f"{path} must have exactly one of {listed(shape.members)}, got {listed(known) or 'none'}; correct it"


def missing_members(shape: StructureShape, given: Mapping[str, object]) -> list[str]:
    """Returns the required members of a structure that are not given, and that the SDK does not fill in itself.

    Args:
        shape: The structure.
        given: What is given, by member.
    """
    return [
        name
        for name in shape.required_members
        if name not in given and not shape.members[name].metadata.get("idempotencyToken")
    ]


def _invalid_string(value: str, shape: Shape, path: str, *, may_be_newer: bool) -> Iterator[str]:
    known = getattr(shape, "enum", None)
    if known and value not in known and not may_be_newer:
        yield f"{path} must be {_known(known, value)}, got {value!r}{_IF_NEWER}"
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern and not pattern.fullmatch(value):
        yield f"{path} must match {pattern.pattern}, got {_shown(value)}{_IF_NEWER}"


def _outside_of_limits(value: object, shape: Shape, path: str) -> Iterator[str]:
    low, high = (_number(shape.metadata.get(name)) for name in ("min", "max"))
    if low is None and high is None:
        return
    if shape.type_name in _NUMBERS:
        size, unit = _number(value), ""
    elif isinstance(value, str | list | tuple | Mapping):
        size, unit = len(value), " characters" if isinstance(value, str) else " entries"
    else:
        return
    if size is None or (low is not None and size < low) or (high is not None and size > high):
        limits = _limits(low, high)
        got = f"{size}: {_shown(value)}" if unit else _shown(value)
        yield f"{path} must {'have' if unit else 'be'} {limits}{unit}, got {got}{_IF_NEWER}"


def _known(names: Iterable[str], got: str) -> str:
    return f"one of {listed(names, got)}, which {model_version()} knows"


def _limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"at least {low}" if high is None else f"at most {high}"
    return f"{low} to {high}" if low != high else f"{low}"


def _number(value: object) -> float | None:
    """Returns a number, also of a string; None if it is none."""
    try:
        number = float(cast("str", value))
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Returns a pattern of Java's syntax; None if Python would read it otherwise, or not at all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern, re.ASCII) if pattern else None
    except (re.error, OverflowError, Warning):
        return None


def _is_whole(value: object) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"\s*[+-]?\d+\s*", value))
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | str) and _number(value) is not None


def _is_time(value: object) -> bool:
    from botocore.utils import parse_to_aware_datetime  # noqa: PLC0415 - as the SDK reads it, and slow to load

    if isinstance(value, bool) or not isinstance(value, int | float | str | dt.datetime):
        return False
    try:
        parse_to_aware_datetime(value)
    except (ValueError, TypeError, AttributeError, OverflowError, RuntimeError):
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, str | int | float):
        shown = repr(value)
        return f"{type(value).__name__} {shown if len(shown) <= _MAX_SHOWN else f'{shown[:_MAX_SHOWN]}...'}"
    return type(value).__name__


_NUMBERS = ("integer", "long", "float", "double")
_WHOLE = ("a whole number", _is_whole)
_DECIMAL = ("a number", _is_number)
_TYPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "structure": ("an object", lambda value: isinstance(value, Mapping)),
    "map": ("an object", lambda value: isinstance(value, Mapping)),
    "list": ("a list", lambda value: isinstance(value, list | tuple)),
    "string": ("a string", lambda value: isinstance(value, str | dt.datetime)),
    "character": ("a string", lambda value: isinstance(value, str)),
    "blob": ("a string", lambda value: isinstance(value, str)),
    "boolean": ("True or False", lambda value: isinstance(value, bool) or value in ("true", "false")),
    "integer": _WHOLE,
    "long": _WHOLE,
    "float": _DECIMAL,
    "double": _DECIMAL,
    "timestamp": ("a time", _is_time),
}
