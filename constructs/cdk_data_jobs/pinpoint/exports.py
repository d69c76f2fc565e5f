"""Exports of endpoints."""

from aws_cdk import Duration, aws_iam, aws_s3
from aws_cdk.interfaces.aws_pinpoint import IAppRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PINPOINT, WRITE, DataAccess
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.validation import ValidationError, validate_count
from cdk_data_jobs.data_job import DataJob
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.pinpoint._common import PinpointJobAttributes, validate_application, warn_end_of_support
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination


class ExportJob(PinpointJobAttributes, DataJob):
    """Exports endpoints from an application to S3, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. A
    rollback or a deletion leaves what was exported.
    """

    bucket: aws_s3.IBucket
    """The bucket that the job writes to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        application: IAppRef,
        destination: DataDestination | None = None,
        segment_id: str | None = None,
        segment_version: int | None = None,
        max_failures: int = 0,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an export (Amazon Pinpoint API Reference, ExportJobRequest).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            application: The application: a `CfnApp`, or `App.from_application_id(...)`.
            destination: The folder for the files. By default the folder `results/` of a new `DataBucket`, which is
                retained when its stack is deleted.
            segment_id: The segment whose endpoints to export. By default all endpoints of the application.
            segment_version: The version of that segment. By default the service's own choice.
            max_failures: How many entries may fail in a job that the service calls completed. By default none.
            role: The role that the service assumes, which must trust pinpoint.amazonaws.com for the application; it
                gets the policy that the job needs. By default a role is created, which is shared by the stack's jobs
                that need the same access.
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
            resource_type="Custom::PinpointExportJob",
            role=role,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
            max_failures=max_failures,
        )
        validate_application(self, application)
        validate_count(segment_version, "segment_version", minimum=1)
        if segment_version is not None and segment_id is None:
            raise ValidationError(
                f"segment_version must be the version of a segment, got {segment_version} without segment_id; add "
                "segment_id or remove it"
            )
        destination = self._resolve_destination(destination)
        if destination.encryption_key is not None:
            raise ValidationError(
                "destination must leave encryption to the bucket, because Pinpoint takes no key, got one with an "
                "encryption_key; set the key of the bucket instead"
            )
        self.bucket = destination.bucket
        application_id = application.app_ref.app_id
        request = {
            "S3UrlPrefix": destination.location.url,
            "SegmentId": segment_id,
            "SegmentVersion": segment_version,
            "RoleArn": self._grant_access(
                PINPOINT,
                DataAccess(destination.location, WRITE),
                source_arn_parameters={"ApplicationId": application_id},
            ),
        }
        self._create_resources({"ApplicationId": application_id, "ExportJobRequest": without_none(request)})
        warn_end_of_support(self)
