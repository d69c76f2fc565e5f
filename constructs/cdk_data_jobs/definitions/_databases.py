"""Ready-made definitions of imports into databases, and exports of them."""

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, JobDefinition, JobNaming
from cdk_data_jobs.definitions._roles import ROLE_IS_NEW

_LOG_GROUPS = ["arn:{partition}:logs:{region}:{account}:log-group:/aws-dynamodb/*"]
_LOG_STREAMS = [f"{_LOG_GROUPS[0]}:log-stream:*"]

DYNAMODB_EXPORT = JobDefinition(
    title="DynamoDB export",
    service="dynamodb",
    create=CreateCall(operation="export_table_to_point_in_time", id="ExportDescription.ExportArn"),
    describe=DescribeCall(operation="describe_export", parameters={"ExportArn": "id"}, job="ExportDescription"),
    status="ExportStatus",
    succeeded=("COMPLETED",),
    failed=("FAILED",),
    reason="join(': ', [FailureCode, FailureMessage][?@])",
    created="StartTime",
    attributes={
        "exportArn": "ExportArn",
        "status": "ExportStatus",
        "exportManifest": "ExportManifest",
        "itemCount": "ItemCount",
        "billedSizeBytes": "BilledSizeBytes",
        "exportTime": "ExportTime",
        "failureReason": "join(': ', [FailureCode, FailureMessage][?@])",
    },
    client_token="ClientToken",
    # The API Reference has named all three over the years.
    token_used_errors=("ExportConflictException", "ImportConflictException", "IdempotentParameterMismatchException"),
    retryable_errors=("LimitExceededException",),
    hints={
        "PointInTimeRecoveryUnavailable": "enable point-in-time recovery of the table",
        "S3NoSuchBucket": "the bucket does not exist; of another account, name its owner in S3BucketOwner",
    },
    permissions={
        "dynamodb:ExportTableToPointInTime": ["TableArn"],
        "dynamodb:DescribeExport": ["{TableArn}/export/*"],
    },
)
"""Exports a table of Amazon DynamoDB into Amazon S3.

Needs: point-in-time recovery of the table. The service writes with its caller's permissions: the function needs
`s3:PutObject`, `s3:PutObjectAcl` and `s3:AbortMultipartUpload` on the objects, and `kms:Decrypt` and
`kms:GenerateDataKey` on a key of `S3SseKmsKeyId`.
Waits: for the account's concurrent exports.
Sources: "ExportTableToPointInTime" (API Reference): a token is valid for 8 hours, and refused with
`ExportConflictException` for other parameters, of which the text of the parameter gives other codes; "Requesting a
table export in DynamoDB" (Developer Guide). Users report that an export takes 10 to 12 minutes, and that one to a
bucket that does not exist fails with `S3NoSuchBucket`.
"""

DYNAMODB_IMPORT = JobDefinition(
    title="DynamoDB import",
    service="dynamodb",
    create=CreateCall(operation="import_table", id="ImportTableDescription.ImportArn"),
    describe=DescribeCall(operation="describe_import", parameters={"ImportArn": "id"}, job="ImportTableDescription"),
    status="ImportStatus",
    succeeded=("COMPLETED",),
    failed=("FAILED", "CANCELLED"),
    reason="join(': ', [FailureCode, FailureMessage][?@])",
    created="StartTime",
    attributes={
        "importArn": "ImportArn",
        "status": "ImportStatus",
        "tableArn": "TableArn",
        "importedItemCount": "ImportedItemCount",
        "processedItemCount": "ProcessedItemCount",
        "errorCount": "ErrorCount",
        "logGroupArn": "CloudWatchLogGroupArn",
    },
    client_token="ClientToken",
    token_used_errors=("ImportConflictException", "IdempotentParameterMismatchException"),
    failures="ErrorCount",
    retryable_errors=("LimitExceededException",),
    hints={
        "ResourceInUseException": "the table exists, and an import makes a new one: choose another TableName; it "
        "may be this import's own, if the response to an earlier call was lost"
    },
    permissions={
        "dynamodb:ImportTable": [
            "arn:{partition}:dynamodb:{region}:{account}:table/{TableCreationParameters.TableName}"
        ],
        "dynamodb:DescribeImport": [
            "arn:{partition}:dynamodb:{region}:{account}:table/{TableCreationParameters.TableName}/import/*"
        ],
        "logs:CreateLogGroup": _LOG_GROUPS,
        "logs:DescribeLogStreams": _LOG_GROUPS,
        "logs:PutRetentionPolicy": _LOG_GROUPS,
        "logs:CreateLogStream": _LOG_STREAMS,
        "logs:PutLogEvents": _LOG_STREAMS,
        "logs:DescribeLogGroups": ["*"],
    },
)
"""Imports files from Amazon S3 into a new table of Amazon DynamoDB.

Needs: a table name that is not in use, and another one for each run: an import creates its table, which is not part of
the stack. The service reads with its caller's permissions: the function needs `s3:GetObject` on the objects and
`s3:ListBucket` on the bucket. Items that could not be imported count against `max_failures`. A prefix without files is
no failure: users report that it completes with an empty table.
Waits: for the account's concurrent imports.
Lost responses: while the import runs, its token finds it; afterwards the call is refused with `ResourceInUseException`,
as if the table were another one's (reported by users).
Sources: "ImportTable" (API Reference): a token is valid for 8 hours; "Requesting a table import in DynamoDB" (Developer
Guide), which has the permissions.
"""

RDS_SNAPSHOT_EXPORT = JobDefinition(
    title="RDS snapshot export",
    service="rds",
    create=CreateCall(operation="start_export_task", id="ExportTaskIdentifier"),
    describe=DescribeCall(
        operation="describe_export_tasks",
        parameters={"ExportTaskIdentifier": "id"},
        # Without KmsKeyId, which is described as an ARN however it was given.
        job=(
            "ExportTasks[0].{ExportTaskIdentifier: ExportTaskIdentifier, SourceArn: SourceArn, ExportOnly: ExportOnly, "
            "S3Bucket: S3Bucket, S3Prefix: S3Prefix, Status: Status, FailureCause: FailureCause, "
            "WarningMessage: WarningMessage, TaskStartTime: TaskStartTime, "
            "TotalExtractedDataInGB: TotalExtractedDataInGB}"
        ),
    ),
    status="Status",
    succeeded=("COMPLETE",),
    failed=("FAILED", "CANCELED"),
    reason="FailureCause || WarningMessage",
    failures="WarningMessage && `1` || `0`",  # tables that were left out
    created="TaskStartTime || `9999999999`",  # a task that has not started is new
    attributes={
        "exportTaskIdentifier": "ExportTaskIdentifier",
        "status": "Status",
        "s3Bucket": "S3Bucket",
        "s3Prefix": "S3Prefix",
        "totalExtractedDataInGB": "TotalExtractedDataInGB",
        "warningMessage": "WarningMessage",
    },
    name=JobNaming(parameter="ExportTaskIdentifier", max_length=60, name_taken_errors=("ExportTaskAlreadyExists",)),
    role="IamRoleArn",
    access_denied_messages=ROLE_IS_NEW,
    hints={
        "PERMISSIONS_DO_NOT_EXIST": "tables were left out: GRANT ALL PRIVILEGES on them to the master user, and take "
        "a new snapshot",
        "KMS key check failed": "the function needs kms:CreateGrant and kms:DescribeKey on the key",
    },
    permissions={"rds:StartExportTask": ["SourceArn"], "rds:DescribeExportTasks": ["*"]},
)
"""Exports a snapshot, or a cluster, of Amazon RDS or Aurora into Amazon S3, as Apache Parquet.

Needs: `service_principal="export.rds.amazonaws.com"`; for the role `s3:PutObject*`, `s3:GetObject*`, `s3:ListBucket`,
`s3:DeleteObject*` and `s3:GetBucketLocation` on the bucket and its objects; for the function `kms:CreateGrant` and
`kms:DescribeKey` on the key. An export with a warning, such as of tables that were left out, has one failed entry for
`max_failures`.
Waits: for a new role only. How the service answers if too many exports are running is not documented.
Sources: "StartExportTask" and "ExportTask" (API Reference); "Troubleshooting snapshot exports" (Aurora User Guide);
Service Authorization Reference, whose resources of DescribeExportTasks are optional. Believed: an identifier has at
most 60 characters.
"""

NEPTUNE_ANALYTICS_IMPORT = JobDefinition(
    title="Neptune Analytics import",
    service="neptune-graph",
    create=CreateCall(operation="start_import_task", id="taskId"),
    describe=DescribeCall(operation="get_import_task", parameters={"taskIdentifier": "id"}),
    status="status",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "CANCELLED", "DELETED"),
    reason="join(': ', [statusReason, importTaskDetails.errorDetails][?@])",
    attributes={
        "taskId": "taskId",
        "status": "status",
        "graphId": "graphId",
        "statementCount": "importTaskDetails.statementCount",
        "errorCount": "importTaskDetails.errorCount",
    },
    may_run_twice=False,
    failures="importTaskDetails.errorCount",
    role="roleArn",
    retryable_errors=("ConflictException",),
    access_denied_messages=ROLE_IS_NEW,
    permissions={
        "neptune-graph:StartImportTask": [
            "arn:{partition}:neptune-graph:{region}:{account}:graph/{graphIdentifier}",
            "arn:{partition}:neptune-graph:{region}:{account}:import-task/*",
        ],
        "neptune-graph:GetImportTask": ["arn:{partition}:neptune-graph:{region}:{account}:import-task/*"],
    },
)
"""Imports files from Amazon S3 into an empty graph of Amazon Neptune Analytics.

Needs: `service_principal="neptune-graph.amazonaws.com"`, and for the role `s3:GetObject` and `s3:ListBucket` on the
files, with `kms:Decrypt` on their key. The graph must be empty: a second run needs a reset graph. Errors in the data
count against `max_failures`, if `failOnError` is false.
Waits: for `ConflictException`, as for a graph that is not available yet.
Lost responses: the run fails; the service neither has tokens nor tells when a task was created.
Sources: "StartImportTask" (API Reference). Believed: `ConflictException` passes.
"""
