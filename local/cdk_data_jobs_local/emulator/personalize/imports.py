"""How does a dataset import job come to be, and what does it do?"""

from typing import Any

from cdk_data_jobs_local.emulator.access import AccessDeniedError, CannotAssumeRoleError, NotFoundError, RoleSession
from cdk_data_jobs_local.emulator.endpoint import Operation
from cdk_data_jobs_local.emulator.errors import ServiceError
from cdk_data_jobs_local.emulator.jobs import Job, JobFailedError, Jobs
from cdk_data_jobs_local.emulator.personalize import csv_data
from cdk_data_jobs_local.emulator.personalize.catalog import Catalog, Resource
from cdk_data_jobs_local.emulator.personalize.csv_data import Location
from cdk_data_jobs_local.emulator.personalize.place import (
    SERVICE_PRINCIPAL,
    Place,
    already_exists,
    in_use,
    invalid,
    not_found,
    page,
)
from cdk_data_jobs_local.emulator.personalize.rows import RowStore
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema
from cdk_data_jobs_local.emulator.personalize.settings import Settings
from cdk_data_jobs_local.emulator.personalize.tags import Tags

_GUIDE = "https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html"
_INCREMENTAL_BYTES = 1024**3


class ImportJobs:
    """The dataset import jobs of one account and Region."""

    def __init__(self, place: Place, settings: Settings, *, catalog: Catalog, rows: RowStore, tags: Tags) -> None:
        """Make one.

        Args:
            place: the account and Region.
            settings: how long jobs take, and how many may run.
            catalog: the datasets.
            rows: where the imported rows go.
            tags: the tags of all resources.
        """
        self._place = place
        self._settings = settings
        self._catalog = catalog
        self._rows = rows
        self._tags = tags
        self.jobs = Jobs(self._import)

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            "CreateDatasetImportJob": self._create,
            "DescribeDatasetImportJob": lambda p: {"datasetImportJob": self._describe(p["datasetImportJobArn"])},
            "ListDatasetImportJobs": self._list,
        }

    def busy(self, dataset_arn: str) -> bool:
        """Whether an import of this dataset has not ended."""
        return any(job.parameters["datasetArn"] == dataset_arn for job in self.jobs.ongoing())

    def described(self, job: Job) -> dict[str, Any]:
        """A job as DescribeDatasetImportJob tells of it."""
        return {
            "importMode": "FULL",
            "publishAttributionMetricsToS3": False,
            **job.parameters,
            "datasetImportJobArn": job.arn,
            "status": job.status,
            "creationDateTime": job.created,
            "lastUpdatedDateTime": job.updated,
            "failureReason": job.failure_reason,
        }

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        _check_parameters(parameters)
        dataset = self._catalog.dataset(parameters["datasetArn"])
        arn = self._place.arn("dataset-import-job", parameters["jobName"])
        if self.jobs.get(arn) is not None:
            raise already_exists(arn)
        now = self._place.clock.now()
        if dataset.status(now) != "ACTIVE":
            raise in_use(f"The dataset {dataset.arn} is not ACTIVE")
        if parameters.get("importMode") == "INCREMENTAL" and not dataset.bulk_imported:
            raise invalid("An INCREMENTAL import is possible only after a FULL import of the same dataset")
        self._check_quota()
        self._check_data(arn, parameters, _schema(dataset))
        self._tags.set(arn, parameters.get("tags", []))
        job = Job(
            arn=arn,
            name=parameters["jobName"],
            parameters=parameters,
            created=now,
            pending=self._settings.pending,
            running=self._settings.in_progress,
            status=self.jobs.states.pending,
        )
        self.jobs.add(job)
        return {"datasetImportJobArn": arn}

    def _check_quota(self) -> None:
        most = self._settings.concurrent_imports
        if len(self.jobs.ongoing()) >= most:
            raise ServiceError(
                "LimitExceededException", f"More than {most} resources with PENDING or IN_PROGRESS status."
            )

    def _check_data(self, job_arn: str, parameters: dict[str, Any], schema: RecordSchema) -> None:
        location = Location.parse(parameters["dataSource"]["dataLocation"])
        try:
            session = self._session(job_arn, parameters)
            keys = location.csv_keys(session)
            if not keys:
                raise invalid("Invalid Data location.")
            for key in keys:
                missing = schema.missing_columns(csv_data.header(session, location.bucket, key))
                if missing:
                    raise invalid(csv_data.missing_columns(missing))
        except CannotAssumeRoleError as error:
            raise invalid(str(error)) from error
        except NotFoundError as error:
            raise invalid("Invalid Data location.") from error
        except AccessDeniedError as error:
            raise invalid(_insufficient(location)) from error

    def _session(self, job_arn: str, parameters: dict[str, Any]) -> RoleSession:
        return self._place.access.assume_role(parameters["roleArn"], service=SERVICE_PRINCIPAL, source_arn=job_arn)

    def _import(self, job: Job) -> dict[str, Any]:
        location = Location.parse(job.parameters["dataSource"]["dataLocation"])
        full = job.parameters.get("importMode", "FULL") == "FULL"
        try:
            dataset = self._catalog.dataset(job.parameters["datasetArn"])
            schema = _schema(dataset)
            session = self._session(job.arn, job.parameters)
            size = sum(session.size(location.bucket, key) for key in location.csv_keys(session))
            if not full and size > _INCREMENTAL_BYTES:
                raise JobFailedError("The data of an INCREMENTAL import can be at most 1 GB")
            rows = self._enough(csv_data.rows(session, location, schema), schema, full=full)
            count = self._rows.load(dataset.arn, rows, identity=schema.identity, replace=full)
        except CannotAssumeRoleError as error:
            raise JobFailedError(str(error)) from error
        except AccessDeniedError as error:
            raise JobFailedError(_insufficient(location)) from error
        except (NotFoundError, ServiceError) as error:
            raise JobFailedError("Invalid Data location.") from error
        dataset.bulk_imported = True
        return {"rows": count, "bytes": size}

    def _enough(self, rows: Any, schema: RecordSchema, *, full: bool) -> Any:  # noqa: ANN401
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007
            yield row
        least = self._settings.minimum_interactions
        if full and schema.dataset_type == "INTERACTIONS" and count < least:
            raise JobFailedError(f"The data has {count} interactions, and at least {least} are required")

    def _describe(self, arn: str) -> dict[str, Any]:
        job = self.jobs.get(arn)
        if job is None:
            raise not_found(arn)
        return self.described(job)

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        dataset = parameters.get("datasetArn")
        summaries = (self.described(job) for job in self.jobs if dataset in (None, job.parameters["datasetArn"]))
        return page(summaries, "datasetImportJobs", "datasetImportJobArn", parameters)


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


def _schema(dataset: Resource) -> RecordSchema:
    if dataset.schema is None:
        raise invalid(f"{dataset.arn} is not a dataset")
    return dataset.schema


def _insufficient(location: Location) -> str:
    return (
        f"Insufficient privileges for accessing data in S3. Please look at {_GUIDE} and fix bucket policy on "
        f"{location.bucket}."
    )
