"""What a JMESPath finds, as far as the shape of what it is searched in tells."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

Shape = Any
"""A shape of botocore's model, a `SyntheticShape`, or None if it is not known."""

_Node = Mapping[str, Any]


@dataclass(frozen=True)
class SyntheticShape:
    """A shape that is in no model, with the attributes that botocore's shapes have.

    Attributes:
        type_name: As in botocore's models, e.g. `structure`.
        members: The members of a structure.
        member: The elements of a list.
    """

    type_name: str
    members: Mapping[str, Shape] = field(default_factory=dict)
    member: Shape = None


STRING, NUMBER, BOOLEAN, NULL = (SyntheticShape(name) for name in ("string", "double", "boolean", "null"))


class NothingFoundError(Exception):
    """A path that finds nothing, whatever the data are. The message says what is there, and what is not."""


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
        ) from error
    return parsed


def result_shape(path: str, shape: Shape) -> Shape:
    """Returns the shape of what a path finds; None if it is not known.

    Args:
        path: The JMESPath.
        shape: The shape of what it is searched in.

    Raises:
        ValidationError: If it is no JMESPath.
        NothingFoundError: If it cannot find anything.
    """
    return _shape(parse_path(path), shape)


def _shape(node: _Node, shape: Shape) -> Shape:
    return _READERS[node["type"]](node, shape)


def _field(node: _Node, shape: Shape) -> Shape:
    name = node["value"]
    if shape is None or getattr(shape, "is_document_type", False):
        return None
    if shape.type_name == "structure":
        if name not in shape.members:
            raise NothingFoundError(f"there is no {name!r}, but {listed(shape.members, name) or 'nothing'}")
        return shape.members[name]
    if shape.type_name == "map":
        return shape.value
    if shape.type_name == "list":
        raise NothingFoundError(f"{name!r} is searched in a list, which takes [0] or [*] before it")
    raise NothingFoundError(f"{name!r} is searched in what is of the type {shape.type_name}, which has no members")


def _in_turn(node: _Node, shape: Shape) -> Shape:
    for child in node["children"]:
        shape = _shape(child, shape)
    return shape


def _element(shape: Shape) -> Shape:
    """Returns the shape of a list's elements.

    Raises:
        NothingFoundError: If it is no list.
    """
    if shape is None:
        return None
    if shape.type_name != "list":
        raise NothingFoundError(f"brackets take a list, but what is before them is of the type {shape.type_name}")
    return shape.member


def _list_of(shape: Shape) -> SyntheticShape:
    return SyntheticShape("list", member=shape)


def _slice(_node: _Node, shape: Shape) -> Shape:
    _element(shape)
    return shape


def _projection(node: _Node, shape: Shape) -> Shape:
    left, right = node["children"]
    return _list_of(_shape(right, _element(_shape(left, shape))))


def _filter(node: _Node, shape: Shape) -> Shape:
    left, right, condition = node["children"]
    element = _element(_shape(left, shape))
    _shape(condition, element)
    return _list_of(_shape(right, element))


def _values(node: _Node, shape: Shape) -> Shape:
    left, right = node["children"]
    found = _shape(left, shape)
    if found is not None and found.type_name not in ("map", "structure"):
        raise NothingFoundError(f"'*' takes an object, but what is before it is of the type {found.type_name}")
    return _list_of(_shape(right, found.value if found is not None and found.type_name == "map" else None))


def _flatten(node: _Node, shape: Shape) -> Shape:
    element = _element(_shape(node["children"][0], shape))
    return element if element is not None and element.type_name == "list" else _list_of(element)


def _alternatives(shapes: Sequence[Shape]) -> Shape:
    """Returns the shape of values of which one is taken; None unless they have one type."""
    known = [one for one in shapes if one is not NULL]
    if not known or any(one is None or one.type_name != known[0].type_name for one in known):
        return None
    # An empty list tells nothing of its elements.
    return next((one for one in known if one.type_name != "list" or one.member is not None), known[0])


def _children(node: _Node, shape: Shape) -> list[Shape]:
    return [_shape(child, shape) for child in node["children"]]


def _condition(node: _Node, shape: Shape) -> Shape:
    _children(node, shape)
    return BOOLEAN


def _multi_select(node: _Node, shape: Shape) -> Shape:
    return _list_of(_alternatives(_children(node, shape)))


def _hash(node: _Node, shape: Shape) -> Shape:
    return SyntheticShape("structure", members={pair["value"]: _in_turn(pair, shape) for pair in node["children"]})


def _literal_shape(value: object) -> Shape:
    if isinstance(value, dict):
        return SyntheticShape("structure", members={name: _literal_shape(item) for name, item in value.items()})
    if isinstance(value, list):
        return _list_of(_alternatives([_literal_shape(item) for item in value]))
    if value is None or isinstance(value, bool):
        return NULL if value is None else BOOLEAN
    return STRING if isinstance(value, str) else NUMBER


def _function(node: _Node, shape: Shape) -> Shape:
    from jmespath.functions import Functions  # noqa: PLC0415 - as above

    name, arguments = node["value"], node["children"]
    if name not in Functions.FUNCTION_TABLE:
        raise NothingFoundError(f"there is no function {name!r}, but {listed(Functions.FUNCTION_TABLE, name)}")
    known = [None if one["type"] == "expref" else _shape(one, shape) for one in arguments]
    element = next((one.member for one in known if one is not None and one.type_name == "list"), None)
    by_element = [_in_turn(one, element) for one in arguments if one["type"] == "expref"]
    if name == "map" and by_element:
        return _list_of(by_element[0])
    if name == "not_null":
        return _alternatives(known)
    if name in ("max", "min", "max_by", "min_by"):
        return element
    if name in ("reverse", "sort", "sort_by"):
        return known[0] if known else None
    return _RESULTS.get(name)


_RESULTS = {
    **dict.fromkeys(("join", "to_string", "type"), STRING),
    **dict.fromkeys(("abs", "avg", "ceil", "floor", "length", "sum", "to_number"), NUMBER),
    **dict.fromkeys(("contains", "ends_with", "starts_with"), BOOLEAN),
    "keys": _list_of(STRING),
    "values": _list_of(None),
}
"""What functions return; what others return depends on their arguments."""

_READERS: Mapping[str, Callable[[_Node, Shape], Shape]] = {
    "field": _field,
    "subexpression": _in_turn,
    "index_expression": _in_turn,
    "pipe": _in_turn,
    "index": lambda _, shape: _element(shape),
    "slice": _slice,
    "projection": _projection,
    "filter_projection": _filter,
    "value_projection": _values,
    "flatten": _flatten,
    "identity": lambda _, shape: shape,
    "current": lambda _, shape: shape,
    "literal": lambda node, _: _literal_shape(node["value"]),
    "multi_select_list": _multi_select,
    "multi_select_dict": _hash,
    "or_expression": lambda node, shape: _alternatives(_children(node, shape)),
    "and_expression": lambda node, shape: _alternatives(_children(node, shape)),
    "not_expression": _condition,
    "comparator": _condition,
    "function_expression": _function,
}
