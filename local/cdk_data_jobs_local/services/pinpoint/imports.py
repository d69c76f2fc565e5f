"""Import jobs.

An import reads the file, or all files of the folder and its sub-folders, with the job's role. Entries that are no
endpoint definition fail and the others are taken; the job fails if none of its files can be read. What the service's
messages in `Failures` look like is not documented; here each begins with the file and the line.
"""

from typing import IO, Any

from cdk_data_jobs_local.services.core.access import (
    AccessDeniedError,
    CannotAssumeRoleError,
    NotFoundError,
    RoleSession,
)
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.core.model import ServiceModel
from cdk_data_jobs_local.services.pinpoint.apps import App, Apps
from cdk_data_jobs_local.services.pinpoint.endpoints import Endpoints
from cdk_data_jobs_local.services.pinpoint.entries import EntryReader, FileError
from cdk_data_jobs_local.services.pinpoint.job_kind import JobKind, job_counts
from cdk_data_jobs_local.services.pinpoint.settings import Settings


class ImportJobs(JobKind):
    """The import jobs of one account and Region."""

    noun = "ImportJob"
    location = "S3Url"

    def __init__(self, context: ServiceContext, settings: Settings, apps: Apps, *, model: ServiceModel) -> None:
        """Creates it; see `JobKind`.

        Args:
            context: The account and Region.
            settings: How long jobs take.
            apps: The applications.
            model: The service's model, which says what an endpoint definition is.
        """
        super().__init__(context, settings, apps)
        self._reader = EntryReader(model)

    def check(self, app: App, definition: dict[str, Any]) -> None:
        """See `JobKind`."""
        if definition.get("SegmentId"):
            app.segments.get(definition["SegmentId"])

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        definition = job.parameters["ImportJobRequest"]
        reading = _Reading(self._reader, definition["Format"], now=job.works)
        try:
            app = self.apps.get(job.parameters["ApplicationId"])
            session = self.session(app, definition["RoleArn"])
            location, keys = _files(session, Location.parse(definition["S3Url"]))
            for key in keys:
                with session.open(location.bucket, key) as stream:
                    reading.read(stream, location.url(key), app.endpoints)
        except (CannotAssumeRoleError, AccessDeniedError, NotFoundError, ServiceError) as error:
            reading.failures.insert(0, str(error))
            raise JobFailedError(str(error), result=reading.counts) from error
        if reading.pieces == reading.failed_pieces:
            raise JobFailedError("no file could be imported", result=reading.counts)
        if definition.get("RegisterEndpoints"):
            for endpoint in reading.endpoints.values():
                app.endpoints.register(endpoint)
        if not definition.get("DefineSegment"):
            return reading.counts
        name = f"{definition['S3Url'].rstrip('/').rpartition('/')[2]}-{job.id[:8]}"
        segment = app.segments.define(definition, reading.endpoints, now=job.works, default_name=name)
        return {**reading.counts, "SegmentId": segment}


class _Reading:
    """What an import has read so far."""

    def __init__(self, reader: EntryReader, data_format: str, *, now: float) -> None:
        self._reader, self._format, self._now = reader, data_format, now
        self.pieces = self.failed_pieces = self.processed = 0
        self.failures: list[str] = []
        self.endpoints: dict[str, dict[str, Any]] = {}

    @property
    def counts(self) -> dict[str, Any]:
        """The counts that the job's description has."""
        return job_counts(
            pieces=self.pieces,
            failed_pieces=self.failed_pieces,
            processed=self.processed,
            failures=self.failures,
        )

    def read(self, stream: IO[bytes], url: str, registered: Endpoints) -> None:
        """Reads one file."""
        self.pieces += 1
        try:
            for entry in self._reader.entries(stream, self._format):
                self.processed += 1
                problem = entry.problem or self._take(entry.definition, registered)
                if problem:
                    self.failures.append(f"{url}, line {entry.line}: {problem}")
        except FileError as error:
            self.failed_pieces += 1
            self.failures.append(f"{url}: {error}")

    def _take(self, definition: dict[str, Any], registered: Endpoints) -> str | None:
        endpoint_id = registered.id_of(definition)
        before = self.endpoints.get(endpoint_id)
        problem = None if before else registered.problem(definition)
        if not problem:
            self.endpoints[endpoint_id] = registered.defined(definition, self._now, before=before)
        return problem


def _files(session: RoleSession, location: Location) -> tuple[Location, list[str]]:
    for found in dict.fromkeys((location, location.folder)):
        keys = found.keys(session, deep=True)
        if keys:
            return found, keys
    raise NotFoundError(f"there is no file at {location.url(location.key)}")
