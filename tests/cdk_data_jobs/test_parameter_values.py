"""Parameters against the models: what a service or its SDK would refuse, and nothing that they accept."""

# ruff: noqa: E501 - a message is one string

import copy
import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs._definition.parameter_values import invalid_values
from cdk_data_jobs._definition.service_model import model_version, operation_model

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
IF_NEWER = "; correct it, or install a newer botocore if the service accepts it"
INPUT = {"S3Url": "s3://shop/contacts.csv", "DataFormat": "CSV"}
CONTACTS = {"ContactListDestination": {"ContactListName": "a", "ContactListImportAction": "PUT"}}
EXPORT = {"TableArn": "arn:aws:dynamodb:::table/a", "S3Bucket": "shop"}
INGESTION = {"knowledgeBaseId": "KB12345678", "dataSourceId": "DS12345678"}
TASK = {"taskDefinition": "a"}


def invalid(service: str, operation: str, parameters: Any, **options: Any) -> list[str]:
    model = operation_model(service, operation)
    assert model is not None
    return [*invalid_values(parameters, model.input_shape, **options)]


def ses(**changes: Any) -> tuple[str, str, Any]:
    return "sesv2", "create_import_job", {"ImportDestination": CONTACTS, "ImportDataSource": INPUT, **changes}


def of(service: str, operation: str, given: Any, **changes: Any) -> tuple[str, str, Any]:
    return service, operation, {**given, **changes}


def export(**changes: Any) -> tuple[str, str, Any]:
    return of("dynamodb", "export_table_to_point_in_time", EXPORT, **changes)


def ingestion(**changes: Any) -> tuple[str, str, Any]:
    return of("bedrock-agent", "start_ingestion_job", INGESTION, **changes)


def task(**changes: Any) -> tuple[str, str, Any]:
    return of("ecs", "run_task", TASK, **changes)


INVALID: list[tuple[tuple[str, str, Any], str]] = [
    (ses(ImportDataSource={"S3Url": "s3://a/b"}), "ImportDataSource.DataFormat must be given, got only S3Url; add it"),
    (ses(ImportDestination=None), "ImportDestination must be given, got only ImportDataSource; add it"),
    (
        ses(ImportDataSource={}),
        "ImportDataSource.S3Url must be given, got only an empty object; add it",
    ),
    (
        ses(ImportDataSource={**INPUT, "S3URL": "a"}),
        f"ImportDataSource.S3URL must be one of S3Url, DataFormat, which {model_version()} knows, got 'S3URL'{IF_NEWER}",
    ),
    (
        ses(ImportDataSource={**INPUT, "DataFormat": "csv"}),
        f"ImportDataSource.DataFormat must be one of CSV, JSON, which {model_version()} knows, got 'csv'{IF_NEWER}",
    ),
    (
        ses(ImportDataSource={**INPUT, "S3Url": "shop/a"}),
        f"ImportDataSource.S3Url must match ^s3:\\/\\/([^\\/]+)\\/(.*?([^\\/]+)\\/?)$, got str 'shop/a'{IF_NEWER}",
    ),
    (ses(ImportDataSource="s3://a"), "ImportDataSource must be an object, got str 's3://a'; correct it"),
    (export(S3Bucket=7), "S3Bucket must be a string, got int 7; correct it"),
    (
        of("personalize", "create_solution_version", {}, solutionArn="an arn:aws:personalize:a:1:solution/shop"),
        (
            r"solutionArn must match arn:([a-z\d-]+):personalize:.*:.*:.+, got str 'an arn:aws:personalize:a:1:solution/shop'"
            f"{IF_NEWER}"
        ),
    ),
    (export(ExportTime=True), "ExportTime must be a time, got bool True; correct it"),
    (export(ExportTime="tomorrow"), "ExportTime must be a time, got str 'tomorrow'; correct it"),
    (
        export(S3Prefix="x" * 1025),
        f"S3Prefix must have at most 1024 characters, got 1025: str '{'x' * 99}...{IF_NEWER}",
    ),
    (task(count="many"), "count must be a whole number, got str 'many'; correct it"),
    (task(count=1.5), "count must be a whole number, got float 1.5; correct it"),
    (task(count=True), "count must be a whole number, got bool True; correct it"),
    (task(enableExecuteCommand="yes"), "enableExecuteCommand must be True or False, got str 'yes'; correct it"),
    (task(tags={"key": "a"}), "tags must be a list, got dict; correct it"),
    (task(tags=[{"key": "a"}, {"key": 1}]), "tags[1].key must be a string, got int 1; correct it"),
    (
        of("quicksight", "create_ingestion", {"DataSetId": "a", "IngestionId": "a"}, AwsAccountId="1"),
        f"AwsAccountId must have 12 characters, got 1: str '1'{IF_NEWER}",
    ),
    (
        of("glue", "start_job_run", {"JobName": "a"}, Arguments={"--a": 1}),
        "Arguments.--a must be a string, got int 1; correct it",
    ),
    (
        of("glue", "start_job_run", {"JobName": "a"}, Timeout=0),
        f"Timeout must be at least 1, got int 0{IF_NEWER}",
    ),
    (
        of("healthlake", "start_fhir_import_job", {}, InputDataConfig={}),
        "InputDataConfig must have exactly one of S3Uri, got none; correct it",
    ),
]


@pytest.mark.parametrize(("call", "message"), INVALID, ids=[message[:60] for _, message in INVALID])
def test_what_would_be_refused_is_told(call: tuple[str, str, Any], message: str) -> None:
    assert invalid(*call)[0] == message


@pytest.mark.parametrize(
    "call",
    [
        ses(),
        export(ExportTime=NOW),
        export(ExportTime="2026-01-02T03:04:05Z"),
        export(ExportTime=1_767_323_045),
        export(ClientToken=None),
        export(S3Prefix="x" * 1024),
        export(S3Bucket="x" * 255),
        of("glue", "start_job_run", {"JobName": "x"}, Timeout=1),
        export(S3Prefix=NOW),
        ingestion(),
        # Its request id is required, and filled in by the SDK.
        of("omics", "start_run", {"roleArn": "{% $a %}", "outputUri": "s3://shop/out"}),
        task(count="2", enableExecuteCommand="true"),
        task(tags=[]),
        ses(ImportDataSource={"Fn::If": ["IsNew", INPUT, {"Ref": "AWS::NoValue"}]}),
        ses(ImportDataSource={**INPUT, "DataFormat": {"Ref": "Format"}}),
        ses(ImportDataSource={**INPUT, "DataFormat": "{% $states.input.format %}"}),
        of("healthlake", "start_fhir_import_job", {"DatastoreId": "{% $a %}"}, InputDataConfig={"S3Uri": "{% $b %}"},
           JobOutputDataConfig={"S3Configuration": "{% $c %}"}, DataAccessRoleArn="{% $d %}"),
        of("bedrock-runtime", "start_async_invoke",
           {"modelId": "amazon.nova-reel-v1:0", "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://shop/out"}}},
           modelInput={"any": ["thing", 1, {"at": None}]}),
    ],
)  # fmt: skip
def test_what_is_accepted_or_not_known_yet_passes(call: tuple[str, str, Any]) -> None:
    assert invalid(*call) == []


def test_tokens_pass(stack: cdk.Stack) -> None:
    text, number = cdk.CfnParameter(stack, "Text"), cdk.CfnParameter(stack, "Number", type="Number")
    items = cdk.CfnParameter(stack, "Items", type="CommaDelimitedList")

    call = task(
        count=number.value_as_number,
        group=f"a {text.value_as_string}",
        tags=cdk.Token.as_any({"Ref": "Tags"}),
        networkConfiguration={"awsvpcConfiguration": {"subnets": items.value_as_list}},
    )

    assert invalid(*call) == []


def test_a_newer_sdk_may_know_more_names_and_values() -> None:
    data = {**INPUT, "DataFormat": "XML", "Newer": 1}

    assert invalid(*ses(ImportDataSource=data, Newest={}), may_be_newer=True) == []
    assert invalid(*ses(ImportDataSource={**data, "S3Url": 1}), may_be_newer=True) != []


# --- the verdict is that of the SDK, if the model has no more than the SDK looks at ---

CALLS = [
    ("sesv2", "CreateImportJob"),
    ("dynamodb", "ExportTableToPointInTime"),
    ("dynamodb", "ImportTable"),
    ("ecs", "RunTask"),
    ("glue", "StartJobRun"),
    ("healthlake", "StartFHIRImportJob"),
    ("bedrock", "CreateModelInvocationJob"),
    ("quicksight", "CreateIngestion"),
]


@functools.cache
def simplified(service: str, operation: str) -> Any:
    """The shape of an operation's input without what the SDK leaves to the service."""
    model = copy.deepcopy(Loader().load_service_model(service, "service-2"))
    for shape in model["shapes"].values():
        for name in ("enum", "pattern", "max"):
            shape.pop(name, None)
    called = ServiceModel(model, service).operation_model(operation)
    return called, called.input_shape


def values(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape, and some that are not."""
    wrong = st.sampled_from(["", "x", "7", 7, 1.5, True, [], ["x"], {}, {"x": 1}])
    right: st.SearchStrategy[Any] = st.sampled_from(["", "a", "abc" * 9])
    if shape.type_name == "structure":
        strategies = {
            name: values(member, depth + 1)
            for name, member in shape.members.items()
            if name in shape.required_members or depth < 2
        }
        required = {name: one for name, one in strategies.items() if name in shape.required_members}
        optional = {name: one for name, one in strategies.items() if name not in required}
        right = st.fixed_dictionaries(required, optional=optional)
        right = right.flatmap(lambda made: st.sampled_from([*[made] * 6, {**made, "X": 1}, dict([*made.items()][1:])]))
    elif shape.type_name == "list":
        right = st.lists(values(shape.member, depth + 1), max_size=2)
    elif shape.type_name == "map":
        right = st.dictionaries(st.sampled_from(["", "k"]), values(shape.value, depth + 1), max_size=2)
    elif shape.type_name in ("integer", "long"):
        right = st.integers(-3, 9)
    elif shape.type_name in ("float", "double"):
        right = st.floats(-3, 9)
    elif shape.type_name == "boolean":
        right = st.booleans()
    elif shape.type_name == "timestamp":
        right = st.sampled_from([NOW, "2026-01-02", 1_767_323_045])
    return st.integers(0, 30).flatmap(lambda chance: wrong if chance == 0 else right)


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_the_verdict_is_that_of_the_sdk(
    service: str, operation: str, as_the_function_sends: Callable[[Any, Any], Any]
) -> None:
    called, shape = simplified(service, operation)

    @given(values(shape))
    def agrees(parameters: Any) -> None:
        ours = [*invalid_values(parameters, shape)]
        try:
            sent = as_the_function_sends(parameters, shape)
        except ValueError:
            assert ours
            return
        if isinstance(sent, dict):
            # As the SDK does before it validates.
            sent = {**dict.fromkeys(called.idempotent_members, "token"), **sent}
        report = ParamValidator().validate(sent, shape)
        assert bool(ours) == report.has_errors(), (ours, report.generate_report())

    agrees()


@pytest.fixture
def as_the_function_sends() -> Callable[[Any, Any], Any]:
    """Converts parameters from what a template holds, as the function does."""
    from data_jobs.conversion import to_typed  # noqa: PLC0415 - the function's, which no other module here needs

    return to_typed
