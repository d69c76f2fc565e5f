"""The models of the services that run programs and queries: the constructs take and tell what botocore knows."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel
from botocore.validate import ParamValidator
from catalogue import runs
from catalogue.everything import KINDS as CATALOGUE_KINDS
from catalogue.members import given, leaves
from catalogue.shop import Shop

from cdk_data_jobs import athena, glue, redshift, stepfunctions
from cdk_data_jobs.data_job import Attribute
from cdk_data_jobs.definitions import ATHENA_QUERY, GLUE_JOB_RUN, STEP_FUNCTIONS_EXECUTION, JobDefinition
from cdk_data_jobs.redshift import _definitions


@dataclass
class Kind:
    """A kind of job; `not_arguments` lists the members of its create call that no argument carries, and why not."""

    construct: type
    definition: JobDefinition
    not_arguments: dict[str, str] = field(default_factory=dict)


OTHER_ENTRY = "given by another entry"
NOT_OF_STATEMENTS = {
    "ClientToken": "each run makes one",
    "SessionId": "a session ends before the next deployment",
    "SessionKeepAliveSeconds": "a session ends before the next deployment",
    "WaitTimeSeconds": "the run waits itself",
}
KINDS = {
    "step_functions_execution": Kind(
        stepfunctions.Execution, STEP_FUNCTIONS_EXECUTION, {"name": "its base is job_name; the run adds a suffix"}
    ),
    "glue_job_run": Kind(
        glue.JobRun,
        GLUE_JOB_RUN,
        {
            "JobRunId": "a failed run that is retried, which no app knows",
            "AllocatedCapacity": "deprecated: MaxCapacity",
            "MaxCapacity": "given by another entry, because it excludes the workers",
        },
    ),
    "athena_query": Kind(
        athena.Query,
        ATHENA_QUERY,
        {"ClientRequestToken": "each run makes one"},
    ),
    "redshift_statement": Kind(
        redshift.Statement,
        _definitions.STATEMENT,
        NOT_OF_STATEMENTS | {"WorkgroupName": OTHER_ENTRY, "DbUser": OTHER_ENTRY},
    ),
    "redshift_statements": Kind(
        redshift.Statement,
        _definitions.BATCH,
        NOT_OF_STATEMENTS
        | dict.fromkeys(
            ("ClusterIdentifier", "DbUser", "SecretArn", "StatementName", "WithEvent", "ResultFormat"), OTHER_ENTRY
        ),
    ),
}
"""The kinds by the names of their entries in the catalogue."""


def create_call(kind: Kind) -> OperationModel:
    model = botocore.session.get_session().get_service_model(kind.definition.service)
    return model.operation_model(next(one for one in model.operation_names if is_created_by(one, kind)))


def is_created_by(operation: str, kind: Kind) -> bool:
    return xform_name(operation) == kind.definition.create.operation


@pytest.fixture
def parameters(
    shop: Shop, stack: cdk.Stack, resources: Callable[..., Any], with_names: Callable[..., Any]
) -> Callable[[str], list[dict[str, Any]]]:
    """Declares a kind of job with everything set, and returns the parameters of the create calls."""

    def declare(name: str) -> list[dict[str, Any]]:
        CATALOGUE_KINDS[name](shop)
        jobs = (one["Properties"] for one in resources(stack).values() if "Definition" in one.get("Properties", {}))
        operation = KINDS[name].definition.create.operation
        return [with_names(job["Parameters"]) for job in jobs if job["Definition"]["create"]["operation"] == operation]

    return declare


def test_every_kind_is_held_against_its_model() -> None:
    assert {name for name, one in vars(runs).items() if getattr(one, "__module__", "") == runs.__name__} <= set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_every_member_of_the_create_call_can_be_given(name: str, parameters: Callable[[str], Any]) -> None:
    shape = create_call(KINDS[name]).input_shape
    found = {leaf for one in parameters(name) for leaf in given(one, shape)}
    left_out = {leaf for leaf in leaves(shape) for one in KINDS[name].not_arguments if f"{leaf}.".startswith(f"{one}.")}

    assert set(leaves(shape)) - left_out == found
    assert len(left_out) >= len(KINDS[name].not_arguments)


@pytest.mark.parametrize("name", KINDS)
def test_botocore_accepts_the_parameters(name: str, parameters: Callable[[str], Any]) -> None:
    for one in parameters(name):
        report = ParamValidator().validate(one, create_call(KINDS[name]).input_shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("name", KINDS)
def test_every_attribute_of_the_definition_is_a_property(
    name: str, stack: cdk.Stack, parameters: Callable[[str], Any]
) -> None:
    members = {one: inspect.getattr_static(KINDS[name].construct, one) for one in dir(KINDS[name].construct)}
    properties = {one: value for one, value in members.items() if isinstance(value, Attribute)}

    names = {value.name or re.sub("_(.)", lambda found: found[1].upper(), one) for one, value in properties.items()}
    assert names == {*KINDS[name].definition.attributes}
    parameters(name)
    job = stack.node.find_child("Job")
    for one, value in properties.items():
        assert stack.resolve(getattr(job, one)).get("Fn::GetAtt", [None, None])[1] == value.name


@pytest.mark.parametrize(
    ("service", "shape", "choices"),
    [
        ("glue", "WorkerType", glue.WorkerType),
        ("glue", "ExecutionClass", glue.ExecutionClass),
        ("redshift-data", "ResultFormatString", redshift.ResultFormat),
        ("redshift-data", "ExecutionMode", redshift.ExecutionMode),
        ("athena", "EncryptionOption", athena.EncryptionOption),
        ("athena", "S3AclOption", athena.S3AclOption),
    ],
)
def test_the_choices_are_the_services(service: str, shape: str, choices: Any) -> None:
    model = botocore.session.get_session().get_service_model(service)

    assert set(model.shape_for(shape).enum) == {choice.value for choice in choices}


def test_an_app_with_other_jobs_loads_none_of_them() -> None:
    packages = ("athena", "glue", "redshift", "stepfunctions")
    code = f"import sys, cdk_data_jobs; print(*({{f'cdk_data_jobs.{{one}}' for one in {packages}}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert done.stdout.split() == []
