"""Dataset groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import RemovalPolicy, Resource, aws_personalize
from aws_cdk.interfaces.aws_personalize import DatasetGroupReference, IDatasetGroupRef

from cdk_data_jobs._access.access_rules import PERSONALIZE, READ
from cdk_data_jobs._access.service_access import ServiceAccess
from cdk_data_jobs._access.service_principals import SourceArnCondition
from cdk_data_jobs._support.memo import environment_of, stack_of
from cdk_data_jobs._support.validation import (
    ValidationError,
    validate_choice,
    validate_flag,
    validate_kms_key,
    validate_reference,
)
from cdk_data_jobs.personalize._group_members import members_of
from cdk_data_jobs.personalize._resource_names import resource_name
from cdk_data_jobs.personalize._validation import validate_arn, validate_job_id
from cdk_data_jobs.personalize.datasets import Dataset
from cdk_data_jobs.personalize.deletion import DataDeletionJob
from cdk_data_jobs.personalize.schema_definitions import DatasetType, Domain

if TYPE_CHECKING:
    from aws_cdk import aws_iam, aws_kms
    from aws_cdk.interfaces.aws_personalize import ISchemaRef
    from constructs import Construct

    from cdk_data_jobs.personalize.schema_definitions import SchemaDefinition
    from cdk_data_jobs.storage import DataSource


@jsii.implements(IDatasetGroupRef)
class DatasetGroup(Resource):
    """A dataset group (`AWS::Personalize::DatasetGroup`), or a reference to one that exists outside the app.

    CloudFormation cannot replace it under its name: if the name stays, a change of the domain or the key fails, and the
    group stays as it is.
    """

    @staticmethod
    def from_dataset_group_arn(
        scope: Construct,
        id: str,
        dataset_group_arn: str,
        *,
        domain: Domain | None = None,
        order_imports: bool = True,
    ) -> DatasetGroup:
        """Refers to an existing dataset group.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            dataset_group_arn: The dataset group's ARN.
            domain: Its domain, for the schemas of datasets that are added. By default it has none.
            order_imports: Whether interactions are imported after items and users, and interactions with actions after
                actions and users, as far as the datasets are of this app.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(dataset_group_arn, "dataset_group_arn")
        group = _ExistingDatasetGroup(scope, id, dataset_group_arn)
        _set_up(group, domain, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, order_imports=order_imports)
        return group

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group_name: str | None = None,
        domain: Domain | None = None,
        encryption_key: aws_kms.IKey | None = None,
        role: aws_iam.IRole | None = None,
        order_imports: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        """Declares a dataset group (Amazon Personalize API Reference, CreateDatasetGroup).

        Args:
            scope: The construct that the group belongs to.
            id: The group's id in it.
            dataset_group_name: Its name, 1 to 63 characters. By default derived from the construct's path.
            domain: The domain, which decides on the required fields of its schemas. By default it has none.
            encryption_key: The key that encrypts its data; its policy is extended. By default a key of AWS.
            role: The role with which the service uses `encryption_key`; it gets the policy that it needs. By default
                one is created, if there is a key.
            order_imports: Whether interactions are imported after items and users, and interactions with actions after
                actions and users.
            removal_policy: What becomes of the group, and by default of its datasets, when it is removed from the app.
                By default it is retained, except if its first deployment fails.

        Raises:
            ValueError: If the service would refuse it, as far as that is known at synthesis.
        """
        super().__init__(scope, id)
        validate_choice(domain, Domain, "domain")
        _set_up(self, domain, removal_policy, order_imports=order_imports)
        if role is not None and encryption_key is None:
            raise ValidationError("role must be given together with encryption_key, got a role without a key")
        resource = aws_personalize.CfnDatasetGroup(
            self,
            "Resource",
            name=resource_name(self, dataset_group_name, "dataset_group_name"),
            domain=domain and domain.value,
        )
        resource.apply_removal_policy(removal_policy)
        if encryption_key is not None:
            self._encrypt(resource, encryption_key, role, removal_policy)
        self._reference = resource.dataset_group_ref

    @property
    def dataset_group_arn(self) -> str:
        """The dataset group's ARN."""
        return self.dataset_group_ref.dataset_group_arn

    @property
    @jsii.member(jsii_name="datasetGroupRef")
    def dataset_group_ref(self) -> DatasetGroupReference:
        """The reference to the dataset group for other constructs."""
        return self._reference

    def add_dataset(
        self,
        id: str,
        *,
        schema: SchemaDefinition | ISchemaRef,
        dataset_type: DatasetType | None = None,
        dataset_name: str | None = None,
        removal_policy: RemovalPolicy | None = None,
    ) -> Dataset:
        """Adds a dataset; a group has at most one of each type.

        Args:
            id: The dataset's id in the group.
            schema: The content of its schema, such as `Schema.items(GENRE=Field.categorical())`; or a schema.
            dataset_type: The type. By default the one that the schema is for.
            dataset_name: Its name, 1 to 63 characters. By default derived from the construct's path.
            removal_policy: What becomes of it, and of the schema that is made for it, when it is removed from the app.
                By default the same as of the group.

        Raises:
            ValueError: If the service would refuse it, as far as that is known at synthesis.
        """
        return Dataset(
            self,
            id,
            dataset_group=self,
            schema=schema,
            dataset_type=dataset_type,
            dataset_name=dataset_name,
            removal_policy=removal_policy,
        )

    def delete_users(
        self,
        source: DataSource,
        *,
        id: str = "DeleteUsers",
        **options: Any,  # noqa: ANN401 - those of the job
    ) -> DataDeletionJob:
        """Deletes users from all datasets of the group, as part of a deployment.

        That is after the imports that were declared before, with `import_from` of the group's datasets.

        Args:
            source: Where the CSV files are, with the one column USER_ID.
            id: The id of the job in the group; a second deletion needs one of its own.
            **options: The other arguments of `DataDeletionJob`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        validate_job_id(self, id, "delete_users")
        job = DataDeletionJob(self, id, dataset_group=self, source=source, **options)
        members_of(self).add_dependency_on_imports(job)
        return job

    def _encrypt(
        self,
        group: aws_personalize.CfnDatasetGroup,
        key: aws_kms.IKey,
        role: aws_iam.IRole | None,
        removal_policy: RemovalPolicy,
    ) -> None:
        # Developer Guide, "Giving Amazon Personalize permission to use your AWS KMS key".
        validate_kms_key(key)
        if role is not None:
            validate_reference(role, "role_arn", "role", "an aws_iam.IRole", "aws_iam.Role.from_role_arn(...)")
        environment = environment_of(stack_of(self))
        arns = "arn:{partition}:personalize:{region}:{account}:*".format(**environment)
        access = ServiceAccess.of(
            self, service="personalize", principal="personalize.amazonaws.com", rules=PERSONALIZE, data=()
        ).allow(
            self,
            data=(),
            keys=[PERSONALIZE.key_use(key, READ)],
            condition=SourceArnCondition("ArnLike", arns),
            role=role,
        )
        group.kms_key_arn, group.role_arn = key.key_arn, access.role.role_arn
        if removal_policy is not RemovalPolicy.DESTROY:
            # A group that is retained goes on using its key with the role.
            created = [access.role] if access.is_shared else []
            for one in (*created, *access.policies):
                cast("Resource", one).apply_removal_policy(removal_policy)
        group.node.add_dependency(*access.policies)


class _ExistingDatasetGroup(DatasetGroup):
    def __init__(self, scope: Construct, id: str, dataset_group_arn: str) -> None:
        Resource.__init__(self, scope, id, environment_from_arn=dataset_group_arn)
        self._reference = DatasetGroupReference(dataset_group_arn=dataset_group_arn)


def _set_up(group: DatasetGroup, domain: Domain | None, removal_policy: RemovalPolicy, *, order_imports: bool) -> None:
    validate_flag(order_imports, "order_imports")
    members = members_of(group)
    members.domain, members.removal_policy, members.orders_imports = domain, removal_policy, order_imports
