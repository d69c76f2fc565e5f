"""AwsJob: any service's job, from a definition."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from cdk_data_jobs import (
    AwsJob,
    CreateCall,
    DataJobRunner,
    DescribeCall,
    JobDefinition,
    JobNaming,
    TagCalls,
)
from cdk_data_jobs._definition.table import as_row

JOB_TYPE = "Custom::AwsJob"
PARAMETERS = {"knowledgeBaseId": "KB12345678", "dataSourceId": "DS12345678"}
Declare = Callable[..., AwsJob]
Resources = Callable[..., dict[str, Any]]


def ingestion(**changes: Any) -> JobDefinition:
    """Bedrock's, whose describe call needs parameters of the create call."""
    definition: dict[str, Any] = {
        "title": "Knowledge base ingestion",
        "service": "bedrock-agent",
        "create": CreateCall(operation="start_ingestion_job", id="ingestionJob.ingestionJobId"),
        "describe": DescribeCall(
            operation="get_ingestion_job",
            parameters={**{name: f"parameters.{name}" for name in PARAMETERS}, "ingestionJobId": "id"},
            job="ingestionJob",
        ),
        "status": "status",
        "succeeded": ["COMPLETE"],
        "failed": ["FAILED", "STOPPED"],
        "client_token": "clientToken",
        "attributes": {"status": "status", "scanned": "statistics.numberOfDocumentsScanned"},
    }
    return JobDefinition(**(definition | changes))


NAMED = {
    "created": "createdAt",
    "name": JobNaming(
        parameter="name", job_id="arn:{partition}:x:::job/{name}", max_length=63, name_taken_errors=("Conflict",)
    ),
}


@pytest.fixture
def aws_job(stack: cdk.Stack) -> Declare:
    def make(id_: str = "Job", scope: Any = stack, **options: Any) -> AwsJob:
        defaults: dict[str, Any] = {"definition": ingestion(), "parameters": PARAMETERS}
        return AwsJob(scope, id_, **(defaults | options))

    return make


@pytest.fixture
def newer(stack: cdk.Stack) -> DataJobRunner:
    """A runner whose SDK may know more of Bedrock than AWS's runtime."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:layer:boto3:1"
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Sdk", arn)
    return DataJobRunner(stack, "DataJobRunner", layers=[layer])


@pytest.mark.usefixtures("newer")
def test_it_carries_its_definition(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    aws_job(parameters={**PARAMETERS, "description": cdk.Aws.STACK_NAME, "limit": 3})

    (job,) = resources(stack, JOB_TYPE).values()
    properties = job["Properties"]
    assert set(properties) == {"ServiceToken", "Parameters", "Definition"}
    assert properties["Definition"] == as_row(ingestion())
    assert properties["Parameters"] == {**PARAMETERS, "description": {"Ref": "AWS::StackName"}, "limit": 3}


def test_its_attributes_are_those_of_the_definition(aws_job: Declare, stack: cdk.Stack) -> None:
    job = aws_job()

    assert stack.resolve(job.get_attribute("scanned")) == {"Fn::GetAtt": [stack.resolve(job.job_id)["Ref"], "scanned"]}


def test_the_statements_are_a_policy_of_the_function(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "search"}}
    statement = iam.PolicyStatement(actions=["bedrock:StartIngestionJob"], resources=["arn"], conditions=condition)
    aws_job(policy_statements=[statement])

    ((id_, policy),) = (
        (name, one)
        for name, one in resources(stack, "AWS::IAM::Policy").items()
        if "Start" in str(one) and "states" not in str(one)
    )
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {"Action": "bedrock:StartIngestionJob", "Effect": "Allow", "Resource": "arn", "Condition": condition}
    ]
    assert policy["Properties"]["Roles"] == [{"Ref": "DataJobRunnerRole279576B2"}]
    (job,) = resources(stack, JOB_TYPE).values()
    assert id_ in job["DependsOn"]


def test_its_wildcards_are_acknowledged_on_the_job(aws_job: Declare, app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    job = aws_job(policy_statements=[iam.PolicyStatement(actions=["ses:CreateImportJob"], resources=["*"])])
    Validations.of(job).acknowledge(Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason="SES has no resource."))

    app.synth()


@pytest.mark.usefixtures("newer")
def test_a_role_is_made_for_the_service(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    definition = ingestion(
        role="output.roleArn", source_arn="arn:{partition}:bedrock:{region}:{account}:kb/{dataSourceId}"
    )
    job = aws_job(definition=definition, service_principal="bedrock.amazonaws.com")
    s3.Bucket(stack, "Data").grant_read(job.role)

    found = resources(stack)
    (resource,) = (one for one in found.values() if one["Type"] == JOB_TYPE)
    arn = stack.resolve(job.role.role_arn)
    role_id = arn["Fn::GetAtt"][0]
    assert resource["Properties"]["Parameters"]["output"] == {"roleArn": arn}
    assert "output.roleArn" in resource["Properties"]["Definition"]["not_identity"]
    (statement,) = found[role_id]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1][-1] == ":kb/DS12345678"
    passing = [
        one
        for name, policy in found.items()
        if name.startswith("JobPolicy")
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert passing == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
        }
    ]
    # What is granted to the role later exists before the job runs, too.
    assert {name for name in found if name.startswith("JobRole")} <= set(resource["DependsOn"])


@pytest.mark.usefixtures("newer")
def test_without_a_source_the_role_trusts_for_the_account(
    aws_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    aws_job(definition=ingestion(role="roleArn"), service_principal="bedrock.amazonaws.com")

    (role,) = (one for one in resources(stack, "AWS::IAM::Role").values() if "bedrock" in str(one))
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert set(statement["Condition"]) == {"StringEquals"}


@pytest.mark.usefixtures("newer")
def test_a_given_role_is_passed(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/ingest")
    job = aws_job(definition=ingestion(role="roleArn"), service_principal="bedrock.amazonaws.com", role=role)

    assert job.role is role
    (resource,) = resources(stack, JOB_TYPE).values()
    assert resource["Properties"]["Parameters"]["roleArn"] == "arn:aws:iam::111122223333:role/ingest"


@pytest.mark.usefixtures("newer")
def test_names_and_tags_are_filled_in(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    calls = TagCalls(
        tag="tag_resource",
        untag="untag_resource",
        resource="arn",
        list="tags",
        key="key",
        value="value",
        keys="tagKeys",
    )
    job = aws_job(definition=ingestion(**NAMED, tags=calls), job_name="nightly")
    cdk.Tags.of(job).add("team", "search")

    (resource,) = resources(stack, JOB_TYPE).values()
    assert resource["Properties"]["JobName"] == "nightly"
    assert resource["Properties"]["Tags"] == [{"Key": "team", "Value": "search"}]
    assert resource["Properties"]["Definition"]["tags"]["key"] == "key"


def test_a_service_without_tags_gets_none(
    aws_job: Declare, stack: cdk.Stack, app: cdk.App, resources: Resources
) -> None:
    aws_job()
    for number in range(51):
        cdk.Tags.of(app).add(f"key{number}", "x")

    (resource,) = resources(stack, JOB_TYPE).values()
    assert "Tags" not in resource["Properties"]


def test_it_can_have_a_runner_of_its_own(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    aws_job(runner=DataJobRunner(stack, "Own"))

    (resource,) = resources(stack, JOB_TYPE).values()
    assert resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0].startswith("OwnFunction")
    assert not stack.node.try_find_child("DataJobRunner")


def test_a_link_knows_the_definition_too(aws_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    aws_job(timeout=cdk.Duration.hours(1))

    (wait,) = resources(stack, "Custom::DataJobWait").values()
    assert wait["Properties"]["Definition"] == as_row(ingestion())
    assert wait["Properties"]["Kind"] == JOB_TYPE
    assert wait["Properties"]["Parameters"] == PARAMETERS


def test_wildcards_of_a_definitions_permissions_stay_findings(aws_job: Declare, app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    aws_job(definition=ingestion(permissions={"s3:GetObject": ["*"]}))

    with pytest.raises(RuntimeError, match="AwsSolutions-IAM5"):
        app.synth()


def test_policies_that_iam_would_refuse_together_stop_the_synthesis(aws_job: Declare, app: cdk.App) -> None:
    for number in range(100):
        arns = [f"arn:aws:s3:::shop-data/contacts-{number}.csv"]
        aws_job(f"Job{number}", policy_statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=arns)])

    with pytest.raises(RuntimeError, match=r"at most 10240 characters, got about \d+; give some of the jobs a DataJob"):
        app.synth()
