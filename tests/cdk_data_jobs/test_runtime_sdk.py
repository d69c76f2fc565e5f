"""What the SDK of AWS's runtime does not know is an error at synthesis, and a layer is the way out."""

# ruff: noqa: E501, ISC004 - a message is one string

import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

import cdk_data_jobs
from cdk_data_jobs import (
    AwsJob,
    CreateCall,
    DataJobRunner,
    DataSource,
    DescribeCall,
    FindCall,
    JobDefinition,
    JobNaming,
    NextPage,
    TagCalls,
    personalize,
)
from cdk_data_jobs._definition.runtime_sdk import validate_against_runtime_sdk
from cdk_data_jobs._definition.table import definition_of, read_table
from cdk_data_jobs._support.validation import ValidationError

PACKAGE = Path(cdk_data_jobs.__file__).parent
LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:boto3:1"
SDK = r"in boto3 1\.40\.4, the SDK that AWS's Python runtime was last seen to have"
ADVICE = r"; correct it, or give the job a runner with a newer SDK: DataJobRunner\(\.\.\., layers=\[\.\.\.\]\)$"


def definition(**changes: Any) -> JobDefinition:
    """One that every SDK knows."""
    parts: dict[str, Any] = {
        "title": "SES contact list import",
        "service": "sesv2",
        "create": CreateCall(operation="create_import_job", id="JobId"),
        "describe": DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
        "status": "JobStatus",
        "succeeded": ["COMPLETED"],
        "failed": ["FAILED"],
        "may_run_twice": True,
    }
    return JobDefinition(**(parts | changes))


def tagging(**changes: str) -> TagCalls:
    parts = {"tag": "tag_resource", "untag": "untag_resource", "resource": "ResourceArn", "list": "Tags"}
    return TagCalls(**({**parts, "key": "Key", "value": "Value", "keys": "TagKeys"} | changes))


def describing_pages(parameter: str) -> DescribeCall:
    page = NextPage(parameter=parameter, path="NextToken")
    return DescribeCall(
        operation="list_import_jobs", parameters={}, job="ImportJobs[?JobId == '{id}'] | [0]", next=page
    )


def finding(**changes: Any) -> FindCall:
    parts = {"operation": "list_import_jobs", "parameters": {}, "next": NextPage(parameter="NextToken", path="x")}
    return FindCall(**({**parts, "jobs": "x", "id": "x", "created": "x", "as_parameters": "x"} | changes))


def test_the_list_is_what_the_sdk_of_the_runtime_knows(runtime_sdk: Path, tmp_path: Path) -> None:
    derived = tmp_path / "derived"
    command = [sys.executable, str(Path(__file__).with_name("derive_runtime_sdk.py")), str(derived)]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(runtime_sdk)}, check=True)  # noqa: S603 - it is ours

    shipped = (PACKAGE / "_definition" / "runtime_sdk.tsv.gz").read_bytes()
    assert gzip.decompress(shipped) == gzip.decompress(derived.read_bytes())


@pytest.mark.parametrize("resource_type", read_table())
def test_the_sdk_of_the_runtime_knows_every_call_of_the_table(resource_type: str) -> None:
    validate_against_runtime_sdk(definition_of(resource_type), {})


def values(shape: Shape, depth: int = 4) -> Iterator[Any]:
    """Values of a shape that name one member each, down to a depth."""
    if isinstance(shape, ListShape):
        yield from ([value] for value in values(shape.member, depth))
    elif isinstance(shape, MapShape):
        yield from ({"key": value} for value in values(shape.value, depth))
    elif isinstance(shape, StructureShape) and depth and not shape.is_document_type:
        for name, member in shape.members.items():
            yield {name: None}
            yield from ({name: value} for value in values(member, depth - 1))


@pytest.mark.parametrize("service", ["personalize", "pinpoint", "sesv2", "dynamodb", "bedrock-agent", "logs", "wafv2"])
def test_exactly_what_that_sdk_would_refuse_is_refused(service: str, runtime_sdk: Path) -> None:
    newer = botocore.session.get_session().get_service_model(service)
    loader = Loader([str(runtime_sdk / "botocore" / "data")], include_default_search_paths=False)
    older = ServiceModel(loader.load_service_model(service, "service-2"), service)
    common = [name for name in newer.operation_names if name in older.operation_names]
    wrong = []
    for name in common:
        one = newer.operation_model(name).input_shape
        call = CreateCall(operation=botocore.xform_name(name), id="id")
        describe = DescribeCall(operation=botocore.xform_name(name), parameters={})
        for parameters in values(one) if one else ():
            report = ParamValidator().validate(parameters, older.operation_model(name).input_shape)
            refused = "Unknown parameter in" in report.generate_report()
            try:
                validate_against_runtime_sdk(definition(service=service, create=call, describe=describe), parameters)
            except ValidationError:
                reported = True
            else:
                reported = False
            if reported != refused:
                wrong.append((name, parameters, reported))

    assert common
    assert wrong == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"service": "sesv9"},
            rf"service must be a service {SDK}, got 'sesv9'; correct it \(did you mean 'sesv2'\?\), or ",
        ),
        ({"service": "shop!"}, rf"service must be a service {SDK}, got 'shop!'{ADVICE}"),
        (
            {"create": CreateCall(operation="create_import_jbo", id="JobId")},
            rf"operation of the CreateCall must be an operation of sesv2 {SDK}, got 'create_import_jbo'; correct it "
            r"\(did you mean 'create_import_job'\?\), or give the job",
        ),
        (
            {"describe": DescribeCall(operation="get_jobs", parameters={"JobId": "id"})},
            "operation of the DescribeCall .* got 'get_jobs'",
        ),
        (
            {"describe": DescribeCall(operation="get_import_job", parameters={"jobid": "id"})},
            r"parameters of the DescribeCall must be among the parameters of get_import_job .* got 'jobid'.* mean 'JobId'\?",
        ),
        (
            {"describe": describing_pages("Next")},
            "parameter of the DescribeCall's next page must be among the parameters of list_import_jobs .* got 'Next'.*'NextToken'",
        ),
        ({"find": finding(operation="find_jobs")}, "operation of the FindCall .* got 'find_jobs'"),
        (
            {"find": finding(parameters={"Kind": "parameters.X"})},
            "parameters of the FindCall must be among the parameters of list_import_jobs .* got 'Kind'",
        ),
        (
            {"find": finding(next=NextPage(parameter="Next", path="x"))},
            "parameter of the FindCall's next page must be among the parameters of list_import_jobs .* got 'Next'.*'NextToken'",
        ),
        ({"client_token": "Token"}, "^client_token must be among the parameters of create_import_job .* got 'Token'"),
        (
            {"created": "x", "name": JobNaming(parameter="Name", max_length=63, name_taken_errors=[])},
            "^parameter of the JobNaming must be among the parameters of create_import_job .* got 'Name'",
        ),
        ({"role": "RoleArn"}, "^role must be among the parameters of create_import_job .* got 'RoleArn'"),
        ({"tags": tagging()}, "^list, key and value of the TagCalls .* of create_import_job .* got 'Tags'"),
    ],
)
def test_what_is_unknown_is_refused_with_advice(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        validate_against_runtime_sdk(definition(**changes), {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tag": "tag"}, "operation .* got 'tag'"),
        ({"untag": "untag"}, "operation .* got 'untag'"),
        ({"key": "tagKey"}, "parameters of create_email_identity .* got 'Tags.tagKey'"),
        ({"resource": "Arn"}, "parameters of tag_resource .* got 'Arn'"),
        ({"keys": "Keys"}, "parameters of untag_resource .* got 'Keys'"),
    ],
)
def test_calls_that_tag_are_checked(changes: dict[str, str], message: str) -> None:
    create = CreateCall(operation="create_email_identity", id="x")

    validate_against_runtime_sdk(definition(create=create, tags=tagging()), {})
    with pytest.raises(ValidationError, match=message):
        validate_against_runtime_sdk(definition(create=create, tags=tagging(**changes)), {})


WRITES = {
    "service": "dynamodb",
    "create": CreateCall(operation="transact_write_items", id="x"),
    "describe": DescribeCall(operation="describe_limits", parameters={}),
}


@pytest.mark.parametrize(
    ("parameters", "strange"),
    [
        ({"TransactItems": [{"Put": {"Item": {"id": {"S": "x"}}}}]}, None),
        ({"TransactItems": [{1: {}}]}, "TransactItems.1"),
        ({"TransactItems": ({"Put": {}}, {"Putt": {}})}, "TransactItems.Putt"),
        ({"TransactItems": [{"Put": {"Item": {"id": {"Text": "x"}}}}]}, "TransactItems.Put.Item.id.Text"),
        ({"TransactItems": [{"Put": {"Item": {"id": {"L": [{"M": {"a": {"T": 1}}}]}}}}]}, ".*.id.L.M.a.T"),
        ({"TransactItems": [cdk.Aws.NO_VALUE]}, None),
        ({"TransactItems": cdk.Token.as_any({"Fn::GetAtt": ["Other", "Items"]})}, None),
        ({"TransactItems": {"Fn::If": ["Is", [], []]}}, None),
        ({"TransactItems": "a text, which is the service's business"}, None),
    ],
)
def test_what_is_in_lists_and_maps_is_checked_and_tokens_are_not(parameters: dict[str, Any], strange: str) -> None:
    if strange is None:
        validate_against_runtime_sdk(definition(**WRITES), parameters)
    else:
        with pytest.raises(
            ValidationError, match=f"parameters of transact_write_items .*, got '{strange}'; correct it"
        ):
            validate_against_runtime_sdk(definition(**WRITES), parameters)


def test_the_other_name_of_a_parameter_is_known() -> None:
    create = CreateCall(operation="create_export_task", id="taskId")
    describe = DescribeCall(operation="describe_export_tasks", parameters={"taskId": "id"})

    validate_against_runtime_sdk(
        definition(service="logs", create=create, describe=describe), {"fromTime": 1, "from": 1}
    )


@pytest.fixture
def recommend(stack: cdk.Stack, bucket: s3.Bucket) -> Callable[..., personalize.BatchInferenceJob]:
    """Declares a job with a parameter that the runtime's SDK does not know."""

    def declare(**options: Any) -> personalize.BatchInferenceJob:
        return personalize.BatchInferenceJob(
            stack,
            "Recommend",
            solution_version_arn="arn:aws:personalize:eu-west-1:111122223333:solution/shop/1",
            source=DataSource.from_bucket(bucket, "readers.json"),
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                ranking_influence={personalize.RankingInfluence.FRESHNESS: 0.2}
            ),
            **options,
        )

    return declare


def test_a_construct_refuses_it_too(recommend: Callable[..., Any]) -> None:
    strange = "batchInferenceJobConfig.rankingInfluence"

    with pytest.raises(
        ValueError,
        match=rf"^parameters must be among the parameters of create_batch_inference_job {SDK}, got '{strange}'{ADVICE}",
    ):
        recommend()


def test_with_a_layer_nobody_knows_what_the_sdk_knows(
    recommend: Callable[..., Any], stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Sdk", LAYER)
    runner = DataJobRunner(stack, "Runner", layers=[layer])
    recommend(runner=runner)
    AwsJob(stack, "New", definition=definition(service="sesv9"), parameters={}, runner=runner)

    (function,) = resources(stack, "AWS::Lambda::Function").values()
    assert function["Properties"]["Layers"] == [LAYER]
    assert runner.layers == [layer]


def test_without_layers_the_function_has_none(stack: cdk.Stack, resources: Callable[..., Any]) -> None:
    DataJobRunner(stack, "Runner", layers=[])

    (function,) = resources(stack, "AWS::Lambda::Function").values()
    assert "Layers" not in function["Properties"]


def test_a_layer_for_another_runtime_is_refused_by_the_cdk(stack: cdk.Stack, tmp_path: Path) -> None:
    layer = lambda_.LayerVersion(
        stack,
        "Sdk",
        code=lambda_.Code.from_asset(str(tmp_path)),
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_12],
    )

    with pytest.raises(RuntimeError, match="incompatible with this layer"):
        DataJobRunner(stack, "Runner", layers=[layer])
