"""The services' models: what the constructs take, tell and check is what botocore knows, no more and no less."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator
from catalogue.everything import KINDS as CATALOGUE_KINDS
from catalogue.members import given, leaves
from catalogue.shop import Shop

from cdk_data_jobs import personalize, pinpoint
from cdk_data_jobs._definition.table import definition_of, read_table
from cdk_data_jobs._job import job_names, tagging
from cdk_data_jobs._support import validation
from cdk_data_jobs.data_job import Attribute
from cdk_data_jobs.personalize import _validation, batch_options

ARGUMENT = "what was declared, which the app knows"
NAME_MADE_BY_RUN = "its base is job_name; the run adds a suffix"
FILLED_AT_SYNTHESIS = "the tags of the construct and its scopes"
NEWER_THAN_THE_RUNTIME = {"performIncrementalUpdate"}
PERSONALIZE_INPUT = {"jobName": NAME_MADE_BY_RUN, "tags": FILLED_AT_SYNTHESIS}
PINPOINT_OUTPUT = {
    "ApplicationId": ARGUMENT,
    "Definition.Format": ARGUMENT,
    "Definition.S3Url": ARGUMENT,
    "Definition.RoleArn": ARGUMENT,
    "Definition.DefineSegment": ARGUMENT,
    "Definition.RegisterEndpoints": ARGUMENT,
    "Definition.SegmentName": ARGUMENT,
    "Definition.ExternalId": "deprecated by the service, and what was declared",
}


@dataclass
class Kind:
    """A kind of job and its calls.

    `not_arguments` and `not_attributes` list the members, or what has them, that no argument or attribute carries, and
    why not.
    """

    construct: type
    create: str
    describe: str
    not_arguments: dict[str, str] = field(default_factory=dict)
    not_attributes: dict[str, str] = field(default_factory=dict)


KINDS = {
    "PersonalizeDatasetImportJob": Kind(
        personalize.DatasetImportJob,
        "CreateDatasetImportJob",
        "DescribeDatasetImportJob",
        PERSONALIZE_INPUT,
        dict.fromkeys(("datasetArn", "dataSource", "roleArn", "importMode", "publishAttributionMetricsToS3"), ARGUMENT),
    ),
    "PersonalizeDatasetExportJob": Kind(
        personalize.DatasetExportJob,
        "CreateDatasetExportJob",
        "DescribeDatasetExportJob",
        PERSONALIZE_INPUT,
        dict.fromkeys(("datasetArn", "ingestionMode", "roleArn", "jobOutput"), ARGUMENT),
    ),
    "PersonalizeDataDeletionJob": Kind(
        personalize.DataDeletionJob,
        "CreateDataDeletionJob",
        "DescribeDataDeletionJob",
        PERSONALIZE_INPUT,
        dict.fromkeys(("datasetGroupArn", "dataSource", "roleArn"), ARGUMENT),
    ),
    "PersonalizeBatchInferenceJob": Kind(
        personalize.BatchInferenceJob,
        "CreateBatchInferenceJob",
        "DescribeBatchInferenceJob",
        PERSONALIZE_INPUT,
        dict.fromkeys(
            (
                "filterArn",
                "solutionVersionArn",
                "numResults",
                "jobInput",
                "jobOutput",
                "roleArn",
                "batchInferenceJobConfig",
                "batchInferenceJobMode",
                "themeGenerationConfig",
            ),
            ARGUMENT,
        ),
    ),
    "PersonalizeBatchSegmentJob": Kind(
        personalize.BatchSegmentJob,
        "CreateBatchSegmentJob",
        "DescribeBatchSegmentJob",
        PERSONALIZE_INPUT,
        dict.fromkeys(("filterArn", "solutionVersionArn", "numResults", "jobInput", "jobOutput", "roleArn"), ARGUMENT),
    ),
    "PersonalizeSolutionVersion": Kind(
        personalize.SolutionVersion,
        "CreateSolutionVersion",
        "DescribeSolutionVersion",
        {"name": "the service chooses one; the ARN of a named version is not documented", "tags": FILLED_AT_SYNTHESIS},
        {
            **dict.fromkeys(("solutionArn", "trainingMode"), ARGUMENT),
            **dict.fromkeys(
                (
                    "performHPO",
                    "performAutoML",
                    "performIncrementalUpdate",
                    "recipeArn",
                    "eventType",
                    "datasetGroupArn",
                    "solutionConfig",
                    "tunedHPOParams",
                ),
                "the solution's",
            ),
            "name": "part of the ARN",
            "trainingType": "MANUAL for all that a call creates",
        },
    ),
    "PinpointImportJob": Kind(pinpoint.ImportJob, "CreateImportJob", "GetImportJob", not_attributes=PINPOINT_OUTPUT),
    "PinpointExportJob": Kind(
        pinpoint.ExportJob,
        "CreateExportJob",
        "GetExportJob",
        not_attributes={
            "ApplicationId": ARGUMENT,
            "Definition.RoleArn": ARGUMENT,
            "Definition.S3UrlPrefix": ARGUMENT,
            "Definition.SegmentVersion": ARGUMENT,
        },
    ),
}


def model(service: str, sdk: Path | None = None) -> ServiceModel:
    """A service's model in the SDK that is installed here, or in that of a folder."""
    if sdk is None:
        return botocore.session.get_session().get_service_model(service)
    loader = Loader([str(sdk / "botocore" / "data")], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def operation(kind: str, name: str, sdk: Path | None = None) -> OperationModel:
    return model(definition_of(f"Custom::{kind}").service, sdk).operation_model(name)


def compare(shape: Shape, covered: set[str], listed: dict[str, str]) -> list[str]:
    """What differs between a structure's members, and those that are covered or listed with a reason."""
    known = set(leaves(shape))

    def is_listed(leaf: str) -> bool:
        return any(leaf == name or leaf.startswith(f"{name}.") for name in listed)

    missing = [f"{leaf} is neither covered nor listed" for leaf in sorted(known - covered) if not is_listed(leaf)]
    stale = []
    for name in listed:
        of = {leaf for leaf in known if leaf == name or leaf.startswith(f"{name}.")}
        if not of:
            stale.append(f"{name} is listed, but there is none")
        elif of <= covered:
            stale.append(f"{name} is listed, but covered")
    strange = [f"{leaf} is covered, but there is none" for leaf in sorted(covered - known)]
    return [*missing, *stale, *strange]


@pytest.fixture(params=["installed", "runtime"])
def sdk(request: pytest.FixtureRequest, runtime_sdk: Path) -> Path | None:
    """Where the models are: both those that are installed here, and those that the function has in AWS."""
    return runtime_sdk if request.param == "runtime" else None


@pytest.fixture
def declared(
    shop: Shop, stack: cdk.Stack, resources: Callable[..., Any], with_names: Callable[..., Any]
) -> Callable[[str], list[dict[str, Any]]]:
    """Declares a kind of job with everything set, and returns the parameters of the create call."""

    def declare(kind: str) -> list[dict[str, Any]]:
        method = re.sub("(?<!^)(?=[A-Z])", "_", kind).lower()
        CATALOGUE_KINDS[method.removeprefix("personalize_")](shop)
        jobs = resources(stack, f"Custom::{kind}").values()
        naming = definition_of(f"Custom::{kind}").name
        return [
            with_names(job["Properties"]["Parameters"])
            | ({naming.parameter: job["Properties"]["JobName"]} if naming else {})
            for job in jobs
        ]

    return declare


def test_every_kind_of_the_table_has_a_construct() -> None:
    assert {f"Custom::{kind}" for kind in KINDS} == set(read_table())


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_the_create_call_can_be_given(kind: str, declared: Callable[[str], Any]) -> None:
    shape = operation(kind, KINDS[kind].create).input_shape
    row = definition_of(f"Custom::{kind}")
    by_run = {row.name.parameter} if row.name else set()
    covered = {leaf for parameters in declared(kind) for leaf in given(parameters, shape)}

    assert compare(shape, covered - by_run, KINDS[kind].not_arguments) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_runtime_does_not_know_of_a_create_call(kind: str, runtime_sdk: Path) -> None:
    known, newest = (set(leaves(operation(kind, KINDS[kind].create, sdk).input_shape)) for sdk in (runtime_sdk, None))

    is_ranked = kind == "PersonalizeBatchInferenceJob"
    assert newest - known == ({"batchInferenceJobConfig.rankingInfluence"} if is_ranked else set())


@pytest.mark.parametrize("kind", KINDS)
def test_botocore_accepts_the_parameters(kind: str, declared: Callable[[str], Any]) -> None:
    shape = operation(kind, KINDS[kind].create).input_shape

    for parameters in declared(kind):
        report = ParamValidator().validate(parameters, shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_the_description_is_an_attribute(kind: str, sdk: Path | None) -> None:
    row = definition_of(f"Custom::{kind}")
    shape = operation(kind, KINDS[kind].describe, sdk).output_shape.members[row.describe.job]
    listed = KINDS[kind].not_attributes

    expected = [f"{name} is listed, but there is none" for name in listed if sdk and name in NEWER_THAN_THE_RUNTIME]
    assert compare(shape, set(row.attributes.values()), listed) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_attribute_of_the_table_is_a_property(
    kind: str, stack: cdk.Stack, declared: Callable[[str], Any]
) -> None:
    row = definition_of(f"Custom::{kind}")
    classes = KINDS[kind].construct.__mro__
    members = {name: value for one in reversed(classes) for name, value in vars(one).items()}
    properties = {name: value for name, value in members.items() if isinstance(value, Attribute)}
    holds_id = {name for name, path in row.attributes.items() if row.create.id.split(".")[-1] == path}

    assert {value.name for value in properties.values()} == {*row.attributes, None} - holds_id
    declared(kind)
    job = stack.node.find_child("Job")
    for name, value in properties.items():
        token = stack.resolve(getattr(job, name))
        assert token.get("Fn::GetAtt", [None, None])[1] == value.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_calls_of_the_table_exist(kind: str, sdk: Path | None) -> None:
    row = definition_of(f"Custom::{kind}")
    create, describe = (operation(kind, getattr(KINDS[kind], name), sdk) for name in ("create", "describe"))

    assert row.create.operation == botocore.xform_name(create.name)
    assert row.describe.operation == botocore.xform_name(describe.name)
    assert set(row.describe.parameters) == set(describe.input_shape.required_members)
    assert row.create.id in set(leaves(create.output_shape))


def has(shape: Shape, path: str) -> bool:
    """Whether a structure has what a path names, looking through lists, and through filters of them."""
    for name in re.sub(r"\[\?.*?\]", "", path).split("."):
        shape = getattr(shape, "member", shape)
        if name not in shape.members:
            return False
        shape = shape.members[name]
    return True


@pytest.mark.parametrize("kind", [kind for kind in KINDS if definition_of(f"Custom::{kind}").find])
def test_the_call_that_finds_jobs_exists(kind: str, sdk: Path | None) -> None:
    row = definition_of(f"Custom::{kind}")
    create = operation(kind, KINDS[kind].create, sdk)
    names = {botocore.xform_name(name): name for name in model(row.service, sdk).operation_names}
    listing = operation(kind, names[row.find.operation], sdk)

    assert set(listing.input_shape.required_members) <= set(row.find.parameters) <= set(listing.input_shape.members)
    assert {path.removeprefix("parameters.") for path in row.find.parameters.values()} <= set(
        create.input_shape.members
    )
    assert row.find.next.parameter in listing.input_shape.members
    assert has(listing.output_shape, row.find.next.path)
    for path in (row.find.id, row.find.created):
        assert has(listing.output_shape, f"{row.find.jobs}.{path}")
    paths = dict(part.split(": ") for part in row.find.as_parameters.strip("{}").split(", "))
    assert set(paths) <= set(create.input_shape.members)
    assert all(has(listing.output_shape, f"{row.find.jobs}.{path}") for path in paths.values())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if definition_of(f"Custom::{kind}").tags])
def test_the_calls_that_tag_exist(kind: str, sdk: Path | None) -> None:
    row = definition_of(f"Custom::{kind}")
    names = {botocore.xform_name(name): name for name in model(row.service, sdk).operation_names}
    tag, untag = (operation(kind, names[name], sdk) for name in (row.tags.tag, row.tags.untag))

    assert set(tag.input_shape.required_members) == {row.tags.resource, row.tags.list}
    assert set(untag.input_shape.required_members) == {row.tags.resource, row.tags.keys}
    for call in (tag, operation(kind, KINDS[kind].create)):
        assert set(call.input_shape.members[row.tags.list].member.members) == {row.tags.key, row.tags.value}


@pytest.mark.parametrize("kind", KINDS)
def test_the_errors_of_the_table_are_the_create_calls(kind: str, sdk: Path | None) -> None:
    row = definition_of(f"Custom::{kind}")
    errors = {shape.name for shape in operation(kind, KINDS[kind].create, sdk).error_shapes}

    assert {*row.retryable_errors, *(row.name.name_taken_errors if row.name else ())} <= errors


def test_a_member_that_botocore_gains_is_noticed() -> None:
    shape = operation("PersonalizeDatasetExportJob", "CreateDatasetExportJob").input_shape
    covered = set(leaves(shape))
    assert compare(shape, covered, {}) == []

    assert compare(shape, covered - {"jobOutput.s3DataDestination.kmsKeyArn"}, {}) == [
        "jobOutput.s3DataDestination.kmsKeyArn is neither covered nor listed"
    ]
    assert compare(shape, covered, {"ingestionMode": "none", "newMember": "none"}) == [
        "ingestionMode is listed, but covered",
        "newMember is listed, but there is none",
    ]
    assert compare(shape, covered | {"old"}, {}) == ["old is covered, but there is none"]


PERSONALIZE_LIMITS = {
    ("Name", "max"): 63,
    ("Name", "pattern"): job_names._NAME.pattern,  # noqa: SLF001
    ("Arn", "max"): _validation._MAX_ARN_LENGTH,  # noqa: SLF001
    ("Arn", "pattern"): _validation._ARN.pattern,  # noqa: SLF001
    ("S3Location", "max"): _validation._MAX_LOCATION_LENGTH,  # noqa: SLF001
    ("S3Location", "pattern"): r"(s3|http|https)://.+",
    ("KmsKeyArn", "pattern"): validation._KEY_ARN.pattern,  # noqa: SLF001
    ("TagKey", "min"): 1,
    ("TagKey", "max"): tagging._MAX_KEY_LENGTH,  # noqa: SLF001
    ("TagKey", "pattern"): r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
    ("TagValue", "max"): tagging._MAX_VALUE_LENGTH,  # noqa: SLF001
    ("TagValue", "pattern"): r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
    ("ColumnName", "max"): batch_options._MAX_COLUMN_LENGTH,  # noqa: SLF001
    ("ColumnName", "pattern"): batch_options._COLUMN.pattern,  # noqa: SLF001
    ("HyperParameters", "max"): batch_options._MAX_EXPLORATION_ENTRIES,  # noqa: SLF001
    ("ParameterName", "max"): batch_options._MAX_EXPLORATION_KEY_LENGTH,  # noqa: SLF001
    ("ParameterValue", "max"): batch_options._MAX_EXPLORATION_VALUE_LENGTH,  # noqa: SLF001
    ("RankingInfluenceWeight", "min"): 0,
    ("RankingInfluenceWeight", "max"): 1,
}


@pytest.mark.parametrize(("shape", "limit"), PERSONALIZE_LIMITS)
def test_a_limit_that_is_checked_is_the_services(shape: str, limit: str) -> None:
    assert model("personalize").shape_for(shape).metadata[limit] == PERSONALIZE_LIMITS[shape, limit]


def test_the_tables_names_are_as_long_as_the_service_allows() -> None:
    rows = [definition_of(f"Custom::{kind}") for kind in KINDS]

    lengths = {(row.name.max_length, row.name.base_max_length) for row in rows if row.name}
    assert lengths == {(model("personalize").shape_for("Name").metadata["max"], 50)}


@pytest.mark.parametrize(
    ("service", "shape", "choices"),
    [
        ("personalize", "ImportMode", personalize.ImportMode),
        ("personalize", "IngestionMode", personalize.IngestionMode),
        ("personalize", "BatchInferenceJobMode", personalize.BatchInferenceJobMode),
        ("personalize", "RankingInfluenceType", personalize.RankingInfluence),
        ("pinpoint", "Format", pinpoint.Format),
    ],
)
def test_the_choices_are_the_services(service: str, shape: str, choices: Any) -> None:
    assert model(service).shape_for(shape).enum == [choice.value for choice in choices]


@pytest.mark.parametrize("kind", ["PinpointImportJob", "PinpointExportJob"])
def test_the_statuses_are_the_services(kind: str) -> None:
    row = definition_of(f"Custom::{kind}")
    statuses = set(model("pinpoint").shape_for("JobStatus").enum)

    assert {*row.succeeded, *row.failed} < statuses
    assert statuses - {*row.succeeded, *row.failed} == {
        "CREATED",
        "PREPARING_FOR_INITIALIZATION",
        "INITIALIZING",
        "PROCESSING",
        "PENDING_JOB",
        "COMPLETING",
        "FAILING",
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("Personalize")])
def test_the_statuses_are_those_of_the_guide(kind: str) -> None:
    row = definition_of(f"Custom::{kind}")

    # Amazon Personalize API Reference, e.g. DatasetImportJob, status; botocore lists none.
    own = {
        "PersonalizeDataDeletionJob": ("COMPLETED", "FAILED"),
        "PersonalizeSolutionVersion": ("ACTIVE", "CREATE FAILED", "CREATE STOPPED"),
    }
    assert (*row.succeeded, *row.failed) == own.get(kind, ("ACTIVE", "CREATE FAILED"))


def test_the_training_modes_are_those_that_the_service_explains() -> None:
    modes = model("personalize").shape_for("TrainingMode")

    # Nothing says what a call with AUTOTRAIN does; a solution has automatic training without calls.
    assert modes.enum == [*(choice.value for choice in personalize.TrainingMode), "AUTOTRAIN"]
