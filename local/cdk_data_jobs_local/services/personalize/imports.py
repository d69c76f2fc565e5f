"""Dataset import jobs."""

import shutil
from typing import Any

from cdk_data_jobs_check.files import Mode
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_local.services.core.access import NotFoundError, RoleSession
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.job_kind import JobKind, access_errors_as_failures
from cdk_data_jobs_local.services.personalize.responses import invalid


class ImportJobs(JobKind):
    """The dataset import jobs of one account and Region. Of a folder, they read only the first level."""

    type_name = "DatasetImportJob"
    parent_parameter = "datasetArn"
    duration = "importing"
    quota = "concurrent_imports"

    def busy(self, dataset_arn: str) -> bool:
        """Returns whether an import of this dataset has not ended."""
        return any(job.parameters["datasetArn"] == dataset_arn for job in self.jobs.ongoing())

    def describe(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {"importMode": "FULL", "publishAttributionMetricsToS3": False, **super().describe(job)}

    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """See `JobKind`."""
        _check_parameters(parameters)
        dataset = self.account.catalog.datasets.active(parameters["datasetArn"])
        if parameters.get("importMode") == "INCREMENTAL" and not dataset.bulk_imported:
            raise invalid("An INCREMENTAL import is possible only after a FULL import of the same dataset")
        self.check_quota(parameters)
        location = Location.parse(parameters["dataSource"]["dataLocation"])
        with access_errors_as_failures(location):
            session = self.session(job_arn, parameters["roleArn"])
            for key in _keys(session, location):
                with session.open(location.bucket, key) as stream:
                    csv_data.check_header(stream, dataset.schema)

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        location = Location.parse(job.parameters["dataSource"]["dataLocation"])
        mode = Mode(job.parameters.get("importMode", "FULL").lower())
        dataset = self.account.catalog.datasets.get(job.parameters["datasetArn"])
        schema = dataset.schema
        with access_errors_as_failures(location):
            session = self.session(job.id, job.parameters["roleArn"])
            keys = _keys(session, location)
            size = sum(session.size(location.bucket, key) for key in keys)
            csv_data.check_size(size, mode)
            with self.account.rows.loading(dataset.arn, schema, replace=mode is Mode.FULL) as folder:
                files = {folder / f"{number:09}.csv": key for number, key in enumerate(keys)}
                for path, key in files.items():
                    with session.open(location.bucket, key) as source, path.open("wb") as file:
                        shutil.copyfileobj(source, file)
                urls = {path: location.url(key) for path, key in files.items()}
                count = csv_data.check(urls, schema, mode)
                self._check_count(count, schema)
        dataset.bulk_imported = True
        return {"rows": count, "bytes": size}

    def _check_count(self, count: int, schema: Schema) -> None:
        least = self.account.settings.minimum_interactions
        if schema.dataset_type == "Interactions" and count < least:
            raise JobFailedError(f"The data has {count} interactions, and at least {least} are required")


def _keys(session: RoleSession, location: Location) -> list[str]:
    keys = location.keys(session, suffix=".csv", deep=False)
    if not keys:
        raise NotFoundError(location)
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
