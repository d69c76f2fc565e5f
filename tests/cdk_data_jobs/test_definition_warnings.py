"""What is probably a mistake in a definition: statuses and codes that the service's model does not have."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from catalogue.jobs import contacts_find

from cdk_data_jobs import CreateCall, JobDefinition, JobNaming
from cdk_data_jobs._definition.definition_warnings import (
    final_statuses,
    lacks_status_in_list,
    parameters_not_in_list,
    unknown_codes,
    validate_statuses,
)
from cdk_data_jobs._definition.service_model import model_version
from cdk_data_jobs._definition.synthetic_shapes import STRING, SyntheticShape
from cdk_data_jobs._support.validation import ValidationError

Ses = Callable[..., JobDefinition]


class Enumeration(SyntheticShape):
    """The shape of a status, with the statuses that there are."""

    enum: list[str]


def statuses(*names: str) -> Enumeration:
    shape = Enumeration("string")
    object.__setattr__(shape, "enum", [*names])
    return shape


def test_a_status_that_the_service_does_not_have_is_an_error(ses_definition: Ses) -> None:
    known = statuses("COMPLETED", "COMPLETE", "FAILED")

    for changes, name, got in (
        ({"succeeded": ["COMPLETED", "Completed"]}, "succeeded", "Completed"),
        ({"failed": ["FAILED", "Stopped"]}, "failed", "Stopped"),
        ({"failed": ["Failed"]}, "failed", "Failed"),
        ({"failed": ["EXIT", "Stopped"], "failed_if": "FailureInfo"}, "failed", "Stopped"),
    ):
        with pytest.raises(ValidationError) as refused:
            validate_statuses(ses_definition(**changes), known)
        assert str(refused.value).startswith(
            f"{name} must have statuses that get_import_job returns in {model_version()}"
        )
        assert f", got {got!r}; correct it, or install a newer botocore" in str(refused.value)


def test_what_failed_if_finds_may_be_called_anything(ses_definition: Ses) -> None:
    validate_statuses(ses_definition(failed=["EXIT"], failed_if="FailureInfo"), statuses("COMPLETED"))


@pytest.mark.parametrize("shape", [None, STRING])
def test_without_an_enumeration_any_status_will_do(ses_definition: Ses, shape: Any) -> None:
    validate_statuses(ses_definition(succeeded=["x"], failed=["y"]), shape)

    assert final_statuses(ses_definition(), shape) == []


@pytest.mark.parametrize(
    "status",
    [
        "ABORTED", "CANCELLED", "CANCELED", "COMPLETE", "COMPLETED_WITH_ERRORS", "CREATE_FAILED", "DONE", "ERROR",
        "FINISHED", "ingestion-failed", "PartiallyCompleted", "STOPPED", "Success", "Succeeded With Warning",
        "INTERRUPTED", "TIMED_OUT", "TimedOut", "TIMEOUT",
    ],
)  # fmt: skip
def test_a_status_that_looks_final_is_told(ses_definition: Ses, status: str) -> None:
    assert final_statuses(ses_definition(), statuses("COMPLETED", "FAILED", status)) == [status]
    assert final_statuses(ses_definition(succeeded=[status]), statuses(status)) == []


@pytest.mark.parametrize(
    "status",
    [
        "CANCELLING", "CREATED", "FAILED_ROLLBACK_IN_PROGRESS", "FAILING", "InProgress", "NOT_STARTED", "PENDING",
        "QUEUED", "RUNNING", "STOP_REQUESTED", "COMPLETING", "SUBMITTED", "INCOMPLETE", "initial-ingestion-in-progress",
    ],
)  # fmt: skip
def test_a_status_of_a_running_job_is_not(ses_definition: Ses, status: str) -> None:
    assert final_statuses(ses_definition(), statuses(status)) == []


def test_a_code_that_no_operation_has_is_told(ses_definition: Ses) -> None:
    naming = JobNaming(parameter="Name", max_length=63, name_taken_errors=["AlreadyExistsException", "Taken"])
    known = ["LimitExceededException", "ThrottlingException", "ConflictException"]
    definition = ses_definition(
        created="CreatedTimestamp",
        name=naming,
        client_token="Token",  # noqa: S106 - a parameter's name
        token_used_errors=["Used"],
        retryable_errors=[*known, "LimitExceeded"],
    )

    assert unknown_codes(definition) == ["Used", "Taken", "LimitExceeded"]


def test_of_a_model_without_errors_nothing_is_said(ses_definition: Ses) -> None:
    create = CreateCall(operation="export_image", id="ExportImageTaskId")

    assert unknown_codes(ses_definition(service="ec2", create=create, retryable_errors=["ResourceCountExceeded"])) == []
    assert unknown_codes(ses_definition(service="newer", retryable_errors=["Busy"])) == []


def test_the_beginning_of_a_reason_is_no_code(ses_definition: Ses) -> None:
    create = CreateCall(operation="create_import_job", id="JobId", reason="JobId")

    assert unknown_codes(ses_definition(create=create, retryable_errors=["RESOURCE:"])) == []


@pytest.mark.parametrize(("status", "lacks"), [("JobStatus", False), ("FailureInfo.ErrorMessage", True)])
def test_a_list_without_the_status_is_told(ses_definition: Ses, status: str, *, lacks: bool) -> None:
    find = contacts_find()

    assert lacks_status_in_list(ses_definition(status=status, find=find)) is lacks
    assert not lacks_status_in_list(ses_definition(status=status))


BY_TOKEN: dict[str, Any] = {"client_token": "Token"}
GIVEN = {
    "ImportDestination": {"a": "b"},
    "ImportDataSource": {"c": "d"},
    "Kind": "e",
    "Config": {"Role": "f"},
    "Tags": [],
}


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ("@", ["ImportDataSource"]),
        ("{ImportDestination: ImportDestination, ImportDataSource: JobId}", []),
        ("{importDestination: ImportDestination}", ["ImportDestination", "ImportDataSource"]),
        ("join('', JobId)", []),
        ("NewerMember", []),
    ],
)
def test_a_parameter_that_a_listed_job_lacks_is_told(ses_definition: Ses, found: str, missing: list[str]) -> None:
    find = contacts_find(as_parameters=found, parameters={"ImportDestinationType": "parameters.Kind"})
    definition = ses_definition(find=find, role="Config.Role")

    assert parameters_not_in_list(definition, GIVEN) == missing
    assert parameters_not_in_list(ses_definition(), GIVEN) == []
    assert parameters_not_in_list(dataclasses.replace(definition, **BY_TOKEN), GIVEN) == []


def test_a_part_of_a_message_is_no_code_but_that_of_a_temporary_error_must_be_one(ses_definition: Ses) -> None:
    text = "parameters do not match"
    definition = ses_definition(**BY_TOKEN, token_used_errors=[text], retryable_errors=[text])

    assert unknown_codes(definition) == [text]
    assert unknown_codes(dataclasses.replace(definition, retryable_errors=[])) == []
