"""The function and the state machine that run the jobs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
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


def test_a_first_job_adds_eleven_resources_and_another_one_one(
    import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    import_job("First")
    import_job("Second", source=DataSource.from_bucket(bucket, "more/"))

    # The bucket; the runner; service role, its policy, the bucket's and the kind's; the jobs.
    assert len(resources(stack)) == 1 + 6 + 4 + 2


def test_what_the_function_may_do(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    import_job()

    allow = {"Effect": "Allow"}
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyName": "DataJobs",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        **allow,
                        "Action": ["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"],
                        "Resource": {"Ref": "AWS::StackId"},
                    },
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
                    {
                        **allow,
                        "Action": "states:DescribeExecution",
                        "Resource": {
                            "Fn::Join": [
                                "",
                                [
                                    "arn:",
                                    {"Ref": "AWS::Partition"},
                                    ":states:",
                                    {"Ref": "AWS::Region"},
                                    ":",
                                    {"Ref": "AWS::AccountId"},
                                    ":execution:",
                                    {"Fn::GetAtt": ["DataJobRunnerStateMachine0EB03797", "Name"]},
                                    ":*",
                                ],
                            ]
                        },
                    },
                    {
                        **allow,
                        "Action": ["states:StartExecution", "states:ListExecutions"],
                        "Resource": {"Ref": "DataJobRunnerStateMachine0EB03797"},
                    },
                ],
            },
        },
    )
    kind = resources(stack)["DataJobRunnerPersonalizeDatasetImportJob365CFDF9"]["Properties"]["PolicyDocument"]
    create, describe = kind["Statement"]
    assert (create["Action"], describe["Action"]) == (
        "personalize:CreateDatasetImportJob",
        "personalize:DescribeDatasetImportJob",
    )
    assert [":dataset-import-job/*" in str(arn) for arn in create["Resource"]] == [True, False]
    assert [":dataset/*" in str(arn) for arn in create["Resource"]] == [False, True]
    assert ":dataset-import-job/*" in str(describe["Resource"])


def test_with_files_the_function_may_copy_exactly_those(
    import_job: Declare, stack: cdk.Stack, write: Callable[..., Any]
) -> None:
    import_job(source=DataSource.from_asset(write("users.csv")))

    staging = {"Fn::GetAtt": ["DataJobStagingBE8AF450", "Arn"]}
    reading = {
        "Action": "s3:GetObject",
        "Effect": "Allow",
        "Resource": {"Fn::Join": ["", Match.array_with([Match.string_like_regexp(r"^/[0-9a-f]{64}\.csv$")])]},
    }
    copying = {
        "Action": ["s3:PutObject", "s3:DeleteObject"],
        "Effect": "Allow",
        "Resource": {"Fn::Join": ["", [staging, "/*"]]},
    }
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::IAM::Policy", {"PolicyName": "DataJobs", "PolicyDocument": {"Statement": Match.array_with([reading])}}
    )
    template.has_resource_properties("AWS::IAM::Policy", {"PolicyDocument": {"Statement": [copying]}})


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
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        JOB_TYPE,
    ]
    assert "personalize" not in str(theirs)
    names = sorted((name for name in ours if "RunnerShared" in name), key=len)
    shared, kind = (ours[name]["Properties"] for name in names)
    assert "Fn::ImportValue" in shared["Roles"][0]
    assert "Fn::ImportValue" in kind["Roles"][0]
    assert "personalize:CreateDatasetImportJob" in str(kind)
    assert {"Ref": "AWS::StackId"} in [s["Resource"] for s in shared["PolicyDocument"]["Statement"]]
    assert [dependency.stack_name for dependency in stack.dependencies] == ["Shared"]


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


def test_the_function_may_read_the_status_of_a_nested_stack(
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
    actions = ["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"]
    asking = [one for one in statements if "cloudformation:" in str(one["Action"])]
    assert asking == [{"Action": actions, "Effect": "Allow", "Resource": {"Ref": "AWS::StackId"}}]


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


def test_the_first_runner_of_a_stack_may_be_declared_with_options(import_job: Declare, stack: cdk.Stack) -> None:
    runner = DataJobRunner(stack, "DataJobRunner", tracing_enabled=True)

    assert import_job().runner is runner


def test_a_job_waits_for_all_that_a_runner_of_another_stack_may_do_in_its_own(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, resources: Resources
) -> None:
    import_job(runner=DataJobRunner(cdk.Stack(app, "Central"), "Runner"))

    (job,) = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    assert {*resources(stack, "AWS::IAM::Policy")} <= {*job["DependsOn"]}


def test_the_function_ships_nothing_but_its_code(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    DataJobRunner(cdk.Stack(app, "Shop"), "Runner")
    app.synth()
    [asset] = [path for path in tmp_path.glob("asset.*") if path.is_dir()]

    assert [path.name for path in asset.iterdir()] == ["data_jobs"]
