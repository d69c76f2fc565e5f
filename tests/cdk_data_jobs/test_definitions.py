"""JobDefinition: the rows of the table, and parameters by their paths."""

import dataclasses
from typing import Any

import aws_cdk as cdk
import jmespath
import pytest
from catalogue.jobs import contacts_find

from cdk_data_jobs import CreateCall, DescribeCall, JobDefinition, JobNaming
from cdk_data_jobs._definition.parameters import get_parameter, resolve_arn, set_parameter
from cdk_data_jobs._definition.table import _SPELLINGS, as_row, definition_of, read_table
from cdk_data_jobs._support.validation import ValidationError

TABLE = read_table()
MINIMAL: dict[str, Any] = {
    "title": "Import",
    "service": "sesv2",
    "create": CreateCall(operation="create_import_job", id="JobId"),
    "describe": DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
    "status": "JobStatus",
    "succeeded": ["COMPLETED"],
    "failed": ["FAILED"],
    "may_run_twice": True,
}


@pytest.mark.parametrize("kind", TABLE)
def test_a_row_of_the_table_comes_back_as_it_was(kind: str) -> None:
    for_synthesis = {"permissions", "tag_permissions", "source_arn", "role"}

    row = {key: value for key, value in TABLE[kind].items() if key not in for_synthesis}
    assert as_row(definition_of(kind)) == row


@pytest.mark.parametrize("kind", TABLE)
def test_every_key_of_the_table_is_known(kind: str) -> None:
    names = {field.name for field in dataclasses.fields(JobDefinition)}

    assert set(TABLE[kind]) <= {_SPELLINGS.get(name, name) for name in names}


def test_what_has_its_default_is_left_out() -> None:
    assert as_row(JobDefinition(**MINIMAL)) == {
        "title": "Import",
        "service": "sesv2",
        "create": {"operation": "create_import_job", "id": "JobId"},
        "describe": {"operation": "get_import_job", "parameters": {"JobId": "id"}, "job": "@"},
        "status": "JobStatus",
        "succeeded": ["COMPLETED"],
        "failed": ["FAILED"],
        "reason": "`null`",
        "attributes": {"status": "JobStatus"},
        "not_identity": [],
    }


@pytest.mark.parametrize("may_run_twice", [True, False])
def test_what_happens_to_a_lost_job_is_left_out_if_it_can_be_found(*, may_run_twice: bool) -> None:
    naming = JobNaming(parameter="Name", max_length=63, name_taken_errors=["Taken"])
    minimal = MINIMAL | {"may_run_twice": may_run_twice}

    assert as_row(JobDefinition(**minimal)).get("lost") == (None if may_run_twice else "fail")
    for found_by in ({"name": naming, "created": "At"}, {"client_token": "Token"}, {"find": contacts_find()}):
        row = as_row(JobDefinition(**minimal, **found_by))
        assert "lost" not in row
        assert "may_run_twice" not in row


@pytest.mark.parametrize(
    ("path", "written"), [("parameters.Name", "Name"), ("parameters.Request.Name", "Request.Name")]
)
def test_a_path_of_a_list_call_is_one_of_the_create_calls_parameters(path: str, written: str) -> None:
    row = as_row(JobDefinition(**MINIMAL, find=contacts_find(parameters={"Kind": path})))

    assert row["find"]["parameters"] == {"Kind": written}
    parameters = {"Name": "a", "Request": {"Name": "a"}}
    assert jmespath.search(written, parameters) == jmespath.search(path, {"parameters": parameters}) == "a"


@pytest.mark.parametrize("path", ["Name", "parameters", 'parameters."Name"', "to_string(parameters.Name)", "id"])
def test_another_path_of_a_list_call_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="the parameter Kind of list_import_jobs must be one of the create"):
        contacts_find(parameters={"Kind": path})


def test_the_role_is_no_part_of_a_jobs_identity() -> None:
    definition = JobDefinition(**MINIMAL, role="Request.RoleArn", ignored_changes=("Description",))

    assert as_row(definition)["not_identity"] == ["Description", "Request.RoleArn"]


def test_a_parameter_is_found_and_set_by_its_path() -> None:
    inner = {"Format": "CSV"}
    parameters: dict[str, Any] = {"Request": inner}
    set_parameter(parameters, "Request.RoleArn", "arn")
    set_parameter(parameters, "New.Id", 1)

    assert parameters == {"Request": {"Format": "CSV", "RoleArn": "arn"}, "New": {"Id": 1}}
    assert inner == {"Format": "CSV"}
    assert get_parameter(parameters, "Request.RoleArn") == "arn"
    assert get_parameter(parameters, "Request.Format.Deeper") is None
    assert get_parameter(parameters, "Missing.Id") is None


def test_an_arn_is_that_of_the_stack_and_of_the_parameters() -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(account="111122223333", region="eu-west-1"))

    template = "arn:aws:mobiletargeting:{region}:{account}:apps/{ApplicationId}"
    assert (
        resolve_arn(template, stack, {"ApplicationId": "a"}) == "arn:aws:mobiletargeting:eu-west-1:111122223333:apps/a"
    )


def test_a_definition_of_a_users_own_class_may_have_fields_of_any_type() -> None:
    @dataclasses.dataclass(frozen=True)
    class Described(CreateCall):
        note: str = ""
        owners: tuple[str, ...] = ()

    assert Described(operation="start_crawler", id="Name", owners=("a",)).owners == ("a",)
