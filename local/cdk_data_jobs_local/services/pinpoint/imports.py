"""Import jobs.

An import reads the file, or all files of the folder and its sub-folders, with the job's role; of a folder with files of
both formats, those of its format, which are here all but those whose names end like the other's. Entries that are no
endpoint definition fail and the others are taken. The job fails if a piece of it fails, as the service model says; a
piece is here a file, and the endpoints of the others are registered, but make no segment. What the service's messages
in `Failures` look like is not documented; here each begins with the file and the line.

Source: the user guide's "Importing segments" and the developer guide's "Importing endpoints into Amazon Pinpoint".
"""

import uuid
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
from cdk_data_jobs_local.services.pinpoint.entries import EntryReader, FileError, check_first_line
from cdk_data_jobs_local.services.pinpoint.job_kind import JobKind, job_counts
from cdk_data_jobs_local.services.pinpoint.settings import Settings

_ENDINGS = {"CSV": ".csv", "JSON": ".json"}


class ImportJobs(JobKind):
    """The import jobs of one account and Region."""

    type_name = "ImportJob"
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

    def check(self, app: App, definition: dict[str, Any], session: RoleSession) -> None:
        """See `JobKind`; that a JSON file is malformed is seen at its first line, at once."""
        if definition.get("SegmentId"):
            app.segments.get(definition["SegmentId"])
        if definition["Format"] != "JSON":
            return
        try:
            location, keys = _files(session, definition)
            for key in keys:
                with session.open(location.bucket, key) as stream:
                    check_first_line(stream)
        except (AccessDeniedError, NotFoundError):
            # The job will fail for it.
            return

    def with_defaults(self, definition: dict[str, Any]) -> dict[str, Any]:
        """See `JobKind`. Which ExternalId the service makes up is not documented; this one looks like the guide's."""
        defined = {"DefineSegment": False, "ExternalId": self.context.account, **definition}
        if defined["DefineSegment"] and not defined.get("SegmentId"):
            defined["SegmentId"] = uuid.uuid4().hex
        return defined

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        definition = job.parameters["ImportJobRequest"]
        reading = _Reading(self._reader, definition, now=job.works)
        try:
            app = self.apps.get(job.parameters["ApplicationId"])
            session = self.session(app, definition["RoleArn"])
            location, keys = _files(session, definition)
            for key in keys:
                with session.open(location.bucket, key) as stream:
                    reading.read(stream, location.url(key), app.endpoints)
        except (CannotAssumeRoleError, AccessDeniedError, NotFoundError, ServiceError) as error:
            reading.failures.insert(0, str(error))
            raise JobFailedError(str(error), result=reading.counts) from error
        if definition.get("RegisterEndpoints"):
            for endpoint in reading.endpoints.values():
                app.endpoints.register(endpoint)
        if reading.failed_pieces:
            reason = f"{reading.failed_pieces} of {reading.pieces} files could not be imported"
            raise JobFailedError(reason, result=reading.counts)
        if definition["DefineSegment"]:
            name = f"{definition['S3Url'].rstrip('/').rpartition('/')[2]}-{job.id[:8]}"
            app.segments.define(definition, {**reading.endpoints, **reading.of_users}, now=job.works, default_name=name)
        return reading.counts


class _Reading:
    """What an import has read so far."""

    def __init__(self, reader: EntryReader, definition: dict[str, Any], *, now: float) -> None:
        self._reader, self._format, self._now = reader, definition["Format"], now
        self._defines_segment = definition["DefineSegment"]
        self.pieces = self.failed_pieces = self.processed = 0
        self.failures: list[str] = []
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.of_users: dict[str, dict[str, Any]] = {}

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
        user = definition.get("User", {})
        if self._defines_segment and list(definition) == ["User"] and list(user) == ["UserId"]:
            found = {one["Id"]: one for one in registered.of_user(user["UserId"])}
            self.of_users.update(found)
            return None if found else f"no endpoint has the user {user['UserId']}"
        endpoint_id = registered.id_of(definition)
        before = self.endpoints.get(endpoint_id)
        problem = None if before else registered.problem(definition)
        if not problem:
            self.endpoints[endpoint_id] = registered.defined(definition, self._now, before=before)
        return problem


def _files(session: RoleSession, definition: dict[str, Any]) -> tuple[Location, list[str]]:
    location = Location.parse(definition["S3Url"])
    others = tuple(ending for kind, ending in _ENDINGS.items() if kind != definition["Format"])
    for found in dict.fromkeys((location, location.folder)):
        keys = found.keys(session, deep=True)
        if found.is_folder:
            keys = [key for key in keys if not key.lower().endswith(others)]
        if keys:
            return found, keys
    raise NotFoundError(f"there is no file at {location.url(location.key)}")
