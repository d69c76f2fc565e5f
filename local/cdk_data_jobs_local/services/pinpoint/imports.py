"""Import jobs.

An import reads the file, or all files of the folder and its sub-folders, with the job's role; of a folder with files of
both formats, those of its format. Here the ends of the names tell: of a folder with both, those of the format, and else
all but those of the other. Entries that are no
endpoint definition fail and the others are taken. The job fails if a piece of it fails, as the service model says; a
piece is here a file, which fails if it cannot be read to its end, whatever the reason. Nothing of it is then taken or
counted; the endpoints of the others are registered, but make no segment. What the service's messages in `Failures` look
like is not documented; here each begins with the file, and the line if it is about one.

Source: the user guide's "Importing segments" and the developer guide's "Importing endpoints into Amazon Pinpoint".
"""

import contextlib
import uuid
from collections import ChainMap
from typing import Any

from cdk_data_jobs_check.pinpoint.files import names_of_format
from cdk_data_jobs_local.services.core.access import (
    AccessDeniedError,
    CannotAssumeRoleError,
    NotFoundError,
    RoleSession,
)
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.pinpoint.apps import App
from cdk_data_jobs_local.services.pinpoint.endpoints import Endpoints
from cdk_data_jobs_local.services.pinpoint.entries import FileError, check_first_line, entries
from cdk_data_jobs_local.services.pinpoint.job_kind import JobKind, job_counts

_NO_ACCESS = (AccessDeniedError, NotFoundError)


class ImportJobs(JobKind):
    """The import jobs of one account and Region."""

    type_name = "ImportJob"
    location = "S3Url"

    def check(self, app: App, definition: dict[str, Any], session: RoleSession) -> None:
        """See `JobKind`; that a JSON file is malformed is seen at its first line, at once."""
        if definition.get("SegmentId"):
            app.segments.get(definition["SegmentId"])
        if definition["Format"] != "JSON":
            return
        # The job will fail for what cannot be read.
        with contextlib.suppress(*_NO_ACCESS):
            location, keys = _files(session, definition)
            for key in keys:
                with contextlib.suppress(*_NO_ACCESS), session.open(location.bucket, key) as stream:
                    check_first_line(stream)

    def with_defaults(self, definition: dict[str, Any]) -> dict[str, Any]:
        """See `JobKind`. Which ExternalId the service makes up is not documented; this one looks like the guide's."""
        defined = {"DefineSegment": False, "ExternalId": self.context.account, **definition}
        if defined["DefineSegment"] and not defined.get("SegmentId"):
            defined["SegmentId"] = uuid.uuid4().hex
        return defined

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        definition = job.parameters["ImportJobRequest"]
        reading = _Reading(definition, now=job.works)
        try:
            app = self.apps.get(job.parameters["ApplicationId"])
            session = self.session(app, definition["RoleArn"])
            location, keys = _files(session, definition)
            for key in keys:
                reading.read(session, location, key, app.endpoints)
        except (CannotAssumeRoleError, *_NO_ACCESS, ServiceError) as error:
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

    def __init__(self, definition: dict[str, Any], *, now: float) -> None:
        self._format, self._now = definition["Format"], now
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

    def read(self, session: RoleSession, location: Location, key: str, registered: Endpoints) -> None:
        """Reads one file, and takes what is in it if it can be read to its end."""
        self.pieces += 1
        file, url = _File(self.endpoints), location.url(key)
        try:
            with session.open(location.bucket, key) as stream:
                for entry in entries(stream, self._format):
                    file.processed += 1
                    problem = entry.problem or self._take(entry.definition, file, registered)
                    if problem:
                        file.failures.append(f"{url}, line {entry.line}: {problem}")
        except (*_NO_ACCESS, FileError) as error:
            self.failed_pieces += 1
            self.failures.append(f"{url}: {error}")
            return
        self.processed += file.processed
        self.failures += file.failures
        self.endpoints.update(file.endpoints.maps[0])
        self.of_users.update(file.of_users)

    def _take(self, definition: dict[str, Any], file: "_File", registered: Endpoints) -> str | None:
        user = definition.get("User", {})
        if self._defines_segment and list(definition) == ["User"] and list(user) == ["UserId"]:
            found = {one["Id"]: one for one in registered.of_user(user["UserId"])}
            file.of_users.update(found)
            return None if found else f"no endpoint has the user {user['UserId']}"
        endpoint_id = registered.id_of(definition)
        before = file.endpoints.get(endpoint_id)
        problem = None if before else registered.problem(definition)
        if not problem:
            file.endpoints[endpoint_id] = registered.defined(definition, self._now, before=before)
        return problem


class _File:
    """What was read of one file so far."""

    def __init__(self, before: dict[str, dict[str, Any]]) -> None:
        self.processed = 0
        self.failures: list[str] = []
        self.endpoints = ChainMap[str, dict[str, Any]]({}, before)
        self.of_users: dict[str, dict[str, Any]] = {}


def _files(session: RoleSession, definition: dict[str, Any]) -> tuple[Location, list[str]]:
    location = Location.parse(definition["S3Url"])
    for found in dict.fromkeys((location, location.folder)):
        keys = found.keys(session, deep=True)
        if found.is_folder:
            keys = names_of_format(keys, definition["Format"])
        if keys:
            return found, keys
    raise NotFoundError(f"there is no file at {location.url(location.key)}")
