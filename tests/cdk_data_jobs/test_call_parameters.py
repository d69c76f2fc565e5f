"""The parameters of describe calls: what their paths find fits the service's model, and one of them is the job's id."""

# ruff: noqa: E501 - a message is one string

from collections.abc import Callable
from typing import Any

import pytest

from cdk_data_jobs import CreateCall, DescribeCall, JobDefinition
from cdk_data_jobs._definition.call_parameters import validate_use_of_id, validate_value
from cdk_data_jobs._definition.definition_paths import validate_paths
from cdk_data_jobs._definition.path_shapes import result_shape
from cdk_data_jobs._definition.service_model import operation_model
from cdk_data_jobs._definition.synthetic_shapes import STRING, object_of
from cdk_data_jobs._support.validation import ValidationError

Ses = Callable[..., JobDefinition]
KNOWN = object_of({"id": STRING, "parameters": object_of({"Arns": object_of({})})})


def validate(service: str, operation: str, name: str, path: str) -> None:
    called = operation_model(service, operation)
    assert called is not None
    validate_value(name, operation, path, result_shape(path, KNOWN), called.input_shape.members[name])


@pytest.mark.parametrize(
    ("call", "path", "message"),
    [
        (
            ("dms", "describe_replication_tasks", "Filters"),
            "[{Name: 'replication-task-arn', Values: id}]",
            "the parameter Filters[].Values of describe_replication_tasks must be of the type list, got \"[{Name: 'replication-task-arn', Values: id}]\", which is of the type string; correct it",
        ),
        (
            ("dms", "describe_replication_tasks", "Filters"),
            "[{Name: 'replication-task-arn', Value: [id]}]",
            "the parameter Filters[] of describe_replication_tasks must have members of Values, Name, got 'Value' in ",
        ),
        (
            ("dms", "describe_replication_tasks", "Filters"),
            "[{Values: [id]}]",
            "the parameter Filters[] of describe_replication_tasks must have the member Name, got only Values in ",
        ),
        (
            ("dms", "describe_replication_tasks", "Filters"),
            "id",
            "the parameter Filters of describe_replication_tasks must be of the type list, got 'id', which is of the type string; use [id]",
        ),
        (
            ("dms", "describe_replication_tasks", "Filters"),
            "[id]",
            "the parameter Filters[] of describe_replication_tasks must be of the type structure, got '[id]', which is of the type string; correct it",
        ),
        (
            ("ecs", "describe_tasks", "include"),
            "['tags']",
            "the parameter include[] of describe_tasks must be one of TAGS, got 'tags' in \"['tags']\"; correct it",
        ),
        (
            ("ecs", "describe_tasks", "tasks"),
            "[[id]]",
            "the parameter tasks[] of describe_tasks must be of the type string, got '[[id]]', which is of the type list; ",
        ),
    ],
)
def test_a_value_that_the_service_would_refuse_is_told(call: tuple[str, str, str], path: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate(*call, path)

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (("dms", "describe_replication_tasks", "Filters"), "[{Name: 'replication-task-arn', Values: [id]}]"),
        (("dms", "describe_replication_tasks", "MaxRecords"), "'20'"),
        (("ecs", "describe_tasks", "tasks"), "[id]"),
        (("ecs", "describe_tasks", "tasks"), "`null`"),
        (("ecs", "describe_tasks", "include"), "['TAGS']"),
        (("ecs", "describe_tasks", "include"), "[id]"),
        (("glue", "start_job_run", "Arguments"), "{anything: id}"),
    ],
)
def test_what_the_service_takes_passes(call: tuple[str, str, str], path: str) -> None:
    validate(*call, path)


@pytest.mark.parametrize(
    ("create_id", "parameters", "job"),
    [
        ("JobId", {"JobId": "parameters.ImportDestination"}, "@"),
        ("JobId", {"JobId": "'1'"}, "@"),
        ("JobId || parameters.ImportDestination", {}, "Jobs[0]"),
        ("Jobs[0].Id", {"JobId": "parameters"}, "@"),
        ("JobId", {"JobId": "parameters.ImportDestination[:1].Id | [0]"}, "@"),
    ],
)
def test_a_description_of_any_job_is_told(ses_definition: Ses, create_id: str, parameters: Any, job: str) -> None:
    definition = ses_definition(
        create=CreateCall(operation="create_import_job", id=create_id),
        describe=DescribeCall(operation="get_import_job", parameters=parameters, job=job),
    )

    with pytest.raises(ValidationError, match=r"^the DescribeCall must use the job's id, as 'id' in the path of a "):
        validate_use_of_id(definition)


@pytest.mark.parametrize(
    ("create_id", "parameters", "job"),
    [
        ("JobId", {"JobId": "id"}, "@"),
        ("JobId", {"JobIds": "[id]"}, "@"),
        ("JobId", {"Filters": "[{Name: 'id', Values: [id]}]"}, "@"),
        ("JobId", {}, "Jobs[?Id == '{id}'] | [0]"),
        ("parameters.Name", {"JobId": "parameters.Name"}, "@"),
        ("join('/', [parameters.Name, 'latest'])", {"JobId": "parameters.Name"}, "@"),
        ("'report'", {}, "@"),
    ],
)
def test_a_description_of_the_job_passes(ses_definition: Ses, create_id: str, parameters: Any, job: str) -> None:
    create = CreateCall(operation="create_import_job", id=create_id)
    describe = DescribeCall(operation="get_import_job", parameters=parameters, job=job)

    validate_use_of_id(ses_definition(create=create, describe=describe))


def test_a_parameter_that_the_describe_call_needs_must_be_given(ses_definition: Ses) -> None:
    describe = DescribeCall(operation="get_import_job", parameters={"JobId": "parameters.ImportDataSource.S3Url"})
    create = CreateCall(operation="create_import_job", id="parameters.ImportDataSource.S3Url")
    definition = ses_definition(create=create, describe=describe)

    validate_paths(definition, {"ImportDataSource": {"S3Url": "s3://shop-data/contacts.csv"}})
    with pytest.raises(
        ValidationError,
        match=r"^parameters must have ImportDataSource\.S3Url, because the describe call has it as its parameter JobId",
    ):
        validate_paths(definition, {})


def test_what_is_given_is_there_for_functions(ses_definition: Ses) -> None:
    path = "join('/', [parameters.ImportDestination.SuppressionListDestination.SuppressionListImportAction, id])"
    describe = DescribeCall(operation="get_import_job", parameters={"JobId": path})
    given = {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}}

    validate_paths(ses_definition(describe=describe), {"ImportDestination": given})
    with pytest.raises(ValidationError, match="join fails if an entry of its list is absent"):
        validate_paths(ses_definition(describe=describe), {"ImportDestination": {}})
