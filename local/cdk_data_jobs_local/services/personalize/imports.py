"""Dataset import jobs."""

from typing import Any

from cdk_data_jobs_check.files import Mode
from cdk_data_jobs_local.services.core.access import NotFoundError, RoleSession
from cdk_data_jobs_local.services.core.jobs import Job
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
        with access_errors_as_failures(location):
            session = self.session(job.id, job.parameters["roleArn"])
            keys = _keys(session, location)
            with self.account.rows.loading(dataset.arn, dataset.schema, replace=mode is Mode.FULL) as folder:
                loaded = csv_data.load_and_check(
                    session,
                    location,
                    keys,
                    folder,
                    schema=dataset.schema,
                    mode=mode,
                    min_interactions=self.account.settings.minimum_interactions,
                )
        dataset.bulk_imported = True
        return {"rows": loaded.rows, "bytes": loaded.size}


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
