"""The functions of JMESPath: whether a call of one can fail, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_data_jobs._definition.synthetic_shapes import (
    BOOLEAN,
    NUMBER,
    STRING,
    Shape,
    elements_of,
    list_of,
    one_of,
)
from cdk_data_jobs._support.close_matches import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TYPES = {
    **dict.fromkeys(("string", "character"), "string"),
    **dict.fromkeys(("integer", "long", "float", "double"), "number"),
    **dict.fromkeys(("structure", "map"), "object"),
    "boolean": "boolean",
    "list": "array",
}
"""JMESPath's types of what the SDK returns. It has none for a time and for bytes, which no function takes."""

_DEFAULTS = {"string": "''", "array": "`[]`", "object": "`{}`", "number": "`0`"}


class FunctionError(Exception):
    """A call of a function that fails. The message says why, and what to write instead."""


class AbsentArgumentError(FunctionError):
    """A call of a function that fails if something is absent, which the model does not say is always there."""


@dataclass(frozen=True)
class Found:
    """What an expression finds.

    Attributes:
        shape: Its shape; None if it is not known.
        may_be_null: Whether it may find nothing, by what is known.
    """

    shape: Shape
    may_be_null: bool = False


@dataclass(frozen=True)
class Argument:
    """An argument of a function.

    Attributes:
        path: The expression, if it is a path of names; otherwise empty.
        found: What it finds; of an expression by which elements are taken, e.g. `&Name`, what that finds in each.
        is_expression: Whether it is such an expression.
    """

    path: str
    found: Found
    is_expression: bool

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path or "an argument"


def function_result(name: str, arguments: Sequence[Argument]) -> Found:
    """Returns what a function returns.

    Args:
        name: The function's name.
        arguments: Its arguments.

    Raises:
        FunctionError: If there is no such function, or it fails with these arguments.
        AbsentArgumentError: If it fails with what they may find.
    """
    from jmespath.functions import Functions  # noqa: PLC0415 - takes time to load

    if name not in Functions.FUNCTION_TABLE:
        raise FunctionError(f"there is no function {name!r}, but {listed(Functions.FUNCTION_TABLE, name)}")
    signature = Functions.FUNCTION_TABLE[name]["signature"]
    is_variadic = bool(signature[-1].get("variadic"))
    if len(arguments) < len(signature) or (len(arguments) > len(signature) and not is_variadic):
        least = "at least " if is_variadic else ""
        raise FunctionError(f"{name} takes {least}{len(signature)} arguments, got {len(arguments)}")
    for number, argument in enumerate(arguments):
        _validate_argument(name, argument, signature[min(number, len(signature) - 1)]["types"])
    if name.endswith("_by"):
        _validate_key(name, arguments[1])
    return _result(name, arguments)


def _validate_argument(function: str, argument: Argument, types: Sequence[str]) -> None:
    found, name = argument.found, argument.name
    if argument.is_expression or types == ["expref"]:
        if not argument.is_expression or types != ["expref"]:
            raise FunctionError(f"{function} takes {'an &' if types == ['expref'] else 'no &'} before {name}")
        return
    if not types:
        return
    plain = [one.partition("-")[0] for one in types]
    if found.may_be_null:
        raise AbsentArgumentError(
            f"{function} fails if {name} is absent, which it may be; write ({argument.path or '...'} || "
            f"{_DEFAULTS[plain[0]]})"
        )
    _validate_type(function, name, found.shape, plain)
    inner = [one.partition("-")[2] for one in types if "-" in one]
    if not inner or found.shape is None or found.shape.type_name != "list":
        return
    if getattr(found.shape, "is_sparse", False):
        raise AbsentArgumentError(
            f"{function} fails if an entry of its list is absent, which may be; write {argument.path or '[...]'}[?@], "
            "which leaves out such an entry, or (... || '') as the entry"
        )
    for element in elements_of(found.shape):
        _validate_type(function, "an entry of its list", element, inner)


def _validate_type(function: str, name: str, shape: Shape, types: Sequence[str]) -> None:
    if shape is not None and _TYPES.get(shape.type_name) not in types:
        instead = "write to_string(...) around it" if "string" in types else "correct it"
        raise FunctionError(
            f"{function} takes {' or '.join(dict.fromkeys(types))}, but {name} is of the type {shape.type_name}; "
            f"{instead}"
        )


def _validate_key(function: str, key: Argument) -> None:
    """Validates what elements are compared by."""
    _validate_type(function, key.name, key.found.shape, ("string", "number"))
    if key.found.may_be_null:
        raise AbsentArgumentError(
            f"{function} fails if {key.name} of an element is absent, which it may be; write "
            f"&to_string({key.path or '...'})"
        )


def _result(name: str, arguments: Sequence[Argument]) -> Found:
    founds = [one.found for one in arguments]
    if name == "map":
        return Found(list_of(founds[0].shape, is_sparse=founds[0].may_be_null))
    if name == "not_null":
        return Found(one_of([one.shape for one in founds]), may_be_null=all(one.may_be_null for one in founds))
    if name in ("max", "min", "max_by", "min_by"):
        shape = founds[0].shape
        return Found(shape and shape.member, may_be_null=True)
    if name in ("reverse", "sort", "sort_by"):
        return founds[0]
    return Found(_RESULTS.get(name), may_be_null=name in ("avg", "to_number"))


_RESULTS: Mapping[str, Shape] = {
    **dict.fromkeys(("join", "to_string", "type"), STRING),
    **dict.fromkeys(("abs", "avg", "ceil", "floor", "length", "sum", "to_number"), NUMBER),
    **dict.fromkeys(("contains", "ends_with", "starts_with"), BOOLEAN),
    "keys": list_of(STRING),
    "values": list_of(None),
}
"""What functions return; what others return depends on their arguments."""
