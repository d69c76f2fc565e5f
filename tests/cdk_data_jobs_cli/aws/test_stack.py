"""The jobs of a template, and the values that it refers to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import YamlTemplateError
from cdk_data_jobs_cli.aws.stack import WAIT_TYPE, Stack, execution_prefix, is_job
from data_jobs.request import Request

CONSTRUCTS = Path(__file__).parents[3] / "constructs"
TYPES = {name for file in CONSTRUCTS.rglob("*.py") for name in re.findall(r'"(Custom::\w+)"', file.read_text("utf-8"))}
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Stage-Shop/1"


def job(path: str | None = None, **properties: Any) -> dict[str, Any]:
    """Returns the resource of a job in a template."""
    metadata = {"Metadata": {"aws:cdk:path": f"{path}/Resource"}} if path else {}
    known = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}
    return {"Type": "Custom::PersonalizeDatasetImportJob", "Properties": {**known, **properties}, **metadata}


def stack(
    resources: dict[str, Any] | str, ids: dict[str, str] | None = None, *, type_: str = "x", **described: Any
) -> Stack:
    """Returns a stack with this template, these physical ids of resources of this type, and this description."""
    aws = AwsClient()
    client = boto3.client("cloudformation", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    stubbed = Stubber(client)
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": physical_id,
            "ResourceType": type_,
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": 0,
        }
        for name, physical_id in (ids or {}).items()
    ]
    if resources:
        text = resources if isinstance(resources, str) else json.dumps({"Resources": resources})
        body = {"TemplateBody": text}
        stubbed.add_response("get_template", body, {"StackName": STACK})
    if ids is not None:
        stubbed.add_response("list_stack_resources", {"StackResourceSummaries": summaries}, {"StackName": STACK})
    exports = {"Exports": [{"Name": "Platform:Machine", "Value": "arn:machine"}]}
    stubbed.add_response("list_exports", exports, {})
    stubbed.activate()
    aws._clients["cloudformation"] = client  # noqa: SLF001 - botocore's own stub
    return Stack(aws, {"StackId": STACK, "StackName": "Stage-Shop", **described})


@pytest.mark.parametrize("kind", ["Custom::PersonalizeCampaign", "Custom::GlueJobRun", "Custom::AwsJobs"])
def test_a_custom_resource_of_somebody_else_is_no_job(kind: str) -> None:
    assert not is_job({**job(), "Type": kind})


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_each_kind_of_job_is_known(kind: str) -> None:
    assert is_job({**job(), "Type": kind}) is (kind != WAIT_TYPE)


def test_jobs_are_the_custom_resources_of_their_types() -> None:
    waiting = {"Type": "Custom::DataJobWait", "Properties": {**job()["Properties"], "Creator": "Import1"}}
    others = {"Other": {"Type": "Custom::S3AutoDeleteObjects", "Properties": {"ServiceToken": "x"}}}
    found = stack({"Import1": job("Stage/Shop/A/Import"), "Wait1": waiting, **others, "Import2": job()}).jobs

    assert [(one.logical_id, one.path, one.name, one.wait_resources) for one in found] == [
        ("Import1", "Stage/Shop/A/Import", "A/Import", ("Wait1",)),
        ("Import2", "Import2", "Import2", ()),
    ]


@pytest.mark.parametrize(
    ("reference", "resolved"),
    [
        ("arn:plain", "arn:plain"),
        ({"Ref": "Machine"}, "arn:own"),
        ({"Ref": "Given"}, "arn:given"),
        ({"Ref": "FromParameterStore"}, "arn:resolved"),
        ({"Fn::GetAtt": ["Function", "Arn"]}, "function"),
        ({"Fn::GetAtt": "Function.Arn"}, "function"),
        ({"Fn::ImportValue": "Platform:Machine"}, "arn:machine"),
        ({"Fn::ImportValue": "Platform:Gone"}, None),
        ({"Ref": "NotThereYet"}, None),
        ({"Fn::Select": [0, []]}, None),
    ],
)
def test_references_to_existing_resources_are_resolved(reference: dict[str, Any] | str, resolved: str | None) -> None:
    given = [
        {"ParameterKey": "Given", "ParameterValue": "arn:given"},
        {"ParameterKey": "FromParameterStore", "ParameterValue": "/name", "ResolvedValue": "arn:resolved"},
    ]
    needs_resources = "Fn::ImportValue" not in reference
    own = stack({}, {"Machine": "arn:own", "Function": "function"} if needs_resources else None, Parameters=given)

    assert own.resolve(reference) == resolved


YAML = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"


def test_a_yaml_template_that_declares_no_job_has_no_jobs() -> None:
    assert stack(YAML, {"Bucket": "bucket"}, type_="AWS::S3::Bucket").jobs == []


def test_a_yaml_template_that_declares_a_job_cannot_be_read() -> None:
    with pytest.raises(
        YamlTemplateError, match="must be JSON, as `cdk deploy` and `cdk synth --json` write it, got YA"
    ):
        _ = stack(YAML, {"Import": "arn"}, type_="Custom::PersonalizeDatasetImportJob").jobs


def test_what_an_update_deletes_at_its_end_is_not_the_resource_that_lives() -> None:
    found = stack({}, {"Import1": "new"})
    found._template = {"Resources": {"Import1": job()}}  # noqa: SLF001 - as if it had been read
    found.record_resource("Import1", "old", is_deleted=True)

    assert found.physical_id("Import1") == "new"

    found.record_resource("Import1", "newest", is_deleted=False)
    assert found.physical_id("Import1") == "newest"


@pytest.mark.parametrize("function", ["runner", "arn:aws:lambda:eu-west-1:111122223333:function:runner"])
def test_the_state_machine_has_the_name_of_the_function(function: str) -> None:
    (found,) = stack({"Import1": job(ServiceToken=function)}).jobs

    assert found.state_machine_arn == "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"


def test_there_is_no_state_machine_before_the_function() -> None:
    (found,) = stack({"Import1": job()}, {}).jobs

    assert found.state_machine_arn is None


@given(stack=st.from_regex(r"[A-Za-z][-A-Za-z0-9]{0,127}", fullmatch=True), logical_id=st.text("aZ09", min_size=1))
def test_executions_are_named_as_the_function_names_them(stack: str, logical_id: str) -> None:
    stack_id = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/0a1b2c3d"
    request = Request.from_event(
        {
            "RequestType": "Create",
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "StackId": stack_id,
            "RequestId": "1",
            "LogicalResourceId": logical_id,
            "ResponseURL": "https://example.com/",
            "ResourceProperties": {},
        }
    )

    assert execution_prefix(stack_id, logical_id) == request.execution_prefix()
    assert request.execution_name.startswith(f"{execution_prefix(stack_id, logical_id)}create-")
