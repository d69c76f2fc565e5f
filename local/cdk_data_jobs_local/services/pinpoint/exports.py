"""Export jobs.

An export writes the endpoints of the application, or of a segment, as gzipped JSON lines under the prefix, with its
role. How the service names the files is not documented; here there is one, `<prefix>/<job's id>.json.gz`.
"""

import gzip
import json
from typing import Any

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
from cdk_data_jobs_local.services.pinpoint.job_kind import JobKind, job_counts
from cdk_data_jobs_local.services.pinpoint.responses import bad_request


class ExportJobs(JobKind):
    """The export jobs of one account and Region."""

    type_name = "ExportJob"
    location = "S3UrlPrefix"

    def describe_for_get(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        description = super().describe_for_get(job)
        return description if self.settings.returns_export_definition else {**description, "Definition": {}}

    def check(self, app: App, definition: dict[str, Any], session: RoleSession) -> None:
        """See `JobKind`."""
        del session
        if definition.get("SegmentVersion") and not definition.get("SegmentId"):
            raise bad_request("SegmentVersion needs SegmentId")
        if definition.get("SegmentId"):
            app.segments.version(definition["SegmentId"], definition.get("SegmentVersion"))

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        definition = job.parameters["ExportJobRequest"]
        folder = Location.parse(definition["S3UrlPrefix"]).folder
        key = f"{folder.key}{job.id}.json.gz"
        try:
            app = self.apps.get(job.parameters["ApplicationId"])
            endpoints = _endpoints(app, definition)
            lines = "".join(f"{json.dumps(endpoint)}\n" for endpoint in endpoints)
            session = self.session(app, definition["RoleArn"])
            session.list_keys(folder.bucket, folder.key)
            # The same content at any time is the same file.
            session.put(folder.bucket, key, gzip.compress(lines.encode(), mtime=0))
        except (CannotAssumeRoleError, AccessDeniedError, NotFoundError, ServiceError) as error:
            failed = job_counts(pieces=1, failed_pieces=1, processed=0, failures=[str(error)])
            raise JobFailedError(str(error), result=failed) from error
        return job_counts(pieces=1, failed_pieces=0, processed=len(endpoints), failures=[])


def _endpoints(app: App, definition: dict[str, Any]) -> list[dict[str, Any]]:
    if not definition.get("SegmentId"):
        return list(app.endpoints)
    members = app.segments.version(definition["SegmentId"], definition.get("SegmentVersion")).endpoints
    return [app.endpoints.get(endpoint_id) or imported for endpoint_id, imported in members.items()]
