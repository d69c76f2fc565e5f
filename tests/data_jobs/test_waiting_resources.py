"""Waiting resources in an Update that keeps the job."""

from __future__ import annotations

from typing import Any

import pytest
from keeping_steps import (
    ARN,
    CONTINUE,
    DOES_NOT_WAIT,
    GONE,
    check_failed_job,
    describe,
    keep_job,
    recheck,
    stub_last_request,
    update,
    wait_request,
)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
@pytest.mark.parametrize("problem", ["it failed", "it is gone"])
def test_a_waiting_resource_takes_a_job_that_was_kept_for_a_new_one_as_it_is(
    function: Any, problem: str, request_type: str
) -> None:
    if problem == "it failed":
        describe(function, "CREATE FAILED")
    else:
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", GONE)

    run = function.step(
        "check", function.step("create", function.run(wait_request(function, request_type, kept="true")))
    )
    function.step("report", run)

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN)


def test_a_waiting_resource_lists_the_runs_of_the_resource_that_creates_the_job(function: Any) -> None:
    event = wait_request(function, "Update", kept="false", Timeout="60")
    for properties in (event["ResourceProperties"], event["OldResourceProperties"]):
        properties["Creator"] = "ImportInteractions"
    stub_last_request(function, "update-1")

    assert "This update keeps that job" in check_failed_job(function, event)["outcome"]["reason"]


@pytest.mark.parametrize("accepts", [CONTINUE, DOES_NOT_WAIT])
def test_a_waiting_resource_accepts_what_the_run_of_the_jobs_own_resource_does(
    function: Any, accepts: dict[str, Any]
) -> None:
    event = wait_request(function, "Update", kept="false")
    for properties in (event["ResourceProperties"], event["OldResourceProperties"]):
        properties["Creator"] = "ImportInteractions"
    stub_last_request(function, "update-1", status="RUNNING", **accepts)

    assert check_failed_job(function, event)["outcome"]["succeeded"]


def test_a_waiting_resource_waits_for_the_run_that_keeps_the_job_which_is_running(function: Any) -> None:
    event = wait_request(function, "Update", kept="false", OnFailure="CONTINUE")
    event["ResourceProperties"]["Creator"] = "ImportInteractions"
    accepts_no_more = {"RequestType": "Update", "OldResourceProperties": CONTINUE}
    stub_last_request(function, "update-1", status="RUNNING", request=accepts_no_more)
    describe(function, "CREATE IN_PROGRESS")
    function.stack("UPDATE_IN_PROGRESS")

    run = function.step("check", function.step("create", function.run(event)))

    assert (run["next"], run.get("must_succeed")) == ("check", None)
    assert run["state"] == "the run of the job's own resource has not ended"


@pytest.mark.parametrize(("after", "judges"), [(0, False), (3300, True)])
def test_a_waiting_resource_waits_for_the_run_of_the_jobs_own_resource_which_has_just_checked_it(
    function: Any, after: float, *, judges: bool
) -> None:
    event = wait_request(function, "Update", kept="false", Timeout="60")
    for properties in (event["ResourceProperties"], event["OldResourceProperties"]):
        properties["Creator"] = "ImportInteractions"
    stub_last_request(function, "update-1", status="RUNNING")
    run = check_failed_job(function, event)
    assert (run["next"], run.get("must_succeed")) == ("check", None)
    assert run["state"] == "the run of the job's own resource has not ended"

    describe(function, "CREATE FAILED")
    function.stack("UPDATE_IN_PROGRESS")
    stub_last_request(function, "update-1", status="RUNNING" if judges else "SUCCEEDED")
    run = function.step("check", run, after=after)

    assert recheck(function, run)["outcome"]["succeeded"] is not judges


def test_a_new_waiting_resource_checks_a_job_that_is_new(function: Any) -> None:
    describe(function, "CREATE FAILED")

    run = function.create(function.run(wait_request(function, "Create", kept="false")))

    assert "failed: no such column" in run["outcome"]["reason"]


@pytest.mark.parametrize("before", [{"Kept": "true"}, {"Parameters": {}}, {"DeployTime": "false"}, {"Trigger": "2"}])
def test_to_a_waiting_resource_only_another_id_is_another_job(function: Any, before: dict[str, Any]) -> None:
    run = function.step("create", function.run(wait_request(function, "Update", kept="false", **before)))

    assert run["kept"]


@pytest.mark.parametrize(
    ("before", "now", "reported"),
    [("1", "2", "true"), (None, "1", "true"), ("2", "2", "false"), ("2", "1", "false"), ("1", None, None)],
)
def test_waiting_resources_see_whether_new_ones_have_nothing_to_wait_for(
    function: Any, before: str | None, now: str | None, reported: str | None
) -> None:
    event = update(function, {"Links": before} if before else None, {"Links": now} if now else None)
    describe(function, "ACTIVE")

    function.step("report", function.step("check", function.step("create", function.run(event))))

    assert function.responses.bodies[0]["Data"].get("DataJobKept") == reported


def test_waiting_resources_that_are_new_wait_for_a_job_that_must_succeed(function: Any) -> None:
    run = keep_job(function, update(function, None, {"Links": "1", "Relay": "9000"}), "CREATE IN_PROGRESS")
    describe(function, "CREATE IN_PROGRESS")

    function.step("report", function.step("check", run, after=3300))

    [response] = function.responses.bodies
    assert (response["Status"], response["Data"]["DataJobKept"]) == ("SUCCESS", "false")


def test_waiting_resources_see_a_new_job(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Links"] = "2"
    describe(function, "ACTIVE")

    function.step("report", function.step("check", function.run(event, id=ARN, since=function.now)))

    assert function.responses.bodies[0]["Data"]["DataJobKept"] == "false"
