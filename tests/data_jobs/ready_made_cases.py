"""What the services of the ready-made definitions are sent, and what they answer.

Nothing here is taken from the definitions. Members of responses are paths: `A.B`, and `A[].B` in a list of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROLE = "arn:aws:iam::111122223333:role/service-role"
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
DATASYNC_TASK = ARN.format("datasync", "task/task-0123456789abcdef0")


@dataclass(frozen=True)
class Case:
    """A kind of job.

    Attributes:
        parameters: The parameters of its create call.
        id: The job's id; `{name}` is the name that the run gives it.
        created: Where the response of the create call has that id, if anywhere.
        described: What the describe call is sent.
        status: Where its response has the status.
        running: The statuses of a job that has not ended.
        job: More members that its response has.
        failed: The members of a failed job's response, besides the status.
        reason: The reason that is then reported.
        busy: Codes of errors that pass.
        used: The codes of the errors of a token that is used up.
        entries: Members of a response that has one failed entry.
        known: Messages with known causes, as guides or users quote them; of errors with their codes.
        denied: Parts of messages that mean a missing permission of the function's.
    """

    parameters: dict[str, Any]
    id: str
    described: dict[str, Any]
    status: str
    running: tuple[str, ...]
    failed: dict[str, Any]
    reason: str
    created: str = ""
    job: dict[str, Any] = field(default_factory=dict)
    busy: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    entries: dict[str, Any] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


REDSHIFT: dict[str, Any] = {
    "id": "0b1c2d3e-0000-0000-0000-000000000000",
    "created": "Id",
    "described": {"Id": "0b1c2d3e-0000-0000-0000-000000000000"},
    "status": "Status",
    "running": ("SUBMITTED", "PICKED", "STARTED"),
    "failed": {"Error": 'ERROR: relation "orders" does not exist'},
    "reason": 'ERROR: relation "orders" does not exist',
    "busy": ("ActiveStatementsExceededException", "ActiveSessionsExceededException"),
    "known": ("ERROR: permission denied for relation orders",),
}
OMICS: dict[str, Any] = {
    "id": "1234567890",
    "created": "id",
    "status": "status",
    "running": ("SUBMITTED", "IN_PROGRESS", "CANCELLING"),
    "failed": {"statusMessage": "One failed.", "sources[].status": "FAILED", "sources[].statusMessage": "No access."},
    "reason": "One failed. No access.",
    "busy": ("ServiceQuotaExceededException", "RequestTimeoutException"),
    "entries": {"sources[].status": "FAILED"},
}
READS = {
    "sourceFiles": {"source1": "s3://reads/a.bam"},
    "sourceFileType": "BAM",
    "subjectId": "subject",
    "sampleId": "sample",
}
GENOME = {"sourceFile": "s3://bucket/genome.fasta", "name": "genome"}
TABLE = ARN.format("dynamodb", "table/orders")
EXECUTION = ARN.format("states", "execution:shop:{name}")
TASK = ARN.format("ecs", "task/c/1")
INGESTION = {"knowledgeBaseId": "KB12345678", "dataSourceId": "DS12345678"}
PROMPTS = {
    "modelId": "amazon.nova-lite-v1:0",
    "roleArn": ROLE,
    "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://bucket/in/"}},
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/out/"}},
}
CONTAINER_PROBLEMS = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
    "ResourceInitializationError: unable to pull secrets or registry auth",
    "OutOfMemoryError: Container killed due to memory usage",
)
LAKE_FORMATION = "Insufficient Lake Formation permission(s): Required Describe on orders"

CASES: dict[str, Case] = {
    "ATHENA_QUERY": Case(
        {"QueryString": "SELECT 1", "WorkGroup": "primary"},
        id="q1",
        created="QueryExecutionId",
        described={"QueryExecutionId": "q1"},
        status="QueryExecution.Status.State",
        running=("QUEUED", "RUNNING"),
        failed={"QueryExecution.Status.StateChangeReason": "SYNTAX_ERROR: line 1:8"},
        reason="SYNTAX_ERROR: line 1:8",
        known=(
            "No output location provided.",
            "Unable to verify/create output bucket shop-results",
            "Insufficient permissions to execute the query.",
            LAKE_FORMATION,
        ),
        used=("Idempotent parameters do not match",),
        denied=("Unable to verify/create output bucket",),
    ),
    "REDSHIFT_STATEMENT": Case({"Sql": "SELECT 1", "ClusterIdentifier": "c", "Database": "d"}, **REDSHIFT),
    "REDSHIFT_SERVERLESS_STATEMENT": Case({"Sql": "SELECT 1", "WorkgroupName": "wgr", "Database": "d"}, **REDSHIFT),
    "GLUE_JOB_RUN": Case(
        {"JobName": "etl", "Arguments": {"--day": "1"}},
        id="jr_1",
        created="JobRunId",
        described={"JobName": "etl", "RunId": "jr_1"},
        status="JobRun.JobRunState",
        running=("STARTING", "RUNNING", "STOPPING", "WAITING"),
        failed={"JobRun.ErrorMessage": "AnalysisException: no path"},
        reason="AnalysisException: no path",
        busy=("ConcurrentRunsExceededException", "ResourceNumberLimitExceededException"),
        known=(
            "ConcurrentRunsExceededException: Concurrent runs exceeded for etl",
            "LAUNCH ERROR | Error downloading from S3 for bucket: shop, key: etl.py.Access Denied",
            LAKE_FORMATION,
        ),
    ),
    "GLUE_CRAWLER": Case(
        {"Name": "shop"},
        id="shop",
        described={"Name": "shop"},
        job={"Crawler.State": "READY"},
        status="Crawler.LastCrawl.Status",
        running=(),
        failed={"Crawler.LastCrawl.ErrorMessage": "Insufficient Lake Formation permissions"},
        reason="Insufficient Lake Formation permissions",
        busy=("CrawlerRunningException",),
        known=(LAKE_FORMATION,),
    ),
    "QUICKSIGHT_INGESTION": Case(
        {"AwsAccountId": "111122223333", "DataSetId": "sales"},
        id="{name}",
        created="IngestionId",
        described={"AwsAccountId": "111122223333", "DataSetId": "sales", "IngestionId": "{name}"},
        status="Ingestion.IngestionStatus",
        running=("INITIALIZED", "QUEUED", "RUNNING"),
        failed={"Ingestion.ErrorInfo.Type": "SQL_TABLE_NOT_FOUND", "Ingestion.ErrorInfo.Message": "no table"},
        reason="SQL_TABLE_NOT_FOUND: no table",
        busy=("LimitExceededException",),
        used=("ResourceExistsException",),
        entries={"Ingestion.RowInfo.RowsDropped": 1},
        known=("LimitExceededException: too many refreshes",),
    ),
    "EMR_SERVERLESS_JOB_RUN": Case(
        {"applicationId": "00f1", "executionRoleArn": ROLE},
        id="00r1",
        created="jobRunId",
        described={"applicationId": "00f1", "jobRunId": "00r1"},
        status="jobRun.state",
        running=("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"),
        failed={"jobRun.stateDetails": "Job failed, exit code 1"},
        reason="Job failed, exit code 1",
        known=(
            "Worker could not be allocated as the application has exceeded maximumCapacity settings: [cpu: 4 vCPU]",
            "Job failed as account has reached the service limit on the maximum vCPU it can use concurrently.",
        ),
    ),
    "DYNAMODB_EXPORT": Case(
        {"TableArn": TABLE, "S3Bucket": "exports"},
        id=f"{TABLE}/export/1",
        created="ExportDescription.ExportArn",
        described={"ExportArn": f"{TABLE}/export/1"},
        status="ExportDescription.ExportStatus",
        running=("IN_PROGRESS",),
        failed={"ExportDescription.FailureCode": "S3NoSuchBucket", "ExportDescription.FailureMessage": "no bucket"},
        reason="S3NoSuchBucket: no bucket",
        busy=("LimitExceededException",),
        used=("ExportConflictException", "ImportConflictException", "IdempotentParameterMismatchException"),
        known=(
            "PointInTimeRecoveryUnavailableException: not enabled",
            "S3NoSuchBucket: no bucket",
        ),
    ),
    "DYNAMODB_IMPORT": Case(
        {
            "InputFormat": "CSV",
            "S3BucketSource": {"S3Bucket": "data"},
            "TableCreationParameters": {
                "TableName": "new",
                "AttributeDefinitions": [],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        },
        id=f"{TABLE}/import/1",
        created="ImportTableDescription.ImportArn",
        described={"ImportArn": f"{TABLE}/import/1"},
        status="ImportTableDescription.ImportStatus",
        running=("IN_PROGRESS", "CANCELLING"),
        failed={"ImportTableDescription.FailureCode": "ItemValidationError"},
        reason="ItemValidationError",
        busy=("LimitExceededException",),
        used=("ImportConflictException", "IdempotentParameterMismatchException"),
        entries={"ImportTableDescription.ErrorCount": 1},
        known=("ResourceInUseException: Table already exists: new",),
    ),
    "RDS_SNAPSHOT_EXPORT": Case(
        {"SourceArn": ARN.format("rds", "snapshot:s"), "S3BucketName": "b", "IamRoleArn": ROLE, "KmsKeyId": "alias/k"},
        id="{name}",
        created="ExportTaskIdentifier",
        described={"ExportTaskIdentifier": "{name}"},
        job={
            "ExportTasks[].SourceArn": ARN.format("rds", "snapshot:s"),
            "ExportTasks[].KmsKeyId": ARN.format("kms", "key/0123"),
            "ExportTasks[].TaskStartTime": "2023-11-14T22:13:20Z",
        },
        status="ExportTasks[].Status",
        running=("STARTING", "IN_PROGRESS", "CANCELING"),
        failed={"ExportTasks[].FailureCause": "no space"},
        reason="no space",
        used=("ExportTaskAlreadyExists",),
        known=(
            "PERMISSIONS_DO_NOT_EXIST: tables were skipped",
            "KMS key check failed. Check the credentials on your KMS key and try again.",
        ),
        entries={"ExportTasks[].WarningMessage": "Tables were skipped."},
    ),
    "NEPTUNE_ANALYTICS_IMPORT": Case(
        {"graphIdentifier": "g-1234567890", "source": "s3://b/graph/", "roleArn": ROLE},
        id="t-1234567890",
        created="taskId",
        described={"taskIdentifier": "t-1234567890"},
        status="status",
        running=(
            "INITIALIZING",
            "EXPORTING",
            "ANALYZING_DATA",
            "IMPORTING",
            "REPROVISIONING",
            "ROLLING_BACK",
            "CANCELLING",
        ),
        failed={"statusReason": "bad data", "importTaskDetails.errorDetails": "line 3"},
        reason="bad data: line 3",
        busy=("ConflictException",),
        entries={"importTaskDetails.errorCount": 1},
    ),
    "BEDROCK_INGESTION": Case(
        INGESTION,
        id="IJ12345678",
        created="ingestionJob.ingestionJobId",
        described={**INGESTION, "ingestionJobId": "IJ12345678"},
        status="ingestionJob.status",
        running=("STARTING", "IN_PROGRESS", "STOPPING"),
        failed={"ingestionJob.failureReasons": ["No access.", "Try again."]},
        reason="No access. Try again.",
        busy=("ConflictException", "ServiceQuotaExceededException"),
        entries={"ingestionJob.statistics.numberOfDocumentsFailed": 1},
        known=(
            "Knowledge base role arn is not able to call specified embedding model arn",
            "Call to Amazon OpenSearch Serverless Vector Database did not succeed.",
        ),
    ),
    "BEDROCK_BATCH_INFERENCE": Case(
        PROMPTS,
        id="{name}",
        described={"nameContains": "{name}"},
        job={
            "invocationJobSummaries[].jobName": "{name}",
            **{f"invocationJobSummaries[].{member}": value for member, value in PROMPTS.items()},
            "invocationJobSummaries[].modelId": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        },
        status="invocationJobSummaries[].status",
        running=("Submitted", "InProgress", "Stopping", "Validating", "Scheduled"),
        failed={"invocationJobSummaries[].message": "fewer than 100 records"},
        reason="fewer than 100 records",
        busy=("ServiceQuotaExceededException",),
        used=("ConflictException",),
        known=("Batch job arn contains less records (1) than the required minimum of: 100",),
    ),
    "HEALTHLAKE_IMPORT": Case(
        {
            "DatastoreId": "d1",
            "InputDataConfig": {"S3Uri": "s3://bucket/in/"},
            "JobOutputDataConfig": {"S3Configuration": {"S3Uri": "s3://bucket/log/", "KmsKeyId": "k"}},
            "DataAccessRoleArn": ROLE,
        },
        id="j1",
        created="JobId",
        described={"DatastoreId": "d1", "JobId": "j1"},
        status="ImportJobProperties.JobStatus",
        running=("SUBMITTED", "QUEUED", "IN_PROGRESS", "CANCEL_SUBMITTED", "CANCEL_IN_PROGRESS"),
        failed={"ImportJobProperties.Message": "no NDJSON"},
        reason="no NDJSON",
    ),
    "OMICS_READ_SET_IMPORT": Case(
        {"sequenceStoreId": "1111111111", "roleArn": ROLE, "sources": [READS]},
        described={"id": "1234567890", "sequenceStoreId": "1111111111"},
        **OMICS,
    ),
    "OMICS_REFERENCE_IMPORT": Case(
        {"referenceStoreId": "1111111111", "roleArn": ROLE, "sources": [GENOME]},
        described={"id": "1234567890", "referenceStoreId": "1111111111"},
        **OMICS,
    ),
    "DATASYNC_TASK_EXECUTION": Case(
        {"TaskArn": DATASYNC_TASK},
        id=f"{DATASYNC_TASK}/execution/exec-0123456789abcdef0",
        created="TaskExecutionArn",
        described={"TaskExecutionArn": f"{DATASYNC_TASK}/execution/exec-0123456789abcdef0"},
        status="Status",
        running=("QUEUED", "CANCELLING", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING"),
        failed={"Result.ErrorCode": "OpNotSupp", "Result.ErrorDetail": "no such share"},
        reason="OpNotSupp: no such share",
    ),
    "S3_BATCH_OPERATIONS": Case(
        {
            "AccountId": "111122223333",
            "Operation": {"S3DeleteObjectTagging": {}},
            "Report": {"Enabled": "false"},
            "Priority": "1",
            "RoleArn": ROLE,
        },
        id="job-1",
        created="JobId",
        described={"AccountId": "111122223333", "JobId": "job-1"},
        status="Job.Status",
        running=(
            "Active",
            "Cancelling",
            "Completing",
            "Failing",
            "New",
            "Paused",
            "Pausing",
            "Preparing",
            "Ready",
            "Suspended",
        ),
        failed={
            "Job.FailureReasons[].FailureCode": "InvalidManifestContent",
            "Job.FailureReasons[].FailureReason": "Invalid Manifest Content",
        },
        reason="InvalidManifestContent: Invalid Manifest Content",
        used=("IdempotencyException",),
        entries={"Job.ProgressSummary.NumberOfTasksFailed": 1},
        known=("InvalidManifestContent: Required fields are missing in the schema",),
    ),
    "SES_IMPORT": Case(
        {
            "ImportDestination": {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}},
            "ImportDataSource": {"S3Url": "s3://bucket/list.csv", "DataFormat": "CSV"},
        },
        id="j1",
        created="JobId",
        described={"JobId": "j1"},
        status="JobStatus",
        running=("CREATED", "PROCESSING"),
        failed={"FailureInfo.ErrorMessage": "no access"},
        reason="no access",
        busy=("LimitExceededException",),
        entries={"FailedRecordsCount": 1},
    ),
    "STEP_FUNCTIONS_EXECUTION": Case(
        {"stateMachineArn": ARN.format("states", "stateMachine:shop:PROD"), "input": "{}"},
        id=EXECUTION,
        created="executionArn",
        described={"executionArn": EXECUTION},
        job={
            "stateMachineArn": ARN.format("states", "stateMachine:shop"),
            "stateMachineAliasArn": ARN.format("states", "stateMachine:shop:PROD"),
            "stateMachineVersionArn": ARN.format("states", "stateMachine:shop:3"),
            "input": "{}",
        },
        status="status",
        running=("RUNNING", "PENDING_REDRIVE"),
        failed={"error": "States.TaskFailed", "cause": "no such table"},
        reason="States.TaskFailed: no such table",
        busy=("ExecutionLimitExceeded",),
        used=("ExecutionAlreadyExists",),
        known=("KmsAccessDeniedException: no access to the key",),
    ),
    "CODEBUILD_BUILD": Case(
        {"projectName": "site"},
        id="site:1",
        created="build.id",
        described={"ids": ["site:1"]},
        status="builds[].buildStatus",
        running=("IN_PROGRESS",),
        failed={"builds[].phases[].contexts[].message": "exit status 1"},
        reason="exit status 1",
        busy=("AccountLimitExceededException",),
        known=("Error while executing command: npm test. Reason: exit status 1",),
    ),
    "ECS_TASK": Case(
        {"cluster": "c", "taskDefinition": "nightly"},
        id=TASK,
        created="tasks[].taskArn",
        described={"cluster": "c", "tasks": [TASK]},
        status="tasks[].lastStatus",
        job={"tasks[].containers[].exitCode": 0},
        running=(
            "PROVISIONING",
            "PENDING",
            "ACTIVATING",
            "RUNNING",
            "DEACTIVATING",
            "STOPPING",
            "DEPROVISIONING",
        ),
        failed={
            "tasks[].lastStatus": "STOPPED",
            "tasks[].containers[].exitCode": 137,
            "tasks[].containers[].reason": "OutOfMemoryError",
            "tasks[].stoppedReason": "Essential container in task exited",
        },
        reason="Essential container in task exited OutOfMemoryError",
        used=("ConflictException",),
        known=CONTAINER_PROBLEMS,
    ),
    "BATCH_JOB": Case(
        {"jobName": "n", "jobQueue": "q", "jobDefinition": "d"},
        id="j1",
        created="jobId",
        described={"jobs": ["j1"]},
        status="jobs[].status",
        running=("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"),
        failed={"jobs[].statusReason": "Essential container in task exited", "jobs[].container.reason": "OOM"},
        reason="Essential container in task exited: OOM",
        known=CONTAINER_PROBLEMS,
    ),
}
