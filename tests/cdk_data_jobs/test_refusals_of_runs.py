"""The refusals of jobs that run programs and queries: what of their arguments cannot work, each with the message.

A message that ends in `...` goes on with values that are long.
"""

# ruff: noqa: E501 - a message is one line, and a row need not refer to anything
# mypy: disable-error-code="arg-type"

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn
from catalogue.given import Given
from catalogue.run_jobs import MACHINE_ARN, execute, state_machine

from cdk_data_jobs._support.validation import ValidationError


def secret(it: Given) -> str:
    return secretsmanager.Secret(it.stack, "Secret").secret_value.unsafe_unwrap()


def express(it: Given) -> Any:
    return state_machine(it.stack, state_machine_type=sfn.StateMachineType.EXPRESS)


def express_resource(it: Given) -> Any:
    role = "arn:aws:iam::111122223333:role/nightly"
    return sfn.CfnStateMachine(it.stack, "Machine", role_arn=role, state_machine_type="EXPRESS")


NOT_EXPRESS = (
    "state_machine must be a standard one, because executions of express ones cannot be described, got Shop/Machine; "
    "set its state_machine_type to STANDARD, or call it from a standard one"
)
# fmt: off
REFUSALS: list[tuple[Callable[[Any], object], str]] = [
    (lambda it: execute(it, state_machine=MACHINE_ARN),
     f"state_machine must be an IStateMachineRef, such as an aws_stepfunctions.StateMachine, got str '{MACHINE_ARN}'; use StateMachine.from_state_machine_arn(...) for an existing one"),
    (lambda it: execute(it, state_machine=express(it)),
     NOT_EXPRESS),
    (lambda it: execute(it, state_machine=express_resource(it)),
     NOT_EXPRESS),
    (lambda it: execute(it, input=7),
     "input must be an object, a list or a string of JSON, got int; convert it"),
    (lambda it: execute(it, input="{a: 1}"),
     "input must be an object, a list or a string of JSON, got the string '{a: 1}': Expecting property name enclosed in double quotes: line 1 column 2 (char 1); correct it"),
    (lambda it: execute(it, input={"day": {1, 2}}),
     "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got set for 'input.day'"),
    (lambda it: execute(it, input={"password": secret(it)}),
     "input must not have the value of a secret, which everybody could read who may describe the job, got a reference {{resolve:secretsmanager:...}}; pass the secret's ARN, and let the state machine read it"),
    (lambda it: execute(it, input='["{{resolve:ssm-secure:password}}"]'),
     "input must not have the value of a secret, which everybody could read who may describe the job, got a reference {{resolve:ssm-secure:...}}; pass the secret's ARN, and let the state machine read it"),
    (lambda it: execute(it, input="[" + "1," * 131072 + "1]"),
     "the parameters of start_execution are invalid: input must have at most 262144 characters, got ..."),
    (lambda it: execute(it, job_name="x" * 68),
     f"job_name must have 1 to 67 characters, because each run adds a suffix to it, got 68: '{'x' * 68}'"),
]
# fmt: on


@pytest.mark.parametrize(("declare", "message"), REFUSALS, ids=[message[:70] for _, message in REFUSALS])
def test_what_cannot_work_is_refused(
    declare: Callable[[Any], object], message: str, stack: cdk.Stack, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError) as refused:
        declare(Given(stack, tmp_path))

    said = str(refused.value)
    assert said == message or (message.endswith("...") and said.startswith(message.removesuffix("...")))
