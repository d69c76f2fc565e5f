r"""Requests that Step Functions refuses: names, inputs and ARNs.

Real Step Functions (API_StartExecution and API_DescribeExecution; the messages are recorded):

- refuses an execution's name that has more than 80 characters with `ValidationException` (getmoto/moto#6438), and one
  that contains white space, brackets, wildcards, control characters or one of ``"#%\\^|~`$&,;:/`` with `InvalidName`
  (the message in LocalStack's tests as recorded from AWS, there for an activity);
- refuses an input that is no JSON with `InvalidExecutionInput`. Its message ends with that of AWS's own JSON parser,
  here with that of Python's;
- responds to what is no ARN, or the ARN of something else, with `InvalidArn` (the messages in the README of
  lmmx/botodto, and in a public test of a function that starts an execution in AWS), and not with
  `ExecutionDoesNotExist`. That an ARN of another service has the same message as one of another resource type is
  inferred.

MiniStack 1.5.33 starts executions of any name, and of an input that is no JSON, which fail; it responds to everything
that it does not find with `ExecutionDoesNotExist` or `StateMachineDoesNotExist`.

Needed as long as this test fails without it:
`test_execution_requests.py::test_an_input_that_is_no_json_is_refused`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

_MAX_NAME = 80
_FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff\U0010ffff]')
_EXECUTIONS = ("execution", "express")
_RESOURCE_TYPES = {
    "_start_execution": ("stateMachineArn", ("stateMachine",)),
    "_list_executions": ("stateMachineArn", ("stateMachine",)),
    "_describe_state_machine": ("stateMachineArn", ("stateMachine",)),
    "_describe_execution": ("executionArn", _EXECUTIONS),
    "_stop_execution": ("executionArn", _EXECUTIONS),
    "_get_execution_history": ("executionArn", _EXECUTIONS),
    "_describe_state_machine_for_execution": ("executionArn", _EXECUTIONS),
}
"""Of each operation the member that is an ARN, and the resource types that it may have."""


class _UnrecognizedTokenError(ValueError):
    """What Python takes for JSON, but no JSON parser of AWS does."""


def patch() -> None:
    """Makes MiniStack's Step Functions refuse what the real one refuses."""
    start = stepfunctions._start_execution

    def start_checked(data: dict[str, Any]) -> Any:
        return _start_refusal(data) or start(data)

    stepfunctions._start_execution = start_checked
    for name, (member, resource_types) in _RESOURCE_TYPES.items():
        setattr(stepfunctions, name, _with_arn(getattr(stepfunctions, name), member, resource_types))


def _with_arn(
    operation: Callable[[dict[str, Any]], Any], member: str, resource_types: tuple[str, ...]
) -> Callable[[dict[str, Any]], Any]:
    def checked(data: dict[str, Any]) -> Any:
        problem = _arn_problem(str(data[member]), resource_types) if data.get(member) else ""
        return (
            error_response_json("InvalidArn", f"Invalid Arn: '{problem}'", HTTPStatus.BAD_REQUEST)
            if problem
            else operation(data)
        )

    return checked


def _arn_problem(arn: str, resource_types: tuple[str, ...]) -> str:
    if not arn.startswith("arn:"):
        return f"Invalid ARN prefix: {arn}"
    service, found = ([*arn.split(":"), "", "", "", "", ""][index] for index in (2, 5))
    return (
        "" if service == "states" and found in resource_types else f"Resource type not valid in this context: {found}"
    )


def _start_refusal(data: dict[str, Any]) -> Any:
    name = data.get("name") or ""
    if len(name) > _MAX_NAME:
        constraint = f"Member must have length less than or equal to {_MAX_NAME}"
        problem = f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: {constraint}"
        return error_response_json("ValidationException", problem, HTTPStatus.BAD_REQUEST)
    if _FORBIDDEN.search(name):
        return error_response_json("InvalidName", f"Invalid Name: '{name}'", HTTPStatus.BAD_REQUEST)
    problem = _json_problem(data.get("input"))
    if problem:
        message = f"Invalid State Machine Execution Input: '{problem}'"
        return error_response_json("InvalidExecutionInput", message, HTTPStatus.BAD_REQUEST)
    return None


def _json_problem(document: str | None) -> str:
    def refuse(constant: str) -> None:
        raise _UnrecognizedTokenError(f"Unrecognized token '{constant}'")

    try:
        json.loads("{}" if document is None else document, parse_constant=refuse)
    except ValueError as error:
        return str(error)
    return ""
