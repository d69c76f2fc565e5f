"""What a JMESPath finds, as far as the shape of what it is searched in tells."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from cdk_data_jobs._definition.path_functions import Argument, Found, function_result
from cdk_data_jobs._definition.synthetic_shapes import (
    BOOLEAN,
    Shape,
    elements_of,
    list_of,
    literal_shape,
    object_of,
    one_of,
    with_required,
)
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

_Node = Mapping[str, Any]


class NothingFoundError(Exception):
    """A path that finds nothing, whatever the data are. The message says what is there, and what is not.

    Attributes:
        may_be_newer: Whether a newer model of the service may have it.
    """

    def __init__(self, message: str, *, may_be_newer: bool = False) -> None:
        """Creates the error.

        Args:
            message: The message.
            may_be_newer: Whether a newer model of the service may have it.
        """
        super().__init__(message)
        self.may_be_newer = may_be_newer


def parse_path(path: str) -> _Node:
    """Returns a JMESPath as a tree.

    Args:
        path: The path.

    Raises:
        ValidationError: If it is none.
    """
    import jmespath  # noqa: PLC0415 - takes time to load, and the library's own jobs do not need it
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a literal without quotes, which is allowed
            parsed: _Node = jmespath.compile(path).parsed
    except JMESPathError as error:
        reason = " ".join(str(error).splitlines()[0].split())
        raise ValidationError(
            f"a path of a definition must be a JMESPath expression, got {path!r}: {reason}; correct it"
        ) from None
    return parsed


def result_shape(path: str, shape: Shape) -> Shape:
    """Returns the shape of what a path finds; None if it is not known.

    Args:
        path: The JMESPath.
        shape: The shape of what it is searched in.

    Raises:
        ValidationError: If it is no JMESPath.
        NothingFoundError: If it cannot find anything.
        FunctionError: If it has a function that fails.
        AbsentArgumentError: If it has one that may fail.
    """
    return _read(parse_path(path), Found(shape)).shape


def _read(node: _Node, found: Found) -> Found:
    if node["type"] == "expref":
        raise NothingFoundError("an expression that begins with '&' is only for the functions that take one")
    return _READERS[node["type"]](node, found)


def _field(node: _Node, found: Found) -> Found:
    name, shape = node["value"], found.shape
    if shape is None or getattr(shape, "is_document_type", False):
        return Found(None)
    if shape.type_name == "structure":
        if name not in shape.members:
            raise NothingFoundError(
                f"there is no {name!r}, but {listed(shape.members, name) or 'nothing'}",
                may_be_newer=not getattr(shape, "has_all_members", False),
            )
        return Found(shape.members[name], found.may_be_null or name not in shape.required_members)
    if shape.type_name == "map":
        return Found(shape.value, may_be_null=True)
    if shape.type_name == "list":
        raise NothingFoundError(f"{name!r} is searched in a list, which takes [0] or [*] before it")
    raise NothingFoundError(f"{name!r} is searched in what is of the type {shape.type_name}, which has no members")


def _in_turn(node: _Node, found: Found) -> Found:
    for child in node["children"]:
        found = _read(child, found)
    return found


def _validate_list(shape: Shape) -> None:
    if shape is not None and shape.type_name != "list":
        raise NothingFoundError(f"brackets take a list, but what is before them is of the type {shape.type_name}")


def _index(_node: _Node, found: Found) -> Found:
    _validate_list(found.shape)
    return Found(found.shape and found.shape.member, may_be_null=True)


def _slice(_node: _Node, found: Found) -> Found:
    _validate_list(found.shape)
    return found


def _projection(node: _Node, found: Found) -> Found:
    """Returns the list of what is found in each element; a projection leaves out nulls."""
    left, right, *conditions = node["children"]
    before = _read(left, found)
    _validate_list(before.shape)
    shape = before.shape
    element = Found(shape and shape.member, may_be_null=getattr(shape, "is_sparse", False))
    for condition in conditions:
        _read(condition, element)
        element = _where(condition, element)
    if right["type"] == "identity" and shape is not None:
        return Found(list_of(*elements_of(shape)), before.may_be_null)
    return Found(list_of(_read(right, element).shape), before.may_be_null)


def _values(node: _Node, found: Found) -> Found:
    left, right = node["children"]
    before = _read(left, found)
    shape = before.shape
    if shape is not None and shape.type_name not in ("map", "structure"):
        raise NothingFoundError(f"'*' takes an object, but what is before it is of the type {shape.type_name}")
    value = shape.value if shape is not None and shape.type_name == "map" else None
    return Found(list_of(_read(right, Found(value)).shape), before.may_be_null)


def _flatten(node: _Node, found: Found) -> Found:
    before = _read(node["children"][0], found)
    _validate_list(before.shape)
    if before.shape is None:
        return Found(list_of(None), before.may_be_null)
    elements: list[Shape] = []
    for element in elements_of(before.shape):
        elements += elements_of(element) if element is not None and element.type_name == "list" else [element]
    return Found(list_of(*elements, is_sparse=getattr(before.shape, "is_sparse", False)), before.may_be_null)


def _children(node: _Node, found: Found) -> list[Found]:
    return [_read(child, found) for child in node["children"]]


def _multi_select_list(node: _Node, found: Found) -> Found:
    entries = _children(node, Found(found.shape))
    shape = list_of(*(one.shape for one in entries), is_sparse=any(one.may_be_null for one in entries))
    return Found(shape, found.may_be_null)


def _multi_select_object(node: _Node, found: Found) -> Found:
    entries = {pair["value"]: _in_turn(pair, Found(found.shape)) for pair in node["children"]}
    members = {name: one.shape for name, one in entries.items()}
    required = [name for name, one in entries.items() if not one.may_be_null]
    return Found(object_of(members, required=required), found.may_be_null)


def _or(node: _Node, found: Found) -> Found:
    first, last = _children(node, found)
    return Found(one_of([first.shape, last.shape]), last.may_be_null)


def _and(node: _Node, found: Found) -> Found:
    left, right = node["children"]
    first, last = _read(left, found), _read(right, _where(left, found))
    return Found(one_of([first.shape, last.shape]), first.may_be_null or last.may_be_null)


def _where(condition: _Node, found: Found) -> Found:
    """Returns what is searched in, with what must be there if a condition is true."""
    children = condition["children"]
    if condition["type"] == "and_expression" or (condition["type"] == "comparator" and condition["value"] == "eq"):
        for child in children:
            found = _where(child, found)
        return found
    names = _names(condition)
    return Found(with_required(found.shape, *names), found.may_be_null and not names)


def _not(node: _Node, found: Found) -> Found:
    _children(node, found)
    return Found(BOOLEAN)


def _comparison(node: _Node, found: Found) -> Found:
    """Returns a boolean; only what is equal or not is never null."""
    sides = [*zip(node["children"], _children(node, found), strict=True)]
    for (literal, _), (other, value) in (sides, sides[::-1]):
        known, got = getattr(value.shape, "enum", None), literal.get("value")
        if literal["type"] == "literal" != other["type"] and known and got not in (*known, None, ""):
            name = ".".join(_names(other)) or "what it is compared with"
            raise NothingFoundError(
                f"there is no value {got!r} of {name}, but {listed(known, str(got))}", may_be_newer=True
            )
    return Found(BOOLEAN, may_be_null=node["value"] not in ("eq", "ne"))


def _function(node: _Node, found: Found) -> Found:
    arguments = node["children"]
    known = {number: _read(one, found) for number, one in enumerate(arguments) if one["type"] != "expref"}
    lists = (one.shape for one in known.values() if one.shape is not None and one.shape.type_name == "list")
    element = Found(next((shape.member for shape in lists), None))
    return function_result(
        node["value"],
        [
            Argument(
                path=".".join(_names(one)),
                found=known[number] if number in known else _in_turn(one, element),
                is_expression=number not in known,
            )
            for number, one in enumerate(arguments)
        ],
    )


def _names(node: _Node) -> list[str]:
    """Returns the names of a path such as `A.B`; none of another expression."""
    if node["type"] == "field":
        return [node["value"]]
    if node["type"] not in ("expref", "subexpression"):
        return []
    names = [_names(child) for child in node["children"]]
    return [*chain(*names)] if all(names) else []


_READERS: Mapping[str, Callable[[_Node, Found], Found]] = {
    "field": _field,
    "subexpression": _in_turn,
    "index_expression": _in_turn,
    "pipe": _in_turn,
    "index": _index,
    "slice": _slice,
    "projection": _projection,
    "filter_projection": _projection,
    "value_projection": _values,
    "flatten": _flatten,
    "identity": lambda _, found: found,
    "current": lambda _, found: found,
    "literal": lambda node, _: Found(literal_shape(node["value"]), may_be_null=node["value"] is None),
    "multi_select_list": _multi_select_list,
    "multi_select_dict": _multi_select_object,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "comparator": _comparison,
    "function_expression": _function,
}
