"""The function and the state machine that run the jobs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from cdk_data_jobs import DataJobRunner, DataSource, personalize

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]
Cycles = Callable[[dict[str, Any]], list[str]]


def test_a_runner_is_six_resources(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner(stack, "Runner")

    assert sorted(resource["Type"] for resource in resources(stack).values()) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::StepFunctions::StateMachine",
    ]


def test_a_stack_has_one_runner(stack: cdk.Stack) -> None:
    runner = DataJobRunner.of(stack)

    assert DataJobRunner.of(cdk.CfnOutput(stack, "Output", value="x")) is runner
    assert runner.node.path == "Shop/DataJobRunner"


def test_a_first_job_adds_ten_resources_and_another_one_one(
    import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    import_job("First")
    import_job("Second", source=DataSource.from_bucket(bucket, "more/"))

    # The bucket; the runner; service role, its policy and the bucket's; the jobs.
    assert len(resources(stack)) == 1 + 6 + 3 + 2


def test_what_the_function_may_do(import_job: Declare, stack: cdk.Stack) -> None:
    import_job()

    jobs = {"Fn::Join": ["", Match.array_with([":dataset-import-job/*"])]}
    datasets = {"Fn::Join": ["", Match.array_with([":dataset/*"])]}
    allow = {"Effect": "Allow"}
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyName": "DataJobs",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {**allow, "Action": "cloudformation:DescribeStacks", "Resource": {"Ref": "AWS::StackId"}},
                    {
                        **allow,
                        "Action": "iam:PassRole",
                        "Condition": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
                        "Resource": {"Fn::GetAtt": ["DataJobAccessPersonalizeReadDataRole292F5743", "Arn"]},
                    },
                    {
                        **allow,
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": {"Fn::GetAtt": ["DataJobRunnerLogGroupE0436974", "Arn"]},
                    },
                    {**allow, "Action": "personalize:CreateDatasetImportJob", "Resource": [jobs, datasets]},
                    {**allow, "Action": "personalize:DescribeDatasetImportJob", "Resource": jobs},
                    {
                        **allow,
                        "Action": ["states:StartExecution", "states:ListExecutions"],
                        "Resource": {"Ref": "DataJobRunnerStateMachine0EB03797"},
                    },
                ],
            },
        },
    )


def test_with_files_the_function_may_copy_exactly_those(
    import_job: Declare, stack: cdk.Stack, write: Callable[..., Any]
) -> None:
    import_job(source=DataSource.from_asset(write("users.csv")))

    staging = {"Fn::GetAtt": ["DataJobStagingBE8AF450", "Arn"]}
    statements = [
        {
            "Action": "s3:GetObject",
            "Effect": "Allow",
            "Resource": {"Fn::Join": ["", Match.array_with([Match.string_like_regexp(r"^/[0-9a-f]{64}\.csv$")])]},
        },
        {
            "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Effect": "Allow",
            "Resource": {"Fn::Join": ["", [staging, "/*"]]},
        },
    ]
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy", {"PolicyName": "DataJobs", "PolicyDocument": {"Statement": Match.array_with(statements)}}
    )


def test_the_state_machine_may_invoke_the_function_and_nothing_else(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner.of(stack)

    (role,) = (role["Properties"] for role in resources(stack, "AWS::IAM::Role").values() if "states." in str(role))
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": ["DataJobRunnerFunctionBAF5B0E5", "Arn"]},
        }
    ]
    assert "ManagedPolicyArns" not in role


def test_a_runner_of_another_stack_gets_its_permissions_from_the_jobs_stack(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, resources: Resources
) -> None:
    shared = cdk.Stack(app, "Shared")
    runner = DataJobRunner(shared, "Runner")
    import_job(runner=runner)

    ours, theirs = resources(stack), resources(shared)
    assert sorted(resource["Type"] for resource in ours.values()) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        JOB_TYPE,
    ]
    assert "personalize" not in str(theirs)
    (policy,) = (one["Properties"] for name, one in ours.items() if name.startswith("DataJobAccessRunnerSharedRunner"))
    assert "Fn::ImportValue" in policy["Roles"][0]
    assert "personalize:CreateDatasetImportJob" in str(policy)
    assert {"Ref": "AWS::StackId"} in [s["Resource"] for s in policy["PolicyDocument"]["Statement"]]
    assert [dependency.stack_name for dependency in stack.dependencies] == ["Shared"]


def test_a_runner_elsewhere_is_refused(import_job: Declare) -> None:
    app = cdk.App()
    here, there = (cdk.Stack(app, r, env=cdk.Environment(region=r)) for r in ("eu-west-1", "us-east-1"))

    dataset = personalize.Dataset.from_dataset_arn(here, "Users", ARN)
    source = DataSource.from_bucket(s3.Bucket(here, "Data"), "users/")
    with pytest.raises(
        ValueError, match="got us-east-1/DataJobRunner in the Region us-east-1 for jobs in eu-west-1; make a"
    ):
        import_job(scope=here, dataset=dataset, source=source, runner=DataJobRunner.of(there))


def test_a_nested_stack_has_a_runner_of_its_own(import_job: Declare, app: cdk.App, stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    import_job(scope=nested)

    app.synth()
    assert nested.node.try_find_child("DataJobRunner")
    assert not stack.node.try_find_child("DataJobRunner")


def test_a_nested_stack_may_use_its_parents_runner(import_job: Declare, app: cdk.App, stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    import_job(scope=nested, runner=DataJobRunner.of(stack))
    import_job("Outside")

    app.synth()
    assert not nested.node.try_find_child("DataJobRunner")


def templates(app: cdk.App) -> dict[str, dict[str, Any]]:
    """The templates of an app's nested stacks, by the ids of their stacks."""
    folder = Path(app.synth().directory)
    return {path.name.split(".")[0]: json.loads(path.read_text()) for path in folder.glob("*.nested.template.json")}


def test_the_function_may_ask_for_the_status_of_a_nested_stack(
    import_job: Declare, app: cdk.App, stack: cdk.Stack
) -> None:
    import_job(scope=cdk.NestedStack(stack, "Nested"), runner=DataJobRunner.of(stack))

    (nested,) = templates(app).values()
    statements = [
        statement
        for one in nested["Resources"].values()
        if one["Type"] == "AWS::IAM::Policy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]
    # In the template of a nested stack this is the nested stack's own id, which is the one that requests carry.
    asking = [one for one in statements if one["Action"] == "cloudformation:DescribeStacks"]
    assert asking == [
        {"Action": "cloudformation:DescribeStacks", "Effect": "Allow", "Resource": {"Ref": "AWS::StackId"}}
    ]


def test_a_runner_of_a_nested_stack_serves_its_parent_and_its_siblings(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, cycles: Cycles
) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    runner = DataJobRunner.of(nested)
    import_job("Inside", scope=nested, runner=runner)
    import_job("Outside", runner=runner)
    import_job("Beside", scope=cdk.NestedStack(stack, "Sibling"), runner=runner)

    found = templates(app)
    assert cycles(app.synth().get_stack_by_name("Shop").template) == []
    functions = [
        one for template in found.values() for one in template["Resources"].values() if "Lambda" in one["Type"]
    ]
    assert len(functions) == 1


def test_a_nested_stack_may_use_what_its_parent_declares(
    app: cdk.App, stack: cdk.Stack, declared_dataset: Any, cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=key)
    nested = cdk.NestedStack(stack, "Nested")
    for runner in (None, DataJobRunner.of(stack)):
        personalize.DatasetImportJob(
            nested,
            f"Import{runner is None}",
            dataset=declared_dataset,
            source=DataSource.from_bucket(bucket, "users/"),
            runner=runner,
        )

    assert cycles(app.synth().get_stack_by_name("Shop").template) == []
