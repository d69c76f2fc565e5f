"""How does a dataset import job come to be, and what does it do?"""

from collections.abc import Iterator
from typing import Any

from cdk_data_jobs_local.emulator.access import RoleSession
from cdk_data_jobs_local.emulator.errors import ServiceError
from cdk_data_jobs_local.emulator.jobs import Job, JobFailedError
from cdk_data_jobs_local.emulator.location import Location
from cdk_data_jobs_local.emulator.personalize import csv_data
from cdk_data_jobs_local.emulator.personalize.answers import invalid
from cdk_data_jobs_local.emulator.personalize.job_kind import INVALID_LOCATION, JobKind, in_the_services_words
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema

_INCREMENTAL_BYTES = 1024**3


class ImportJobs(JobKind):
    """The dataset import jobs of one account and Region. Of a folder, they read only the first level."""

    noun = "DatasetImportJob"
    owner = "datasetArn"

    def busy(self, dataset_arn: str) -> bool:
        """Whether an import of this dataset has not ended."""
        return any(job.parameters["datasetArn"] == dataset_arn for job in self.jobs.ongoing())

    def described(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {"importMode": "FULL", "publishAttributionMetricsToS3": False, **super().described(job)}

    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """See `JobKind`."""
        _check_parameters(parameters)
        schema = self.catalog.schema(parameters["datasetArn"])
        dataset = self.catalog.datasets.active(parameters["datasetArn"])
        if parameters.get("importMode") == "INCREMENTAL" and not dataset.bulk_imported:
            raise invalid("An INCREMENTAL import is possible only after a FULL import of the same dataset")
        self._check_quota()
        location = Location.parse(parameters["dataSource"]["dataLocation"])
        with in_the_services_words(location):
            session = self.session(job_arn, parameters["roleArn"])
            csv_data.check_header(session, location, _keys(session, location), schema.names)

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        location = Location.parse(job.parameters["dataSource"]["dataLocation"])
        full = job.parameters.get("importMode", "FULL") == "FULL"
        try:
            dataset = self.catalog.datasets.get(job.parameters["datasetArn"])
            schema = self.catalog.schema(dataset.arn)
        except ServiceError as error:
            raise JobFailedError(error.message) from error
        with in_the_services_words(location):
            session = self.session(job.id, job.parameters["roleArn"])
            keys = _keys(session, location)
            size = sum(session.size(location.bucket, key) for key in keys)
            if not full and size > _INCREMENTAL_BYTES:
                raise JobFailedError("The data of an INCREMENTAL import can be at most 1 GB")
            rows = csv_data.fitting(csv_data.rows(session, location, keys, schema.names), schema)
            enough = self._enough(rows, schema, full=full)
            count = self.rows.load(dataset.arn, enough, identity=schema.identity, replace=full)
        dataset.bulk_imported = True
        return {"rows": count, "bytes": size}

    def _check_quota(self) -> None:
        most = self.settings.concurrent_imports
        if len(self.jobs.ongoing()) >= most:
            raise ServiceError(
                "LimitExceededException", f"More than {most} resources with PENDING or IN_PROGRESS status."
            )

    def _enough(self, rows: Iterator[dict[str, str]], schema: RecordSchema, *, full: bool) -> Iterator[dict[str, str]]:
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007
            yield row
        least = self.settings.minimum_interactions
        if full and schema.dataset_type == "INTERACTIONS" and count < least:
            raise JobFailedError(f"The data has {count} interactions, and at least {least} are required")


def _keys(session: RoleSession, location: Location) -> list[str]:
    keys = location.keys(session, suffix=".csv", deep=False)
    if not keys:
        raise JobFailedError(INVALID_LOCATION)
    return keys


def _check_parameters(parameters: dict[str, Any]) -> None:
    if "dataLocation" not in parameters["dataSource"]:
        raise invalid("dataSource.dataLocation is required")
    if "roleArn" not in parameters:
        raise invalid("roleArn is required")
    if parameters.get("publishAttributionMetricsToS3"):
        raise invalid(
            "publishAttributionMetricsToS3 requires a metric attribution with an Amazon S3 path in the dataset group, "
            "and there is none"
        )
