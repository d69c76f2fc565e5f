"""Imports of datasets."""

import enum

from aws_cdk import Duration, aws_iam
from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs.checks import check_choice, check_flag, check_reference
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.job_options import DeploymentOptions, OnFailure
from cdk_data_jobs.local_files import FileChoice
from cdk_data_jobs.needs import PERSONALIZE, READ, Data
from cdk_data_jobs.personalize.data import reading
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.schema import check_import
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs.uploads import Reading, RunsOnUpload


class ImportMode(enum.Enum):
    """How an import treats the data that the dataset has (CreateDatasetImportJob, importMode)."""

    FULL = "FULL"
    """Replaces all bulk data. Records that were added one by one stay."""

    INCREMENTAL = "INCREMENTAL"
    """Adds records, and replaces those with the same id. Possible only after an import in bulk."""


class DatasetImportJob(RunsOnUpload, DataJob):
    """Imports data in bulk from S3 into a dataset, as part of a deployment.

    Runs when it is deployed, and again when the dataset, the source, the mode, `publish_attribution_metrics_to_s3` or
    `trigger` changes. A rollback or a deletion does not touch the imported data.
    """

    dataset_import_job_arn = Attribute()
    """The job's ARN."""

    job_name = Attribute("jobName")
    """The job's name, with the run's suffix."""

    status = Attribute("status")
    """The job's status, e.g. ACTIVE when it has succeeded."""

    creation_date_time = Attribute("creationDateTime")
    """When the job was created."""

    last_updated_date_time = Attribute("lastUpdatedDateTime")
    """When the job's status changed last."""

    failure_reason = Attribute("failureReason")
    """Why the job failed, in the service's words."""

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
            id: Its id in it.
            dataset: The dataset: a `CfnDataset`, or `Dataset.from_dataset_arn(...)`.
            source: Where the CSV files are. Of a folder only the first level is read.
            import_mode: How to treat the data that the dataset has. By default the service's own choice, FULL.
            publish_attribution_metrics_to_s3: Whether the job publishes metrics to the S3 path of the dataset group's
                metric attribution. By default it does not.
            job_name: The base of the job's name, 1 to 50 characters; each run adds a suffix, because a name is used up
                for ever. By default made from the construct's path.
            role: The role that the service assumes, which must trust personalize.amazonaws.com; it gets the policy that
                the job needs. By default one is made, and shared by the stack's imports from the same bucket.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it goes on as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise it runs only when a schedule, an upload, a
                task or the command line asks for it.
            runner: What runs the job. By default the stack's own.

        Raises:
            ValueError: If it is known now that the job cannot work.
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
        check_reference(
            dataset, "dataset_ref", "dataset", "an IDatasetRef, such as a CfnDataset", "Dataset.from_dataset_arn(...)"
        )
        check_choice(import_mode, ImportMode, "import_mode")
        check_flag(publish_attribution_metrics_to_s3, "publish_attribution_metrics_to_s3")
        location = reading(source, self, FileChoice((".csv",)), can_check=True)
        check_import(self, location, dataset, incremental=import_mode is ImportMode.INCREMENTAL)
        parameters = {
            "datasetArn": dataset.dataset_ref.dataset_arn,
            "dataSource": {"dataLocation": location.url},
            "importMode": import_mode and import_mode.value,
            "publishAttributionMetricsToS3": publish_attribution_metrics_to_s3,
            "roleArn": self._give_access(PERSONALIZE, Data(location, READ)),
        }
        self._declare(parameters, location)
        replaces = import_mode is not ImportMode.INCREMENTAL
        self._reading = Reading(location, ".csv", "dataSource.dataLocation", "roleArn", PERSONALIZE, replaces=replaces)
