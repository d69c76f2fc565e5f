"""Requests that Step Functions refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws
    from conftest import AccountBuilder

STATES = "arn:aws:states:eu-west-1:111122223333"
DONE = {"Type": "Succeed"}


def refused(client: Any, operation: str, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("document", ["", "{", "{'a': 1}", '{"a": NaN}'])
def test_an_input_that_is_no_json_is_refused(builder: AccountBuilder, document: str) -> None:
    machine = builder.machine("input", {**DONE})
    client = builder.aws.client("stepfunctions")
    code, message = refused(client, "start_execution", stateMachineArn=machine, input=document)

    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")
    assert client.list_executions(stateMachineArn=machine)["executions"] == []


@pytest.mark.parametrize("document", ["1", "null", '"text"', "[]"])
def test_an_input_may_be_any_json(builder: AccountBuilder, document: str) -> None:
    machine = builder.machine("json", {**DONE})

    assert builder.aws.client("stepfunctions").start_execution(stateMachineArn=machine, input=document)


@pytest.mark.parametrize("character", [*' \t<>{}[]?*"#%\\^|~`$&,;:/', "\u0001", "\u0085", "\ufffe"])
def test_a_name_has_none_of_the_characters_that_the_api_reference_excludes(
    builder: AccountBuilder, character: str
) -> None:
    machine = builder.machine("name", {**DONE})
    name = f"a{character}b"
    client = builder.aws.client("stepfunctions")

    assert refused(client, "start_execution", stateMachineArn=machine, name=name) == (
        "InvalidName",
        f"Invalid Name: '{name}'",
    )


def test_a_name_has_at_most_80_characters(builder: AccountBuilder) -> None:
    machine = builder.machine("length", {**DONE})
    client = builder.aws.client("stepfunctions")
    code, message = refused(client, "start_execution", stateMachineArn=machine, name="a" * 81)

    assert code == "ValidationException"
    assert message == (
        f"1 validation error detected: Value '{'a' * 81}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 80"
    )
    assert client.start_execution(stateMachineArn=machine, name="ä.-_(!)'+=@" + "a" * 69)


@pytest.mark.parametrize(
    ("operation", "member", "resource"),
    [
        ("start_execution", "stateMachineArn", "execution"),
        ("list_executions", "stateMachineArn", "execution"),
        ("describe_state_machine", "stateMachineArn", "activity"),
        ("describe_execution", "executionArn", "stateMachine"),
        ("stop_execution", "executionArn", "stateMachine"),
        ("get_execution_history", "executionArn", "stateMachine"),
        ("describe_state_machine_for_execution", "executionArn", "stateMachine"),
    ],
)
def test_what_is_no_arn_of_such_a_resource_is_invalid(
    aws: OfflineAws, operation: str, member: str, resource: str
) -> None:
    client = aws.client("stepfunctions")
    found = {arn: refused(client, operation, **{member: arn}) for arn in ("none", f"{STATES}:{resource}:a")}

    assert found == {
        "none": ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: none'"),
        f"{STATES}:{resource}:a": (
            "InvalidArn",
            f"Invalid Arn: 'Resource type not valid in this context: {resource}'",
        ),
    }


def test_the_arn_of_an_execution_that_is_not_there_is_valid(aws: OfflineAws) -> None:
    client = aws.client("stepfunctions")

    assert refused(client, "describe_execution", executionArn=f"{STATES}:execution:a:b")[0] == "ExecutionDoesNotExist"
