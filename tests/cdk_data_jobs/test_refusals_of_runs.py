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
from aws_cdk import Duration
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn
from catalogue.given import Given
from catalogue.run_jobs import MACHINE_ARN, execute, run_glue_job, state_machine

from cdk_data_jobs import glue
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
    # Executions of state machines
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
    # Runs of Glue jobs
    (lambda it: run_glue_job(it, job="nightly"),
     "job must be an IJobRef, such as an aws_glue.Job, got str 'nightly'; use aws_glue.CfnJob.from_job_name(...) for an existing one"),
    (lambda it: run_glue_job(it, worker_type="G.1X"),
     "worker_type must be WorkerType.STANDARD, WorkerType.G_025X, WorkerType.G_1X, WorkerType.G_2X, WorkerType.G_4X, WorkerType.G_8X or WorkerType.Z_2X, got 'G.1X'"),
    (lambda it: run_glue_job(it, execution_class="FLEX"),
     "execution_class must be ExecutionClass.STANDARD or ExecutionClass.FLEX, got 'FLEX'"),
    (lambda it: run_glue_job(it, number_of_workers=0),
     "number_of_workers must be a whole number, at least 1, got int 0"),
    (lambda it: run_glue_job(it, job_run_queuing_enabled="yes"),
     "job_run_queuing_enabled must be True or False, got str 'yes'"),
    (lambda it: run_glue_job(it, max_capacity=2, worker_type=glue.WorkerType.G_1X),
     "max_capacity must be left out where there is a worker_type or number_of_workers, got 2; remove one"),
    (lambda it: run_glue_job(it, max_capacity=2, number_of_workers=2),
     "max_capacity must be left out where there is a worker_type or number_of_workers, got 2; remove one"),
    (lambda it: run_glue_job(it, run_timeout=30),
     "run_timeout must be a Duration, got int 30; use Duration.minutes(...)"),
    (lambda it: run_glue_job(it, run_timeout=Duration.seconds(90)),
     "run_timeout must be in whole minutes, at least one, got 1 minute 30 seconds; round it"),
    (lambda it: run_glue_job(it, notify_delay_after=Duration.minutes(0)),
     "notify_delay_after must be in whole minutes, at least one, got 0 minutes; round it"),
    (lambda it: run_glue_job(it, security_configuration="encrypted"),
     "security_configuration must be an aws_glue.ISecurityConfiguration, got str 'encrypted'; use SecurityConfiguration.from_security_configuration_name(...) for an existing one"),
    (lambda it: run_glue_job(it, execution_role_session_policy={}),
     "execution_role_session_policy must be a PolicyDocument, got dict"),
    (lambda it: run_glue_job(it, arguments={"--password": secret(it)}),
     "arguments must not have the value of a secret, which everybody could read who may describe the job, got a reference {{resolve:secretsmanager:...}}; pass the secret's name, and let the script read it"),
    (lambda it: run_glue_job(it, arguments={"--days": 7}),
     "the parameters of start_job_run are invalid: Arguments.--days must be a string, got int 7; correct it"),
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
