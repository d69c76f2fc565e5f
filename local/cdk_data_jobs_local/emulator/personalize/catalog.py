"""Which schemas, dataset groups and datasets are there?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_local.emulator.endpoint import Operation
from cdk_data_jobs_local.emulator.personalize.place import Place, already_exists, in_use, invalid, not_found, page
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema
from cdk_data_jobs_local.emulator.personalize.settings import Settings
from cdk_data_jobs_local.emulator.personalize.tags import Tags

_DATASET_TYPES = ("INTERACTIONS", "USERS", "ITEMS", "ACTIONS", "ACTION_INTERACTIONS")


@dataclass(kw_only=True)
class Resource:
    """A schema, dataset group or dataset: the parameters of its create call and its life so far.

    Args:
        arn: the resource's ARN.
        parameters: the parameters of its create call.
        created: when it was created.
        active_from: when it is ACTIVE; until then it is being created.
        schema: the schema as parsed, of a schema or a dataset.
        bulk_imported: whether a dataset has had a successful import.
    """

    arn: str
    parameters: dict[str, Any]
    created: float
    active_from: float
    schema: RecordSchema | None = None
    bulk_imported: bool = False

    def status(self, now: float) -> str:
        """The resource's state."""
        if now >= self.active_from:
            return "ACTIVE"
        return "CREATE PENDING" if now < (self.created + self.active_from) / 2 else "CREATE IN_PROGRESS"

    def described(self, now: float) -> dict[str, Any]:
        """The members that all descriptions and summaries of resources have in common."""
        return {
            **self.parameters,
            "status": self.status(now),
            "creationDateTime": self.created,
            "lastUpdatedDateTime": min(now, self.active_from),
        }


class Catalog:
    """The schemas, dataset groups and datasets of one account and Region."""

    def __init__(
        self,
        place: Place,
        settings: Settings,
        *,
        tags: Tags,
        busy: Callable[[str], bool],
        emptied: Callable[[str], None],
    ) -> None:
        """Make one.

        Args:
            place: the account and Region.
            settings: how long creating takes.
            tags: the tags of all resources.
            busy: whether an import runs on the dataset with this ARN.
            emptied: called with the ARN of a dataset that was deleted.
        """
        self._place = place
        self._settings = settings
        self._tags = tags
        self._busy = busy
        self._emptied = emptied
        self._schemas: dict[str, Resource] = {}
        self._groups: dict[str, Resource] = {}
        self._datasets: dict[str, Resource] = {}

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            "CreateSchema": self._create_schema,
            "DescribeSchema": lambda p: {"schema": self._describe(self._schemas, "schemaArn", p["schemaArn"])},
            "ListSchemas": lambda p: self._list(self._schemas, "schemas", "schemaArn", p),
            "DeleteSchema": self._delete_schema,
            "CreateDatasetGroup": self._create_group,
            "DescribeDatasetGroup": lambda p: {
                "datasetGroup": self._describe(self._groups, "datasetGroupArn", p["datasetGroupArn"])
            },
            "ListDatasetGroups": lambda p: self._list(self._groups, "datasetGroups", "datasetGroupArn", p),
            "DeleteDatasetGroup": self._delete_group,
            "CreateDataset": self._create_dataset,
            "DescribeDataset": lambda p: {"dataset": self._describe(self._datasets, "datasetArn", p["datasetArn"])},
            "ListDatasets": lambda p: self._list(self._datasets, "datasets", "datasetArn", p),
            "DeleteDataset": self._delete_dataset,
        }

    def taggable(self, arn: str) -> bool:
        """Whether an ARN names a dataset group or a dataset (schemas have no tags)."""
        return arn in self._groups or arn in self._datasets

    def dataset(self, arn: str) -> Resource:
        """The dataset with an ARN.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        return _existing(self._datasets, arn)

    def _create_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        schema = RecordSchema.parse(parameters["schema"])
        arn = self._place.arn("schema", parameters["name"])
        self._add(self._schemas, arn, parameters, schema=schema, immediately=True)
        return {"schemaArn": arn}

    def _create_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if ("kmsKeyArn" in parameters) != ("roleArn" in parameters):
            raise invalid("kmsKeyArn and roleArn must be given together")
        arn = self._place.arn("dataset-group", parameters["name"])
        self._add(self._groups, arn, parameters)
        return {"datasetGroupArn": arn, "domain": parameters.get("domain")}

    def _create_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        group = _existing(self._groups, parameters["datasetGroupArn"])
        schema = _existing(self._schemas, parameters["schemaArn"]).schema
        dataset_type = parameters["datasetType"].upper()
        if dataset_type not in _DATASET_TYPES:
            raise invalid(f"datasetType must be one of {', '.join(_DATASET_TYPES)}, got {parameters['datasetType']}")
        if schema is None or schema.dataset_type != dataset_type:
            raise invalid(f"The schema is not for a dataset of type {dataset_type}")
        if group.status(self._place.clock.now()) != "ACTIVE":
            raise in_use(f"The dataset group {group.arn} is not ACTIVE")
        arn = self._place.arn("dataset", f"{group.parameters['name']}/{dataset_type}")
        self._add(self._datasets, arn, {**parameters, "datasetType": dataset_type}, schema=schema)
        return {"datasetArn": arn}

    def _delete_schema(self, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = _existing(self._schemas, parameters["schemaArn"]).arn
        users = [dataset.arn for dataset in self._datasets.values() if dataset.parameters["schemaArn"] == arn]
        if users:
            raise in_use(f"The schema is used by {', '.join(users)}")
        del self._schemas[arn]
        return {}

    def _delete_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = _existing(self._groups, parameters["datasetGroupArn"]).arn
        held = [dataset.arn for dataset in self._datasets.values() if dataset.parameters["datasetGroupArn"] == arn]
        if held:
            raise in_use(f"The dataset group has the datasets {', '.join(held)}")
        del self._groups[arn]
        self._tags.forget(arn)
        return {}

    def _delete_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        arn = _existing(self._datasets, parameters["datasetArn"]).arn
        if self._busy(arn):
            raise in_use(f"A dataset import job is in progress for the dataset {arn}")
        del self._datasets[arn]
        self._tags.forget(arn)
        self._emptied(arn)
        return {}

    def _add(
        self,
        resources: dict[str, Resource],
        arn: str,
        parameters: dict[str, Any],
        *,
        schema: RecordSchema | None = None,
        immediately: bool = False,
    ) -> None:
        if arn in resources:
            raise already_exists(arn)
        self._tags.set(arn, parameters.get("tags", []))
        now = self._place.clock.now()
        active_from = now if immediately else now + self._settings.creating
        resources[arn] = Resource(arn=arn, parameters=parameters, created=now, active_from=active_from, schema=schema)

    def _describe(self, resources: dict[str, Resource], arn_member: str, arn: str) -> dict[str, Any]:
        return {arn_member: arn, **_existing(resources, arn).described(self._place.clock.now())}

    def _list(
        self, resources: dict[str, Resource], key: str, arn_member: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        group = parameters.get("datasetGroupArn")
        summaries = (
            self._describe(resources, arn_member, arn)
            for arn, resource in resources.items()
            if group is None or resource.parameters["datasetGroupArn"] == group
        )
        return page(summaries, key, arn_member, parameters)


def _existing(resources: dict[str, Resource], arn: str) -> Resource:
    if arn not in resources:
        raise not_found(arn)
    return resources[arn]
