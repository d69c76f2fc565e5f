"""Exports of endpoints."""

from aws_cdk import Duration, aws_iam, aws_s3
from aws_cdk.interfaces.aws_pinpoint import IAppRef
from constructs import Construct

from cdk_data_jobs.checks import ValidationError, check_count
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.job_options import DeploymentOptions, OnFailure
from cdk_data_jobs.needs import PINPOINT, WRITE, Data
from cdk_data_jobs.pinpoint.applications import check_application, given, warn_of_the_end
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination, destination_of


class ExportJob(DataJob):
    """Exports endpoints from an application to S3, as part of a deployment.

    Runs when it is deployed, and again when one of its arguments that are the service's own, or `trigger`, changes. A
    rollback or a deletion leaves what was exported.
    """

    job_id = Attribute()
    """The job's id."""

    job_status = Attribute("jobStatus")
    """The job's status, e.g. COMPLETED when it has succeeded."""

    type = Attribute("type")
    """What the service calls the kind of job."""

    creation_date = Attribute("creationDate")
    """When the job was created."""

    completion_date = Attribute("completionDate")
    """When it ended."""

    segment_id = Attribute("segmentId")
    """The segment whose endpoints were exported. Empty if all were."""

    total_pieces = Attribute("totalPieces")
    """How many pieces the service divided the job into."""

    completed_pieces = Attribute("completedPieces")
    """How many of them succeeded."""

    failed_pieces = Attribute("failedPieces")
    """How many of them failed."""

    total_processed = Attribute("totalProcessed")
    """How many entries were processed."""

    total_failures = Attribute("totalFailures")
    """How many of them failed."""

    failures = Attribute("failures")
    """The first failures, at most 100, as a JSON array of texts; as many of them as an answer has room for."""

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
            id: Its id in it.
            application: The application: a `CfnApp`, or `App.from_application_id(...)`.
            destination: Where the files go. By default to the folder `results/` of a new `DataBucket`, which stays
                when its stack goes.
            segment_id: The segment whose endpoints to export. By default all endpoints of the application.
            segment_version: The version of that segment. By default the service's own choice.
            max_failures: How many entries may fail in a job that the service calls completed. By default none.
            role: The role that the service assumes, which must trust pinpoint.amazonaws.com for the application; it
                gets the policy that the job needs. By default one is made, and shared by the stack's jobs that need the
                same.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it goes on as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise it runs only when a schedule, a task or
                the command line asks for it.
            runner: What runs the job. By default the stack's own.

        Raises:
            ValueError: If it is known now that the job cannot work.
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
        check_application(application)
        check_count(segment_version, "segment_version", least=1)
        if segment_version is not None and segment_id is None:
            raise ValidationError(
                f"segment_version must be the version of a segment, got {segment_version} without segment_id; add "
                "segment_id or remove it"
            )
        destination = destination_of(destination, self)
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
            "RoleArn": self._give_access(
                PINPOINT, Data(destination.location, WRITE), acting_for={"ApplicationId": application_id}
            ),
        }
        self._declare({"ApplicationId": application_id, "ExportJobRequest": given(request)})
        warn_of_the_end(self)
