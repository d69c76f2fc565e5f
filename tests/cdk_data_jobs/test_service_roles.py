"""A job waits for the policies of the role with which its service works."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_glue as glue_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_data_jobs import AwsJob, glue, stepfunctions
from cdk_data_jobs.definitions import CODEBUILD_BUILD, ECS_TASK, RDS_SNAPSHOT_EXPORT

READING = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::scripts/*"])


def role(scope: cdk.Stack, service: str = "glue") -> iam.Role:
    made = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal(f"{service}.amazonaws.com"))
    made.add_to_policy(READING)
    return made


def run_glue_job(stack: cdk.Stack, arn: str) -> None:
    command = glue_resources.CfnJob.JobCommandProperty(name="glueetl", script_location="s3://scripts/clean.py")
    glue.JobRun(stack, "Job", job=glue_resources.CfnJob(stack, "Glue", role=arn, command=command))


def glue_job(stack: cdk.Stack) -> None:
    run_glue_job(stack, role(stack).role_arn)


def glue_job_whose_role_is_a_resource(stack: cdk.Stack) -> None:
    made = iam.CfnRole(stack, "Role", assume_role_policy_document={})
    run_glue_job(stack, made.attr_arn)


def machine(stack: cdk.Stack) -> None:
    body = sfn.DefinitionBody.from_chainable(sfn.Pass(stack, "Pass"))
    made = sfn.StateMachine(stack, "Machine", definition_body=body, role=role(stack, "states"))
    stepfunctions.Execution(stack, "Job", state_machine=made)


def project(stack: cdk.Stack) -> None:
    spec = codebuild.BuildSpec.from_object({"version": "0.2"})
    made = codebuild.Project(stack, "Project", build_spec=spec, role=role(stack, "codebuild"))
    AwsJob(stack, "Job", definition=CODEBUILD_BUILD, parameters={"projectName": made.project_name})


def task(stack: cdk.Stack) -> None:
    definition = ecs.FargateTaskDefinition(stack, "Task", task_role=role(stack, "ecs-tasks"))
    definition.add_container("Load", image=ecs.ContainerImage.from_registry("load"))
    parameters = {"cluster": "shop", "taskDefinition": definition.task_definition_arn}
    AwsJob(stack, "Job", definition=ECS_TASK, parameters=parameters)


def role_among_the_parameters(stack: cdk.Stack) -> None:
    parameters = {
        "SourceArn": "arn:aws:rds:eu-west-1:111122223333:snapshot:shop",
        "S3BucketName": "shop",
        "IamRoleArn": role(stack, "export.rds").role_arn,
        "KmsKeyId": "alias/shop",
    }
    AwsJob(stack, "Job", definition=RDS_SNAPSHOT_EXPORT, parameters=parameters)


@pytest.mark.parametrize(
    "declare", [glue_job, glue_job_whose_role_is_a_resource, machine, project, task, role_among_the_parameters]
)
def test_a_job_waits_for_the_role_and_its_policies(declare: Callable[[cdk.Stack], None]) -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    declare(stack)

    template: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    [job] = [one for one in template.values() if one["Type"].startswith("Custom::Aws")]
    of_role = {name for name, one in template.items() if name.startswith("Role") and "IAM" in one["Type"]}
    assert len(of_role) == (1 if declare is glue_job_whose_role_is_a_resource else 2)
    assert of_role <= {*job["DependsOn"]}


def test_a_nested_stack_waits_for_the_role_of_the_stack_around_it() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    command = glue_resources.CfnJob.JobCommandProperty(name="glueetl", script_location="s3://scripts/clean.py")
    job = glue_resources.CfnJob(stack, "Glue", role=role(stack).role_arn, command=command)
    glue.JobRun(cdk.NestedStack(stack, "Nested"), "Job", job=job)

    template = Template.from_stack(stack)
    [nested] = template.find_resources("AWS::CloudFormation::Stack").values()
    assert {name for name in template.to_json()["Resources"] if name.startswith("Role")} <= {*nested["DependsOn"]}


def test_the_role_of_another_stack_is_left_to_the_order_of_stacks() -> None:
    app = cdk.App()
    there, here = cdk.Stack(app, "There"), cdk.Stack(app, "Here")
    run_glue_job(here, role(there).role_arn)

    [job] = Template.from_stack(here).find_resources("Custom::AwsGlueJobRun").values()
    assert not [name for name in job["DependsOn"] if name.startswith("Role")]
    assert [one.stack_name for one in here.dependencies] == ["There"]


def test_a_job_may_refer_to_one_that_has_no_role() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    first = glue.JobRun(stack, "First", job=glue_resources.CfnJob.from_job_name(stack, "Glue", "clean"))
    glue.JobRun(
        stack,
        "Next",
        job=glue_resources.CfnJob.from_job_name(stack, "Other", "load"),
        arguments={"--after": first.job_run_id},
    )

    assert len(Template.from_stack(stack).find_resources("Custom::AwsGlueJobRun")) == 2


def test_a_role_of_what_merely_contains_a_resource_is_another() -> None:
    class Shop(cdk.Stack):
        def __init__(self) -> None:
            super().__init__(cdk.App(), "Shop")
            self.role = role(self)
            key = cdk.CfnParameter(self, "Day")
            job = glue_resources.CfnJob.from_job_name(self, "Glue", "clean")
            glue.JobRun(self, "Job", job=job, arguments={"--day": key.value_as_string})

    [job] = Template.from_stack(Shop()).find_resources("Custom::AwsGlueJobRun").values()
    assert not [name for name in job["DependsOn"] if name.startswith("Role")]
