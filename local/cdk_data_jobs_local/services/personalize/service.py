"""Amazon Personalize as a whole."""

from collections.abc import Callable
from typing import Any

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Endpoint
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import ServiceModel
from cdk_data_jobs_local.services.core.protocols import JsonProtocol, Request
from cdk_data_jobs_local.services.core.service import EmulatedService
from cdk_data_jobs_local.services.personalize.account import Account
from cdk_data_jobs_local.services.personalize.batch import BatchInferenceJobs, BatchSegmentJobs
from cdk_data_jobs_local.services.personalize.catalog import Catalog
from cdk_data_jobs_local.services.personalize.deletions import DeletionJobs
from cdk_data_jobs_local.services.personalize.exports import ExportJobs
from cdk_data_jobs_local.services.personalize.imports import ImportJobs
from cdk_data_jobs_local.services.personalize.responses import in_use
from cdk_data_jobs_local.services.personalize.rows import RowStore
from cdk_data_jobs_local.services.personalize.settings import Settings
from cdk_data_jobs_local.services.personalize.solutions import Solutions
from cdk_data_jobs_local.services.personalize.tags import Tags


class Personalize(EmulatedService):
    """The emulated service of one account and Region. It may be called from any thread."""

    name = "personalize"

    def __init__(self, context: ServiceContext) -> None:
        """Creates it.

        Args:
            context: The account and Region, the clock, and the access to roles and S3.
        """
        settings, tags = Settings(), Tags(self._taggable)
        catalog = Catalog(context, settings, tags)
        solutions = Solutions(context, settings, catalog=catalog, tags=tags)
        self._account = Account(
            context=context, settings=settings, tags=tags, catalog=catalog, solutions=solutions, rows=RowStore()
        )
        self._imports = ImportJobs(self._account)
        kinds = (
            self._imports,
            *(kind(self._account) for kind in (ExportJobs, DeletionJobs, BatchInferenceJobs, BatchSegmentJobs)),
        )
        self._job_kinds = {kind.type_name: kind for kind in kinds}
        self._protocol = JsonProtocol(ServiceModel(self.name, invalid="InvalidInputException"))
        operations = {
            **tags.operations,
            **catalog.operations,
            **solutions.operations,
            **{name: operation for kind in kinds for name, operation in kind.operations.items()},
            "DeleteDatasetGroup": self._delete_group,
            "UpdateDataset": self._update_dataset,
            "DeleteDataset": self._delete_dataset,
        }
        super().__init__(context.clock, settings, Endpoint(self._protocol, operations), self._job_kinds)

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """See `EmulatedService`."""
        return {**super().commands, "rows": self.rows, "row-count": self.row_count}

    def resource_arn(self, request: Request) -> str:
        """See `EmulatedService`."""
        operation = self._protocol.operation(request)
        try:
            parameters = self._protocol.read(operation, request)
        except ServiceError:
            return "*"
        account = self._account
        named = {
            "CreateSchema": account.catalog.schemas.arn,
            "CreateDatasetGroup": account.catalog.groups.arn,
            "CreateSolution": account.solutions.solutions.arn,
            **{f"Create{type_name}": kind.arn for type_name, kind in self._job_kinds.items()},
        }
        if operation in named:
            return named[operation](parameters.get("jobName") or parameters.get("name", ""))
        if operation.startswith("List") and operation != "ListTagsForResource":
            return "*"
        return next((value for member, value in parameters.items() if member.endswith("Arn")), "*")

    def rows(self, dataset_arn: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """Returns the rows that a dataset holds, oldest first."""
        with self._lock:
            self.advance()
            return self._account.rows.by_column(dataset_arn, limit=limit)

    def row_count(self, dataset_arn: str) -> int:
        """Returns how many rows a dataset holds."""
        with self._lock:
            self.advance()
            return sum(1 for _ in self._account.rows.rows(dataset_arn))

    def close(self) -> None:
        """Gives the files back."""
        with self._lock:
            self._account.rows.close()

    def _taggable(self, arn: str) -> bool:
        is_job = any(kind.jobs.get(arn) is not None for kind in self._job_kinds.values())
        return is_job or self._account.catalog.taggable(arn) or self._account.solutions.taggable(arn)

    def _delete_group(self, parameters: dict[str, Any]) -> dict[str, Any]:
        catalog, solutions = self._account.catalog, self._account.solutions
        group = catalog.groups.get(parameters["datasetGroupArn"])
        held = catalog.datasets.of(group.arn) + solutions.of(group.arn)
        if held:
            raise in_use(f"The dataset group has {', '.join(held)}")
        catalog.groups.remove(group.arn)
        return {}

    def _update_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        catalog = self._account.catalog
        dataset = catalog.datasets.active(parameters["datasetArn"])
        self._check_idle(dataset.arn)
        catalog.replace_schema(dataset, parameters["schemaArn"])
        self._account.rows.use_schema(dataset.arn, dataset.schema)
        return {"datasetArn": dataset.arn}

    def _delete_dataset(self, parameters: dict[str, Any]) -> dict[str, Any]:
        dataset = self._account.catalog.datasets.get(parameters["datasetArn"])
        self._check_idle(dataset.arn)
        self._account.catalog.datasets.remove(dataset.arn)
        self._account.rows.clear(dataset.arn)
        return {}

    def _check_idle(self, dataset_arn: str) -> None:
        if self._imports.busy(dataset_arn):
            raise in_use(f"A dataset import job is in progress for the dataset {dataset_arn}")
