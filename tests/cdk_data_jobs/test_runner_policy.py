"""How the policies of a runner's function are written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from catalogue.jobs import CONTACTS

from cdk_data_jobs import AwsJob, DataJobRunner, DataSource, JobDefinition, personalize

ASSETS = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
MANY = "The files are so many that a policy with the name of each would be larger than IAM allows."


@pytest.mark.parametrize("number", [1, 50, 51])
def test_files_are_named_as_long_as_they_are_few(stack: cdk.Stack, write: Callable[..., Path], number: int) -> None:
    for one in range(number):
        folder = write(f"many/{one}.csv", f"USER_ID,AGE\n{one},20\n") / "many"
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    personalize.DatasetImportJob(stack, "Job", dataset=dataset, source=DataSource.from_asset(folder))

    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    statements = policies["DataJobRunnerPolicy8E280B46"]["Properties"]["PolicyDocument"]["Statement"]
    (reading,) = (one for one in statements if one["Action"] == "s3:GetObject")
    beginning = ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", ASSETS]
    acknowledged = {
        reason
        for entry in stack.node.find_child("DataJobRunner").node.find_child("Policy").node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for reason in entry.data.values()
    }
    if number == 51:
        assert reading["Resource"] == {"Fn::Join": ["", [*beginning, "/*"]]}
    else:
        found = reading["Resource"] if number > 1 else [reading["Resource"]]
        names = [one["Fn::Join"][1].pop() for one in found]
        assert len(names) == number
        assert names == sorted(set(names))
        assert all(one["Fn::Join"][1] == beginning for one in found)
        assert all(name.endswith(".csv") for name in names)
    assert (MANY in acknowledged) is (number == 51)


@pytest.fixture
def aws_job(stack: cdk.Stack, ses_definition: Callable[..., JobDefinition]) -> Callable[..., None]:
    def make(id_: str, *, permissions: Any = None, **options: Any) -> None:
        definition = ses_definition(permissions=permissions or {})
        AwsJob(stack, id_, definition=definition, parameters=CONTACTS, **options)

    return make


def test_a_policy_is_a_resource_of_the_functions_role(stack: cdk.Stack, aws_job: Callable[..., None]) -> None:
    statements = [iam.PolicyStatement(actions=[f"ses:{name}"], resources=["c"]) for name in ("Send", "Answer")]
    aws_job("Job", permissions={"ses:B": ["arn:b"], "ses:A": ["arn:b", "arn:a", "arn:b"]}, policy_statements=statements)

    policy = Template.from_stack(stack).find_resources("AWS::IAM::Policy")["JobPolicy2F084D14"]
    assert policy["Properties"] == {
        "PolicyName": "ShopJob819B92C5",
        "Roles": [{"Ref": "DataJobRunnerRole279576B2"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "ses:A", "Effect": "Allow", "Resource": ["arn:a", "arn:b"]},
                {"Action": "ses:B", "Effect": "Allow", "Resource": "arn:b"},
                {"Action": "ses:Send", "Effect": "Allow", "Resource": "c"},
                {"Action": "ses:Answer", "Effect": "Allow", "Resource": "c"},
            ],
        },
    }


@pytest.mark.parametrize("tagged", [False, True])
def test_what_only_tags_need_is_allowed_if_there_are_any(stack: cdk.Stack, import_job: Any, *, tagged: bool) -> None:
    import_job()
    if tagged:
        cdk.Tags.of(stack).add("team", "search")

    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    assert ("personalize:TagResource" in str(policies)) is tagged


def test_all_policies_of_the_function_count_for_its_limit(
    stack: cdk.Stack, app: cdk.App, aws_job: Callable[..., None]
) -> None:
    runner = DataJobRunner.of(stack)
    for number in range(4):
        statement = iam.PolicyStatement(sid="x" * 2500, actions=["ses:Send"], resources=["*"])
        aws_job(f"Job{number}", policy_statements=[statement], runner=runner)

    with pytest.raises(RuntimeError, match=r"\[Shop/DataJobRunner\] a role's inline policies must have at most 10240"):
        app.synth()


def test_the_files_of_all_stacks_with_the_same_runner_are_counted_together(
    stack: cdk.Stack, app: cdk.App, write: Callable[..., Path]
) -> None:
    stacks = [stack, cdk.Stack(app, "Other")]
    for of in stacks:
        name = of.stack_name
        for one in range(26):
            folder = write(f"{name}/{one}.csv", f"USER_ID,AGE\n{name}{one},20\n") / name
        dataset = personalize.Dataset.from_dataset_arn(of, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        source = DataSource.from_asset(folder)
        personalize.DatasetImportJob(of, "Job", dataset=dataset, source=source, runner=DataJobRunner.of(stack))

    for of in stacks:
        policies = Template.from_stack(of).find_resources("AWS::IAM::Policy").values()
        statements = [one for policy in policies for one in policy["Properties"]["PolicyDocument"]["Statement"]]
        [reading] = [one["Resource"] for one in statements if str(ASSETS) in str(one)]
        assert reading["Fn::Join"][1][-2:] == [ASSETS, "/*"]


def test_a_file_of_several_jobs_counts_once(stack: cdk.Stack, write: Callable[..., Path]) -> None:
    for one in range(26):
        folder = write(f"many/{one}.csv", f"USER_ID,AGE\n{one},20\n") / "many"
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    for name in ("One", "Two"):
        personalize.DatasetImportJob(stack, name, dataset=dataset, source=DataSource.from_asset(folder))

    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    statements = policies["DataJobRunnerPolicy8E280B46"]["Properties"]["PolicyDocument"]["Statement"]
    [reading] = [one["Resource"] for one in statements if one["Action"] == "s3:GetObject"]
    assert len(reading) == 26
