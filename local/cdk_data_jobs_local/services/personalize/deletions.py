"""Data deletion jobs.

Source: the developer guide's "Deleting users": CSV files with the column USER_ID, in a folder and all its sub-folders,
in a bucket that does not use an AWS KMS key. The users' rows go from all datasets of the dataset group.
"""

import tempfile
from pathlib import Path
from typing import Any

from cdk_data_jobs_check.files import Mode
from cdk_data_jobs_check.reading import read_names, read_rows
from cdk_data_jobs_check.schema import DELETION_SCHEMA
from cdk_data_jobs_local.services.core.access import NotFoundError, RoleSession
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError, Statuses
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.job_kind import JobKind, access_errors_as_failures
from cdk_data_jobs_local.services.personalize.responses import invalid

_COLUMN = "USER_ID"


class DeletionJobs(JobKind):
    """The data deletion jobs of one account and Region."""

    type_name = "DataDeletionJob"
    parent_parameter = "datasetGroupArn"
    duration = "deleting"
    quota = "pending_deletions"
    statuses = Statuses(pending=("PENDING",), running=("IN_PROGRESS",), succeeded="COMPLETED", failed="FAILED")

    def describe(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {**super().describe(job), "numDeleted": job.result.get("numDeleted")}

    def counts_for_quota(self, job: Job, parameters: dict[str, Any]) -> bool:
        """See `JobKind`; the quota is that of a dataset group, and of pending jobs only."""
        same_group = job.parameters["datasetGroupArn"] == parameters["datasetGroupArn"]
        return same_group and job.status == self.statuses.pending[0]

    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """See `JobKind`."""
        if "dataLocation" not in parameters["dataSource"]:
            raise invalid("dataSource.dataLocation is required")
        self.account.catalog.groups.active(parameters["datasetGroupArn"])
        self.check_quota(parameters)
        location = Location.parse(parameters["dataSource"]["dataLocation"])
        with access_errors_as_failures(location):
            session = self.session(job_arn, parameters["roleArn"])
            for key in _keys(session, location):
                with session.open(location.bucket, key) as stream:
                    csv_data.check_header(stream, DELETION_SCHEMA)

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        location = Location.parse(job.parameters["dataSource"]["dataLocation"])
        group = self.account.catalog.groups.get(job.parameters["datasetGroupArn"])
        with access_errors_as_failures(location):
            session = self.session(job.id, job.parameters["roleArn"])
            keys = _keys(session, location)
            users = _users(session, location, keys)
        datasets = [
            dataset.arn for dataset in self.account.catalog.datasets_of(group.arn) if _COLUMN in dataset.schema.names
        ]
        return {"numDeleted": sum(self.account.rows.delete_users(dataset, users) for dataset in datasets)}


def _users(session: RoleSession, location: Location, keys: list[str]) -> set[str]:
    """Returns the ids of the users in the files, which are checked first."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = csv_data.load_and_check(
            session, location, keys, Path(folder), schema=DELETION_SCHEMA, mode=Mode.DELETION
        )
        users: set[str] = set()
        for path in loaded.paths:
            with path.open("rb") as stream:
                names = read_names(stream)
                position = names.index(_COLUMN)
                users.update(row[position] for row in read_rows(stream, len(names)))
        return users


def _keys(session: RoleSession, location: Location) -> list[str]:
    keys = location.keys(session, suffix=".csv", deep=True)
    if not keys:
        raise NotFoundError(location)
    if any(session.uses_kms(location.bucket, key) for key in keys):
        raise JobFailedError(
            f"Invalid Data location. The bucket {location.bucket} uses an AWS KMS key, with which data cannot be "
            "deleted."
        )
    return keys
