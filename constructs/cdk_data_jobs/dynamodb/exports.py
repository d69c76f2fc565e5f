"""Exports of tables."""

import dataclasses
import datetime as dt

from aws_cdk import Duration, aws_s3
from aws_cdk.interfaces.aws_dynamodb import ITableRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import EXPORT_TABLE
from cdk_data_jobs._job.caller_access import allow_caller
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import bucket_name
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_instance, validate_reference
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import DYNAMODB_EXPORT
from cdk_data_jobs.dynamodb._bucket_owner import bucket_owner
from cdk_data_jobs.dynamodb._recovery import require_point_in_time_recovery
from cdk_data_jobs.dynamodb.export_options import (
    ExportFormat,
    FilterSpecification,
    IncrementalExportSpecification,
    S3SseAlgorithm,
    validate_time,
)
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination


class TableExportJob(StatusAttributes, DataJob):
    """Exports a table to S3, or what has changed in it, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. A
    rollback or a deletion leaves what was exported. The service writes with the permissions of its caller, the function
    that runs the job, which gets them for the folder alone.
    """

    export_arn = Attribute()
    """The export's ARN."""

    export_manifest = Attribute("exportManifest")
    """The key of the manifest of the export, without the prefix of the destination."""

    item_count = Attribute("itemCount")
    """The number of exported items."""

    billed_size_bytes = Attribute("billedSizeBytes")
    """The size that is billed."""

    export_time = Attribute("exportTime")
    """The time whose state was exported."""

    bucket: aws_s3.IBucket
    """The bucket that the job writes to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: ITableRef,
        destination: DataDestination | None = None,
        export_format: ExportFormat | None = None,
        export_time: dt.datetime | str | None = None,
        incremental_export_specification: IncrementalExportSpecification | None = None,
        filter_specification: FilterSpecification | None = None,
        s3_bucket_owner: str | None = None,
        s3_sse_algorithm: S3SseAlgorithm | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an export (Amazon DynamoDB API Reference, ExportTableToPointInTime).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            table: The table, which must have point-in-time recovery: a `Table`, `TableV2` or `CfnTable`, or
                `Table.from_table_arn(...)`.
            destination: The folder for the files, which may be in another Region or account. With an `encryption_key`
                the service encrypts them with it. By default the folder `results/` of a new `DataBucket`, which is
                retained when its stack is deleted.
            export_format: The format of the files. By default the service's own choice, DYNAMODB_JSON.
            export_time: The time whose state is exported, with a time zone, or a token. By default the latest one.
            incremental_export_specification: The period whose changes are exported. By default all items are.
            filter_specification: The items and attributes that are exported. By default all.
            s3_bucket_owner: The account that owns the bucket, if it is another one. By default that of the bucket, if
                it is known. The policies of its bucket and key must then allow this account to write.
            s3_sse_algorithm: The encryption of the files, if the destination has no `encryption_key`. By default the
                bucket's default encryption applies.
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
            resource_type="Custom::AwsDynamoDbTableExportJob",
            definition=DYNAMODB_EXPORT,
            role=None,
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
            table, "table_ref", "table", "an ITableRef, such as a Table", "aws_dynamodb.Table.from_table_arn(...)"
        )
        # CDK does not take the environment of an imported table from its ARN.
        validate_environment(self, table.table_ref.table_arn, "table")
        require_point_in_time_recovery(self, table)
        validate_choice(export_format, ExportFormat, "export_format")
        validate_time(export_time, "export_time")
        incremental = incremental_export_specification
        validate_instance(incremental, IncrementalExportSpecification, "incremental_export_specification")
        validate_instance(filter_specification, FilterSpecification, "filter_specification")
        if export_time is not None and incremental is not None:
            raise ValidationError(
                "export_time must be left out of an incremental export, whose period is in "
                f"incremental_export_specification, got {export_time!r}; remove one"
            )
        destination = self._resolve_destination(destination)
        self.bucket = destination.bucket
        algorithm = _algorithm(destination, s3_sse_algorithm)
        parameters = {
            "TableArn": table.table_ref.table_arn,
            "S3Bucket": bucket_name(destination.bucket),
            # The service adds a slash of its own.
            "S3Prefix": destination.prefix.removesuffix("/"),
            "S3BucketOwner": bucket_owner(self, destination.location, s3_bucket_owner),
            "S3SseAlgorithm": algorithm and algorithm.value,
            "S3SseKmsKeyId": destination.encryption_key and destination.encryption_key.key_arn,
            "ExportFormat": export_format and export_format.value,
            "ExportTime": export_time,
            "ExportType": "INCREMENTAL_EXPORT" if incremental else None,
            "IncrementalExportSpecification": incremental and incremental.parameter,
            "FilterSpecification": filter_specification and filter_specification.parameter,
        }
        allow_caller(self, self._runner, self._permissions, _written(destination, algorithm), EXPORT_TABLE)
        self._create_resources(parameters)


def _algorithm(destination: DataDestination, given: S3SseAlgorithm | None) -> S3SseAlgorithm | None:
    validate_choice(given, S3SseAlgorithm, "s3_sse_algorithm")
    if destination.encryption_key is None:
        return given
    if given is S3SseAlgorithm.AES256:
        raise ValidationError(
            "s3_sse_algorithm must be left out where the destination has an encryption_key, got S3SseAlgorithm.AES256; "
            "remove one"
        )
    return S3SseAlgorithm.KMS


def _written(destination: DataDestination, algorithm: S3SseAlgorithm | None) -> Location:
    """Returns the location, with the key that encrypts what is written there: the bucket's own only by default."""
    if algorithm is None:
        return destination.location
    return dataclasses.replace(destination.location, encryption_key=destination.encryption_key)
