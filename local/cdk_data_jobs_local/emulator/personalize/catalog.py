"""Which schemas, dataset groups and datasets are there?"""

from collections.abc import Callable
from typing import Any

from cdk_data_jobs_local.emulator.endpoint import Operation
from cdk_data_jobs_local.emulator.personalize.answers import in_use, invalid
from cdk_data_jobs_local.emulator.personalize.resources import Resource, Resources
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema
from cdk_data_jobs_local.emulator.personalize.settings import Settings
from cdk_data_jobs_local.emulator.personalize.tags import Tags
from cdk_data_jobs_local.emulator.place import Place

_DATASET_TYPES = ("INTERACTIONS", "USERS", "ITEMS", "ACTIONS", "ACTION_INTERACTIONS")


class Catalog:
    """The schemas, dataset groups and datasets of one account and Region."""

    def __init__(
        self,
        place: Place,
        settings: Settings,
        *,
        tags: Tags,
        busy: Callable[[str], bool],
        held: Callable[[str], list[str]],
        emptied: Callable[[str], None],
    ) -> None:
        """Make one.

        Args:
            place: the account and Region.
            settings: how long creating takes.
            tags: the tags of all resources.
            busy: whether an import runs on the dataset with this ARN.
            held: what else, by its ARNs, belongs to the dataset group with this ARN.
            emptied: called with the ARN of a dataset that was deleted.
        """
        self._busy = busy
        self._held = held
        self._emptied = emptied
        self.schemas = Resources("Schema", place, settings, tags)
        self.groups = Resources("DatasetGroup", place, settings, tags)
        self.datasets = Resources("Dataset", place, settings, tags, owner="datasetGroupArn")

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
            "DeleteDatasetGroup": self._delete_group,
            "CreateDataset": self._create_dataset,
            "DeleteDataset": self._delete_dataset,
        }

    def taggable(self, resource_arn: str) -> bool:
        """Whether an ARN names a dataset group or a dataset (schemas have no tags)."""
        return resource_arn in self.groups or resource_arn in self.datasets

    def schema(self, dataset_arn: str) -> RecordSchema:
        """A dataset's schema.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        schema = self.datasets.get(dataset_arn).schema
        if schema is None:
            raise invalid(f"{dataset_arn} is not a dataset")
        return schema

    def datasets_of(self, group_arn: str) -> list[Resource]:
        """The datasets of a dataset group."""
        return [self.datasets.get(one) for one in self.datasets.of(group_arn)]

    def _create_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        schema = RecordSchema.parse(parameters["schema"])
        added = self.schemas.add("schema", parameters["name"], parameters, schema=schema, immediately=True)
        return {"schemaArn": added}

    def _create_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if ("kmsKeyArn" in parameters) != ("roleArn" in parameters):
            raise invalid("kmsKeyArn and roleArn must be given together")
        added = self.groups.add("dataset-group", parameters["name"], parameters)
        return {"datasetGroupArn": added, "domain": parameters.get("domain")}

    def _create_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        group = self.groups.active(parameters["datasetGroupArn"])
        schema = self.schemas.get(parameters["schemaArn"]).schema
        dataset_type = parameters["datasetType"].upper()
        if dataset_type not in _DATASET_TYPES:
            raise invalid(f"datasetType must be one of {', '.join(_DATASET_TYPES)}, got {parameters['datasetType']}")
        if schema is None or schema.dataset_type != dataset_type:
            raise invalid(f"The schema is not for a dataset of type {dataset_type}")
        name = f"{group.parameters['name']}/{dataset_type}"
        return {
            "datasetArn": self.datasets.add("dataset", name, {**parameters, "datasetType": dataset_type}, schema=schema)
        }

    def _delete_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        schema = self.schemas.get(parameters["schemaArn"])
        users = [dataset.arn for dataset in self.datasets if dataset.parameters["schemaArn"] == schema.arn]
        if users:
            raise in_use(f"The schema is used by {', '.join(users)}")
        self.schemas.remove(schema.arn)
        return {}

    def _delete_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        group = self.groups.get(parameters["datasetGroupArn"])
        held = self.datasets.of(group.arn) + self._held(group.arn)
        if held:
            raise in_use(f"The dataset group has {', '.join(held)}")
        self.groups.remove(group.arn)
        return {}

    def _delete_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        dataset = self.datasets.get(parameters["datasetArn"])
        if self._busy(dataset.arn):
            raise in_use(f"A dataset import job is in progress for the dataset {dataset.arn}")
        self.datasets.remove(dataset.arn)
        self._emptied(dataset.arn)
        return {}
