"""Reads the columns of a dataset from its Avro schema, and checks the rules for schemas.

`rules.py` names their sources, and `schema_rules.py` the fields of each dataset type.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdk_data_jobs_check.findings import Violation, excerpt, printable
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema_rules import (
    DATASETS,
    MAX_TEXTUAL_FIELDS,
    OTHER_NAMES,
    TYPES,
    DatasetRules,
    FieldRule,
)

_MAX_EXCERPT = 60  # characters of a document in a message


class SchemaError(ValueError):
    """A schema that the service would refuse; the message says what was expected, what was got and what to do.

    Attributes:
        violations: The violations, of which one or more are errors.
    """

    def __init__(self, message: str, violations: tuple[Violation, ...] = ()) -> None:
        """Creates the error.

        Args:
            message: The message.
            violations: The violations.
        """
        super().__init__(message)
        self.violations = violations


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
class Schema:
    """The columns of a dataset.

    Attributes:
        dataset_type: The dataset type, e.g. `Action_Interactions`; `Deletion` for lists of users to delete.
        columns: The columns, in their order.
        domain: The domain of its dataset group; None without one.
        warnings: What is probably a mistake in it.
    """

    dataset_type: str
    columns: tuple[Column, ...]
    domain: str | None = None
    warnings: tuple[Violation, ...] = field(default=(), compare=False)

    @staticmethod
    def parse(document: str, domain: str | None = None) -> "Schema":
        """Parses a schema.

        Args:
            document: The Avro schema as JSON, as CreateSchema takes it.
            domain: The domain of the dataset group, as CreateSchema takes it; None without one.

        Raises:
            SchemaError: If the service would refuse it.
        """
        schema, violations = _parse(document, domain)
        errors = [one for one in violations if one.severity is Severity.ERROR]
        if errors or schema is None:
            raise SchemaError("\n".join(printable(f"{one.message}; {one.hint}") for one in errors), violations)
        return schema

    @staticmethod
    def read(path: str | os.PathLike[str], domain: str | None = None) -> "Schema":
        """Reads a schema from a file.

        Args:
            path: The file with the Avro schema as JSON.
            domain: The domain of the dataset group; None without one.

        Raises:
            OSError: If it cannot be read.
            SchemaError: If the service would refuse it.
        """
        try:
            return Schema.parse(Path(path).read_text(encoding="utf-8-sig"), domain)
        except UnicodeDecodeError as error:
            violation = _avro(f"a schema must be encoded in UTF-8, got {error}", 'save it as "UTF-8"')
            raise SchemaError(f"{os.fspath(path)}: {violation.message}; {violation.hint}", (violation,)) from error
        except SchemaError as error:
            lines = "\n".join(f"{os.fspath(path)}: {line}" for line in str(error).splitlines())
            raise SchemaError(lines, error.violations) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


DELETION_SCHEMA = Schema("Deletion", (Column(name="USER_ID", types=frozenset({"string"})),))
"""The schema of the files of a data deletion job, which have one column (the developer guide's "Deleting users")."""


def _parse(document: str, domain: str | None) -> tuple[Schema | None, tuple[Violation, ...]]:
    """Returns a schema, if it has a known dataset type and columns, and all violations in it."""
    if domain not in DATASETS:
        known = ", ".join(filter(None, DATASETS))
        return None, (Violation("record-name", f"a domain must be {known}, got {domain!r}", "correct it"),)
    try:
        record = json.loads(document)
    except ValueError as error:
        return None, (_avro(f"a schema must be JSON, got {excerpt(document, _MAX_EXCERPT)}: {error}"),)
    if not isinstance(record, dict) or record.get("type") != "record":
        got = excerpt(document, _MAX_EXCERPT)
        return None, (_avro(f'a schema must be an Avro record with "type": "record", got {got}'),)
    datasets = DATASETS[domain]
    violations, dataset_type = _dataset_type(record.get("name"), datasets, domain)
    fields = record.get("fields")
    if not isinstance(fields, list) or not fields:
        return None, (*violations, _avro("a schema must have a list of fields, got none"))
    columns = [column for one in fields if (column := _column(one, violations))]
    if dataset_type is None or len(columns) < len(fields):
        return None, tuple(violations)
    violations += _column_violations(columns, dataset_type, datasets[dataset_type])
    return Schema(dataset_type, tuple(columns), domain, tuple(violations)), tuple(violations)


def _avro(message: str, hint: str = "write it as the developer guide describes") -> Violation:
    return Violation("avro", message, hint)


def _dataset_type(
    name: object, datasets: Mapping[str, DatasetRules], domain: str | None
) -> tuple[list[Violation], str | None]:
    """Returns the dataset type that a record's name means, if any, and the violations in the name."""
    known = {**OTHER_NAMES, **{one.lower(): one for one in datasets}}
    dataset_type = known.get(name.lower()) if isinstance(name, str) else None
    if dataset_type not in datasets:
        of_domain = f" of the domain {domain}" if domain else ""
        got = excerpt(str(name), _MAX_EXCERPT)
        message = f"the name of a schema must be a dataset type{of_domain}, one of {', '.join(datasets)}, got {got}"
        return [Violation("record-name", message, "rename the record")], None
    if name in (dataset_type, "ActionInteractions"):
        return [], dataset_type
    message = f"the name of a schema should be the dataset type {dataset_type}, got {name!r}"
    return [Violation("record-name-case", message, "rename the record")], dataset_type


def _column(given: Any, violations: list[Violation]) -> Column | None:  # noqa: ANN401 - JSON
    """Returns a field as a column; none if it cannot be one. Violations are added to those given."""
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or "type" not in given:
        got = excerpt(json.dumps(given), _MAX_EXCERPT)
        violations.append(_avro(f"a field of a schema must have a name and a type, got {got}"))
        return None
    name = given["name"]
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        message = f"the name of a field must have letters, digits and underscores alone, got {excerpt(name)}"
        violations.append(Violation("field-name", message, "rename it, and the column of the data"))
    declared = given["type"] if isinstance(given["type"], list) else [given["type"]]
    types = frozenset(kind for kind in declared if isinstance(kind, str))
    if len(types) != len(declared) or not types - {"null"} or types - TYPES:
        known = ", ".join(sorted(TYPES - {"null"}))
        violations.append(
            _avro(
                f"the type of a field must be one of {known}, or a list of one and null, got "
                f"{json.dumps(given['type'])} for {name}"
            )
        )
        return None
    return Column(
        name=name,
        types=types,
        categorical=given.get("categorical") is True,
        textual=given.get("textual") is True,
    )


def _column_violations(columns: list[Column], dataset_type: str, rules: DatasetRules) -> Iterator[Violation]:
    names = [column.name for column in columns]
    by_spelling = defaultdict(list)
    for name in names:
        by_spelling[name.replace("_", "")].append(name)
    for same in by_spelling.values():
        if len(same) > 1:
            message = f"the names of fields must be unique, also without their underscores, got {', '.join(same)}"
            yield Violation("field-name", message, "rename or remove all but one")
    missing = [name for name in rules.required if name not in names]
    if missing:
        message = f"a schema of {dataset_type} must have the fields {', '.join(rules.required)}, got {', '.join(names)}"
        yield Violation("required-field", message, f"add {', '.join(missing)}")
    if rules.needs_another and len(names) == len(rules.required):
        message = f"a schema of {dataset_type} must have one more field than {', '.join(rules.required)}, got none"
        yield Violation("no-optional-field", message, "add one")
    known = {**rules.reserved, **rules.required}
    for column in columns:
        if column.name in known:
            yield from _known_field_violations(column, known[column.name], required=column.name in rules.required)
    yield from _textual_violations(columns, dataset_type)
    own = [name for name in names if name not in known]
    if rules.max_metadata is not None and len(own) > rules.max_metadata:
        message = f"a schema of {dataset_type} must have at most {rules.max_metadata} fields of its own, got {len(own)}"
        yield Violation("metadata-fields", message, "remove the least useful ones")


def _known_field_violations(column: Column, rule: FieldRule, *, required: bool) -> Iterator[Violation]:
    if column.types - (set() if required else {"null"}) not in [{kind} for kind in rule.types]:
        also = "" if required else ", or a list of it and null"
        got = " and ".join(sorted(column.types))
        message = f"{column.name} must be of type {' or '.join(rule.types)}{also}, got {got}"
        yield Violation("field-type", message, "change its type in the schema")
    if rule.categorical != column.categorical:
        message = f"{column.name} must {'' if rule.categorical else 'not '}be categorical"
        hint = 'set "categorical": true' if rule.categorical else "remove the attribute"
        yield Violation("reserved-category", message, hint)


def _textual_violations(columns: list[Column], dataset_type: str) -> Iterator[Violation]:
    textual = [column for column in columns if column.textual]
    for column in textual:
        if "string" not in column.types:
            message = f"a textual field must be a string, got {' and '.join(sorted(column.types))} for {column.name}"
            yield Violation("textual-field", message, "make it a string, or remove the attribute")
    most = MAX_TEXTUAL_FIELDS if dataset_type == "Items" else 0
    if len(textual) > most:
        names = ", ".join(column.name for column in textual)
        message = f"a schema of {dataset_type} must have at most {most} textual fields, got {names}"
        yield Violation("textual-field", message, "remove the attribute from the others")
