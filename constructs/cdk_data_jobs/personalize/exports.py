"""Exports of datasets."""

import enum

from aws_cdk import Duration, aws_iam, aws_kms, aws_s3
from aws_cdk.aws_kms import CfnKey
from aws_cdk.aws_personalize import CfnDatasetGroup
from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PERSONALIZE, READ, WRITE, DataAccess, KeyUse
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.tokens import target_of
from cdk_data_jobs._support.validation import validate_choice, validate_reference
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.personalize._common import PersonalizeJobAttributes, s3_config
from cdk_data_jobs.personalize._declared_datasets import declared_dataset
from cdk_data_jobs.personalize._validation import validate_location
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination


class IngestionMode(enum.Enum):
    """The records of an export, by how they came into the dataset (CreateDatasetExportJob, ingestionMode)."""

    BULK = "BULK"
    """Those of imports."""

    PUT = "PUT"
    """Those that were added one by one, with the console, PutEvents, PutUsers or PutItems."""

    ALL = "ALL"
    """Both. Of items and users, the newest record of each id."""


class DatasetExportJob(PersonalizeJobAttributes, DataJob):
    """Exports a dataset to S3 as CSV files, as part of a deployment.

    Runs when it is deployed, and again when the dataset, the destination, the mode or `trigger` changes. A rollback or
    a deletion leaves what was exported.
    """

    dataset_export_job_arn = Attribute()
    """The job's ARN."""

    bucket: aws_s3.IBucket
    """The bucket that the job writes to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset: IDatasetRef,
        destination: DataDestination | None = None,
        ingestion_mode: IngestionMode | None = None,
        job_name: str | None = None,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an export (Amazon Personalize API Reference, CreateDatasetExportJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            dataset: The dataset: a `CfnDataset`, or `Dataset.from_dataset_arn(...)`.
            destination: The folder for the CSV files. By default the folder `results/` of a new `DataBucket`, which is
                retained when its stack is deleted.
            ingestion_mode: Which records to export. By default the service's own choice, PUT.
            job_name: The base of the job's name, 1 to 50 characters; each run adds a suffix, because the service never
                accepts a name again. By default derived from the construct's path.
            role: The role that the service assumes, which must trust personalize.amazonaws.com; it gets the policy that
                the job needs. By default a role is created, which is shared by the stack's jobs that need the same
                access.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it continues as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::PersonalizeDatasetExportJob",
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
        validate_choice(ingestion_mode, IngestionMode, "ingestion_mode")
        destination = self._resolve_destination(destination)
        validate_location(destination.location)
        self.bucket = destination.bucket
        location = destination.location
        parameters = {
            "datasetArn": dataset.dataset_ref.dataset_arn,
            "ingestionMode": ingestion_mode and ingestion_mode.value,
            "jobOutput": {"s3DataDestination": s3_config(location, destination.encryption_key)},
            "roleArn": self._grant_access(PERSONALIZE, DataAccess(location, WRITE), keys=_group_key(self, dataset)),
        }
        self._create_resources(parameters)


def _group_key(job: Construct, dataset: IDatasetRef) -> list[KeyUse]:
    """Returns the actions of an export on the key of the dataset's group, if the group is known and has a key.

    Amazon Personalize Developer Guide, "Giving Amazon Personalize permission to use your AWS KMS key": exporting from
    a dataset group with a key needs GenerateDataKeyWithoutPlaintext too.
    """
    declared = declared_dataset(dataset)
    group = target_of(declared.dataset_group_arn) if declared else None
    if not isinstance(group, CfnDatasetGroup) or group.kms_key_arn is None:
        return []
    resource = target_of(group.kms_key_arn)
    scope = resource.node.scope if isinstance(resource, CfnKey) else None
    key = scope if isinstance(scope, aws_kms.Key) else aws_kms.Key.from_key_arn(job, "Key", group.kms_key_arn)
    return [PERSONALIZE.key_use(key, READ, "kms:GenerateDataKeyWithoutPlaintext")]
