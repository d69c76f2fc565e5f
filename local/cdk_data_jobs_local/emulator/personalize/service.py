"""Amazon Personalize as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdk_data_jobs_local.emulator.endpoint import Endpoint
from cdk_data_jobs_local.emulator.model import ServiceModel
from cdk_data_jobs_local.emulator.personalize.batch import BatchInferenceJobs, BatchSegmentJobs
from cdk_data_jobs_local.emulator.personalize.catalog import Catalog
from cdk_data_jobs_local.emulator.personalize.deletions import DeletionJobs
from cdk_data_jobs_local.emulator.personalize.exports import ExportJobs
from cdk_data_jobs_local.emulator.personalize.imports import ImportJobs
from cdk_data_jobs_local.emulator.personalize.rows import RowStore
from cdk_data_jobs_local.emulator.personalize.settings import Settings
from cdk_data_jobs_local.emulator.personalize.solutions import Solutions
from cdk_data_jobs_local.emulator.personalize.tags import Tags
from cdk_data_jobs_local.emulator.place import Place
from cdk_data_jobs_local.emulator.protocols import JsonProtocol
from cdk_data_jobs_local.emulator.service import EmulatedService


class Personalize(EmulatedService):
    """The emulated service of one account and Region. It may be called from any thread."""

    name = "personalize"

    def __init__(self, place: Place, *, directory: Path | None = None) -> None:
        """Make one.

        Args:
            place: the account and Region, the clock, and the access to roles and S3.
            directory: where the rows are kept; None keeps them in memory.
        """
        settings = Settings()
        self._rows = RowStore(directory / f"{place.account}-{place.region}.sqlite" if directory else None)
        tags = Tags(self._taggable)
        self._catalog = Catalog(
            place,
            settings,
            tags=tags,
            busy=lambda arn: imports.busy(arn),  # noqa: PLW0108  (made below)
            held=lambda arn: self._solutions.of(arn),  # noqa: PLW0108
            emptied=self._rows.clear,
        )
        self._solutions = Solutions(place, settings, catalog=self._catalog, tags=tags)
        own: dict[str, Any] = {"tags": tags, "catalog": self._catalog, "rows": self._rows}
        imports = ImportJobs(place, settings, **own)
        kinds = [
            imports,
            ExportJobs(place, settings, **own),
            DeletionJobs(place, settings, **own),
            BatchInferenceJobs(place, settings, **own, solutions=self._solutions),
            BatchSegmentJobs(place, settings, **own, solutions=self._solutions),
        ]
        self._job_kinds = {kind.noun: kind for kind in kinds}
        endpoint = Endpoint(
            JsonProtocol(ServiceModel(self.name, invalid="InvalidInputException")),
            {
                **tags.operations,
                **self._catalog.operations,
                **self._solutions.operations,
                **{name: operation for kind in kinds for name, operation in kind.operations.items()},
            },
        )
        super().__init__(place.clock, settings, endpoint, self._job_kinds)

    @property
    def commands(self) -> dict[str, Callable[..., Any]]:
        """See `EmulatedService`."""
        return {**super().commands, "rows": self.rows, "row-count": self.row_count}

    def rows(self, dataset_arn: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """The rows that a dataset holds, oldest first."""
        with self._lock:
            self.advance()
            return list(self._rows.rows(dataset_arn, limit=limit))

    def row_count(self, dataset_arn: str) -> int:
        """How many rows a dataset holds."""
        with self._lock:
            self.advance()
            return self._rows.count(dataset_arn)

    def close(self) -> None:
        """Give the files back."""
        with self._lock:
            self._rows.close()

    def _taggable(self, arn: str) -> bool:
        is_job = any(kind.jobs.get(arn) is not None for kind in self._job_kinds.values())
        return is_job or self._catalog.taggable(arn) or self._solutions.taggable(arn)
