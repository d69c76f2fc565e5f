"""Ready-made definitions of jobs that move files, or read lists."""

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, JobDefinition
from cdk_data_jobs.definitions._roles import ROLE_IS_NEW

DATASYNC_TASK_EXECUTION = JobDefinition(
    title="DataSync task execution",
    service="datasync",
    create=CreateCall(operation="start_task_execution", id="TaskExecutionArn"),
    describe=DescribeCall(operation="describe_task_execution", parameters={"TaskExecutionArn": "id"}),
    status="Status",
    succeeded=("SUCCESS",),
    failed=("ERROR",),
    reason="join(': ', [Result.ErrorCode, Result.ErrorDetail][?@])",
    attributes={
        "taskExecutionArn": "TaskExecutionArn",
        "status": "Status",
        "filesTransferred": "FilesTransferred",
        "filesDeleted": "FilesDeleted",
        "bytesTransferred": "BytesTransferred",
    },
    may_run_twice=True,
    ignored_changes=("Tags",),
    permissions={
        "datasync:StartTaskExecution": ["TaskArn"],
        "datasync:DescribeTaskExecution": ["{TaskArn}/execution/*"],
    },
)
"""Runs a task of AWS DataSync.

Needs: nothing else; the task's locations have their roles. `Tags` need `datasync:TagResource` (believed).
Waits: for throttling only; the service queues executions of a task, unless its option `TaskQueueing` is off.
Lost responses: the task is executed again, which transfers nothing twice where it transfers changes only.
Sources: "StartTaskExecution" and "DescribeTaskExecution" (API Reference). The list of executions tells no times, so
that one cannot be found there.
"""

S3_BATCH_OPERATIONS = JobDefinition(
    title="S3 Batch Operations job",
    service="s3control",
    create=CreateCall(operation="create_job", id="JobId"),
    describe=DescribeCall(
        operation="describe_job", parameters={"AccountId": "parameters.AccountId", "JobId": "id"}, job="Job"
    ),
    status="Status",
    succeeded=("Complete",),
    failed=("Failed", "Cancelled"),
    reason="join(' ', [FailureReasons[].join(': ', [FailureCode, FailureReason][?@]), StatusUpdateReason][] | [?@])",
    created="CreationTime",
    attributes={
        "jobId": "JobId",
        "status": "Status",
        "jobArn": "JobArn",
        "tasks": "ProgressSummary.TotalNumberOfTasks",
        "succeeded": "ProgressSummary.NumberOfTasksSucceeded",
        "failed": "ProgressSummary.NumberOfTasksFailed",
    },
    client_token="ClientRequestToken",
    token_used_errors=("IdempotencyException",),
    failures="ProgressSummary.NumberOfTasksFailed",
    role="RoleArn",
    ignored_changes=("Description", "Priority", "Tags"),
    access_denied_messages=ROLE_IS_NEW,
    hints={"InvalidManifestContent": "correct the manifest: it needs the schema's fields, and objects of one bucket"},
    permissions={
        "s3:CreateJob": ["*"],
        "s3:DescribeJob": ["arn:{partition}:s3:{region}:{account}:job/*"],
    },
)
"""Runs an operation on many objects, with Amazon S3 Batch Operations.

Needs: `service_principal="batchoperations.s3.amazonaws.com"`, and for the role what the operation does, reading the
manifest and writing the report; the parameter `AccountId`. Objects for which the operation failed count against
`max_failures`. A job with `ConfirmationRequired` waits until somebody confirms it; by default the API requires none.
`Tags` need `s3:PutJobTagging`.
Waits: for throttling only.
Sources: "CreateJob" (API Reference), "Troubleshooting S3 Batch Operations" and "Granting permissions for Batch
Operations" (User Guide), whose trust policy has no conditions. Believed: `IdempotencyException` means that the token
was used with other parameters; a condition on `aws:SourceAccount`, which the library adds, works.
"""

SES_IMPORT = JobDefinition(
    title="SES import",
    service="sesv2",
    create=CreateCall(operation="create_import_job", id="JobId"),
    describe=DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
    status="JobStatus",
    succeeded=("COMPLETED",),
    failed=("FAILED", "CANCELLED"),
    reason="FailureInfo.ErrorMessage",
    attributes={
        "importJobId": "JobId",
        "status": "JobStatus",
        "processed": "ProcessedRecordsCount",
        "failed": "FailedRecordsCount",
        "failedRecordsUrl": "FailureInfo.FailedRecordsS3Url",
        "failureReason": "FailureInfo.ErrorMessage",
    },
    may_run_twice=True,
    failures="FailedRecordsCount",
    retryable_errors=("LimitExceededException",),
    permissions={
        "ses:CreateImportJob": ["*"],
        "ses:GetImportJob": ["arn:{partition}:ses:{region}:{account}:import-job/*"],
    },
)
"""Imports contacts into a list of Amazon SES, or addresses into its suppression list.

Needs: the policy of the bucket must allow `ses.amazonaws.com` to `s3:GetObject` the file, on the condition that
`aws:Referer` is the account; that of its key `kms:Decrypt`. Records that failed count against `max_failures`.
Waits: for the quota of jobs.
Lost responses: the file is imported again, which changes nothing: an import puts or deletes entries. The list of jobs
does not tell their files, so that one cannot be found there.
Sources: "CreateImportJob" and "GetImportJob" (API v2 Reference); "Using list management" and "Using the account-level
suppression list" (Developer Guide), whose public copy is of 2021. Believed: the caller needs no access to the file.
"""
