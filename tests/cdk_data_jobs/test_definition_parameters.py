"""What a definition derives from the parameters of a create call: ARNs, and what the describe call needs of them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_data_jobs import DescribeCall, JobDefinition
from cdk_data_jobs._definition.parameters import describe_parameters, resolve_arn

Ses = Callable[..., JobDefinition]
GIVEN = {"Name": "a", "Source": {"Bucket": "b", "Prefixes": ["c"]}}


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("id", {}),
        ("[id]", {}),
        ("parameters.Name", {"Name": "a"}),
        ("parameters.Source.Bucket", {"Source": {"Bucket": "b"}}),
        ("parameters.Missing", {}),
        ("parameters.Missing || id", {}),
        ("parameters", GIVEN),
        ("parameters.*", GIVEN),
        ("[id, parameters.Name]", {"Name": "a"}),
        ("[{Name: 'bucket', Values: [parameters.Source.Bucket]}]", {"Source": GIVEN["Source"]}),
        ("parameters.Source.Prefixes[0]", {"Source": GIVEN["Source"]}),
        ("parameters.Source.Prefixes[0:1]", {"Source": GIVEN["Source"]}),
        ("[id, parameters.Name][0:1]", {"Name": "a"}),
        ("parameters.Source.Prefixes | [0]", {"Source": GIVEN["Source"]}),
        ("parameters | [Name]", GIVEN),
        ("parameters.[Name, Source.Bucket]", GIVEN),
        ("parameters.{first: Name, second: Source}", GIVEN),
        ("join('/', [parameters.Name, id])", {"Name": "a"}),
    ],
)
def test_the_describe_call_has_the_parameters_that_its_paths_need(
    ses_definition: Ses, path: str, needed: dict[str, Any]
) -> None:
    describe = DescribeCall(operation="get_import_job", parameters={"JobId": path})
    definition = dataclasses.replace(ses_definition(), describe=describe)

    assert describe_parameters(definition, GIVEN) == needed


def evaluate(value: Any, given: str) -> Any:
    """What CloudFormation makes of a value in which the only parameter has the given value."""
    match value:
        case {"Fn::Join": [delimiter, items]}:
            return delimiter.join(evaluate(item, given) for item in items)
        case {"Fn::Split": [delimiter, text]}:
            return evaluate(text, given).split(delimiter)
        case {"Fn::Select": [number, items]}:
            return evaluate(items, given)[number]
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": _}:
            return given
    return value


@pytest.mark.parametrize("is_token", [False, True])
@pytest.mark.parametrize(
    ("template", "given", "arn"),
    [
        ("arn:{partition}:ecs:::task/{name of Given}/*", "shop", "arn:aws:ecs:::task/shop/*"),
        ("arn:{partition}:ecs:::task/{name of Given}/*", "arn:aws:ecs:r:1:cluster/shop", "arn:aws:ecs:::task/shop/*"),
        (
            "arn:{partition}:ecs:::task-definition/{name of Given}:*",
            "nightly:7",
            "arn:aws:ecs:::task-definition/nightly:*",
        ),
        (
            "arn:{partition}:ecs:::task-definition/{name of Given}:*",
            "arn:aws:ecs:r:1:task-definition/nightly:7",
            "arn:aws:ecs:::task-definition/nightly:*",
        ),
        ("arn:{partition}:states:::execution:{name of Given}:*", "run", "arn:aws:states:::execution:run:*"),
        (
            "arn:{partition}:states:::execution:{name of Given}:*",
            "arn:aws:states:eu-west-1:1:stateMachine:run",
            "arn:aws:states:::execution:run:*",
        ),
    ],
)
def test_an_arn_has_the_name_in_it_whether_the_name_or_the_arn_is_given(
    stack: cdk.Stack, template: str, given: str, arn: str, *, is_token: bool
) -> None:
    value = cdk.CfnParameter(stack, "Given").value_as_string if is_token else given

    resolved = resolve_arn(template, stack, {"Given": value})

    assert evaluate(stack.resolve(resolved), given) == arn
