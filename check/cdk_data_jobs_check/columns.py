"""Reads a field of an Avro schema as a column of CSV files."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_check.findings import Violation, excerpt

NUMBERS = frozenset({"int", "long", "float", "double"})
TYPES = NUMBERS | {"string", "boolean", "null"}
_MAX_EXCERPT = 60  # characters of a field in a message
_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A field of a schema.

    Attributes:
        name: Its name, and the CSV column's.
        types: The Avro types that its values may have.
        categorical: Whether its values are categories.
        textual: Whether its values are unstructured text.
    """

    name: str
    types: frozenset[str]
    categorical: bool = False
    textual: bool = False


@dataclass(frozen=True)
class ParsedField:
    """A field, parsed.

    Attributes:
        column: The field as a column; None if it cannot be one.
        violations: The violations in it.
    """

    column: Column | None
    violations: tuple[Violation, ...]


def parse_field(field: Any) -> ParsedField:  # noqa: ANN401 - JSON
    """Parses a field of a schema.

    Args:
        field: The field, an object in the schema's list of fields.

    Raises:
        RecursionError: If it is nested too deeply.
    """
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or "type" not in field:
        got = excerpt(json.dumps(field), _MAX_EXCERPT)
        return ParsedField(None, (avro_violation(f"a field of a schema must have a name and a type, got {got}"),))
    name, types = field["name"], _types(field["type"])
    violations = [
        *_name_violations(name),
        *_nested_violations(name, field["type"]),
        *_attribute_violations(name, field),
    ]
    if types is None:
        supported = ", ".join(sorted(TYPES - {"null"}))
        message = (
            f"the type of a field must be one of {supported}, or a list of different ones, with or without null, got "
            f"{json.dumps(field['type'])} for {name}"
        )
        return ParsedField(None, (*violations, avro_violation(message)))
    column = Column(
        name=name,
        types=types,
        categorical=_is_true(field.get("categorical")),
        textual=_is_true(field.get("textual")),
    )
    return ParsedField(column, tuple(violations))


def avro_violation(message: str, hint: str = "write it as the developer guide describes") -> Violation:
    """Returns the violation by a schema that is not a flat Avro record.

    Args:
        message: What was expected and what was got.
        hint: What to do.
    """
    return Violation("avro", message, hint)


def _types(declared: Any) -> frozenset[str] | None:  # noqa: ANN401 - JSON
    """Returns the types of a field; None if they are not supported."""
    listed = [*map(_plain_type, _listed(declared))]
    types = frozenset(avro_type for avro_type in listed if isinstance(avro_type, str))
    return None if len(types) != len(listed) or not types - {"null"} or types - TYPES else types


def _listed(declared: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return declared if isinstance(declared, list) else [declared]


def _plain_type(declared: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a type by its name alone, also if Avro's longer form has it in an object."""
    return declared.get("type") if isinstance(declared, dict) else declared


def _nested_violations(name: str, declared: Any) -> Iterator[Violation]:  # noqa: ANN401 - JSON
    for one in _listed(declared):
        if isinstance(one, dict) and isinstance(one.get("type"), str):
            got = excerpt(json.dumps(one), _MAX_EXCERPT)
            message = f"the type of a field should be a string, got {got} for {name}"
            hint = f"write {json.dumps(one['type'])}: the guide's schemas have no other form"
            yield Violation("nested-type", message, hint)


def _name_violations(name: str) -> Iterator[Violation]:
    if not _NAME.fullmatch(name):
        message = f"the name of a field must have letters, digits and underscores alone, got {excerpt(name)}"
        yield Violation("field-name", message, "rename it, and the column of the data")
    elif name[0].isdigit():
        message = f"the name of a field should not begin with a digit, got {excerpt(name)}"
        yield Violation("avro-name", message, "rename it, and the column of the data: Avro forbids such names")


def _attribute_violations(name: str, field: dict[str, Any]) -> Iterator[Violation]:
    for attribute in ("categorical", "textual"):
        value = field.get(attribute, False)
        if not isinstance(value, bool):
            got = excerpt(json.dumps(value), _MAX_EXCERPT)
            message = f"the attribute {attribute} should be true or false, got {got} for {name}"
            yield Violation("attribute-value", message, "write true or false, without quotes")


def _is_true(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Returns whether an attribute is set; in quotes it is probably meant so, and a violation by itself."""
    return value is True or (isinstance(value, str) and value.lower() == "true")
