"""Schemas of datasets, and the check of rows against them.

Source: the developer guide's pages on schemas, which `schema_rules` names, and its quotas. That a record's name may be
in any case was seen in published schemas only.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cdk_data_jobs_local.services.personalize.responses import invalid
from cdk_data_jobs_local.services.personalize.schema_rules import (
    MAX_CATEGORY_LENGTH,
    MAX_ID_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_TEXTUAL_FIELDS,
    OTHER_NAMES,
    RULES,
    TYPES,
    DatasetRules,
    FieldRule,
)

# The column that identifies a row; the rows of other types are events, all of which are kept.
_IDENTITY = {"Users": "USER_ID", "Items": "ITEM_ID", "Actions": "ACTION_ID"}
_IDS = ("USER_ID", "ITEM_ID", "ACTION_ID", "EVENT_TYPE")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a dataset: its name, the Avro types it may have, and what its values are."""

    name: str
    types: frozenset[str]
    categorical: bool = False
    textual: bool = False

    @cached_property
    def max_length(self) -> int:
        """How many characters a value may have."""
        if self.name in _IDS:
            return MAX_ID_LENGTH
        return MAX_TEXT_LENGTH if self.textual else MAX_CATEGORY_LENGTH

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
            return (
                f"Length cannot be more than {self.max_length} characters for {self.name}. If no values exceed the "
                "character limit, make sure your data follows the formatting guidelines listed in "
                "https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html."
            )
        if any(_PARSERS[kind](value) for kind in self.types if kind != "null"):
            return None
        return f"Value of column {self.name} is not of type {' or '.join(sorted(self.types))}"


@dataclass(frozen=True)
class RecordSchema:
    """A dataset's schema: the type of dataset that it is for, and its columns in their order."""

    type_name: str
    columns: tuple[Column, ...]
    domain: str | None = None

    @classmethod
    def parse(cls, document: str, domain: str | None = None) -> "RecordSchema":
        """Reads an Avro schema.

        Args:
            document: The schema as JSON, as given to CreateSchema.
            domain: The domain of the dataset groups that it is for, if they have one.

        Raises:
            ServiceError: InvalidInputException, if it is no flat Avro record, its name is no dataset type, or it
                breaks the rules for this type of dataset.
        """
        try:
            record = json.loads(document)
        except ValueError as error:
            raise invalid("The schema is not valid JSON") from error
        if not isinstance(record, dict) or record.get("type") != "record":
            raise invalid("The schema must be an Avro record")
        name = str(record.get("name"))
        known = {**OTHER_NAMES, **{one.lower(): one for one in RULES[domain]}}
        type_name = known.get(name.lower(), name)
        if type_name not in RULES[domain]:
            raise invalid(f"The schema's name must be one of {', '.join(RULES[domain])}, got {name}")
        fields = record.get("fields")
        if not isinstance(fields, list) or not fields:
            raise invalid("The schema has no fields")
        schema = cls(type_name, tuple(_column(field) for field in fields), domain)
        schema._check_columns(RULES[domain][type_name])
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

    def check_replacement(self, new: "RecordSchema") -> None:
        """Checks that a dataset with this schema may get another one.

        Source: the developer guide's "Replacing a dataset's schema to add new columns".

        Raises:
            ServiceError: InvalidInputException.
        """
        if self.type_name not in ("Items", "Users"):
            raise invalid(f"The schema of a dataset of type {self.type_name} cannot be replaced")
        if new.type_name != self.type_name or new.domain != self.domain:
            raise invalid(f"The schema is not for a dataset of type {self.dataset_type}")
        fields = {column.name: column for column in new.columns}
        changed = [column.name for column in self.columns if fields.get(column.name) != column]
        if changed:
            raise invalid(f"The new schema must keep the fields {', '.join(changed)} as they are")
        added = [column.name for column in new.columns if column.name not in self.names and "null" not in column.types]
        if added:
            raise invalid(f"The new fields {', '.join(added)} must support null data")

    def _check_columns(self, rules: DatasetRules) -> None:
        names = self.names
        spelt = [name.replace("_", "") for name in names]
        doubled = sorted({name for name, spelling in zip(names, spelt, strict=True) if spelt.count(spelling) > 1})
        if doubled:
            raise invalid(f"The schema has more than one field named {', '.join(doubled)}")
        missing = [name for name in rules.required if name not in names]
        if missing:
            raise invalid(f"The schema of a dataset of type {self.type_name} requires the fields {', '.join(missing)}")
        if rules.needs_another and len(names) == len(rules.required):
            raise invalid(f"The schema of a dataset of type {self.type_name} requires one more field than {names[0]}")
        known = {**rules.reserved, **rules.required}
        for column in self.columns:
            if column.name in known:
                _check_known(column, known[column.name], required=column.name in rules.required)
        textual = [column.name for column in self.columns if column.textual]
        if len(textual) > (MAX_TEXTUAL_FIELDS if self.type_name == "Items" else 0):
            raise invalid(f"The schema of a dataset of type {self.type_name} has too many textual fields")
        if rules.max_metadata is not None and len(names) - len(known.keys() & set(names)) > rules.max_metadata:
            raise invalid(
                f"The schema of a dataset of type {self.type_name} can have at most {rules.max_metadata} metadata "
                "fields"
            )


def _check_known(column: Column, rule: FieldRule, *, required: bool) -> None:
    if column.types - (set() if required else {"null"}) not in [{kind} for kind in rule.types]:
        raise invalid(f"Field {column.name} of the schema must be of type {' or '.join(rule.types)}")
    if rule.categorical and not column.categorical:
        raise invalid(f"Field {column.name} of the schema must be categorical")
    if column.categorical and not rule.categorical:
        raise invalid(f"Field {column.name} of the schema must not be categorical")


def _column(field: Any) -> Column:  # noqa: ANN401
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or "type" not in field:
        raise invalid("Each field of the schema needs a name and a type")
    name = field["name"]
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise invalid(f"Field {name} of the schema must have an alphanumeric name")
    declared = field["type"] if isinstance(field["type"], list) else [field["type"]]
    types = frozenset(kind for kind in declared if isinstance(kind, str))
    if len(types) != len(declared) or not types - {"null"} or types - TYPES:
        raise invalid(f"Field {name} of the schema has the unsupported type {json.dumps(field['type'])}")
    column = Column(name=name, types=types, categorical=bool(field.get("categorical")))
    if not field.get("textual"):
        return column
    if "string" not in types:
        raise invalid(f"Field {name} of the schema is textual, so it must be of type string")
    return replace(column, textual=True)


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
