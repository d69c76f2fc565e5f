"""Imports of endpoints."""

import enum

from aws_cdk import Duration, aws_iam
from aws_cdk.interfaces.aws_pinpoint import IAppRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import PINPOINT, READ, DataAccess
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._job.upload_rules import UploadSource
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_flag
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.pinpoint._common import PinpointJobAttributes, validate_application, warn_end_of_support
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataSource
from cdk_data_jobs.upload_job import UploadJob


class Format(enum.Enum):
    """The format of files with endpoints (ImportJobRequest, Format)."""

    CSV = "CSV"
    """Comma-separated values, with a header in dot notation such as `Location.Country`."""

    JSON = "JSON"
    """One JSON object a line."""


_FILES = {
    Format.CSV: FileFilter((".csv",), recursive=True),
    Format.JSON: FileFilter((".json", ".jsonl"), recursive=True),
}


class ImportJob(PinpointJobAttributes, UploadJob):
    """Imports endpoints from S3 into an application, and can create a segment of them, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. A
    rollback or a deletion does not touch the imported endpoints.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        application: IAppRef,
        source: DataSource,
        format: Format,
        define_segment: bool | None = None,
        register_endpoints: bool | None = None,
        segment_id: str | None = None,
        segment_name: str | None = None,
        external_id: str | None = None,
        max_failures: int = 0,
        role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an import (Amazon Pinpoint API Reference, ImportJobRequest).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            application: The application: a `CfnApp`, or `App.from_application_id(...)`.
            source: Where the files are, which a folder's sub-folders may hold too.
            format: What they are. Files of another format are ignored.
            define_segment: Whether the job creates a segment of the endpoints. By default the service decides.
            register_endpoints: Whether it registers them. By default the service decides.
            segment_id: A segment to update or to add the endpoints to. By default there is none.
            segment_name: The name of the segment that the job creates. By default the service's own choice.
            external_id: Deprecated by the service, which needs none any more. By default there is none.
            max_failures: How many entries may fail in a job that the service calls completed. By default none.
            role: The role that the service assumes, which must trust pinpoint.amazonaws.com for the application; it
                gets the policy that the job needs. By default a role is created, which is shared by the stack's jobs
                that need the same access.
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
            resource_type="Custom::PinpointImportJob",
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
        validate_choice(format, Format, "format", required=True)
        validate_flag(define_segment, "define_segment")
        validate_flag(register_endpoints, "register_endpoints")
        _validate_segment(define_segment, segment_id, segment_name)
        location = self._resolve_source(source, _FILES[format])
        application_id = application.app_ref.app_id
        request = {
            "Format": format.value,
            "S3Url": location.url,
            "DefineSegment": define_segment,
            "RegisterEndpoints": register_endpoints,
            "SegmentId": segment_id,
            "SegmentName": segment_name,
            "ExternalId": external_id,
            "RoleArn": self._grant_access(
                PINPOINT, DataAccess(location, READ), source_arn_parameters={"ApplicationId": application_id}
            ),
        }
        self._create_resources({"ApplicationId": application_id, "ImportJobRequest": without_none(request)}, location)
        suffix, *_ = _FILES[format].suffixes
        self._upload_source = UploadSource(
            location,
            suffix,
            "ImportJobRequest.S3Url",
            "ImportJobRequest.RoleArn",
            PINPOINT,
            {"ApplicationId": application_id},
        )
        warn_end_of_support(self)


def _validate_segment(define_segment: bool | None, segment_id: str | None, segment_name: str | None) -> None:
    if segment_id is not None and segment_name is not None:
        raise ValidationError(
            f"segment_name must be the name of a new segment, got {segment_name!r} together with the existing segment "
            f"{segment_id!r}; remove one"
        )
    if segment_name is not None and define_segment is not True:
        raise ValidationError(
            f"segment_name must be the name of a segment that the job makes, got {segment_name!r} with define_segment="
            f"{define_segment}; set define_segment=True or remove it"
        )
