"""Imports of datasets."""

import enum

from aws_cdk import Duration, aws_iam
from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PERSONALIZE, READ, DataAccess
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._job.upload_rules import UploadSource
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.validation import validate_choice, validate_flag, validate_reference
from cdk_data_jobs.data_job import Attribute
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.personalize._common import PersonalizeJobAttributes
from cdk_data_jobs.personalize._data_validation import validate_import
from cdk_data_jobs.personalize._validation import validate_location
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs.upload_job import UploadJob


class ImportMode(enum.Enum):
    """The effect of an import on the data that the dataset has (CreateDatasetImportJob, importMode)."""

    FULL = "FULL"
    """Replaces all bulk data. Records that were added one by one stay."""

    INCREMENTAL = "INCREMENTAL"
    """Adds records, and replaces those with the same id. Possible only after an import in bulk."""


class DatasetImportJob(PersonalizeJobAttributes, UploadJob):
    """Imports data in bulk from S3 into a dataset, as part of a deployment.

    Runs when it is deployed, and again when the dataset, the source, the mode, `publish_attribution_metrics_to_s3` or
    `trigger` changes. A rollback or a deletion does not touch the imported data.
    """

    dataset_import_job_arn = Attribute()
    """The job's ARN."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset: IDatasetRef,
        source: DataSource,
        import_mode: ImportMode | None = None,
        publish_attribution_metrics_to_s3: bool | None = None,
        job_name: str | None = None,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an import (Amazon Personalize API Reference, CreateDatasetImportJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            dataset: The dataset: a `CfnDataset`, or `Dataset.from_dataset_arn(...)`.
            source: Where the CSV files are. Of a folder only the first level is read.
            import_mode: How to treat the data that the dataset has. By default the service's own choice, FULL.
            publish_attribution_metrics_to_s3: Whether the job publishes metrics to the S3 path of the dataset group's
                metric attribution. By default it does not.
            job_name: The base of the job's name, 1 to 50 characters; each run adds a suffix, because the service never
                accepts a name again. By default derived from the construct's path.
            role: The role that the service assumes, which must trust personalize.amazonaws.com; it gets the policy that
                the job needs. By default a role is created, which is shared by the stack's imports from the same
                bucket.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it continues as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, an upload, a task or the
                command line runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::PersonalizeDatasetImportJob",
            job_name=job_name,
            role=role,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
        )
        validate_reference(
            dataset, "dataset_ref", "dataset", "an IDatasetRef, such as a CfnDataset", "Dataset.from_dataset_arn(...)"
        )
        validate_environment(self, dataset, "dataset")
        validate_choice(import_mode, ImportMode, "import_mode")
        validate_flag(publish_attribution_metrics_to_s3, "publish_attribution_metrics_to_s3")
        location = self._resolve_source(source, FileFilter((".csv",), can_check=True))
        validate_location(location)
        validate_import(self, location, dataset, incremental=import_mode is ImportMode.INCREMENTAL)
        parameters = {
            "datasetArn": dataset.dataset_ref.dataset_arn,
            "dataSource": {"dataLocation": location.url},
            "importMode": import_mode and import_mode.value,
            "publishAttributionMetricsToS3": publish_attribution_metrics_to_s3,
            "roleArn": self._grant_access(PERSONALIZE, DataAccess(location, READ)),
        }
        self._create_resources(parameters, location)
        self._upload_source = UploadSource(
            location,
            ".csv",
            "dataSource.dataLocation",
            "roleArn",
            PERSONALIZE,
            replaces_data=import_mode is not ImportMode.INCREMENTAL,
        )
