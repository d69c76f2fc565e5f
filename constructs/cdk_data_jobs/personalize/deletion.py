"""Deletions of users from a dataset group."""

from aws_cdk import Duration, aws_iam, aws_s3
from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
from constructs import Construct

from cdk_data_jobs.asked import path_of, stack_of
from cdk_data_jobs.checks import ValidationError, check_reference
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.job_options import DeploymentOptions, OnFailure
from cdk_data_jobs.local_files import FileChoice
from cdk_data_jobs.needs import PERSONALIZE, READ, Data
from cdk_data_jobs.personalize.data import reading
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.schema import check_users
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs.uploads import Reading, RunsOnUpload


class DataDeletionJob(RunsOnUpload, DataJob):
    """Deletes the users that CSV files list from all datasets of a group, as part of a deployment.

    Runs when it is deployed, and again when the dataset group, the source or `trigger` changes. It can take a day,
    in which nothing should be imported or trained. A rollback or a deletion of the resource brings nobody back.
    """

    data_deletion_job_arn = Attribute()
    """The job's ARN."""

    job_name = Attribute("jobName")
    """The job's name, with the run's suffix."""

    status = Attribute("status")
    """The job's status, e.g. COMPLETED when it has succeeded."""

    creation_date_time = Attribute("creationDateTime")
    """When the job was created."""

    last_updated_date_time = Attribute("lastUpdatedDateTime")
    """When the job's status changed last."""

    failure_reason = Attribute("failureReason")
    """Why the job failed, in the service's words."""

    num_deleted = Attribute("numDeleted")
    """How many records the job deleted. Empty if the deployment does not wait for it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroupRef,
        source: DataSource,
        job_name: str | None = None,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = False,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a deletion (Amazon Personalize API Reference, CreateDataDeletionJob).

        Args:
            scope: The construct that the job belongs to.
            id: Its id in it.
            dataset_group: The dataset group: a `CfnDatasetGroup`, or `DatasetGroup.from_dataset_group_arn(...)`.
            source: Where the CSV files are, with the one column USER_ID. A folder is read with its sub-folders. The
                bucket must not be encrypted with a KMS key.
            job_name: The base of the job's name, 1 to 50 characters; each run adds a suffix, because a name is used up
                for ever. By default made from the construct's path.
            role: The role that the service assumes, which must trust personalize.amazonaws.com; it gets the policy that
                the job needs. By default one is made, and shared by the stack's jobs that need the same.
            wait_for_completion: Whether the deployment waits until the job has ended. By default it goes on as
                soon as the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes, if
                it waits.
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
            resource_type="Custom::PersonalizeDataDeletionJob",
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
            dataset_group,
            "dataset_group_ref",
            "dataset_group",
            "an IDatasetGroupRef, such as a CfnDatasetGroup",
            "DatasetGroup.from_dataset_group_arn(...)",
        )
        location = reading(source, self, FileChoice((".csv",), sub_folders=True), can_check=True)
        check_users(self, location)
        if _uses_a_key(location.bucket):
            raise ValidationError(
                f"the bucket of a data deletion job must not use a KMS key, got {path_of(location.bucket)}; use a "
                "bucket that is encrypted with keys of S3"
            )
        parameters = {
            "datasetGroupArn": dataset_group.dataset_group_ref.dataset_group_arn,
            "dataSource": {"dataLocation": location.url},
            "roleArn": self._give_access(PERSONALIZE, Data(location, READ)),
        }
        self._declare(parameters, location)
        self._reading = Reading(location, ".csv", "dataSource.dataLocation", "roleArn", PERSONALIZE)


def _uses_a_key(bucket: aws_s3.IBucket) -> bool:
    """Whether a bucket uses a KMS key, as far as the app knows (Developer Guide, "Deleting users")."""
    resource = bucket.node.default_child
    declared = resource.bucket_encryption if isinstance(resource, aws_s3.CfnBucket) else None
    return bucket.encryption_key is not None or "aws:kms" in str(stack_of(bucket).resolve(declared))
