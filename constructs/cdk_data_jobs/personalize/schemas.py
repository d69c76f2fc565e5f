"""Schemas of datasets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import RemovalPolicy, Resource, aws_personalize
from aws_cdk.interfaces.aws_personalize import ISchemaRef, SchemaReference

from cdk_data_jobs._storage.local_files import describe_missing
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_instance
from cdk_data_jobs.personalize._resource_names import resource_name
from cdk_data_jobs.personalize._validation import validate_arn
from cdk_data_jobs.personalize.schema_definitions import DatasetType, Domain, Field, SchemaDefinition, parse_schema

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from constructs import Construct

_DIGEST_LENGTH = 8


@jsii.implements(ISchemaRef)
class Schema(Resource):
    """A schema of datasets (`AWS::Personalize::Schema`), or a reference to one that exists outside the app.

    Its name holds a digest of its content: CloudFormation replaces a schema that changes, and the new one cannot have
    the name of the old one.

    Attributes:
        dataset_type: The type of the datasets that it is for; None if it is not known.
        domain: The domain of their dataset group; None if it has none, or that is not known.
    """

    dataset_type: DatasetType | None
    domain: Domain | None

    @staticmethod
    def items(**fields: Field) -> SchemaDefinition:
        """Describes items: ITEM_ID, what the domain requires, and these fields.

        Args:
            **fields: The fields by their names, such as `GENRE=Field.categorical()`.
        """
        return _definition(DatasetType.ITEMS, fields)

    @staticmethod
    def users(**fields: Field) -> SchemaDefinition:
        """Describes users: USER_ID, and these fields.

        Args:
            **fields: The fields by their names.
        """
        return _definition(DatasetType.USERS, fields)

    @staticmethod
    def interactions(**fields: Field) -> SchemaDefinition:
        """Describes events: USER_ID, ITEM_ID, TIMESTAMP, what the domain requires, and these fields.

        Args:
            **fields: The fields by their names.
        """
        return _definition(DatasetType.INTERACTIONS, fields)

    @staticmethod
    def actions(**fields: Field) -> SchemaDefinition:
        """Describes actions: ACTION_ID, and these fields.

        Args:
            **fields: The fields by their names.
        """
        return _definition(DatasetType.ACTIONS, fields)

    @staticmethod
    def action_interactions(**fields: Field) -> SchemaDefinition:
        """Describes events with actions: USER_ID, ACTION_ID, EVENT_TYPE, TIMESTAMP, and these fields.

        Args:
            **fields: The fields by their names.
        """
        return _definition(DatasetType.ACTION_INTERACTIONS, fields)

    @staticmethod
    def from_file(path: str | os.PathLike[str]) -> SchemaDefinition:
        """Reads an Avro schema, such as `data-jobs schema` proposes.

        Args:
            path: The file, in JSON. A relative path counts from the folder in which the app is synthesized.

        Raises:
            ValueError: If it cannot be read, or has no dataset type.
        """
        try:
            document = Path(path).read_text(encoding="utf-8-sig")
            record = json.loads(document)
        except FileNotFoundError as error:
            raise ValidationError(
                f"a schema must be a JSON file, got {str(path)!r}: {describe_missing(path)}"
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise ValidationError(f"a schema must be a JSON file in UTF-8, got {str(path)!r}: {error}") from error
        types = {member.value.replace("_", "").lower(): member for member in DatasetType}
        name = record.get("name") if isinstance(record, dict) else None
        dataset_type = types.get(str(name).replace("_", "").lower())
        if dataset_type is None:
            expected = ", ".join(member.value.replace("_", "") for member in DatasetType)
            raise ValidationError(f"a schema's name must be one of {expected}, got {name!r} in {str(path)!r}")
        return SchemaDefinition(dataset_type, document=record)

    @staticmethod
    def from_schema_arn(scope: Construct, id: str, schema_arn: str) -> Schema:
        """Refers to an existing schema.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            schema_arn: The schema's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(schema_arn, "schema_arn")
        return _ExistingSchema(scope, id, schema_arn)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        definition: SchemaDefinition,
        domain: Domain | None = None,
        schema_name: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        """Declares a schema (Amazon Personalize API Reference, CreateSchema).

        Args:
            scope: The construct that the schema belongs to.
            id: The schema's id in it.
            definition: Its content.
            domain: The domain of the dataset group of its datasets. By default it has none.
            schema_name: The base of its name, 1 to 54 characters, to which a digest of the content is added. By default
                derived from the construct's path.
            removal_policy: What becomes of it when it is removed from the app. By default it is retained; one that a
                dataset uses cannot be deleted.

        Raises:
            ValueError: If the service would refuse the schema.
        """
        super().__init__(scope, id)
        validate_instance(definition, SchemaDefinition, "definition")
        validate_choice(domain, Domain, "domain")
        document = definition.to_json(domain)
        digest = content_digest(document, domain and domain.value)
        self.dataset_type, self.domain = definition.dataset_type, domain
        resource = aws_personalize.CfnSchema(
            self,
            "Resource",
            name=resource_name(self, schema_name, "schema_name", suffix=digest),
            schema=document,
            domain=domain and domain.value,
        )
        resource.apply_removal_policy(removal_policy)
        self._reference = resource.schema_ref
        if warnings := parse_schema(document, domain).warnings:
            lines = [f"{violation.message}; {violation.hint}" for violation in warnings]
            add_warning(self, "schema", "\n  ".join(["the schema is accepted, but", *lines]))

    @property
    def schema_arn(self) -> str:
        """The schema's ARN."""
        return self.schema_ref.schema_arn

    @property
    @jsii.member(jsii_name="schemaRef")
    def schema_ref(self) -> SchemaReference:
        """The reference to the schema for other constructs."""
        return self._reference


class _ExistingSchema(Schema):
    def __init__(self, scope: Construct, id: str, schema_arn: str) -> None:
        Resource.__init__(self, scope, id, environment_from_arn=schema_arn)
        self.dataset_type = self.domain = None
        self._reference = SchemaReference(schema_arn=schema_arn)


def content_digest(document: str, domain: str | None) -> str:
    """Returns the digest that the name of a schema ends with.

    Args:
        document: The Avro schema, as JSON.
        domain: The name of its domain, if it has one.
    """
    return hashlib.sha256(f"{domain} {document}".encode()).hexdigest()[:_DIGEST_LENGTH]


def _definition(dataset_type: DatasetType, fields: Mapping[str, Field]) -> SchemaDefinition:
    for name, field in fields.items():
        validate_instance(field, Field, name)
    return SchemaDefinition(dataset_type, fields)
