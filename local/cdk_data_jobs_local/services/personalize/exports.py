"""Dataset export jobs.

Source: the developer guide's "Exporting the training data in a dataset to Amazon S3". How the service names the files
is not documented; here there is one, `<path>/<job's name>.csv`.
"""

from collections.abc import Iterable
from typing import Any

from cdk_data_jobs_check.reading import write_row
from cdk_data_jobs_local.services.core.access import RoleSession
from cdk_data_jobs_local.services.core.jobs import Job
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.personalize.job_kind import JobKind, access_errors_as_failures
from cdk_data_jobs_local.services.personalize.responses import invalid

_NOT_EXPORTED = ("ACTIONS", "ACTION_INTERACTIONS")


class ExportJobs(JobKind):
    """The dataset export jobs of one account and Region."""

    type_name = "DatasetExportJob"
    parent_parameter = "datasetArn"
    duration = "exporting"

    def describe(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {"ingestionMode": "PUT", **super().describe(job)}

    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """See `JobKind`."""
        schema = self.account.catalog.datasets.active(parameters["datasetArn"]).schema
        if schema.dataset_type.upper() in _NOT_EXPORTED:
            raise invalid(f"A dataset of type {schema.dataset_type.upper()} cannot be exported")
        folder, name, kms_key = _destination(parameters)
        with access_errors_as_failures(folder):
            session = self.session(job_arn, parameters["roleArn"])
            session.list_keys(folder.bucket, folder.key)
            session.check_put(folder.bucket, folder.key + name, kms_key=kms_key)
            self._use_key_of_group(session, parameters["datasetArn"])

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        dataset_arn = job.parameters["datasetArn"]
        schema = self.account.catalog.datasets.get(dataset_arn).schema
        rows = self._rows(dataset_arn, job.parameters.get("ingestionMode", "PUT"))
        # Of records that are the same in all fields, one is exported.
        lines = list(dict.fromkeys(map(write_row, rows)))
        folder, name, kms_key = _destination(job.parameters)
        with access_errors_as_failures(folder):
            session = self.session(job.id, job.parameters["roleArn"])
            session.list_keys(folder.bucket, folder.key)
            content = "".join([write_row(schema.names), *lines]).encode()
            session.put(folder.bucket, folder.key + name, content, kms_key=kms_key)
            self._use_key_of_group(session, dataset_arn)
        return {"rows": len(lines), "bytes": len(content), "files": [folder.url(folder.key + name)]}

    def _rows(self, dataset_arn: str, mode: str) -> Iterable[list[str]]:
        """Returns the rows to export. All came by import jobs, so there are none that were put one by one."""
        if mode == "PUT":
            return ()
        rows = self.account.rows
        return rows.rows(dataset_arn) if mode == "ALL" else rows.imported_rows(dataset_arn)

    def _use_key_of_group(self, session: RoleSession, dataset_arn: str) -> None:
        """Reads what is encrypted with the key of the dataset's group, if that has one.

        Source: the developer guide's "Giving Amazon Personalize permission to use your AWS KMS key", which requires
        kms:GenerateDataKeyWithoutPlaintext and does not say what for.
        """
        catalog = self.account.catalog
        group = catalog.groups.get(catalog.datasets.get(dataset_arn).parameters["datasetGroupArn"])
        if "kmsKeyArn" in group.parameters:
            session.use_key(group.parameters["kmsKeyArn"], "kms:GenerateDataKeyWithoutPlaintext")


def _destination(parameters: dict[str, Any]) -> tuple[Location, str, str | None]:
    output = parameters["jobOutput"]["s3DataDestination"]
    return Location.parse(output["path"]).folder, f"{parameters['jobName']}.csv", output.get("kmsKeyArn")
