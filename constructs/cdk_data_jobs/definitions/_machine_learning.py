"""Ready-made definitions of jobs of Amazon Bedrock."""

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, JobDefinition, JobNaming, NextPage
from cdk_data_jobs.definitions._roles import ROLE_IS_NEW

BEDROCK_INGESTION = JobDefinition(
    title="Knowledge base ingestion",
    service="bedrock-agent",
    create=CreateCall(operation="start_ingestion_job", id="ingestionJob.ingestionJobId"),
    describe=DescribeCall(
        operation="get_ingestion_job",
        parameters={
            "knowledgeBaseId": "parameters.knowledgeBaseId",
            "dataSourceId": "parameters.dataSourceId",
            "ingestionJobId": "id",
        },
        job="ingestionJob",
    ),
    status="status",
    succeeded=("COMPLETE",),
    failed=("FAILED", "STOPPED"),
    reason="join(' ', failureReasons || `[]`)",
    created="startedAt",
    attributes={
        "ingestionJobId": "ingestionJobId",
        "status": "status",
        "scanned": "statistics.numberOfDocumentsScanned",
        "new": "statistics.numberOfNewDocumentsIndexed",
        "modified": "statistics.numberOfModifiedDocumentsIndexed",
        "deleted": "statistics.numberOfDocumentsDeleted",
        "failed": "statistics.numberOfDocumentsFailed",
        "failureReason": "join(' ', failureReasons || `[]`)",
    },
    client_token="clientToken",
    failures="statistics.numberOfDocumentsFailed",
    ignored_changes=("description",),
    retryable_errors=("ConflictException", "ServiceQuotaExceededException"),
    hints={
        "is not able to call specified embedding model": "the knowledge base's role needs bedrock:InvokeModel on the "
        "model, and the account access to it in this Region",
        "Vector Database did not succeed": "the vector store must let the knowledge base's role in; a new data access "
        "policy takes minutes to apply: deploy again",
    },
    permissions={
        "bedrock:StartIngestionJob": ["arn:{partition}:bedrock:{region}:{account}:knowledge-base/{knowledgeBaseId}"],
        "bedrock:GetIngestionJob": ["arn:{partition}:bedrock:{region}:{account}:knowledge-base/{knowledgeBaseId}"],
    },
)
"""Reads the documents of a data source into a knowledge base of Amazon Bedrock.

Needs: nothing else; the knowledge base has a role of its own. Documents that failed count against `max_failures`.
Waits: for its turn: one job runs at a time for a data source and for a knowledge base, five for an account.
Sources: "StartIngestionJob" (API Reference); the numbers from AWS's article "Build and deploy an automatic sync
solution for Amazon Bedrock Knowledge Bases". Except in Aurora, documents may be found only minutes after the job has
completed (User Guide, "Sync your data with your Amazon Bedrock knowledge base"). Reported by users: a second job gets
`ConflictException`; the texts of the known causes.
"""

BEDROCK_BATCH_INFERENCE = JobDefinition(
    title="Bedrock batch inference",
    service="bedrock",
    create=CreateCall(operation="create_model_invocation_job", id="parameters.jobName"),
    # A job is described by an ARN that its name does not tell, so that it is looked for in the list.
    describe=DescribeCall(
        operation="list_model_invocation_jobs",
        parameters={"nameContains": "id"},
        # Without modelId, which is described as an ARN however it was given.
        job=(
            "invocationJobSummaries[?jobName == '{id}'] | [0].{jobArn: jobArn, roleArn: roleArn, status: status, "
            "message: message, submitTime: submitTime, inputDataConfig: inputDataConfig, "
            "outputDataConfig: outputDataConfig}"
        ),
        next=NextPage(parameter="nextToken", path="nextToken"),
    ),
    status="status",
    succeeded=("Completed",),
    failed=("Failed", "Stopped", "PartiallyCompleted", "Expired"),
    reason="message",
    created="submitTime",
    attributes={
        "status": "status",
        "jobArn": "jobArn",
        "outputUri": "outputDataConfig.s3OutputDataConfig.s3Uri",
    },
    name=JobNaming(parameter="jobName", max_length=63, name_taken_errors=("ConflictException",)),
    role="roleArn",
    ignored_changes=("tags",),
    retryable_errors=("ServiceQuotaExceededException",),
    hints={"than the required minimum": "add records: the model has a quota of the fewest that a job may have"},
    access_denied_messages=ROLE_IS_NEW,
    source_arn="arn:{partition}:bedrock:{region}:{account}:model-invocation-job/*",
    permissions={
        "bedrock:CreateModelInvocationJob": [
            "arn:{partition}:bedrock:{region}:{account}:model-invocation-job/*",
            "arn:{partition}:bedrock:{region}::foundation-model/*",
            "arn:{partition}:bedrock:{region}:{account}:custom-model/*",
        ],
        "bedrock:ListModelInvocationJobs": ["*"],
    },
)
"""Runs a model of Amazon Bedrock on the prompts in a file.

Needs: `service_principal="bedrock.amazonaws.com"`, and for the role `s3:GetObject`, `s3:PutObject` and `s3:ListBucket`
on the places of input and output; for an inference profile, the function and the role also need
`bedrock:CreateModelInvocationJob` or `bedrock:InvokeModel` on it and on its models in other Regions. The library names
the job: `jobName` is no parameter.
Waits: for the quota of jobs.
Sources: "CreateModelInvocationJob" (API Reference), "Create a custom service role for batch inference" (User Guide).
Reported by users: the text of the known cause. With `PartiallyCompleted` some records were not processed in time
("ListModelInvocationJobs"); records that failed otherwise are in the output, and are not counted here. Believed: a job
name that is in use is answered by `ConflictException`.
"""
