"""What import and export jobs of Amazon Pinpoint have in common: how they are created, described and listed."""

import uuid
from abc import ABC, abstractmethod
from typing import Any

from cdk_data_jobs_local.clock import iso
from cdk_data_jobs_local.services.core.access import CannotAssumeRoleError, RoleSession
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.jobs import Job, Jobs, Statuses
from cdk_data_jobs_local.services.pinpoint.apps import App, Apps
from cdk_data_jobs_local.services.pinpoint.responses import (
    SERVICE_PRINCIPAL,
    arn,
    bad_request,
    not_found,
    page,
)
from cdk_data_jobs_local.services.pinpoint.settings import Settings

_STATUSES = Statuses(
    pending=("CREATED", "PREPARING_FOR_INITIALIZATION", "INITIALIZING"),
    running=("PROCESSING", "PENDING_JOB"),
    completing="COMPLETING",
    succeeded="COMPLETED",
    failing="FAILING",
    failed="FAILED",
)
_MAX_FAILURES = 100


class JobKind(ABC):
    """The jobs of one kind, in all applications."""

    type_name: str
    """The kind as the operations' names have it, such as `ImportJob`."""

    location: str
    """The parameter that names a location in S3."""

    def __init__(self, context: ServiceContext, settings: Settings, apps: Apps) -> None:
        """Creates it.

        Args:
            context: The account and Region.
            settings: How long jobs take.
            apps: The applications.
        """
        self.apps = apps
        self.context = context
        self.settings = settings
        self.jobs = Jobs(self.work, statuses=_STATUSES)

    @abstractmethod
    def check(self, app: App, definition: dict[str, Any], session: RoleSession) -> None:
        """Checks the parameters of a create call.

        Args:
            app: The application.
            definition: The job's definition.
            session: S3, with the job's role.

        Raises:
            ServiceError: The service refuses.
        """

    def with_defaults(self, definition: dict[str, Any]) -> dict[str, Any]:
        """Returns the definition as the service reports it from the create call on."""
        return definition

    @abstractmethod
    def work(self, job: Job) -> dict[str, Any]:
        """Does a job's work; returns the counts of `job_counts`.

        Raises:
            JobFailedError: It failed.
        """

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            f"Create{self.type_name}": self._create,
            f"Get{self.type_name}": self._get,
            f"Get{self.type_name}s": self._list,
            f"GetSegment{self.type_name}s": self._list,
        }

    def describe_for_get(self, job: Job) -> dict[str, Any]:
        """Returns the description of a job that its Get operations return."""
        return self.describe(job)

    def describe(self, job: Job) -> dict[str, Any]:
        """Returns the whole description of a job."""
        ended = job.status in (_STATUSES.succeeded, _STATUSES.failed)
        return {
            **job.result,
            "ApplicationId": job.parameters["ApplicationId"],
            "Id": job.id,
            "Type": self.type_name.removesuffix("Job").upper(),
            "JobStatus": job.status,
            "CreationDate": iso(job.created),
            "CompletionDate": iso(job.ends) if ended else None,
            "Definition": job.parameters[f"{self.type_name}Request"],
        }

    def session(self, app: App, role_arn: str) -> RoleSession:
        """Returns a session of the job's role, with access to S3.

        Raises:
            CannotAssumeRoleError: The role cannot be assumed.
        """
        return self.context.access.assume_role(
            role_arn, service=SERVICE_PRINCIPAL, source_arn=arn(self.context, app.id)
        )

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        app = self.apps.get(parameters["ApplicationId"])
        definition = parameters[f"{self.type_name}Request"]
        url = definition[self.location]
        if not url.startswith("s3://") or not url.removeprefix("s3://").partition("/")[0]:
            raise bad_request(f"{self.location} must be s3://bucket/..., got {url}")
        try:
            session = self.session(app, definition["RoleArn"])
        except CannotAssumeRoleError as error:
            raise bad_request(str(error)) from error
        self.check(app, definition, session)
        job = self.jobs.begin(
            uuid.uuid4().hex,
            {**parameters, f"{self.type_name}Request": self.with_defaults(definition)},
            now=self.context.clock.now(),
            pending=self.settings.pending,
            running=self.settings.in_progress,
        )
        return {f"{self.type_name}Response": self.describe(job)}

    def _get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        app = self.apps.get(parameters["ApplicationId"])
        job = self.jobs.get(parameters["JobId"])
        if job is None or job.parameters["ApplicationId"] != app.id:
            raise not_found(f"job {parameters['JobId']}")
        return {f"{self.type_name}Response": self.describe_for_get(job)}

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        app = self.apps.get(parameters["ApplicationId"])
        jobs = [job for job in self.jobs if job.parameters["ApplicationId"] == app.id]
        segment = parameters.get("SegmentId")
        if segment is not None:
            app.segments.get(segment)
            jobs = [job for job in jobs if job.parameters[f"{self.type_name}Request"].get("SegmentId") == segment]
        return {f"{self.type_name}sResponse": page([self.describe_for_get(job) for job in jobs], parameters)}


def job_counts(*, pieces: int, failed_pieces: int, processed: int, failures: list[str]) -> dict[str, Any]:
    """Returns the counts that the description of a job has.

    Args:
        pieces: How many files there were.
        failed_pieces: How many of them could not be processed.
        processed: How many entries there were.
        failures: A message for each entry and each file that failed; the service returns the first 100, and no member
            if there are none.
    """
    return {
        "TotalPieces": pieces,
        "CompletedPieces": pieces - failed_pieces,
        "FailedPieces": failed_pieces,
        "TotalProcessed": processed,
        "TotalFailures": len(failures),
        "Failures": failures[:_MAX_FAILURES] or None,
    }
