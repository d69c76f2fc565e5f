"""Reads the columns of a dataset from its Avro schema.

Source: the developer guide's "Creating schema JSON files for Amazon Personalize schemas" (flat Avro records named after
the dataset type, the supported types, unique names) and "Custom datasets and schemas" (required fields).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from cdk_data_jobs_check.findings import excerpt

# "Action_Interactions" is what CreateDataset takes; the guide's example of such a schema says "ActionInteractions".
_REQUIRED = {
    "Interactions": ("USER_ID", "ITEM_ID", "TIMESTAMP"),
    "Users": ("USER_ID",),
    "Items": ("ITEM_ID",),
    "Actions": ("ACTION_ID",),
    "Action_Interactions": ("USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"),
    "ActionInteractions": ("USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"),
}
_WITH_ANOTHER_FIELD = ("Users", "Items", "Actions")
_TYPES = frozenset({"string", "int", "long", "float", "double", "boolean", "null"})
_MAX_EXCERPT = 60  # characters of a document in a message


class SchemaError(ValueError):
    """A schema that the service would refuse; the message says what was expected, what was got and what to do."""


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
        dataset_type: The dataset type, which is the record's name; `Deletion` for lists of users to delete.
        columns: The columns, in their order.
    """

    dataset_type: str
    columns: tuple[Column, ...]

    @staticmethod
    def parse(document: str) -> "Schema":
        """Parses a schema.

        Args:
            document: The Avro schema as JSON, as CreateSchema takes it.

        Raises:
            SchemaError: If it is not a flat Avro record of a known dataset type with the fields that the type requires.
        """
        try:
            record = json.loads(document)
        except ValueError as error:
            raise SchemaError(f"a schema must be JSON, got {excerpt(document, _MAX_EXCERPT)}: {error}") from error
        if not isinstance(record, dict) or record.get("type") != "record":
            raise SchemaError(
                f'a schema must be an Avro record with "type": "record", got {excerpt(document, _MAX_EXCERPT)}'
            )
        dataset_type = record.get("name")
        if not isinstance(dataset_type, str) or dataset_type not in _REQUIRED:
            raise SchemaError(
                f"the name of a schema must be a dataset type, one of {', '.join(_REQUIRED)}, got {dataset_type!r}"
            )
        fields = record.get("fields")
        if not isinstance(fields, list) or not fields:
            raise SchemaError("a schema must have a list of fields, got none")
        schema = Schema(dataset_type, tuple(_column(field) for field in fields))
        schema._check_columns()
        return schema

    @staticmethod
    def read(path: str | os.PathLike[str]) -> "Schema":
        """Reads a schema from a file.

        Args:
            path: The file with the Avro schema as JSON.

        Raises:
            OSError: If it cannot be read.
            SchemaError: If it is not the schema of a dataset.
        """
        try:
            return Schema.parse(Path(path).read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise SchemaError(f"{os.fspath(path)}: a schema must be encoded in UTF-8, got {error}") from error
        except SchemaError as error:
            raise SchemaError(f"{os.fspath(path)}: {error}") from error

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)

    def _check_columns(self) -> None:
        names = self.names
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise SchemaError(
                f"the names of a schema's fields must be unique, got {', '.join(repeated)} more than once"
            )
        missing = [name for name in _REQUIRED[self.dataset_type] if name not in names]
        if missing:
            raise SchemaError(
                f"a schema of {self.dataset_type} must have the fields {', '.join(_REQUIRED[self.dataset_type])}, "
                f"got {', '.join(names)}; add {', '.join(missing)}"
            )
        if self.dataset_type in _WITH_ANOTHER_FIELD and len(names) == 1:
            raise SchemaError(f"a schema of {self.dataset_type} must have one more field than {names[0]}; add one")


DELETION_SCHEMA = Schema("Deletion", (Column(name="USER_ID", types=frozenset({"string"})),))
"""The schema of the files of a data deletion job, which have one column (the developer guide's "Deleting users")."""


def _column(field: object) -> Column:
    if not isinstance(field, dict) or not isinstance(field.get("name"), str) or "type" not in field:
        raise SchemaError(
            f"a field of a schema must have a name and a type, got {excerpt(json.dumps(field), _MAX_EXCERPT)}"
        )
    declared = field["type"] if isinstance(field["type"], list) else [field["type"]]
    types = frozenset(kind for kind in declared if isinstance(kind, str))
    if len(types) != len(declared) or not types - {"null"} or types - _TYPES:
        raise SchemaError(
            f"the type of a field must be one of {', '.join(sorted(_TYPES - {'null'}))}, or a list of one and null, "
            f"got {json.dumps(field['type'])} for {field['name']}"
        )
    return Column(
        name=field["name"],
        types=types,
        categorical=field.get("categorical") is True,
        textual=field.get("textual") is True,
    )
