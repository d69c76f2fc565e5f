"""Ready-made definitions of queries, and of jobs of data lakes and dashboards."""

import dataclasses

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, FindCall, JobDefinition, JobNaming
from cdk_data_jobs.definitions._roles import ROLE_IS_NEW

ATHENA_QUERY = JobDefinition(
    title="Athena query",
    service="athena",
    create=CreateCall(operation="start_query_execution", id="QueryExecutionId"),
    describe=DescribeCall(operation="get_query_execution", parameters={"QueryExecutionId": "id"}, job="QueryExecution"),
    status="Status.State",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "CANCELLED"),
    reason="Status.StateChangeReason",
    created="Status.SubmissionDateTime",
    attributes={
        "queryExecutionId": "QueryExecutionId",
        "status": "Status.State",
        "outputLocation": "ResultConfiguration.OutputLocation",
        "dataScannedInBytes": "Statistics.DataScannedInBytes",
        "totalExecutionTimeInMillis": "Statistics.TotalExecutionTimeInMillis",
        "failureReason": "Status.StateChangeReason",
    },
    client_token="ClientRequestToken",
    token_used_errors=("Idempotent parameters do not match",),
    access_denied_messages=("Unable to verify/create output bucket",),
    hints={
        "No output location": "set ResultConfiguration.OutputLocation, or the workgroup's result location",
        "Unable to verify/create output bucket": "the function needs s3:GetBucketLocation on the bucket of the results",
        "Insufficient permissions to execute the query": "the function needs s3:GetObject on the files of the "
        "tables, and s3:ListBucket on their buckets",
        "Insufficient Lake Formation permission": "grant the function's role the permission in AWS Lake Formation",
    },
    permissions={
        "athena:StartQueryExecution": ["arn:{partition}:athena:{region}:{account}:workgroup/{WorkGroup}"],
        "athena:GetQueryExecution": ["arn:{partition}:athena:{region}:{account}:workgroup/{WorkGroup}"],
    },
)
"""Runs one SQL statement in Amazon Athena.

Needs: the parameter `WorkGroup`, to which the permissions are limited (`primary` if there is no other). Athena acts
with its caller's permissions: the function needs `glue:GetDatabase`, `glue:GetTable`, `glue:GetPartitions` and so on
for the tables, `s3:GetObject` and `s3:ListBucket` for the data, and `s3:GetBucketLocation`, `s3:GetObject`,
`s3:ListBucket`, `s3:PutObject`, `s3:AbortMultipartUpload` and `s3:ListMultipartUploadParts` for the place of the
results.
Waits: for throttling only; Athena itself queues queries.
Sources: "StartQueryExecution" and "QueryExecutionStatus" (API Reference). Reported by users: the texts of the known
causes, and of the error of a token that was used with other parameters.
"""

REDSHIFT_STATEMENT = JobDefinition(
    title="Redshift statement",
    service="redshift-data",
    create=CreateCall(operation="execute_statement", id="Id"),
    describe=DescribeCall(operation="describe_statement", parameters={"Id": "id"}),
    status="Status",
    succeeded=("FINISHED",),
    failed=("FAILED", "ABORTED"),
    reason="Error",
    created="CreatedAt",
    attributes={
        "statementId": "Id",
        "status": "Status",
        "resultRows": "ResultRows",
        "resultSize": "ResultSize",
        "duration": "Duration",
        "queryId": "RedshiftQueryId",
        "failureReason": "Error",
    },
    client_token="ClientToken",
    ignored_changes=("DbUser", "SecretArn", "StatementName", "WithEvent"),
    retryable_errors=("ActiveStatementsExceededException", "ActiveSessionsExceededException"),
    hints={
        "permission denied for": "GRANT it in the database to the user that the function connects with: that of "
        "SecretArn, DbUser, or `IAMR:` and the name of the function's role"
    },
    permissions={
        "redshift-data:ExecuteStatement": [
            "arn:{partition}:redshift:{region}:{account}:cluster:{ClusterIdentifier}",
        ],
        "redshift-data:DescribeStatement": ["*"],
    },
)
"""Runs one SQL statement on a cluster of Amazon Redshift.

Needs: the parameters `ClusterIdentifier` and `Database`. The function also needs what its way to authenticate does:
`secretsmanager:GetSecretValue` on the secret of `SecretArn`, `redshift:GetClusterCredentials` for `DbUser`, or
`redshift:GetClusterCredentialsWithIAM` for neither.
Waits: for a free place among the active statements and sessions.
Sources: "ExecuteStatement" (Data API Reference), "Authorizing access to the Amazon Redshift Data API" (Management
Guide). By default the service describes a statement only to the identity that has run it: the function. Reported by
users: the text of the known cause.
"""

REDSHIFT_SERVERLESS_STATEMENT = dataclasses.replace(
    REDSHIFT_STATEMENT,
    title="Redshift Serverless statement",
    permissions={
        # The ARN of a workgroup has its id, which its name does not tell.
        "redshift-data:ExecuteStatement": ["arn:{partition}:redshift-serverless:{region}:{account}:workgroup/*"],
        "redshift-data:DescribeStatement": ["*"],
    },
)
"""Runs one SQL statement in a workgroup of Amazon Redshift Serverless.

Needs: the parameters `WorkgroupName` and `Database`. The function also needs `secretsmanager:GetSecretValue` on the
secret of `SecretArn`, or `redshift-serverless:GetCredentials` on the workgroup without one.
Waits: for a free place among the active statements and sessions.
Sources: as `REDSHIFT_STATEMENT`.
"""

GLUE_JOB_RUN = JobDefinition(
    title="Glue job run",
    service="glue",
    create=CreateCall(operation="start_job_run", id="JobRunId"),
    describe=DescribeCall(
        operation="get_job_run", parameters={"JobName": "parameters.JobName", "RunId": "id"}, job="JobRun"
    ),
    status="JobRunState",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "ERROR", "STOPPED", "TIMEOUT", "EXPIRED"),
    reason="ErrorMessage",
    created="StartedOn",
    attributes={
        "jobRunId": "Id",
        "status": "JobRunState",
        "executionTime": "ExecutionTime",
        "dpuSeconds": "DPUSeconds",
        "logGroupName": "LogGroupName",
        "failureReason": "ErrorMessage",
    },
    find=FindCall(
        operation="get_job_runs",
        parameters={"JobName": "parameters.JobName"},
        jobs="JobRuns",
        id="Id",
        created="StartedOn",
        as_parameters="merge(@, {JobRunId: PreviousRunId})",
    ),
    retryable_errors=("ConcurrentRunsExceededException", "ResourceNumberLimitExceededException"),
    hints={
        "ConcurrentRunsExceeded": "raise the job's MaxConcurrentRuns, or order its runs with add_dependency",
        "LAUNCH ERROR": "the script could not be started: look at its place in S3, its arguments, and what the Glue "
        "job's role may do",
        "Insufficient Lake Formation permission": "grant the Glue job's role the permission in AWS Lake Formation",
    },
    permissions={
        "glue:StartJobRun": ["arn:{partition}:glue:{region}:{account}:job/{JobName}"],
        "glue:GetJobRun": ["arn:{partition}:glue:{region}:{account}:job/{JobName}"],
        "glue:GetJobRuns": ["arn:{partition}:glue:{region}:{account}:job/{JobName}"],
    },
)
"""Runs a job of AWS Glue.

Needs: nothing else; the job has a role of its own. `Arguments` may be logged by the service: no secrets.
Waits: for the job's and the account's concurrent runs.
Lost responses: a run with the same parameters that has started since the request is taken for the one that is missing.
Sources: "StartJobRun", "GetJobRuns" (newest first) and "Job run statuses" (Glue Developer Guide). Reported by users:
the texts of the last two known causes.
"""

GLUE_CRAWLER = JobDefinition(
    title="Glue crawl",
    service="glue",
    create=CreateCall(operation="start_crawler", id="parameters.Name"),
    describe=DescribeCall(operation="get_crawler", parameters={"Name": "id"}, job="Crawler"),
    status="(State == 'READY' && LastCrawl.Status) || State",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "CANCELLED"),
    reason="LastCrawl.ErrorMessage",
    attributes={
        "name": "Name",
        "status": "(State == 'READY' && LastCrawl.Status) || State",
        "databaseName": "DatabaseName",
        "logGroup": "LastCrawl.LogGroup",
        "logStream": "LastCrawl.LogStream",
    },
    may_run_twice=True,
    retryable_errors=("CrawlerRunningException",),
    hints={"Insufficient Lake Formation permission": "grant the crawler's role the permission in AWS Lake Formation"},
    permissions={
        "glue:StartCrawler": ["arn:{partition}:glue:{region}:{account}:crawler/{Name}"],
        "glue:GetCrawler": ["arn:{partition}:glue:{region}:{account}:crawler/{Name}"],
    },
)
"""Runs a crawler of AWS Glue. A crawl has no id: the job's id is the crawler's name.

Needs: nothing else; the crawler has a role of its own.
Waits: for a crawl that is running.
Lost responses: the data is crawled again after the crawl that may have begun.
Sources: "StartCrawler", "Crawler" and "LastCrawlInfo" (Glue API). Believed: a crawler's state is no longer READY as
soon as the call to start it returns, so that `LastCrawl` is never that of an earlier crawl.
"""

QUICKSIGHT_INGESTION = JobDefinition(
    title="QuickSight ingestion",
    service="quicksight",
    create=CreateCall(operation="create_ingestion", id="IngestionId"),
    describe=DescribeCall(
        operation="describe_ingestion",
        parameters={
            "AwsAccountId": "parameters.AwsAccountId",
            "DataSetId": "parameters.DataSetId",
            "IngestionId": "id",
        },
        job="Ingestion",
    ),
    status="IngestionStatus",
    succeeded=("COMPLETED",),
    failed=("FAILED", "CANCELLED"),
    reason="join(': ', [ErrorInfo.Type, ErrorInfo.Message][?@])",
    created="CreatedTime",
    attributes={
        "ingestionId": "IngestionId",
        "status": "IngestionStatus",
        "ingestionArn": "Arn",
        "rowsIngested": "RowInfo.RowsIngested",
        "rowsDropped": "RowInfo.RowsDropped",
        "totalRowsInDataset": "RowInfo.TotalRowsInDataset",
    },
    name=JobNaming(parameter="IngestionId", max_length=128, name_taken_errors=("ResourceExistsException",)),
    failures="RowInfo.RowsDropped",
    retryable_errors=("LimitExceededException",),
    hints={"LimitExceeded": "a dataset may be refreshed 32 times in 24 hours, in Standard edition 8 times"},
    permissions={
        "quicksight:CreateIngestion": ["arn:{partition}:quicksight:{region}:{account}:dataset/{DataSetId}/ingestion/*"],
        "quicksight:DescribeIngestion": [
            "arn:{partition}:quicksight:{region}:{account}:dataset/{DataSetId}/ingestion/*"
        ],
    },
)
"""Refreshes a SPICE dataset of Amazon QuickSight.

Needs: the parameter `AwsAccountId`, which is the stack's account. Rows that are dropped count against `max_failures`.
Waits: for the quota of refreshes, as long as the timeout allows: it is one of 24 hours.
Sources: "CreateIngestion" (API Reference), which has the quota.
"""

EMR_SERVERLESS_JOB_RUN = JobDefinition(
    title="EMR Serverless job run",
    service="emr-serverless",
    create=CreateCall(operation="start_job_run", id="jobRunId"),
    describe=DescribeCall(
        operation="get_job_run",
        parameters={"applicationId": "parameters.applicationId", "jobRunId": "id"},
        job="jobRun",
    ),
    status="state",
    succeeded=("SUCCESS",),
    failed=("FAILED", "CANCELLED"),
    reason="stateDetails",
    created="createdAt",
    attributes={
        "jobRunId": "jobRunId",
        "status": "state",
        "jobRunArn": "arn",
        "totalExecutionDurationSeconds": "totalExecutionDurationSeconds",
    },
    client_token="clientToken",
    role="executionRoleArn",
    ignored_changes=("name", "tags"),
    access_denied_messages=ROLE_IS_NEW,
    hints={
        "exceeded maximumCapacity": "raise the application's maximumCapacity, or let the run use less",
        "maximum vCPU it can use concurrently": "raise the account's quota of vCPUs, or let the run use less",
    },
    source_arn="arn:{partition}:emr-serverless:{region}:{account}:/applications/{applicationId}",
    permissions={
        "emr-serverless:StartJobRun": [
            "arn:{partition}:emr-serverless:{region}:{account}:/applications/{applicationId}"
        ],
        "emr-serverless:GetJobRun": [
            "arn:{partition}:emr-serverless:{region}:{account}:/applications/{applicationId}/jobruns/*"
        ],
    },
)
"""Runs a Spark or Hive job in an application of Amazon EMR Serverless.

Needs: `service_principal="emr-serverless.amazonaws.com"`, and for the role what the job reads and writes. A run with
`mode="STREAMING"` does not end: use `wait_for_completion=False`. `tags` need `emr-serverless:TagResource` (believed).
Waits: for throttling only; the application queues runs if it is configured to.
Sources: "StartJobRun" (API Reference), "Job runtime roles for Amazon EMR Serverless" and "Troubleshooting Amazon EMR
Serverless" (User Guide). Believed: `aws:SourceArn` is the application's ARN.
"""
