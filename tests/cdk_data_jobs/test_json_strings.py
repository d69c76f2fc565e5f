"""JSON with tokens, whose values are escaped when the stack is deployed."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.aws_scheduler import ScheduleExpression
from catalogue.run_jobs import execute, run_glue_job
from catalogue.shop import Shop

from cdk_data_jobs._support.json_strings import to_json_string

VALUES = ["plain", 'a","admin":true,"b":"', "back\\slash", '\\" and \\\\', "line\r\n\tnext", ""]


def evaluated(value: Any, given: str) -> Any:
    """The value that CloudFormation makes of a function, if every parameter and attribute has the one that is given."""
    match value:
        case {"Ref": _} | {"Fn::GetAtt": _}:
            return given
        case {"Fn::Join": [str(delimiter), parts]}:
            return delimiter.join(evaluated(parts, given))
        case {"Fn::Split": [str(delimiter), source]}:
            return evaluated(source, given).split(delimiter)
        case list():
            return [evaluated(one, given) for one in value]
        case dict():
            return {key: evaluated(one, given) for key, one in value.items()}
    return value


@pytest.mark.parametrize("given", VALUES)
def test_the_value_of_a_parameter_adds_nothing(given: str, stack: cdk.Stack) -> None:
    word = cdk.CfnParameter(stack, "Word").value_as_string
    said = {
        'a "literal"': f'"{word}" is said',
        "list": [word, 7, True],
        word: {"joined": cdk.Fn.join('"', [word, '"'])},
    }

    text = evaluated(stack.resolve(to_json_string(stack, said)), given)

    assert json.loads(text) == {
        'a "literal"': f'"{given}" is said',
        "list": [given, 7, True],
        given: {"joined": f'{given}""'},
    }


def test_a_number_stays_one(stack: cdk.Stack) -> None:
    count = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    word = cdk.CfnParameter(stack, "Word").value_as_string

    text = evaluated(stack.resolve(to_json_string(stack, {"count": count, "word": word})), "7")

    assert json.loads(text) == {"count": 7, "word": "7"}


def test_of_names_and_arns_of_resources_nothing_is_escaped(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    said = [bucket.bucket_arn, bucket.bucket_name, stack.region, stack.stack_id]

    text = to_json_string(stack, said)

    assert stack.resolve(text) == stack.resolve(stack.to_json_string(said))


def test_attributes_of_custom_resources_are_escaped(stack: cdk.Stack) -> None:
    theirs = cdk.CfnResource(stack, "Theirs", type="Custom::Theirs").get_att("Said").to_string()

    text = evaluated(stack.resolve(to_json_string(stack, {"said": theirs})), '"')

    assert json.loads(text) == {"said": '"'}


def test_the_input_of_an_execution_is_escaped_in_the_request_of_a_schedule_too(
    shop: Shop, stack: cdk.Stack, resources: Any
) -> None:
    word = cdk.CfnParameter(stack, "Word").value_as_string
    given = VALUES[1]
    execute(shop, input={"say": word}).run_on_schedule(ScheduleExpression.rate(cdk.Duration.days(1)))

    [job] = resources(stack, "Custom::AwsStepFunctionsExecution").values()
    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    deployed = evaluated(job["Properties"]["Parameters"]["input"], given)
    request = json.loads(evaluated(schedule["Properties"]["Target"]["Input"], given))
    assert json.loads(deployed) == {"say": given}
    assert request["ResourceProperties"]["Parameters"]["input"] == deployed


def test_the_session_policy_of_a_glue_run_is_escaped(shop: Shop, stack: cdk.Stack, resources: Any) -> None:
    bucket = cdk.CfnParameter(stack, "Name").value_as_string
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{bucket}/*"])
    run_glue_job(shop, execution_role_session_policy=iam.PolicyDocument(statements=[statement]))

    [job] = resources(stack, "Custom::AwsGlueJobRun").values()
    policy = json.loads(evaluated(job["Properties"]["Parameters"]["ExecutionRoleSessionPolicy"], VALUES[1]))
    assert policy["Statement"][0]["Resource"] == f"arn:aws:s3:::{VALUES[1]}/*"
