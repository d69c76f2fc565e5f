"""Policies that AWS would refuse because they are too large, and those that it just takes."""

import json
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk.assertions import Template

from cdk_data_jobs import DataDestination, DataJobRunner, DataSource, personalize, pinpoint
from cdk_data_jobs.stepfunctions import Execution

USUAL = {"AWS::Partition": 3, "AWS::AccountId": 12, "AWS::Region": 9}
DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"


def written(value: Any) -> Any:
    """A policy in which each reference has become a string as long as its value usually is."""
    match value:
        case list():
            return [written(item) for item in value]
        case {"Fn::Join": ["", items]}:
            return "".join(map(written, items))
        case {"Fn::GetAtt": [_, attribute]}:
            return "?" * (50 if attribute == "Arn" else 16)
        case {"Ref": name}:
            return "?" * USUAL.get(name, 16)
        case dict():
            return {key: written(item) for key, item in value.items()}
    return value


def theirs(length: int, **options: Any) -> iam.PolicyStatement:
    """A statement that an app adds, whose Sid has a length."""
    return iam.PolicyStatement(sid="x" * length, actions=["s3:GetObject"], **options)


def declare_bucket_policy(stack: cdk.Stack, length: int) -> None:
    bucket = s3.Bucket(stack, "Data")
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", DATASET)
    bucket.add_to_resource_policy(theirs(length, resources=["*"], principals=[iam.ServicePrincipal("s3")]))
    # Two jobs, because the policy is checked once for both.
    personalize.DatasetImportJob(stack, "In", dataset=dataset, source=DataSource.from_bucket(bucket, "in/"))
    destination = DataDestination.from_bucket(bucket, "out/")
    personalize.DatasetExportJob(stack, "Out", dataset=dataset, destination=destination)


def import_endpoints(stack: cdk.Stack, id_: str, bucket: s3.IBucket, prefix: str) -> pinpoint.ImportJob:
    return pinpoint.ImportJob(
        stack,
        id_,
        application=pinpoint.App.from_application_id(stack, f"{id_}App", "abc123"),
        source=DataSource.from_bucket(bucket, prefix),
        format=pinpoint.Format.CSV,
    )


def declare_trust_policy(stack: cdk.Stack, length: int) -> None:
    job = import_endpoints(stack, "In", s3.Bucket(stack, "Data"), "in/")
    trust = cast("iam.Role", job.role).assume_role_policy
    assert trust
    trust.add_statements(theirs(length, principals=[iam.ServicePrincipal("s3")]))


def declare_policy_for_data(stack: cdk.Stack, length: int) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    bucket = s3.Bucket.from_bucket_name(stack, "Data", name)
    for number in range(10):
        import_endpoints(stack, f"In{number}", bucket, f"{number:0900}/")
    import_endpoints(stack, "In", bucket, "x" * length)


def declare_runner(stack: cdk.Stack, length: int) -> None:
    DataJobRunner(stack, "Runner").role.add_to_principal_policy(theirs(length, resources=["*"]))


USE_FEWER = "use fewer prefixes, "
CASES: dict[str, tuple[Callable[[cdk.Stack, int], None], str, str, str, int, str]] = {
    "a bucket's policy": (
        declare_bucket_policy,
        "Shop/Data/Policy/DataJobReview",
        "AWS::S3::BucketPolicy",
        "PolicyDocument",
        20_480,
        f"{USE_FEWER}such as a folder for several jobs, or another bucket for some of the jobs",
    ),
    "a role's trust policy": (
        declare_trust_policy,
        "Shop/DataJobAccess/PinpointReadData",
        "AWS::IAM::Role DataJobAccess",
        "AssumeRolePolicyDocument",
        2_048,
        "it names the resources that the jobs work on, so give some of the jobs a role of their own with role=...",
    ),
    "a role's inline policies": (
        declare_policy_for_data,
        "Shop/DataJobAccess/PinpointReadData/Policy",
        "AWS::IAM::Policy DataJobAccess",
        "PolicyDocument",
        10_240,
        f"{USE_FEWER}or give some of the jobs a role of their own",
    ),
    "the function's policies": (
        declare_runner,
        "Shop/Runner",
        "AWS::IAM::Policy Runner",
        "PolicyDocument",
        10_240,
        "give some of the jobs a DataJobRunner of their own",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_policy_that_aws_would_refuse_stops_the_synthesis(case: str) -> None:
    declare, place, of, document, longest, remedy = CASES[case]

    def size(length: int) -> int:
        stack = cdk.Stack(cdk.App(), "Shop")
        declare(stack, length)
        type_, _, beginning = of.partition(" ")
        found = Template.from_stack(stack).to_json()["Resources"]
        policies = [
            one["Properties"][document]
            for name, one in found.items()
            if one["Type"] == type_ and name.startswith(beginning)
        ]
        assert policies
        return sum(len(json.dumps(written(policy), separators=(",", ":"))) for policy in policies)

    length = longest - size(1) + 1
    assert size(length) == longest
    what = case.replace("the function's", "a role's inline")
    with pytest.raises(RuntimeError) as raised:
        size(length + 1)
    (message,) = (line for line in str(raised.value).splitlines() if "at most" in line)
    assert message.strip() == (
        f"[{place}] {what} must have at most {longest} characters, got about {longest + 1}; {remedy}"
    )


def test_a_name_that_is_taken_out_of_an_arn_counts_as_a_name() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    for number in range(20):
        arn = f"arn:aws:states:eu-west-1:111122223333:stateMachine:{'nightly-load':->16}{number:02}"
        machine = stepfunctions.StateMachine.from_state_machine_arn(stack, f"Machine{number}", arn)
        Execution(stack, f"Job{number}", state_machine=machine)

    assert len(Template.from_stack(stack).find_resources("Custom::AwsStepFunctionsExecution")) == 20


def test_which_part_is_taken_need_not_be_known() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_string
    name = cdk.Fn.select(
        cdk.Token.as_number(number), cdk.Fn.split("/", cdk.CfnParameter(stack, "Path").value_as_string)
    )
    DataJobRunner(stack, "Runner").role.add_to_principal_policy(theirs(5, resources=[f"arn:aws:s3:::{name}"]))

    assert Template.from_stack(stack).find_parameters("Number")
