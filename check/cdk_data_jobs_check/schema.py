"""Reads the columns of a dataset from its Avro schema, and checks the rules for schemas.

`rules.py` names their sources, and `schema_rules.py` the fields of each dataset type.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdk_data_jobs_check.columns import Column, avro_violation, parse_field
from cdk_data_jobs_check.findings import Violation, escape_control_characters, excerpt
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema_checks import check_columns
from cdk_data_jobs_check.schema_rules import (
    DATASETS,
    MAX_CLOUDFORMATION_SCHEMA_LENGTH,
    MAX_SCHEMA_LENGTH,
    OTHER_NAMES,
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
        errors = [violation for violation in violations if violation.severity is Severity.ERROR]
        if errors or schema is None:
            lines = (escape_control_characters(f"{error.message}; {error.hint}") for error in errors)
            raise SchemaError("\n".join(lines), violations)
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
            violation = avro_violation(f"a schema must be encoded in UTF-8, got {error}", 'save it as "UTF-8"')
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
        domains = ", ".join(filter(None, DATASETS))
        return None, (Violation("record-name", f"a domain must be {domains}, got {domain!r}", "correct it"),)
    try:
        return _parse_record(json.loads(document), document, domain)
    except RecursionError:
        got = excerpt(document, _MAX_EXCERPT)
        return None, (avro_violation(f"a schema must be a flat Avro record, got one that is nested too deeply: {got}"),)
    except ValueError as error:
        got = excerpt(document, _MAX_EXCERPT)
        return None, (avro_violation(f"a schema must be JSON, got {got}: {error}"),)


def _parse_record(record: Any, document: str, domain: str | None) -> tuple[Schema | None, tuple[Violation, ...]]:  # noqa: ANN401 - JSON
    if not isinstance(record, dict) or record.get("type") != "record":
        got = excerpt(document, _MAX_EXCERPT)
        return None, (avro_violation(f'a schema must be an Avro record with "type": "record", got {got}'),)
    dataset_type, name_violations = _dataset_type(record.get("name"), domain)
    fields = record.get("fields")
    if not isinstance(fields, list) or not fields:
        return None, (*name_violations, avro_violation("a schema must have a list of fields, got none"))
    parsed = [parse_field(field) for field in fields]
    columns = tuple(field.column for field in parsed if field.column)
    violations = (
        *_length_violations(document),
        *name_violations,
        *(violation for field in parsed for violation in field.violations),
    )
    if dataset_type is None or len(columns) < len(fields):
        return None, violations
    violations += tuple(check_columns(columns, dataset_type, DATASETS[domain][dataset_type]))
    return Schema(dataset_type, columns, domain, violations), violations


def _length_violations(document: str) -> Iterator[Violation]:
    length = len(document)
    hint = "leave out white space, as json.dumps(schema, separators=(',', ':')) does, or fields"
    if length > MAX_SCHEMA_LENGTH:
        message = f"a schema must have at most {MAX_SCHEMA_LENGTH:,} characters, got {length:,}"
        yield Violation("schema-length", message, hint)
    elif length > MAX_CLOUDFORMATION_SCHEMA_LENGTH:
        message = (
            f"a schema in a CloudFormation template must have at most {MAX_CLOUDFORMATION_SCHEMA_LENGTH:,} characters, "
            f"got {length:,}"
        )
        yield Violation("template-schema-length", message, f"{hint}; CreateSchema takes {MAX_SCHEMA_LENGTH:,}")


def _dataset_type(name: object, domain: str | None) -> tuple[str | None, tuple[Violation, ...]]:
    """Returns the dataset type that a record's name means, if any, and the violations in the name."""
    datasets = DATASETS[domain]
    by_name = {**OTHER_NAMES, **{dataset_type.lower(): dataset_type for dataset_type in datasets}}
    dataset_type = by_name.get(name.lower()) if isinstance(name, str) else None
    if dataset_type not in datasets:
        of_domain = f" of the domain {domain}" if domain else ""
        got = excerpt(str(name), _MAX_EXCERPT)
        message = f"the name of a schema must be a dataset type{of_domain}, one of {', '.join(datasets)}, got {got}"
        return None, (Violation("record-name", message, "rename the record"),)
    if name in (dataset_type, "ActionInteractions"):
        return dataset_type, ()
    message = f"the name of a schema should be the dataset type {dataset_type}, got {name!r}"
    return dataset_type, (Violation("record-name-case", message, "rename the record"),)
