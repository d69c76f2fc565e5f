"""The members of the structures of botocore's models, those of structures in them as `A.B`."""

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape, StructureShape


def leaves(shape: Shape) -> Iterator[str]:
    """The members of a structure."""
    for name, member in shape.members.items():
        yield from (f"{name}.{leaf}" for leaf in leaves(member)) if isinstance(member, StructureShape) else [name]


def given(parameters: dict[str, Any], shape: Shape) -> Iterator[str]:
    """Which of a structure's members there are."""
    for name, value in parameters.items():
        member = shape.members[name]
        is_structure = isinstance(member, StructureShape)
        yield from (f"{name}.{leaf}" for leaf in given(value, member)) if is_structure else [name]
