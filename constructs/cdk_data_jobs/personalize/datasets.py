"""Datasets, and the jobs that work on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import RemovalPolicy, Resource, aws_personalize
from aws_cdk.aws_personalize import CfnSchema
from aws_cdk.interfaces.aws_personalize import DatasetReference, IDatasetGroupRef, IDatasetRef, ISchemaRef

from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import path_of
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_reference
from cdk_data_jobs.personalize._data_validation import warn_other_domain
from cdk_data_jobs.personalize._group_members import GroupMembers, members_of
from cdk_data_jobs.personalize._resource_names import resource_name
from cdk_data_jobs.personalize._validation import validate_arn, validate_job_id
from cdk_data_jobs.personalize.exports import DatasetExportJob
from cdk_data_jobs.personalize.imports import DatasetImportJob
from cdk_data_jobs.personalize.schema_definitions import DatasetType, SchemaDefinition
from cdk_data_jobs.personalize.schemas import Schema

if TYPE_CHECKING:
    from constructs import Construct

    from cdk_data_jobs.storage import DataDestination, DataSource


@jsii.implements(IDatasetRef)
class Dataset(Resource):
    """A dataset (`AWS::Personalize::Dataset`), or a reference to one that exists outside the app.

    A dataset group has one dataset of each type, so CloudFormation cannot replace one: if its schema, its name or its
    group changes, the deployment fails, and the dataset stays as it is.

    Attributes:
        dataset_type: Its type; None if it is not known.
    """

    dataset_type: DatasetType | None

    @staticmethod
    def from_dataset_arn(scope: Construct, id: str, dataset_arn: str) -> Dataset:
        """Refers to an existing dataset.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            dataset_arn: The dataset's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(dataset_arn, "dataset_arn")
        return _ExistingDataset(scope, id, dataset_arn)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroupRef,
        schema: SchemaDefinition | ISchemaRef,
        dataset_type: DatasetType | None = None,
        dataset_name: str | None = None,
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        """Declares a dataset (Amazon Personalize API Reference, CreateDataset).

        Args:
            scope: The construct that the dataset belongs to.
            id: The dataset's id in it.
            dataset_group: The dataset group.
            schema: The content of its schema, of which a `Schema` is made; or a schema.
            dataset_type: The type. By default the one that the schema is for; a reference to an existing schema does
                not tell it.
            dataset_name: Its name, 1 to 63 characters. By default derived from the construct's path.
            removal_policy: What becomes of it, and of the schema that is made for it, when it is removed from the app.
                By default the same as of its group; if that is not of this library, it is retained.

        Raises:
            ValueError: If the service would refuse it, as far as that is known at synthesis.
        """
        super().__init__(scope, id)
        validate_reference(
            dataset_group,
            "dataset_group_ref",
            "dataset_group",
            "an IDatasetGroupRef, such as a DatasetGroup",
            "DatasetGroup.from_dataset_group_arn(...)",
        )
        validate_environment(self, dataset_group, "dataset_group")
        validate_choice(dataset_type, DatasetType, "dataset_type")
        self._members = members = members_of(dataset_group)
        removal_policy = removal_policy or members.removal_policy
        if isinstance(schema, SchemaDefinition):
            schema = Schema(self, "Schema", definition=schema, domain=members.domain, removal_policy=removal_policy)
        validate_reference(
            schema, "schema_ref", "schema", "a Schema.items(...) or an ISchemaRef", "Schema.from_schema_arn(...)"
        )
        validate_environment(self, schema, "schema")
        if isinstance(schema, Schema) and isinstance(schema.node.default_child, CfnSchema):
            of_schema, of_group = (domain and domain.value for domain in (schema.domain, members.domain))
            if of_schema != of_group:
                warn_other_domain(self, of_schema, of_group)
        known_type = self.dataset_type = _type_of(schema, dataset_type)
        members.add_dataset(known_type, path_of(self))
        resource = aws_personalize.CfnDataset(
            self,
            "Resource",
            name=resource_name(self, dataset_name, "dataset_name"),
            dataset_type=known_type.value,
            dataset_group_arn=dataset_group.dataset_group_ref.dataset_group_arn,
            schema_arn=schema.schema_ref.schema_arn,
        )
        resource.apply_removal_policy(removal_policy)
        self._reference = resource.dataset_ref

    @property
    def dataset_arn(self) -> str:
        """The dataset's ARN."""
        return self.dataset_ref.dataset_arn

    @property
    @jsii.member(jsii_name="datasetRef")
    def dataset_ref(self) -> DatasetReference:
        """The reference to the dataset for other constructs."""
        return self._reference

    def import_from(self, source: DataSource, *, id: str = "Import", **options: Any) -> DatasetImportJob:  # noqa: ANN401 - those of the job
        """Imports data into the dataset, as part of a deployment.

        Several imports of a dataset run one after the other, in the order in which they are declared.

        Args:
            source: Where the CSV files are.
            id: The id of the job in the dataset; a second import needs one of its own.
            **options: The other arguments of `DatasetImportJob`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        validate_job_id(self, id, "import_from")
        job = DatasetImportJob(self, id, dataset=self, source=source, **options)
        self._members.add_import(self.dataset_type, job)
        return job

    def export_to(
        self,
        destination: DataDestination | None = None,
        *,
        id: str = "Export",
        **options: Any,  # noqa: ANN401 - those of the job
    ) -> DatasetExportJob:
        """Exports the dataset, as part of a deployment, after the imports into it that were declared before.

        Args:
            destination: The folder for the CSV files. By default that of a new `DataBucket`.
            id: The id of the job in the dataset; a second export needs one of its own.
            **options: The other arguments of `DatasetExportJob`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        validate_job_id(self, id, "export_to")
        job = DatasetExportJob(self, id, dataset=self, destination=destination, **options)
        self._members.add_dependency_on_imports(job, self.dataset_type)
        return job


class _ExistingDataset(Dataset):
    def __init__(self, scope: Construct, id: str, dataset_arn: str) -> None:
        Resource.__init__(self, scope, id, environment_from_arn=dataset_arn)
        name = dataset_arn.rpartition("/")[2].upper()
        self.dataset_type = next((member for member in DatasetType if member.value.upper() == name), None)
        self._members = GroupMembers()
        self._reference = DatasetReference(dataset_arn=dataset_arn)


def _type_of(schema: ISchemaRef, given: DatasetType | None) -> DatasetType:
    known = (schema.dataset_type if isinstance(schema, Schema) else None) or given
    if known is None:
        raise ValidationError(
            "a dataset with a schema that is not a Schema of this app must have a type, got none; name it: "
            "dataset_type=DatasetType.ITEMS"
        )
    if given not in (None, known):
        raise ValidationError(
            f"the schema of a dataset of type {given.value} must be for that type, got one for {known.value}"
        )
    return known
