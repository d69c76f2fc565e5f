"""A rollback's Update waits for the runs that it rejects: what they read or write is deleted next."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/"
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
REJECTED = "update-0000aaaa-0123456789ab"


def update(function: Any, **changes: Any) -> dict[str, Any]:
    """An Update that takes back a new job."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old")
    event["OldResourceProperties"] = {**event["ResourceProperties"], "Trigger": "2"}
    event["ResourceProperties"] |= changes
    return event


def prefix(function: Any) -> str:
    return str(Request.from_event(function.event()).executions())


def look(function: Any, run: dict[str, Any], others: dict[str, float], *, after: float = 0) -> dict[str, Any]:
    """Take a step at which the list of runs is asked for."""
    function.now += after
    function.executions({prefix(function) + name: age for name, age in others.items()})
    run = function.create(run, stack=BACK)
    assert run["next"] in ("create", "check")
    return run


@pytest.mark.parametrize("other", [REJECTED, "create-0000aaaa-0123456789ab", "run-0000aaaa-0123456789ab"])
def test_it_waits_for_every_run_that_began_before(function: Any, other: str) -> None:
    run = look(function, function.run(update(function)), {other: 10}, after=10)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 5, "job")
    assert run["state"] == "a run that the rolled-back update has started goes on"

    run = look(function, run, {}, after=60)
    assert (run["next"], run["kept"], run["id"]) == ("check", True, ARN + "old")


def test_a_run_that_has_just_begun_may_be_in_no_list_yet(function: Any) -> None:
    run = function.create(function.run(update(function)), after=9, stack=BACK)

    assert run["next"] == "create"


@pytest.mark.parametrize(
    ("other", "age"),
    [("run-0000aaaa-0123456789ab", 4), ("delete-0000aaaa-0123456789ab", 60), ("run-0000aaaa-w01800000000", 60)],
    ids=["later", "delete", "files"],
)
def test_what_began_later_or_gathers_files_and_a_deletion_are_not_waited_for(
    function: Any, other: str, age: float
) -> None:
    run = look(function, function.run(update(function)), {other: age}, after=10)

    assert run["kept"]


def test_a_request_is_dated_by_the_second_so_what_began_in_it_was_before(function: Any) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 9.1}, after=10)

    assert run["next"] == "create"


def test_what_left_its_copies_to_the_rollback_is_cleaned_up_by_it(function: Any) -> None:
    files = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    run = look(function, function.run(update(function, Files=files)), {}, after=10)
    job = {"datasetImportJobArn": ARN + "old", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", function.step("check", run))["next"] == "succeed"


def test_the_job_that_a_rollback_keeps_reads_no_copies_though_nobody_saw_its_end(function: Any) -> None:
    files = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    run = look(function, function.run(update(function, Files=files)), {}, after=10)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", function.step("check", run))["next"] == "succeed"


def test_a_rollback_that_crashes_while_it_waits_fails_no_stack(function: Any) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 60}, after=10)

    function.step("report", {**run, "crash": {"Error": "Exception", "Cause": "x"}})

    [answer] = function.answers.bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN + "old")


@pytest.mark.parametrize("timeout", ["60", "3300"])
def test_it_waits_for_55_minutes_whatever_the_jobs_time_out(function: Any, timeout: str) -> None:
    run = function.run(update(function, Timeout=timeout))
    run = look(function, run, {REJECTED: 9999}, after=3299)
    assert run["next"] == "create"

    run = function.create(run, after=1, stack=BACK)
    assert (run["next"], run["kept"], run["id"]) == ("check", True, ARN + "old")


def test_at_the_deadline_it_succeeds_even_if_nothing_could_be_asked(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 60}, after=10)
    function.stubs["cloudformation"].add_client_error("describe_stacks", "Throttling")

    run = function.step("report", function.step("create", run, after=3300))

    [answer] = function.answers.bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN + "old")
    assert run["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out


@pytest.mark.parametrize(("code", "step"), [("ThrottlingException", "create"), ("ValidationException", "check")])
def test_a_list_that_cannot_be_had_now_is_waited_for(function: Any, code: str, step: str) -> None:
    function.stubs["stepfunctions"].add_client_error("list_executions", code)

    assert function.create(function.run(update(function)), after=10, stack=BACK)["next"] == step


@pytest.mark.parametrize(("status", "following"), [(BACK, "create"), ("UPDATE_IN_PROGRESS", "check")])
def test_a_job_that_no_deployment_runs_any_more_is_waited_for_in_a_rollback_only(
    function: Any, status: str, following: str
) -> None:
    event = update(function, DeployTime="false")

    assert function.create(function.run(event), stack=status)["next"] == following


def test_what_waits_on_waits_for_nothing_in_a_rollback(function: Any) -> None:
    event = update(function, Job=ARN + "old")
    event["OldResourceProperties"]["Job"] = ARN + "new"

    assert function.create(function.run(event), after=60, stack=BACK)["kept"]
