"""Deletions of users from a dataset group."""

from aws_cdk import Duration, aws_iam, aws_s3
from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PERSONALIZE, READ, DataAccess
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._job.upload_rules import UploadSource
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import path_of, stack_of
from cdk_data_jobs._support.validation import ValidationError, validate_reference
from cdk_data_jobs.data_job import Attribute
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.personalize._common import PersonalizeJobAttributes
from cdk_data_jobs.personalize._data_validation import validate_users_to_delete
from cdk_data_jobs.personalize._validation import validate_location
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs.upload_job import UploadJob


class DataDeletionJob(PersonalizeJobAttributes, UploadJob):
    """Deletes the users that CSV files list from all datasets of a group, as part of a deployment.

    Runs when it is deployed, and again when the dataset group, the source or `trigger` changes. It can take a day, in
    which nothing should be imported or trained. A rollback or a deletion of the resource does not restore the users.
    """

    data_deletion_job_arn = Attribute()
    """The job's ARN."""

    num_deleted = Attribute("numDeleted")
    """The number of records that the job deleted. Empty if the deployment does not wait for it."""

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
            id: The construct's id in that scope.
            dataset_group: The dataset group: a `CfnDatasetGroup`, or `DatasetGroup.from_dataset_group_arn(...)`.
            source: Where the CSV files are, with the one column USER_ID. A folder is read with its sub-folders. The
                bucket must not be encrypted with a KMS key.
            job_name: The base of the job's name, 1 to 50 characters; each run adds a suffix, because the service never
                accepts a name again. By default derived from the construct's path.
            role: The role that the service assumes, which must trust personalize.amazonaws.com; it gets the policy that
                the job needs. By default a role is created, which is shared by the stack's jobs that need the same
                access.
            wait_for_completion: Whether the deployment waits until the job has ended. By default it continues as soon
                as the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes, if
                it waits.
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
        validate_reference(
            dataset_group,
            "dataset_group_ref",
            "dataset_group",
            "an IDatasetGroupRef, such as a CfnDatasetGroup",
            "DatasetGroup.from_dataset_group_arn(...)",
        )
        validate_environment(self, dataset_group, "dataset_group")
        location = self._resolve_source(source, FileFilter((".csv",), recursive=True, can_check=True))
        validate_location(location)
        validate_users_to_delete(self, location)
        if _uses_kms_key(location.bucket):
            raise ValidationError(
                f"the bucket of a data deletion job must not use a KMS key, got {path_of(location.bucket)}; use a "
                "bucket that is encrypted with keys of S3"
            )
        parameters = {
            "datasetGroupArn": dataset_group.dataset_group_ref.dataset_group_arn,
            "dataSource": {"dataLocation": location.url},
            "roleArn": self._grant_access(PERSONALIZE, DataAccess(location, READ)),
        }
        self._create_resources(parameters, location)
        self._upload_source = UploadSource(location, ".csv", "dataSource.dataLocation", "roleArn", PERSONALIZE)


def _uses_kms_key(bucket: aws_s3.IBucket) -> bool:
    """Returns whether a bucket uses a KMS key, as far as the app knows (Developer Guide, "Deleting users")."""
    resource = bucket.node.default_child
    declared = resource.bucket_encryption if isinstance(resource, aws_s3.CfnBucket) else None
    return bucket.encryption_key is not None or "aws:kms" in str(stack_of(bucket).resolve(declared))
