"""Amazon Personalize as a whole: one request in, one answer out."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

from cdk_data_jobs_local.emulator.endpoint import Answer, Endpoint
from cdk_data_jobs_local.emulator.faults import Fault
from cdk_data_jobs_local.emulator.model import ServiceModel
from cdk_data_jobs_local.emulator.personalize.catalog import Catalog
from cdk_data_jobs_local.emulator.personalize.imports import ImportJobs
from cdk_data_jobs_local.emulator.personalize.place import Place
from cdk_data_jobs_local.emulator.personalize.rows import RowStore
from cdk_data_jobs_local.emulator.personalize.settings import Settings
from cdk_data_jobs_local.emulator.personalize.tags import Tags


class Personalize:
    """The emulated service of one account and Region. It may be called from any thread."""

    def __init__(self, place: Place, *, settings: Settings | None = None, directory: Path | None = None) -> None:
        """Make one.

        Args:
            place: the account and Region, the clock, and the access to roles and S3.
            settings: the service's figures.
            directory: where the rows are kept; None keeps them in memory.
        """
        self.settings = settings or Settings()
        self._place = place
        self._lock = threading.RLock()
        self._rows = RowStore(directory / f"{place.account}-{place.region}.sqlite" if directory else None)
        self._tags = Tags(lambda arn: self._catalog.taggable(arn) or self._imports.jobs.get(arn) is not None)
        self._catalog = Catalog(
            place,
            self.settings,
            tags=self._tags,
            busy=lambda arn: self._imports.busy(arn),  # noqa: PLW0108  (made below)
            emptied=self._rows.clear,
        )
        self._imports = ImportJobs(place, self.settings, catalog=self._catalog, rows=self._rows, tags=self._tags)
        model = ServiceModel("personalize", invalid="InvalidInputException")
        operations = {**self._tags.operations, **self._catalog.operations, **self._imports.operations}
        self._endpoint = Endpoint(model, operations)

    def respond(self, operation: str, body: bytes) -> Answer:
        """Answer one request, at the clock's present time.

        Args:
            operation: the operation's name, such as `CreateSchema`.
            body: the request's body, JSON.
        """
        with self._lock:
            self.advance()
            return self._endpoint.respond(operation, body)

    def advance(self) -> None:
        """Let the jobs get as far as the clock says."""
        with self._lock:
            self._imports.jobs.advance(self._place.clock.now())

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong."""
        with self._lock:
            self._endpoint.faults.pending.append(fault)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened."""
        with self._lock:
            self._endpoint.faults.pending.clear()

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

    def jobs(self) -> list[dict[str, Any]]:
        """Every import job, oldest first: as described, when it `started` and `ended`, and how many `rows` it read."""
        with self._lock:
            self.advance()
            return [
                {**self._imports.described(job), "started": job.starts, "ended": job.ends, **job.result}
                for job in self._imports.jobs
            ]

    def calls(self) -> Counter[str]:
        """How often each operation was called."""
        with self._lock:
            return Counter(self._endpoint.calls)

    def close(self) -> None:
        """Give the files back."""
        with self._lock:
            self._rows.close()
