"""Executions of state machines: parameters and permissions."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match, Template
from catalogue.run_jobs import MACHINE_ARN, execute, state_machine
from catalogue.shop import Shop

from cdk_data_jobs import stepfunctions
from cdk_data_jobs._support.validation import ValidationError

TYPE = "Custom::AwsStepFunctionsExecution"
Resources = Callable[..., dict[str, Any]]


def properties(stack: cdk.Stack, resources: Resources) -> dict[str, Any]:
    (job,) = resources(stack, TYPE).values()
    return dict(job["Properties"])


def test_what_has_its_default_is_left_out(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    execute(shop)

    assert set(properties(stack, resources)) == {"ServiceToken", "JobName", "Parameters", "Definition"}
    assert properties(stack, resources)["Parameters"] == {"stateMachineArn": MACHINE_ARN}


def test_the_function_may_start_and_describe_executions_of_the_machine_alone(
    shop: Shop, own_statements: Callable[[], dict[str, Any]]
) -> None:
    execute(shop)

    statements = own_statements()
    assert set(statements) == {"states:StartExecution", "states:DescribeExecution"}
    assert statements["states:StartExecution"]["Fn::Join"][1][-1].endswith(":stateMachine:nightly")
    assert statements["states:DescribeExecution"]["Fn::Join"][1][-1].endswith(":execution:nightly:*")


@pytest.mark.parametrize("qualifier", ["7", "live"])
def test_of_a_version_or_an_alias_the_machine_is_what_is_allowed(
    qualifier: str, shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Callable[[], dict[str, Any]]
) -> None:
    arn = f"{MACHINE_ARN}:{qualifier}"
    execute(shop, state_machine=sfn.StateMachine.from_state_machine_arn(stack, "Qualified", arn))

    assert properties(stack, resources)["Parameters"]["stateMachineArn"] == arn
    assert own_statements()["states:StartExecution"]["Fn::Join"][1][-1].endswith("stateMachine:nightly")


def test_the_machines_key_may_be_used(
    shop: Shop, stack: cdk.Stack, own_statements: Callable[[], dict[str, Any]]
) -> None:
    key = kms.Key(stack, "Own")
    execute(shop, encryption_key=key)

    found = own_statements()["['kms:Decrypt', 'kms:GenerateDataKey']"]
    assert found == stack.resolve(key.key_arn)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": [1, True], "b": None}, '{"a":[1,true]}'),
        ([], "[]"),
        ('{"a": 1}', '{"a": 1}'),
        ("{% $string($states.input) %}", "{% $string($states.input) %}"),
    ],
)
def test_the_input_is_json(given: Any, expected: str, shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    execute(shop, input=given, deploy_time="{%" not in expected)

    template = json.dumps(resources(stack))
    assert json.dumps(expected)[1:-1] in template


def test_the_input_may_have_tokens(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    execute(shop, input={"bucket": shop.bucket.bucket_name, "days": 7})

    start, bucket, end = properties(stack, resources)["Parameters"]["input"]["Fn::Join"][1]
    assert (start, end) == ('{"bucket":"', '","days":7}')
    assert bucket == stack.resolve(shop.bucket.bucket_name)


def test_a_new_revision_of_the_machine_may_be_a_reason_to_run_again(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    declared = state_machine(stack)
    execute(shop, state_machine=declared, trigger=declared.state_machine_revision_id)

    assert properties(stack, resources)["Trigger"]["Fn::GetAtt"][1] == "StateMachineRevisionId"


def test_a_machine_of_another_region_is_refused(app: cdk.App) -> None:
    there = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="us-east-1"))
    elsewhere = sfn.StateMachine.from_state_machine_arn(there, "Machine", MACHINE_ARN)

    with pytest.raises(ValidationError, match="state_machine must be in the Region of There/Job, us-east-1, got"):
        stepfunctions.Execution(there, "Job", state_machine=elsewhere)


def test_a_key_of_another_region_is_refused(app: cdk.App) -> None:
    there = cdk.Stack(app, "There", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    key = kms.Key.from_key_arn(there, "Key", "arn:aws:kms:us-east-1:111122223333:key/1")
    nightly = sfn.StateMachine.from_state_machine_arn(there, "Machine", MACHINE_ARN)

    with pytest.raises(ValidationError, match="encryption_key must be in the Region of There/Job, eu-west-1, got"):
        stepfunctions.Execution(there, "Job", state_machine=nightly, encryption_key=key)


def test_a_machine_with_a_key_of_its_own_that_is_not_given_gets_a_warning(shop: Shop, stack: cdk.Stack) -> None:
    encrypted = sfn.CustomerManagedEncryptionConfiguration(kms.Key(stack, "Own"))
    execute(shop, state_machine=state_machine(stack, encryption_configuration=encrypted))

    Annotations.from_stack(stack).has_warning("/Shop/Job", Match.string_like_regexp("set encryption_key to it"))


def test_the_policy_of_the_machines_key_lets_the_function_use_it(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    execute(shop, encryption_key=kms.Key(stack, "Own"))

    keys = resources(stack, "AWS::KMS::Key")
    [own] = [one for name, one in keys.items() if name.startswith("Own")]
    actions = [one["Action"] for one in own["Properties"]["KeyPolicy"]["Statement"]]
    assert ["kms:Decrypt", "kms:GenerateDataKey"] in actions


def test_the_name_may_be_known_at_deployment_only(shop: Shop, stack: cdk.Stack) -> None:
    execute(shop, job_name=cdk.CfnParameter(stack, "Name").value_as_string)

    (job,) = Template.from_stack(stack).find_resources("Custom::AwsStepFunctionsExecution").values()
    assert job["Properties"]["JobName"] == {"Ref": "Name"}


@pytest.mark.parametrize(("length", "is_refused"), [(77_000, False), (90_000, True)])
def test_an_input_with_tokens_may_be_so_long_that_a_request_can_have_it_twice(
    length: int, shop: Shop, stack: cdk.Stack, *, is_refused: bool
) -> None:
    """One token stands for the whole of it until the synthesis."""
    execute(shop, input={"text": "a" * length, "bucket": shop.bucket.bucket_name})

    problems = [message for one in stack.node.find_all() for message in one.node.validate()]
    assert [message.partition(" bytes, because")[0] for message in problems] == [
        "the parameters, files and trigger of a job must take at most 80,000"
    ] * is_refused


def test_a_trigger_counts_too(shop: Shop) -> None:
    with pytest.raises(ValidationError, match="must take at most 80,000 bytes"):
        execute(shop, trigger="a" * 80_000)
