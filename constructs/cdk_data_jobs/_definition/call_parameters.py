"""The parameters of the calls that describe and list jobs, which paths find, and the id of the job among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_data_jobs._definition.parameter_values import missing_members
from cdk_data_jobs._definition.path_shapes import parse_path
from cdk_data_jobs._definition.synthetic_shapes import SyntheticShape, elements_of
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk_data_jobs._definition.synthetic_shapes import Shape
    from cdk_data_jobs.definitions import JobDefinition


def validate_value(name: str, operation: str, path: str, found: Shape, expected: Shape) -> None:
    """Validates that what a path finds can be a parameter of a call.

    Args:
        name: The parameter.
        operation: The call's operation.
        path: The path.
        found: The shape of what it finds; None if it is not known.
        expected: The parameter's shape.

    Raises:
        ValidationError: If it cannot.
    """
    if mistake := next(_mistakes(found, expected, name), None):
        where, problem = mistake
        use = f"use [{path}]" if expected.type_name == "list" and where == name else "correct it"
        raise ValidationError(f"the parameter {where} of {operation} {problem.format(path=repr(path))}; {use}")


def _mistakes(found: Shape, expected: Shape, where: str) -> Iterator[tuple[str, str]]:
    """Yields where a value cannot be a parameter, and why, in which `{path}` stands for its path."""
    if found is None or found.type_name == "null" or getattr(expected, "is_document_type", False):
        return
    if _kind(found) != _kind(expected):
        yield where, f"must be of the type {expected.type_name}, got {{path}}, which is of the type {found.type_name}"
    elif found.type_name == "list":
        for element in elements_of(found):
            yield from _mistakes(element, expected.member, f"{where}[]")
    elif isinstance(found, SyntheticShape) and found.type_name == "structure":
        yield from _mistakes_in_object(found, expected, where)
    elif isinstance(found, SyntheticShape) and (known := getattr(expected, "enum", None)):
        for value in found.enum:
            if value not in known:
                yield where, f"must be one of {listed(known, value)}, got {value!r} in {{path}}"


def _mistakes_in_object(found: SyntheticShape, expected: Shape, where: str) -> Iterator[tuple[str, str]]:
    if expected.type_name == "structure":
        for name in found.members.keys() - expected.members.keys():
            yield where, f"must have members of {listed(expected.members, name)}, got {name!r} in {{path}}"
        for name in missing_members(expected, found.members):
            yield where, f"must have the member {name}, got only {listed(found.members) or 'none'} in {{path}}"
    for name, member in found.members.items():
        inner = expected.value if expected.type_name == "map" else expected.members.get(name)
        yield from _mistakes(member, inner, f"{where}.{name}")


def _kind(shape: Shape) -> str:
    """Returns what a shape can stand for: a list, an object, or a scalar, which a string can be in any type."""
    kinds = {"list": "list", "structure": "object", "map": "object"}
    return kinds.get(shape.type_name, "scalar")


def validate_use_of_id(definition: JobDefinition) -> None:
    """Validates that the describe call describes the job that was created.

    Args:
        definition: The definition of the job.

    Raises:
        ValidationError: If it uses the job's id nowhere, although the response of the create call has it.
    """
    describe, create = definition.describe, definition.create
    paths = [parse_path(path) for path in describe.parameters.values()]
    if "'{id}'" in describe.job or any(_has_field(path, "id") for path in paths):
        return
    if {"parameters"}.issuperset(_roots(parse_path(create.id))):
        return  # it is no other one than what the parameters tell
    raise ValidationError(
        f"the DescribeCall must use the job's id, as 'id' in the path of a parameter of {describe.operation} or as "
        f"'{{id}}' in job, got the parameters {dict(describe.parameters)} and the job {describe.job!r}, which may find "
        "another job; add it"
    )


def _has_field(node: Mapping[str, Any], name: str) -> bool:
    is_it = node["type"] == "field" and node["value"] == name
    # A slice has numbers, or none.
    return is_it or any(_has_field(child, name) for child in node["children"] if isinstance(child, dict))


def _roots(node: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names that an expression begins at."""
    if node["type"] == "field":
        yield node["value"]
    elif node["type"] in ("and_expression", "or_expression", "function_expression", "multi_select_list"):
        for child in node["children"]:
            yield from _roots(child)
    elif node["children"]:
        yield from _roots(node["children"][0])
