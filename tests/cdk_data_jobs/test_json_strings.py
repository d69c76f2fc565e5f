"""JSON with tokens, whose values are escaped when the stack is deployed."""

import json
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from aws_cdk.aws_scheduler import ScheduleExpression
from catalogue.run_jobs import execute, run_glue_job
from catalogue.shop import Shop

from cdk_data_jobs import personalize
from cdk_data_jobs._support.json_strings import to_json_string


@jsii.implements(cdk.IStableStringProducer)
class Words:
    """The words of a list, when the app is synthesized."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def produce(self) -> str:
        return " ".join(self._words)


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


def test_the_value_of_an_attribute_that_is_an_object_adds_nothing(stack: cdk.Stack) -> None:
    told = cdk.CustomResource(stack, "Told", service_token="arn:aws:sns:eu-west-1:111122223333:told")  # noqa: S106
    text = to_json_string(stack, {"say": told.get_att("Word"), "bucket": s3.Bucket(stack, "Bucket").bucket_arn})

    assert json.loads(evaluated(stack.resolve(text), VALUES[1])) == {"say": VALUES[1], "bucket": VALUES[1]}


def test_tags_that_come_later_are_in_the_request_of_a_schedule() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Tagged", tags={"own": "stack"})
    solution = personalize.Solution.from_solution_arn(
        stack, "Solution", "arn:aws:personalize:eu-west-1:111122223333:solution/shop"
    )
    job = personalize.SolutionVersion(stack, "Train", solution=solution)
    job.run_on_schedule(ScheduleExpression.rate(cdk.Duration.days(1)))
    cdk.Tags.of(app).add("late", "app")
    cdk.Tags.of(job).add("latest", "job")

    (schedule,) = Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule").values()
    assert all(tag in str(schedule["Properties"]["Target"]["Input"]) for tag in ("own", "late", "latest"))


def test_what_is_only_known_at_synthesis_is_not_asked_for_before(shop: Shop) -> None:
    words = ["first"]
    execute(shop, trigger=cdk.Lazy.string(Words(words)), input={"words": cdk.Lazy.string(Words(words))})
    words.append("second")

    (job,) = Template.from_stack(shop.stack).find_resources("Custom::AwsStepFunctionsExecution").values()
    assert job["Properties"]["Trigger"] == "first second"
    assert json.loads(job["Properties"]["Parameters"]["input"]) == {"words": "first second"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"trigger": cdk.Fn.sub("{{resolve:${Service}:shop}}", {"Service": "secretsmanager"})}, "secretsmanager"),
        ({"input": {"password": cdk.Fn.sub("{{resolve:${Service}:shop}}")}}, "<Service>"),
    ],
)
def test_a_secret_that_a_function_makes_stops_the_synthesis(shop: Shop, options: Any, found: str) -> None:
    execute(shop, **options)

    with pytest.raises(
        RuntimeError, match=f"must not have the value of a secret, .* got a reference {{{{resolve:{found}"
    ):
        Template.from_stack(shop.stack)


def test_a_number_in_a_join_is_no_secret(shop: Shop) -> None:
    execute(shop, trigger=f"{cdk.Token.as_string(5)}{shop.bucket.bucket_name}")

    assert Template.from_stack(shop.stack).find_resources("Custom::AwsStepFunctionsExecution")
