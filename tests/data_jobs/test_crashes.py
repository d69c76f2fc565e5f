"""A step that fails for good is reported, and its job is still watched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from report_steps import ARN

from data_jobs.definitions import table
from data_jobs.request import MAX_WATCH_SECONDS


def test_a_crash_is_reported(function: Any) -> None:
    cause = json.dumps({"errorType": "KeyError", "errorMessage": "'Source'", "stackTrace": []})

    run = function.crashed(function.run(crash={"Error": "KeyError", "Cause": cause}))

    assert run["next"] == "fail"
    [body] = function.responses.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"] == "the run crashed: KeyError: 'Source'; see the function's log"
    assert body["PhysicalResourceId"].endswith(":dataset-import-job/shop-interactions-19f1064b")
    assert body["Data"]["status"] == ""


def test_a_job_continues_whatever_happened_to_the_step_that_described_it(function: Any) -> None:
    run = function.crashed(function.run(id=ARN, since=function.now))

    assert run["next"] == "check"
    assert function.responses.bodies[0]["Status"] == "FAILED"


def test_a_job_that_can_never_be_described_is_given_up_and_keeps_its_files(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    run, followed = function.run(event, id=ARN, since=function.now, copied=1), []
    for _ in range(4):
        run = function.crashed(run, after=600)
        followed.append(run["next"])

    assert followed == ["check", "check", "check", "fail"]
    assert len(function.responses.bodies) == 1


@pytest.mark.parametrize(("after", "following"), [(0, "check"), (1, "fail")])
def test_a_run_that_crashes_after_a_week_watches_its_job_no_longer(function: Any, after: float, following: str) -> None:
    run = function.run(id=ARN, since=function.now, answered=True)
    run["told"] = function.now + 3300  # when it was answered, from which the week does not count

    assert function.crashed(run, after=MAX_WATCH_SECONDS + after)["next"] == following


def test_a_job_that_is_described_again_is_watched_on(function: Any) -> None:
    job = {"datasetImportJobArn": ARN, "status": "CREATE IN_PROGRESS"}
    run = function.run(id=ARN, since=function.now)
    for _ in range(5):
        run = function.crashed(run, after=600)
        assert run["next"] == "check"
        function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
        run = function.step("check", run)

    assert run["next"] == "check"


def test_a_resource_that_only_waits_and_crashes_leaves_the_watching_to_the_jobs_own_run(function: Any) -> None:
    event = function.event(ResourceType="Custom::DataJobWait")
    event["ResourceProperties"] |= {"Job": ARN, "Kind": "Custom::PersonalizeDatasetImportJob"}

    assert function.crashed(function.run(event, id=ARN, since=function.now))["next"] == "fail"
    assert function.crashed(function.run(event))["next"] == "fail"
    assert [body["PhysicalResourceId"] for body in function.responses.bodies] == [ARN, ARN]


def test_long_attributes_never_make_a_run_too_large_for_a_state(function: Any) -> None:
    definition = {**table()["Custom::PersonalizeDatasetImportJob"]}
    definition["attributes"] = {f"a{number}": "failureReason" for number in range(30)}
    event = function.event()
    event["ResourceProperties"]["Definition"] = definition
    job = {"datasetImportJobArn": ARN, "status": "GOES ON" * 999, "failureReason": '"' * 5000}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", function.run(event, id=ARN, since=function.now))

    assert set(run["attributes"]) == {*definition["attributes"]}
    assert len(json.dumps(run["attributes"])) < 20_000
    assert len(json.dumps(run["status"])) < 1100


def test_a_crash_after_the_response_checks_for_no_rollback(function: Any) -> None:
    event = function.event("Update", PhysicalResourceId=ARN)
    event["OldResourceProperties"] = {**event["ResourceProperties"], "Trigger": "2"}

    assert function.crashed(function.run(event, id=ARN, since=function.now, answered=True))["next"] == "check"


def test_a_crash_of_a_delete_succeeds(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)

    function.crashed(function.run(event))

    [body] = function.responses.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", ARN)
