"""Delete drains, and always succeeds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
CREATED = dt.datetime(2023, 11, 14, 22, 0, tzinfo=dt.timezone.utc)
PREFIX = "DataLoading-ImportInteractions-"


def describe(function: Any, status: str) -> None:
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", {"datasetImportJob": {"datasetImportJobArn": ARN, "status": status}}
    )


def deleted(function: Any) -> dict[str, Any]:
    event = function.event("Delete", PhysicalResourceId=ARN)
    run: dict[str, Any] = function.step("create", function.run(event))
    assert (run["next"], run["wait"]) == ("check", 0)
    return run


def test_it_waits_for_the_job_to_end(function: Any) -> None:
    run = deleted(function)
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", run)
    waiting = run["next"]
    describe(function, "ACTIVE")
    function.executions({})
    run = function.step("report", function.step("check", run, after=60))

    assert waiting == "check"
    assert run["next"] == "succeed"
    assert function.answers.bodies[0]["Status"] == "SUCCESS"
    assert function.answers.bodies[0]["PhysicalResourceId"] == ARN


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidInputException"])
def test_an_unknown_physical_id_is_fine(function: Any, code: str) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", code)
    function.executions({})

    assert function.step("report", function.step("check", deleted(function)))["next"] == "succeed"


def test_it_waits_for_a_create_that_is_still_under_way(function: Any) -> None:
    run = deleted(function)
    prefix = f"{PREFIX}{function_prefix(function)}-"
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions(
        dict.fromkeys([f"{prefix}create-1", f"{prefix}delete-2", "Another-ImportInteractions-00000000-create-1"], 60.0)
    )
    function.stack("ROLLBACK_IN_PROGRESS")
    run = function.step("check", run)
    waiting = run["next"]
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions(dict.fromkeys([f"{prefix}delete-2"], 60.0))

    assert waiting == "check"
    assert function.step("check", run, after=10)["next"] == "report"


@pytest.mark.parametrize(
    ("status", "step"), [("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "report"), ("DELETE_IN_PROGRESS", "check")]
)
def test_after_an_update_the_job_that_took_over_may_go_on(function: Any, status: str, step: str) -> None:
    run = deleted(function)
    describe(function, "ACTIVE")
    function.executions(dict.fromkeys([f"{PREFIX}{function_prefix(function)}-update-1"], 60.0))
    function.stack(status)

    assert function.step("check", run)["next"] == step


@pytest.mark.parametrize(
    ("other", "status", "step"),
    [
        ("update-1", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "report"),
        ("run-1", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "check"),
        ("update-1", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "check"),
    ],
)
def test_for_a_job_that_never_was_it_waits_for_what_its_successor_does_not_do(
    function: Any, other: str, status: str, step: str
) -> None:
    run = deleted(function)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions(dict.fromkeys([f"{PREFIX}{function_prefix(function)}-{other}"], 60.0))
    function.stack(status)

    assert function.step("check", run)["next"] == step


def test_it_succeeds_at_its_deadline_too(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Timeout"] = "60"
    run = function.step("create", function.run(event))
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", run, after=3000)
    assert run["next"] == "check"
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("report", function.step("check", run, after=300))

    assert function.answers.bodies[0]["Status"] == "SUCCESS"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_it_succeeds_when_nothing_can_be_asked(function: Any, code: str) -> None:
    run = deleted(function)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", code)
    function.stubs["stepfunctions"].add_client_error("list_executions", code)

    run = function.step("report", function.step("check", run, after=200))

    assert run["next"] == "succeed"


def test_it_deletes_what_a_crashed_run_left_behind(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    describe(function, "ACTIVE")
    function.executions({})
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    run = function.step("check", function.step("create", function.run(event)))

    assert function.step("report", run)["next"] == "succeed"


def function_prefix(function: Any) -> str:
    return Request.from_event(function.event()).executions().removeprefix(PREFIX).rstrip("-")
