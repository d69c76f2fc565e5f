"""A condition on a job's own resource: what comes and goes with it, and what stays."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_data_jobs import AwsJob, CreateCall, DescribeCall, JobDefinition, personalize
from cdk_data_jobs.data_job import DataJob

JOB = "Custom::PersonalizeDatasetImportJob"
NIGHTLY = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]


@pytest.fixture
def condition(stack: cdk.Stack) -> cdk.CfnCondition:
    wanted = cdk.CfnParameter(stack, "Wanted").value_as_string
    return cdk.CfnCondition(stack, "IsWanted", expression=cdk.Fn.condition_equals(wanted, "yes"))


def own(job: DataJob) -> cdk.CfnResource:
    return cast("cdk.CfnResource", job.node.default_child)


def conditions(template: Mapping[str, Any]) -> dict[str, str]:
    """The resources that have a condition, with its logical id."""
    return {name: one["Condition"] for name, one in template["Resources"].items() if "Condition" in one}


def dangling(template: Mapping[str, Any]) -> list[str]:
    """The resources that refer to one that has a condition which they do not have."""

    def referred(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(referred, value))
        if not isinstance(value, dict):
            return set()
        named = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
        return named.union(*map(referred, value.values()))

    found = conditions(template)
    return [
        name
        for name, one in template["Resources"].items()
        for other in referred(one.get("Properties")) & {*found}
        if found.get(name) != found[other]
    ]


def test_what_is_of_a_job_alone_has_its_condition(
    import_job: Declare, stack: cdk.Stack, condition: cdk.CfnCondition
) -> None:
    import_job("Other", timeout=cdk.Duration.hours(2)).run_on_schedule(NIGHTLY)
    job = import_job(timeout=cdk.Duration.hours(2))
    own(job).cfn_options.condition = condition
    job.run_on_schedule(NIGHTLY)
    job.run_on_schedule(NIGHTLY, id="Weekly", dead_letter_queue=sqs.Queue(stack, "Letters"))
    job.run_on_upload(dead_letter_queue=sqs.Queue(stack, "OtherLetters"))
    job.on_failed("Failed")
    sfn.StateMachine(stack, "Theirs", definition_body=sfn.DefinitionBody.from_chainable(job.as_task(stack, "Task")))

    template = Template.from_stack(stack).to_json()
    found = conditions(template)
    assert sorted(template["Resources"][name]["Type"] for name in found) == [
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::Lambda::Permission",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::Schedule",
        "Custom::DataJobWait",
        "Custom::DataJobWait",
        JOB,
    ]
    assert {*found.values()} == {"IsWanted"}
    assert all(name.startswith("ImportUsers") for name in found)
    assert dangling(template) == []


@pytest.mark.parametrize("priority", [cdk.AspectPriority.MUTATING, cdk.AspectPriority.READONLY])
def test_a_condition_may_be_set_at_any_time(
    import_job: Declare, stack: cdk.Stack, condition: cdk.CfnCondition, resources: Resources, priority: int
) -> None:
    job = import_job(timeout=cdk.Duration.hours(1))
    job.run_on_schedule(NIGHTLY)
    job.run_on_upload()

    @jsii.implements(cdk.IAspect)
    class Conditional:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, cdk.CfnResource) and node.cfn_resource_type == JOB:
                node.cfn_options.condition = condition

    cdk.Aspects.of(stack).add(cast("cdk.IAspect", Conditional()), priority=priority)

    found = resources(stack)
    types = {"Custom::DataJobWait", "AWS::Scheduler::Schedule", "AWS::Events::Rule", "AWS::Lambda::Permission", JOB}
    assert {one["Type"] for one in found.values() if one.get("Condition")} == types | {"AWS::IAM::Policy"}


def test_without_a_condition_there_is_none(import_job: Declare, stack: cdk.Stack) -> None:
    job = import_job(timeout=cdk.Duration.hours(2))
    job.run_on_schedule(NIGHTLY)
    job.run_on_upload(dead_letter_queue=sqs.Queue(stack, "Letters"))

    template = Template.from_stack(stack).to_json()
    assert conditions(template) == {}
    ((rule, _),) = ((name, one) for name, one in template["Resources"].items() if one["Type"] == "AWS::Events::Rule")
    (policy,) = (one for name, one in template["Resources"].items() if name.startswith("LettersPolicy"))
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Sid"].startswith("AllowEventRuleShopImportUsersUpload")
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}},
    }


def test_what_has_a_condition_of_its_own_keeps_it_if_the_job_has_none(
    import_job: Declare, stack: cdk.Stack, condition: cdk.CfnCondition
) -> None:
    nightly = import_job().run_on_schedule(NIGHTLY)
    cast("cdk.CfnResource", nightly.node.default_child).cfn_options.condition = condition

    assert conditions(Template.from_stack(stack).to_json()) == {
        stack.resolve(nightly.schedule_name)["Ref"]: "IsWanted",
    }


def test_what_has_a_condition_of_its_own_needs_both(
    import_job: Declare, stack: cdk.Stack, condition: cdk.CfnCondition
) -> None:
    other = cdk.CfnCondition(stack, "IsNight", expression=cdk.Fn.condition_equals("a", "b"))
    job = import_job()
    own(job).cfn_options.condition = condition
    nightly, always = job.run_on_schedule(NIGHTLY), job.run_on_schedule(NIGHTLY, id="Always")
    cast("cdk.CfnResource", nightly.node.default_child).cfn_options.condition = other
    cast("cdk.CfnResource", always.node.default_child).cfn_options.condition = condition

    for _ in range(2):
        cast("cdk.App", stack.node.root).synth(force=True)
    template = Template.from_stack(stack).to_json()
    found = conditions(template)
    (both,) = {*found.values()} - {"IsWanted"}
    assert both.startswith("ImportUsersScheduleWithJob")
    assert [name for name, value in found.items() if value == both] == [stack.resolve(nightly.schedule_name)["Ref"]]
    assert template["Conditions"][both] == {"Fn::And": [{"Condition": "IsWanted"}, {"Condition": "IsNight"}]}


def test_the_permissions_of_an_aws_job_go_with_it_but_not_its_role(
    stack: cdk.Stack, condition: cdk.CfnCondition
) -> None:
    definition = JobDefinition(
        title="Comprehend entities detection",
        service="comprehend",
        create=CreateCall(operation="start_entities_detection_job", id="JobId"),
        describe=DescribeCall(
            operation="describe_entities_detection_job",
            parameters={"JobId": "id"},
            job="EntitiesDetectionJobProperties",
        ),
        status="JobStatus",
        succeeded=["COMPLETED"],
        failed=["FAILED"],
        role="DataAccessRoleArn",
        may_run_twice=True,
    )
    statement = iam.PolicyStatement(actions=["comprehend:StartEntitiesDetectionJob"], resources=["*"])
    job = AwsJob(
        stack,
        "Job",
        definition=definition,
        parameters={
            "InputDataConfig": {"S3Uri": "s3://shop-data/in.txt"},
            "OutputDataConfig": {"S3Uri": "s3://shop-data/out/"},
            "LanguageCode": "en",
        },
        policy_statements=[statement],
        service_principal="comprehend.amazonaws.com",
    )
    s3.Bucket(stack, "Bucket").grant_read(job.role)
    own(job).cfn_options.condition = condition

    template = Template.from_stack(stack).to_json()
    assert [name for name in template["Resources"] if name.startswith("JobRole")]
    assert {template["Resources"][name]["Type"] for name in conditions(template)} == {
        "AWS::IAM::Policy",
        "Custom::AwsJob",
    }
    assert dangling(template) == []


def test_a_condition_is_there_before_cdk_hashes_the_template_of_a_nested_stack(
    app: cdk.App, stack: cdk.Stack, import_job: Declare
) -> None:
    """What is set when CDK validates comes too late: the template would not be uploaded again."""
    nested = cdk.NestedStack(stack, "Nested")
    job = import_job(scope=nested)
    job.run_on_schedule(NIGHTLY)
    wanted = cdk.CfnParameter(nested, "Wanted", default="yes").value_as_string
    own(job).cfn_options.condition = cdk.CfnCondition(
        nested, "IsWanted", expression=cdk.Fn.condition_equals(wanted, "yes")
    )

    assembly = app.synth(skip_validation=True)

    [template] = Path(assembly.directory).glob("*.nested.template.json")
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"].values()
    [schedule] = [one for one in resources if one["Type"] == "AWS::Scheduler::Schedule"]
    assert schedule["Condition"] == "IsWanted"
