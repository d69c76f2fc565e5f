"""The content of schemas: their fields, and the dataset types and domains that they are for."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check import Schema as CheckedSchema
from cdk_data_jobs_check import SchemaError
from cdk_data_jobs_check.schema_rules import DATASETS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Domain(enum.Enum):
    """The domain of a dataset group (CreateDatasetGroup, domain)."""

    ECOMMERCE = "ECOMMERCE"
    """Shops."""

    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"
    """Video streaming."""


class DatasetType(enum.Enum):
    """The type of a dataset (CreateDataset, datasetType)."""

    INTERACTIONS = "Interactions"
    """Events of users with items."""

    ITEMS = "Items"
    """Items, with their metadata."""

    USERS = "Users"
    """Users, with their metadata."""

    ACTIONS = "Actions"
    """Actions that users may take. Only without a domain."""

    ACTION_INTERACTIONS = "Action_Interactions"
    """Events of users with actions. Only without a domain."""


@dataclass(frozen=True)
class Field:
    """The type of a field of a schema, such as `Field.categorical()` (Developer Guide, "Schema data types").

    Attributes:
        type: The Avro type.
        is_nullable: Whether values may be missing.
        attributes: Other attributes of the field.
    """

    type: str
    is_nullable: bool = False
    attributes: tuple[str, ...] = ()

    @staticmethod
    def string(*, nullable: bool = False) -> Field:
        """A string that the service stores but does not train with, such as a name.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("string", nullable)

    @staticmethod
    def categorical(*, nullable: bool = False) -> Field:
        """A category, or several with `|` between them, with at most 1,000 characters.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("string", nullable, ("categorical",))

    @staticmethod
    def textual(*, nullable: bool = False) -> Field:
        """Unstructured text. Only one field of a schema for items.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("string", nullable, ("textual",))

    @staticmethod
    def int(*, nullable: bool = False) -> Field:
        """A whole number of 32 bits.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("int", nullable)

    @staticmethod
    def long(*, nullable: bool = False) -> Field:
        """A whole number of 64 bits; in fields that are times, seconds since 1970.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("long", nullable)

    @staticmethod
    def float(*, nullable: bool = False) -> Field:
        """A floating-point number of 32 bits.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("float", nullable)

    @staticmethod
    def double(*, nullable: bool = False) -> Field:
        """A floating-point number of 64 bits.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("double", nullable)

    @staticmethod
    def boolean(*, nullable: bool = False) -> Field:
        """`true` or `false`.

        Args:
            nullable: Whether values may be missing.
        """
        return Field("boolean", nullable)

    def to_avro(self, name: str) -> dict[str, Any]:
        """Returns the field as a part of an Avro schema.

        Args:
            name: The field's name.
        """
        type_ = ["null", self.type] if self.is_nullable else self.type
        return {"name": name, "type": type_, **dict.fromkeys(self.attributes, True)}


@dataclass(frozen=True)
class SchemaDefinition:
    """The content of a schema: `Schema.items(...)`, or `Schema.from_file(...)`.

    Attributes:
        dataset_type: The type of the datasets that it is for.
        fields: The fields beside those that the type and the domain require; None if `document` has all.
        document: The whole Avro schema, if it comes from a file.
    """

    dataset_type: DatasetType
    fields: Mapping[str, Field] | None = None
    document: Mapping[str, Any] | None = None

    def to_json(self, domain: Domain | None = None) -> str:
        """Returns the Avro schema as JSON, with the fields that the type and the domain require.

        Args:
            domain: The domain of the dataset group; None without one.

        Raises:
            ValueError: If the service would refuse it.
        """
        document = json.dumps(
            self.document if self.fields is None else self._with_required_fields(domain), separators=(",", ":")
        )
        parse_schema(document, domain)
        return document

    def _with_required_fields(self, domain: Domain | None) -> dict[str, Any]:
        types, of_domain = (
            DATASETS[domain and domain.value],
            f"of domain {domain.value}" if domain else "without a domain",
        )
        if self.dataset_type.value not in types:
            raise ValidationError(
                f"a schema {of_domain} must be for one of {', '.join(types)}, got one for {self.dataset_type.value}"
            )
        fields = {
            name: Field(rule.types[0], attributes=("categorical",) if rule.categorical else ())
            for name, rule in types[self.dataset_type.value].required.items()
        }
        return {
            "type": "record",
            "name": self.dataset_type.value.replace("_", ""),
            "namespace": "com.amazonaws.personalize.schema",
            "fields": [field.to_avro(name) for name, field in (fields | dict(self.fields or {})).items()],
            "version": "1.0",
        }


def parse_schema(document: str, domain: Domain | None) -> CheckedSchema:
    """Returns a schema as the checker reads it.

    Args:
        document: The Avro schema, as JSON.
        domain: Its domain, if it has one.

    Raises:
        ValidationError: If the service would refuse it.
    """
    try:
        return CheckedSchema.parse(document, domain and domain.value)
    except SchemaError as error:
        raise ValidationError(str(error)) from error
