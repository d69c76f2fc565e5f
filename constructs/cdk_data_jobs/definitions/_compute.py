"""Ready-made definitions of programs that run elsewhere: executions, builds, tasks."""

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, JobDefinition, JobNaming

_CONTAINER_HINTS = {
    "CannotPullContainerError": "the subnet needs a way to the registry (a public IP address, a NAT gateway or VPC "
    "endpoints), and the execution role the permission to pull the image",
    "ResourceInitializationError": "the task needs a way to its secrets, its registry and its log group, and the "
    "execution role permissions for them",
    "OutOfMemory": "give the container more memory",
}

STEP_FUNCTIONS_EXECUTION = JobDefinition(
    title="Step Functions execution",
    service="stepfunctions",
    create=CreateCall(operation="start_execution", id="executionArn"),
    describe=DescribeCall(
        operation="describe_execution",
        parameters={"executionArn": "id"},
        # As it was given: `stateMachineArn` is that of the machine, also where an alias or a version was.
        job="merge(@, {stateMachineArn: stateMachineAliasArn || stateMachineVersionArn || stateMachineArn})",
    ),
    status="status",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "TIMED_OUT", "ABORTED"),
    reason="join(': ', [error, cause][?@])",
    created="startDate",
    attributes={
        "executionArn": "executionArn",
        "status": "status",
        "output": "output",
        "stopDate": "stopDate",
        "failureReason": "join(': ', [error, cause][?@])",
    },
    name=JobNaming(
        parameter="name",
        max_length=80,
        name_taken_errors=("ExecutionAlreadyExists",),
        job_id="arn:{partition}:states:{region}:{account}:execution:{name of stateMachineArn}:{name}",
    ),
    ignored_changes=("traceHeader",),
    retryable_errors=("ExecutionLimitExceeded",),
    hints={"KmsAccessDenied": "the function needs kms:Decrypt and kms:GenerateDataKey on the state machine's key"},
    permissions={
        # The ARN of a version or an alias is authorized as that of its state machine.
        "states:StartExecution": ["arn:{partition}:states:{region}:{account}:stateMachine:{name of stateMachineArn}"],
        "states:DescribeExecution": ["arn:{partition}:states:{region}:{account}:execution:{name of stateMachineArn}:*"],
    },
)
"""Executes a standard state machine of AWS Step Functions.

Needs: a state machine in the stack's account and Region; with a key of its own also `kms:Decrypt` and
`kms:GenerateDataKey` for the function. Express state machines cannot be described. `input` is a string of JSON. An
output, with all other attributes, must fit into 4096 bytes to reach CloudFormation.
Waits: for the quota of running executions.
Lost responses: the execution is found by its name, which is taken for 90 days after its end.
Sources: "StartExecution" and "DescribeExecution" (API Reference); "Creating granular permissions for versions and
aliases" (Developer Guide).
"""

CODEBUILD_BUILD = JobDefinition(
    title="CodeBuild build",
    service="codebuild",
    create=CreateCall(operation="start_build", id="build.id"),
    describe=DescribeCall(operation="batch_get_builds", parameters={"ids": "[id]"}, job="builds[0]"),
    status="buildStatus",
    succeeded=("SUCCEEDED",),
    failed=("FAILED", "FAULT", "TIMED_OUT", "STOPPED"),
    reason="join(' ', (phases || `[]`)[].contexts[].message | [?@])",
    created="startTime",
    attributes={
        "buildId": "id",
        "status": "buildStatus",
        "buildArn": "arn",
        "buildNumber": "buildNumber",
        "resolvedSourceVersion": "resolvedSourceVersion",
        "logUrl": "logs.deepLink",
        "exportedVariables": "exportedEnvironmentVariables",
    },
    client_token="idempotencyToken",
    retryable_errors=("AccountLimitExceededException",),
    hints={"Error while executing command": "look at the build's log, whose address is the attribute logUrl"},
    permissions={
        "codebuild:StartBuild": ["arn:{partition}:codebuild:{region}:{account}:project/{name of projectName}"],
        "codebuild:BatchGetBuilds": ["arn:{partition}:codebuild:{region}:{account}:project/{name of projectName}"],
    },
)
"""Runs a build of AWS CodeBuild.

Needs: nothing else; the project has a role of its own.
Waits: for the account's concurrent builds.
Lost responses: the build is found by its token for 5 minutes; the call is repeated within them, unless the service
cannot be reached for longer.
Sources: "StartBuild" and "Build" (API Reference), "Troubleshooting AWS CodeBuild" (User Guide). How the error of a
token that was used with other parameters reads is not documented.
"""

ECS_TASK = JobDefinition(
    title="ECS task",
    service="ecs",
    create=CreateCall(
        operation="run_task", id="tasks[0].taskArn", reason="join(': ', (failures[0].[reason, detail] || `[]`)[?@])"
    ),
    describe=DescribeCall(
        operation="describe_tasks",
        parameters={"cluster": "parameters.cluster", "tasks": "[id]"},
        job="tasks[0]",
    ),
    status="lastStatus",
    succeeded=("STOPPED",),
    failed=("FAILED",),
    # A task that is stopped, or loses its Spot capacity, may end with 0 before its work is done.
    failed_if="(stopCode && stopCode != 'EssentialContainerExited') || containers[?exitCode != `0`]",
    reason="join(' ', [[stoppedReason], containers[?exitCode != `0`].reason][] | [?@])",
    created="createdAt",
    attributes={
        "taskArn": "taskArn",
        "status": "lastStatus",
        "exitCode": "containers[0].exitCode",
        "stopCode": "stopCode",
        "stoppedReason": "stoppedReason",
    },
    client_token="clientToken",
    token_used_errors=("ConflictException",),
    excluded_parameters={"count": "one task is watched"},
    ignored_changes=("enableECSManagedTags", "propagateTags", "referenceId", "startedBy", "tags"),
    retryable_errors=("RESOURCE:", "AGENT", "Capacity is unavailable"),
    hints=_CONTAINER_HINTS,
    permissions={
        "ecs:RunTask": ["arn:{partition}:ecs:{region}:{account}:task-definition/{name of taskDefinition}:*"],
        "ecs:DescribeTasks": ["arn:{partition}:ecs:{region}:{account}:task/{name of cluster}/*"],
    },
)
"""Runs one task of Amazon ECS, and succeeds if all its containers end by themselves, with the exit code 0.

Needs: the parameter `cluster`, to which the permissions are limited (`default` if there is no other). One task is
watched, so that `count` cannot be given. The function needs `iam:PassRole` on the task's roles, for
`ecs-tasks.amazonaws.com`, and `ecs:TagResource` for `tags`. A side container that is stopped with its task may end with
another code than 0; if so, change `failed_if` with `dataclasses.replace`.
Waits: for room in the cluster.
Sources: "RunTask", "DescribeTasks" (a stopped task is listed for an hour at least), "Ensuring idempotency" and "API
failure reasons" (API Reference), "Stopped tasks error codes" (Developer Guide). Reported by users: the reason when AWS
Fargate has no capacity. Believed: a new task is described within three minutes, for which the run looks for it.
"""

BATCH_JOB = JobDefinition(
    title="Batch job",
    service="batch",
    create=CreateCall(operation="submit_job", id="jobId"),
    describe=DescribeCall(operation="describe_jobs", parameters={"jobs": "[id]"}, job="jobs[0]"),
    status="status",
    succeeded=("SUCCEEDED",),
    failed=("FAILED",),
    reason="join(': ', [statusReason, container.reason][?@])",
    attributes={
        "jobId": "jobId",
        "status": "status",
        "jobArn": "jobArn",
        "exitCode": "container.exitCode",
        "logStreamName": "container.logStreamName",
    },
    may_run_twice=False,
    ignored_changes=("propagateTags", "schedulingPriorityOverride", "tags"),
    hints=_CONTAINER_HINTS,
    permissions={
        "batch:SubmitJob": [
            "arn:{partition}:batch:{region}:{account}:job-definition/{name of jobDefinition}:*",
            "arn:{partition}:batch:{region}:{account}:job-queue/{name of jobQueue}",
            "arn:{partition}:batch:{region}:{account}:job/*",
        ],
        "batch:DescribeJobs": ["*"],
    },
)
"""Runs a job of AWS Batch.

Needs: nothing else; the job definition has the roles. Tags need `batch:TagResource`.
Waits: for throttling only; the job queue does the rest.
Lost responses: the run fails; the service has no tokens, and job names may repeat.
Sources: "SubmitJob" and "DescribeJobs" (API Reference); "Resource: Restrict to job definition prefix on job submission"
(User Guide), which explains the wildcard for revisions.
"""
