"""The imports with this library's runner, written by hand with L1 constructs only: the least that does the work."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from aws_cdk import (
    CfnResource,
    IgnoreMode,
    Stack,
    aws_iam,
    aws_lambda,
    aws_logs,
    aws_s3,
    aws_s3_assets,
    aws_stepfunctions,
)
from imports import SERVICE, Options, stack_of


def function_directory() -> Path:
    """The code of the library's function, without importing the library."""
    spec = importlib.util.find_spec("cdk_data_jobs")
    assert spec is not None  # noqa: S101 - it is installed
    assert spec.origin is not None  # noqa: S101
    package = Path(spec.origin).parent
    return package / "_lambda" if (package / "_lambda").exists() else package.parent.parent / "lambda"


def trust(principal: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A trust policy."""
    return document(statement(["sts:AssumeRole"], None, principal, condition))


def statement(
    actions: list[str], resources: object, principal: str | None = None, condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A statement."""
    written = {
        "Action": actions if len(actions) > 1 else actions[0],
        "Condition": condition,
        "Effect": "Allow",
        "Principal": principal and {"Service": principal},
        "Resource": resources,
    }
    return {name: value for name, value in written.items() if value is not None}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Statement": [*statements], "Version": "2012-10-17"}


def declare(stack: Stack, bucket: aws_s3.CfnBucket, wanted: Options) -> None:
    """The access, the runner, and the jobs."""
    objects = [f"{bucket.attr_arn}/{wanted.folder(number)}*" for number in range(wanted.jobs)]
    read = [(["s3:GetObject"], objects if len(objects) > 1 else objects[0]), (["s3:ListBucket"], bucket.attr_arn)]
    bucket_policy = aws_s3.CfnBucketPolicy(
        stack,
        "DataPolicy",
        bucket=bucket.ref,
        policy_document=document(*(statement(actions, resources, SERVICE) for actions, resources in read)),
    )
    arn = f"arn:{stack.partition}:personalize:{stack.region}:{stack.account}"
    condition = {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "StringLike": {"aws:SourceArn": f"{arn}:*"},
    }
    service_role = aws_iam.CfnRole(stack, "ServiceRole", assume_role_policy_document=trust(SERVICE, condition))
    service_policy = aws_iam.CfnPolicy(
        stack,
        "ServicePolicy",
        policy_name="Read",
        policy_document=document(*(statement(actions, resources) for actions, resources in read)),
        roles=[service_role.ref],
    )
    service_policy.add_resource_dependency(bucket_policy)
    function, policy = runner(stack, service_role, arn)
    for number in range(wanted.jobs):
        job = CfnResource(
            stack,
            f"Import{number}",
            type="Custom::PersonalizeDatasetImportJob",
            properties={
                "ServiceToken": function.attr_arn,
                "JobName": f"{wanted.stack}-Import{number}",
                "Parameters": {
                    "datasetArn": wanted.dataset_arn(number),
                    "dataSource": {"dataLocation": f"s3://{bucket.ref}/{wanted.folder(number)}"},
                    "roleArn": service_role.attr_arn,
                },
            },
        )
        job.add_resource_dependency(policy)
        job.add_resource_dependency(service_policy)


def runner(stack: Stack, service_role: aws_iam.CfnRole, arn: str) -> tuple[aws_lambda.CfnFunction, aws_iam.CfnPolicy]:
    """The function, and the state machine of the same name, with what they may do."""
    logs = aws_logs.CfnLogGroup(stack, "LogGroup", retention_in_days=30)
    role = aws_iam.CfnRole(stack, "Role", assume_role_policy_document=trust("lambda.amazonaws.com"))
    directory = function_directory()
    code = aws_s3_assets.Asset(
        stack,
        "Code",
        path=str(directory),
        exclude=["**/__pycache__", "**/*.pyc", "*.asl.json"],
        ignore_mode=IgnoreMode.GLOB,
    )
    function = aws_lambda.CfnFunction(
        stack,
        "Function",
        code=aws_lambda.CfnFunction.CodeProperty(s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key),
        description="Runs data jobs for CloudFormation (cdk-data-jobs)",
        handler="data_jobs.handler.handler",
        runtime="python3.14",
        architectures=["arm64"],
        memory_size=256,
        timeout=900,
        role=role.attr_arn,
        logging_config=aws_lambda.CfnFunction.LoggingConfigProperty(log_group=logs.ref),
    )
    steps = aws_s3_assets.Asset(stack, "Steps", path=str(directory / "state_machine.asl.json"))
    machine_role = aws_iam.CfnRole(
        stack,
        "StateMachineRole",
        assume_role_policy_document=trust("states.amazonaws.com"),
        policies=[
            aws_iam.CfnRole.PolicyProperty(
                policy_name="Invoke",
                policy_document=document(statement(["lambda:InvokeFunction"], function.attr_arn)),
            )
        ],
    )
    machine = aws_stepfunctions.CfnStateMachine(
        stack,
        "StateMachine",
        role_arn=machine_role.attr_arn,
        state_machine_name=function.ref,
        definition_s3_location=aws_stepfunctions.CfnStateMachine.S3LocationProperty(
            bucket=steps.s3_bucket_name, key=steps.s3_object_key
        ),
        definition_substitutions={"FunctionArn": function.attr_arn},
    )
    policy = aws_iam.CfnPolicy(
        stack,
        "Policy",
        policy_name="DataJobs",
        policy_document=document(
            statement(["cloudformation:DescribeStacks"], stack.stack_id),
            statement(
                ["iam:PassRole"],
                service_role.attr_arn,
                condition={"StringEquals": {"iam:PassedToService": SERVICE}},
            ),
            statement(["logs:CreateLogStream", "logs:PutLogEvents"], logs.attr_arn),
            statement(["personalize:CreateDatasetImportJob"], [f"{arn}:dataset-import-job/*", f"{arn}:dataset/*"]),
            statement(["personalize:DescribeDatasetImportJob"], f"{arn}:dataset-import-job/*"),
            statement(["states:StartExecution", "states:ListExecutions"], machine.ref),
        ),
        roles=[role.ref],
    )
    return function, policy


wanted = Options.from_environment()
app, stack = stack_of(wanted)
bucket = aws_s3.CfnBucket(stack, "Data", bucket_name=wanted.stack.lower())
if wanted.jobs:
    declare(stack, bucket, wanted)
app.synth()
