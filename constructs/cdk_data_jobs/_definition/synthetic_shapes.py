"""Shapes that are in no model: of what the library adds to calls, and of what an expression makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Shape = Any
"""A shape of botocore's model, a `SyntheticShape`, or None if it is not known."""


@dataclass(frozen=True)
class SyntheticShape:
    """A shape with the attributes that botocore's shapes have.

    Attributes:
        type_name: As in botocore's models, e.g. `structure`.
        members: The members of a structure.
        required_members: Those of them that are always there.
        has_all_members: Whether a newer model of the service cannot have more members.
        member: The elements of a list; None if they are not known, or differ.
        elements: The elements of a list, if they differ.
        is_sparse: Whether elements of a list may be null.
        enum: The values that a string can have; empty if they are not known.
    """

    type_name: str
    members: Mapping[str, Shape] = field(default_factory=dict)
    required_members: Sequence[str] = ()
    has_all_members: bool = False
    member: Shape = None
    elements: Sequence[Shape] = ()
    is_sparse: bool = False
    enum: Sequence[str] = ()


STRING, NUMBER, BOOLEAN, NULL = (SyntheticShape(name) for name in ("string", "double", "boolean", "null"))


def object_of(members: Mapping[str, Shape], *, required: Sequence[str] | None = None) -> SyntheticShape:
    """Returns the shape of an object that has no other members in any version of the service.

    Args:
        members: Its members.
        required: Those that are always there. By default all.
    """
    required = [*members] if required is None else required
    return SyntheticShape("structure", members=members, required_members=required, has_all_members=True)


def list_of(*shapes: Shape, is_sparse: bool = False) -> SyntheticShape:
    """Returns the shape of a list.

    Args:
        *shapes: The shapes of its elements.
        is_sparse: Whether elements may be null.
    """
    member = one_of(shapes)
    differing = () if member is not None else shapes
    return SyntheticShape("list", member=member, elements=differing, is_sparse=is_sparse)


def elements_of(shape: Shape) -> Sequence[Shape]:
    """Returns the shapes of a list's elements; one that is not known is None.

    Args:
        shape: The list.
    """
    return getattr(shape, "elements", ()) or (shape.member,)


def one_of(shapes: Sequence[Shape]) -> Shape:
    """Returns the shape of values of which one is taken; None unless they have one type.

    Args:
        shapes: The shapes of the values; one that is not known is None.
    """
    known = [one for one in shapes if one is not NULL]
    if not known or any(one is None or one.type_name != known[0].type_name for one in known):
        return None
    if all(_is_same(one, known[0]) for one in known):
        return known[0]
    if known[0].type_name == "list":
        # An empty list tells nothing of its elements.
        elements = [element for one in known for element in elements_of(one) if not _is_empty(one)]
        return list_of(*elements, is_sparse=any(getattr(one, "is_sparse", False) for one in known))
    if known[0].type_name == "string":
        values: list[Sequence[str]] = [getattr(one, "enum", None) or () for one in known]
        return SyntheticShape("string", enum=[*dict.fromkeys(chain(*values))] if all(values) else ())
    return None if known[0].type_name in ("structure", "map") else known[0]


def _is_same(one: Shape, other: Shape) -> bool:
    return one == other or getattr(one, "name", "") == getattr(other, "name", None)


def _is_empty(shape: Shape) -> bool:
    return shape.member is None and not shape.elements


def literal_shape(value: object) -> SyntheticShape:
    """Returns the shape of a value of JSON.

    Args:
        value: The value.
    """
    if isinstance(value, dict):
        return object_of({name: literal_shape(item) for name, item in value.items()})
    if isinstance(value, list):
        return list_of(*map(literal_shape, value), is_sparse=None in value)
    if value is None or isinstance(value, bool):
        return NULL if value is None else BOOLEAN
    return SyntheticShape("string", enum=[value]) if isinstance(value, str) else NUMBER


def with_required(shape: Shape, *path: str) -> Shape:
    """Returns a structure in which a member is always there, and what it is in.

    Args:
        shape: The structure; another shape is returned as it is.
        *path: The names of the member and of those that it is in, from the outside.
    """
    if not path or getattr(shape, "type_name", "") != "structure" or path[0] not in shape.members:
        return shape
    name, *inner = path
    return SyntheticShape(
        "structure",
        members={**shape.members, name: with_required(shape.members[name], *inner)},
        required_members=[*shape.required_members, name],
        has_all_members=getattr(shape, "has_all_members", False),
    )
