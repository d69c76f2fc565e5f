"""Schemas of datasets, and the check of rows against them.

Source: the developer guide's pages on schemas ("Schemas", "Required fields and reserved keywords") and its quotas.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cdk_data_jobs_local.services.personalize.responses import invalid

# The dataset types by the name that a schema's record has, and what each one's schema must contain.
REQUIRED_COLUMNS = {
    "Interactions": ("USER_ID", "ITEM_ID", "TIMESTAMP"),
    "Users": ("USER_ID",),
    "Items": ("ITEM_ID",),
    "Actions": ("ACTION_ID",),
    "Action_Interactions": ("USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"),
}
# What the guide's example of such a schema is called.
_OTHER_NAMES = {"ActionInteractions": "Action_Interactions"}
_NEEDS_ONE_MORE = ("Users", "Items", "Actions")
# The column that identifies a row; the rows of other types are events, all of which are kept.
_IDENTITY = {"Users": "USER_ID", "Items": "ITEM_ID", "Actions": "ACTION_ID"}
_TYPES = {"string", "int", "long", "float", "double", "boolean", "null"}
_MAX_ID_LENGTH, _MAX_CATEGORICAL_LENGTH, _MAX_TEXTUAL_LENGTH = 256, 1000, 20_000


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a dataset: its name, the Avro types it may have and how long its values may be."""

    name: str
    types: frozenset[str]
    max_length: int

    def plain(self, character: str) -> str:
        """Returns a regular expression of values that fit; others may fit, too.

        Args:
            character: A regular expression of the characters that a string may have.
        """
        kinds = (
            [f"{character}{{1,{self.max_length}}}"]
            if "string" in self.types
            else sorted(_PLAIN[kind] for kind in self.types - {"null"})
        )
        return f"(?:{'|'.join(kinds)}){'?' if 'null' in self.types else ''}"

    def problem(self, value: str) -> str | None:
        """Returns why a value does not fit this column, or None if it does."""
        if not value:
            return None if "null" in self.types else f"Column {self.name} must not be empty"
        if len(value) > self.max_length:
            return f"Length cannot be more than {self.max_length} characters for {self.name}"
        if any(_PARSERS[kind](value) for kind in self.types if kind != "null"):
            return None
        return f"Value of column {self.name} is not of type {' or '.join(sorted(self.types))}"


@dataclass(frozen=True)
class RecordSchema:
    """A dataset's schema: the type of dataset that it is for, and its columns in their order."""

    type_name: str
    columns: tuple[Column, ...]

    @classmethod
    def parse(cls, document: str) -> "RecordSchema":
        """Reads an Avro schema.

        Args:
            document: The schema as JSON, as given to CreateSchema.

        Raises:
            ServiceError: InvalidInputException, if it is no flat Avro record, its name is no dataset type, or it lacks
                what this type of dataset requires.
        """
        try:
            record = json.loads(document)
        except ValueError as error:
            raise invalid("The schema is not valid JSON") from error
        if not isinstance(record, dict) or record.get("type") != "record":
            raise invalid("The schema must be an Avro record")
        name = str(record.get("name"))
        type_name = _OTHER_NAMES.get(name, name)
        if type_name not in REQUIRED_COLUMNS:
            raise invalid(f"The schema's name must be one of {', '.join(REQUIRED_COLUMNS)}, got {type_name}")
        fields = record.get("fields")
        if not isinstance(fields, list) or not fields:
            raise invalid("The schema has no fields")
        schema = cls(type_name, tuple(_column(field) for field in fields))
        schema._check_columns()
        return schema

    @property
    def dataset_type(self) -> str:
        """The type of dataset that this schema is for, as in a dataset's ARN: `INTERACTIONS`, ..."""
        return self.type_name.upper()

    @cached_property
    def names(self) -> list[str]:
        """The columns' names, in their order."""
        return [column.name for column in self.columns]

    @property
    def identity(self) -> str | None:
        """The column that identifies a row, or None if rows are events."""
        return _IDENTITY.get(self.type_name)

    def problem(self, row: Sequence[str]) -> str | None:
        """Returns why the values of a row, in the order of the columns, do not fit this schema, or None if they do."""
        found = zip(self.columns, row, strict=True)
        return next((problem for column, value in found if (problem := column.problem(value))), None)

    def plain(self, names: Sequence[str], character: str) -> list[str]:
        """Returns for each column of a file a regular expression of values that fit; see `Column.plain`."""
        plain = {column.name: column.plain(character) for column in self.columns}
        return [plain.get(name, f"{character}*") for name in names]

    def _check_columns(self) -> None:
        names = self.names
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise invalid(f"The schema has more than one field named {', '.join(doubled)}")
        missing = [name for name in REQUIRED_COLUMNS[self.type_name] if name not in names]
        if missing:
            raise invalid(f"The schema of a dataset of type {self.type_name} requires the fields {', '.join(missing)}")
        if self.type_name in _NEEDS_ONE_MORE and len(names) == len(REQUIRED_COLUMNS[self.type_name]):
            raise invalid(f"The schema of a dataset of type {self.type_name} requires one more field than {names[0]}")


def _column(field: Any) -> Column:  # noqa: ANN401
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or "type" not in field:
        raise invalid("Each field of the schema needs a name and a type")
    declared = field["type"] if isinstance(field["type"], list) else [field["type"]]
    types = frozenset(kind for kind in declared if isinstance(kind, str))
    if len(types) != len(declared) or not types - {"null"} or types - _TYPES:
        raise invalid(f"Field {field['name']} of the schema has the unsupported type {json.dumps(field['type'])}")
    length = _MAX_TEXTUAL_LENGTH if field.get("textual") else _MAX_CATEGORICAL_LENGTH
    if field["name"] in {"USER_ID", "ITEM_ID", "ACTION_ID", "EVENT_TYPE"}:
        length = _MAX_ID_LENGTH
    return Column(name=field["name"], types=types, max_length=length)


def _parses_as(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def parses(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return parses


_PARSERS: dict[str, Callable[[str], bool]] = {
    "string": lambda _: True,
    "boolean": lambda value: value.lower() in ("true", "false"),
    "int": _parses_as(int),
    "long": _parses_as(int),
    "float": _parses_as(float),
    "double": _parses_as(float),
}

_PLAIN_INTEGER, _PLAIN_FRACTION = "-?[0-9]{1,18}", r"-?[0-9]{1,18}(?:\.[0-9]{0,18})?"
_PLAIN = {
    "boolean": "true|false",
    "int": _PLAIN_INTEGER,
    "long": _PLAIN_INTEGER,
    "float": _PLAIN_FRACTION,
    "double": _PLAIN_FRACTION,
}
