"""A timeout of more than an hour: each waiting resource waits its seconds, and then succeeds."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from data_jobs.context import LONGER_TIMEOUT
from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-19f1064b"


def describe(function: Any, status: str) -> None:
    job = {"datasetImportJobArn": ARN, "status": status}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})


def creator(function: Any) -> dict[str, Any]:
    event: dict[str, Any] = function.event()
    event["ResourceProperties"] |= {"Timeout": "3300", "Relay": "9000"}
    return event


def waiter(function: Any, request_type: str = "Create", **properties: str) -> dict[str, Any]:
    event: dict[str, Any] = function.event(request_type, ResourceType="Custom::DataJobWait", LogicalResourceId="Wait1")
    event["ResourceProperties"] |= {
        "Kind": "Custom::PersonalizeDatasetImportJob",
        "Job": ARN,
        "Creator": "ImportInteractions",
        **properties,
    }
    return event


def test_the_creator_leaves_the_waiting_to_the_next_resource(function: Any) -> None:
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("check", function.run(creator(function), id=ARN, since=function.now), after=3300)
    run = function.step("report", run)

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert response["Data"]["status"] == "CREATE IN_PROGRESS"
    assert (run["next"], run["wait"]) == ("check", 330)


def test_the_creator_of_a_job_without_a_name_does_so_too(function: Any) -> None:
    event = function.event(ResourceType="Custom::PinpointImportJob")
    event["ResourceProperties"] |= {"Parameters": {"ApplicationId": "app"}, "Relay": "9000"}
    error = EndpointConnectionError(endpoint_url="https://pinpoint")
    function.answering("pinpoint", "GetImportJob", error)

    run = function.step("check", function.run(event, id="job-1", since=function.now), after=3300)
    run = function.step("report", run)

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", "job-1")
    assert run["next"] == "check"


def test_the_creator_of_a_job_without_a_name_leaves_no_job_to_wait_for_that_was_never_created(function: Any) -> None:
    event = function.event(ResourceType="Custom::PinpointImportJob")
    event["ResourceProperties"] |= {"Parameters": {"ApplicationId": "app"}, "Relay": "9000"}

    run = function.step("report", function.create(function.run(event), after=3300))

    [response] = function.responses.bodies
    assert (response["Status"], run["next"]) == ("FAILED", "fail")
    assert "did not end within 55 minutes" in response["Reason"]


def test_the_next_resource_waits_for_the_same_job(function: Any) -> None:
    describe(function, "CREATE IN_PROGRESS")
    run = function.create(function.run(waiter(function)))
    assert (run["next"], run["wait"], run["id"]) == ("check", 5, ARN)

    describe(function, "ACTIVE")
    run = function.step("report", function.step("check", run))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert response["Data"]["status"] == "ACTIVE"


def test_the_last_resource_fails_at_the_deadline(function: Any) -> None:
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("check", function.run(waiter(function), id=ARN, since=function.now), after=3300)

    assert (run["outcome"]["succeeded"], run["outcome"]["error"]) == (False, "DataJob.TimedOut")
    assert run["outcome"]["reason"] == (
        "Personalize dataset import job did not end within another 55 minutes: "
        f"it is still CREATE IN_PROGRESS. What to do: {LONGER_TIMEOUT}. Job: {ARN}"
    )
    assert function.step("report", run)["next"] == "fail"


def test_a_job_that_was_never_created_is_reported_as_failed(function: Any) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException", "none")
    function.executions({})

    run = function.step("check", function.run(waiter(function), id=ARN, since=function.now))

    assert run["outcome"]["reason"] == (
        "Personalize dataset import job was never created (see the function's log): "
        f"ResourceNotFoundException: none. Job: {ARN}"
    )
    assert run["outcome"]["error"] == "DataJob.NotCreated"
    assert run["outcome"]["attributes"]["status"] == "CREATE FAILED"


def test_a_job_that_still_waits_its_turn_is_waited_for_too(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.create(function.run(creator(function))), after=3300)
    run = function.step("report", run)

    assert function.responses.bodies[0]["Status"] == "SUCCESS"
    assert function.responses.bodies[0]["PhysicalResourceId"] == ARN
    assert function.responses.bodies[0]["Data"]["status"] == ""
    assert run["next"] == "create"

    run = function.create(run, after=9000)

    assert "did not end within 150 minutes" in run["outcome"]["reason"]
    assert function.step("report", run)["next"] == "fail"
    assert len(function.responses.bodies) == 1


@pytest.mark.parametrize(
    ("under_way", "step", "waits_for"),
    [("create-0000aaaa-0123456789ab", "check", "job"), ("delete-0000aaaa-0123456789ab", "report", None)],
)
def test_a_job_that_is_not_there_is_waited_for_as_long_as_its_creator_runs(
    function: Any, under_way: str, step: str, waits_for: str | None
) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    prefix = Request.from_event(waiter(function)).execution_prefix("ImportInteractions")
    function.executions({prefix + under_way: 60.0})

    run = function.step("check", function.run(waiter(function), id=ARN, since=function.now))

    assert (run["next"], run.get("waiting_for")) == (step, waits_for)


@pytest.mark.parametrize(("code", "step"), [("ThrottlingException", "check"), ("ValidationException", "report")])
def test_while_it_is_unknown_whether_its_creator_runs_a_job_may_still_come(function: Any, code: str, step: str) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.stubs["stepfunctions"].add_client_error("list_executions", code)

    assert function.step("check", function.run(waiter(function), id=ARN, since=function.now))["next"] == step


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_an_update_waits_for_a_new_job_and_a_rollback_does_not(function: Any, status: str) -> None:
    event = waiter(function, "Update", PhysicalResourceId="x")
    event |= {
        "PhysicalResourceId": "arn:before",
        "OldResourceProperties": {**event["ResourceProperties"], "Job": "arn:before"},
    }

    if status == "UPDATE_IN_PROGRESS":
        describe(function, "CREATE IN_PROGRESS")
    run = function.create(function.run(event), stack=status)

    assert run["id"] == (ARN if status == "UPDATE_IN_PROGRESS" else "arn:before")
    assert run.get("kept", False) is (status != "UPDATE_IN_PROGRESS")
