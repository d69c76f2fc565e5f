"""Batch inference and batch segment jobs."""

from typing import Any

from aws_cdk import Duration, aws_iam, aws_s3
from aws_cdk.interfaces.aws_personalize import IFilterRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PERSONALIZE, READ, READ_WRITE, DataAccess
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.validation import (
    ValidationError,
    validate_choice,
    validate_count,
    validate_instance,
    validate_reference,
)
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.personalize._common import PersonalizeJobAttributes, s3_config
from cdk_data_jobs.personalize._validation import validate_arn, validate_location
from cdk_data_jobs.personalize.batch_options import (
    BatchInferenceJobConfig,
    BatchInferenceJobMode,
    ThemeGenerationConfig,
)
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination, DataSource

_JSON = FileFilter((".json", ".jsonl"))
_MAX_USERS = 5_000_000  # CreateBatchSegmentJob, numResults


class BatchInferenceJob(PersonalizeJobAttributes, DataJob):
    """Recommends items for a list of users or items in S3, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. A
    rollback or a deletion leaves what was written.
    """

    batch_inference_job_arn = Attribute()
    """The job's ARN."""

    bucket: aws_s3.IBucket
    """The bucket that the job writes to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version_arn: str,
        source: DataSource,
        destination: DataDestination | None = None,
        filter: IFilterRef | None = None,
        num_results: int | None = None,
        batch_inference_job_config: BatchInferenceJobConfig | None = None,
        batch_inference_job_mode: BatchInferenceJobMode | None = None,
        theme_generation_config: ThemeGenerationConfig | None = None,
        job_name: str | None = None,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a batch inference job (Amazon Personalize API Reference, CreateBatchInferenceJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            solution_version_arn: The ARN of the solution version, such as that of a `SolutionVersion`.
            source: Where the input is, in JSON lines.
            destination: The folder for the results. By default the folder `results/` of a new `DataBucket`, which is
                retained when its stack is deleted.
            filter: The filter to apply: a `CfnFilter`, or `Filter.from_filter_arn(...)`. By default there is none.
            num_results: How many items to recommend for each line of the input. By default the service's own choice.
            batch_inference_job_config: How items are explored and ranked. By default the service's own choice.
            batch_inference_job_mode: Whether themes are generated. By default the service's own choice, which is that
                they are not.
            theme_generation_config: What themes are generated from. Needed for the mode THEME_GENERATION, and of use
                for no other.
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
            resource_type="Custom::PersonalizeBatchInferenceJob",
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
        validate_choice(batch_inference_job_mode, BatchInferenceJobMode, "batch_inference_job_mode")
        validate_instance(batch_inference_job_config, BatchInferenceJobConfig, "batch_inference_job_config")
        validate_instance(theme_generation_config, ThemeGenerationConfig, "theme_generation_config")
        if (batch_inference_job_mode is BatchInferenceJobMode.THEME_GENERATION) != (
            theme_generation_config is not None
        ):
            raise ValidationError(
                "theme_generation_config must be given with BatchInferenceJobMode.THEME_GENERATION and with no other "
                f"mode, got {theme_generation_config} with {batch_inference_job_mode}; add or remove it"
            )
        common = _common_parameters(self, solution_version_arn, filter, num_results)
        location = self._resolve_source(source, _JSON)
        validate_location(location)
        destination = self._resolve_destination(destination)
        validate_location(destination.location)
        self.bucket = destination.bucket
        parameters = {
            **common,
            "jobInput": {"s3DataSource": s3_config(location, location.encryption_key)},
            "jobOutput": {"s3DataDestination": s3_config(destination.location, destination.encryption_key)},
            "roleArn": self._grant_access(
                PERSONALIZE, DataAccess(location, READ), DataAccess(destination.location, READ_WRITE)
            ),
            "batchInferenceJobConfig": batch_inference_job_config and batch_inference_job_config.parameter,
            "batchInferenceJobMode": batch_inference_job_mode and batch_inference_job_mode.value,
            "themeGenerationConfig": theme_generation_config and theme_generation_config.parameter,
        }
        self._create_resources(parameters, location)


class BatchSegmentJob(PersonalizeJobAttributes, DataJob):
    """Finds the users for a list of items or attributes in S3, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. A
    rollback or a deletion leaves what was written.
    """

    batch_segment_job_arn = Attribute()
    """The job's ARN."""

    bucket: aws_s3.IBucket
    """The bucket that the job writes to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version_arn: str,
        source: DataSource,
        destination: DataDestination | None = None,
        filter: IFilterRef | None = None,
        num_results: int | None = None,
        job_name: str | None = None,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a batch segment job (Amazon Personalize API Reference, CreateBatchSegmentJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            solution_version_arn: The ARN of the solution version, such as that of a `SolutionVersion`.
            source: Where the input is, in JSON lines.
            destination: The folder for the results. By default the folder `results/` of a new `DataBucket`, which is
                retained when its stack is deleted.
            filter: The filter to apply: a `CfnFilter`, or `Filter.from_filter_arn(...)`. By default there is none.
            num_results: How many users to find for each line of the input, at most 5 million. By default the service's
                own choice.
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
            resource_type="Custom::PersonalizeBatchSegmentJob",
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
        validate_count(num_results, "num_results", minimum=1, maximum=_MAX_USERS)
        common = _common_parameters(self, solution_version_arn, filter, num_results)
        location = self._resolve_source(source, _JSON)
        validate_location(location)
        destination = self._resolve_destination(destination)
        validate_location(destination.location)
        self.bucket = destination.bucket
        parameters = {
            **common,
            "jobInput": {"s3DataSource": s3_config(location, location.encryption_key)},
            "jobOutput": {"s3DataDestination": s3_config(destination.location, destination.encryption_key)},
            "roleArn": self._grant_access(
                PERSONALIZE, DataAccess(location, READ), DataAccess(destination.location, READ_WRITE)
            ),
        }
        self._create_resources(parameters, location)


def _common_parameters(
    job: DataJob, solution_version_arn: str, filter_: IFilterRef | None, num_results: int | None
) -> dict[str, Any]:
    """Returns the parameters of both kinds of jobs, except those for their data."""
    validate_arn(solution_version_arn, "solution_version_arn")
    validate_environment(job, solution_version_arn, "solution_version_arn")
    if filter_ is not None:
        validate_reference(
            filter_, "filter_ref", "filter", "an IFilterRef, such as a CfnFilter", "Filter.from_filter_arn(...)"
        )
        validate_environment(job, filter_, "filter")
    validate_count(num_results, "num_results", minimum=1)
    return {
        "solutionVersionArn": solution_version_arn,
        "filterArn": filter_.filter_ref.filter_arn if filter_ else None,
        "numResults": num_results,
    }
