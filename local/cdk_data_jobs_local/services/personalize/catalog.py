"""Schemas, dataset groups and datasets."""

from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_check import schema as avro
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.personalize.resources import Resource, Resources
from cdk_data_jobs_local.services.personalize.responses import in_use, invalid
from cdk_data_jobs_local.services.personalize.schemas import check_replacement, parse_schema
from cdk_data_jobs_local.services.personalize.settings import Settings
from cdk_data_jobs_local.services.personalize.tags import Tags

_DATASET_TYPES = ("INTERACTIONS", "USERS", "ITEMS", "ACTIONS", "ACTION_INTERACTIONS")


@dataclass(kw_only=True)
class Schema(Resource):
    """A schema, parsed."""

    parsed: avro.Schema


class DatasetUpdate(Resource):
    """The replacement of a dataset's schema: its `arn` is the dataset's."""

    creating_statuses = ("UPDATE PENDING", "UPDATE IN_PROGRESS")


@dataclass(kw_only=True)
class Dataset(Resource):
    """A dataset, its schema, whether it has had a successful import, and its latest update."""

    schema: avro.Schema
    bulk_imported: bool = False
    update: DatasetUpdate | None = None

    def status(self, now: float) -> str:
        """See `Resource`."""
        return super().status(now) if self.update is None else self.update.status(now)

    def described(self, now: float) -> dict[str, Any]:
        """See `Resource`."""
        update = self.update.described(now) if self.update else None
        changed = {"lastUpdatedDateTime": update["lastUpdatedDateTime"]} if update else {}
        return {**super().described(now), **changed, "latestDatasetUpdate": update}


class Catalog:
    """The schemas, dataset groups and datasets of one account and Region."""

    def __init__(self, context: ServiceContext, settings: Settings, tags: Tags) -> None:
        """Creates it.

        Args:
            context: The account and Region.
            settings: How long creating and updating take, and how many there may be.
            tags: The tags of all resources.
        """
        self._clock, self._settings = context.clock, settings
        self.schemas = Resources("Schema", context, settings, tags, make=Schema, duration=None, quota="schemas")
        self.groups = Resources("DatasetGroup", context, settings, tags, make=Resource, quota="dataset_groups")
        self.datasets = Resources("Dataset", context, settings, tags, make=Dataset, parent_parameter="datasetGroupArn")

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            **self.schemas.operations,
            **self.groups.operations,
            **self.datasets.operations,
            "CreateSchema": self._create_schema,
            "DeleteSchema": self._delete_schema,
            "CreateDatasetGroup": self._create_group,
            "CreateDataset": self._create_dataset,
        }

    def taggable(self, resource_arn: str) -> bool:
        """Returns whether an ARN names a dataset group or a dataset (schemas have no tags)."""
        return resource_arn in self.groups or resource_arn in self.datasets

    def datasets_of(self, group_arn: str) -> list[Dataset]:
        """Returns the datasets of a dataset group."""
        return [self.datasets.get(one) for one in self.datasets.of(group_arn)]

    def replace_schema(self, dataset: Dataset, schema_arn: str) -> None:
        """Gives a dataset another schema, which it has at once, though it takes a while to be ACTIVE.

        Args:
            dataset: The dataset, which is ACTIVE.
            schema_arn: The schema.

        Raises:
            ServiceError: There is no such schema, or the dataset cannot have it.
        """
        schema = self.schemas.get(schema_arn).parsed
        check_replacement(dataset.schema, schema)
        dataset.schema = schema
        dataset.parameters["schemaArn"] = schema_arn
        now = self._clock.now()
        dataset.update = DatasetUpdate(
            arn=dataset.arn,
            parameters={"schemaArn": schema_arn},
            created=now,
            active_from=now + self._settings.updating,
        )

    def _create_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        parsed = parse_schema(parameters["schema"], parameters.get("domain"))
        return {"schemaArn": self.schemas.add(parameters["name"], parameters, parsed=parsed)}

    def _create_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if ("kmsKeyArn" in parameters) != ("roleArn" in parameters):
            raise invalid("kmsKeyArn and roleArn must be given together")
        added = self.groups.add(parameters["name"], parameters)
        return {"datasetGroupArn": added, "domain": parameters.get("domain")}

    def _create_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        group = self.groups.active(parameters["datasetGroupArn"])
        schema = self.schemas.get(parameters["schemaArn"]).parsed
        dataset_type = parameters["datasetType"].upper()
        if dataset_type not in _DATASET_TYPES:
            raise invalid(f"datasetType must be one of {', '.join(_DATASET_TYPES)}, got {parameters['datasetType']}")
        if schema.dataset_type.upper() != dataset_type:
            raise invalid(f"The schema is not for a dataset of type {dataset_type}")
        domain = group.parameters.get("domain")
        if schema.domain != domain:
            raise invalid(f"The domain of the schema is {schema.domain}, and that of the dataset group is {domain}")
        name = f"{group.parameters['name']}/{dataset_type}"
        added = self.datasets.add(name, {**parameters, "datasetType": dataset_type}, schema=schema)
        return {"datasetArn": added}

    def _delete_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        schema = self.schemas.get(parameters["schemaArn"])
        users = [dataset.arn for dataset in self.datasets if dataset.parameters["schemaArn"] == schema.arn]
        if users:
            raise in_use(f"The schema is used by {', '.join(users)}")
        self.schemas.remove(schema.arn)
        return {}
