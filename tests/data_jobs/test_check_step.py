"""The step `check`: how long a run waits, and how a job has ended."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
CREATED = dt.datetime(2023, 11, 14, 22, 0, tzinfo=dt.timezone.utc)


def describe(function: Any, status: str, **more: Any) -> None:
    job = {"datasetImportJobArn": ARN, "jobName": "shop-1", "status": status, "creationDateTime": CREATED, **more}
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", {"datasetImportJob": job}, {"datasetImportJobArn": ARN}
    )


@pytest.mark.parametrize(("waited", "pause"), [(0, 5), (49, 5), (120, 12), (600, 60), (3000, 60)], ids=str)
def test_the_pause_is_a_tenth_of_the_time_waited(function: Any, waited: float, pause: int) -> None:
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("check", function.run(id=ARN, since=function.now), after=waited)

    assert (run["next"], run["wait"]) == ("check", pause)


def test_an_unknown_status_is_still_going(function: Any) -> None:
    describe(function, "CREATE POLISHING")

    assert function.step("check", function.run(id=ARN, since=function.now))["next"] == "check"


def test_a_response_without_a_job_is_of_one_that_is_running(function: Any) -> None:
    function.answering("personalize", "DescribeDatasetImportJob", {})

    run = function.step("check", function.run(id=ARN, since=function.now))

    assert (run["next"], run["waiting_for"]) == ("check", "job")


def test_a_job_that_succeeded_gives_its_attributes_as_strings(function: Any) -> None:
    describe(function, "ACTIVE", lastUpdatedDateTime=CREATED)

    run = function.step("check", function.run(id=ARN, since=function.now))

    assert (run["next"], run["wait"]) == ("report", 0)
    assert run["outcome"] == {
        "succeeded": True,
        "reason": "",
        "error": "",
        "attributes": {
            "datasetImportJobArn": ARN,
            "jobName": "shop-1",
            "status": "ACTIVE",
            "creationDateTime": "2023-11-14T22:00:00Z",
            "lastUpdatedDateTime": "2023-11-14T22:00:00Z",
            "failureReason": "",
        },
    }


def test_a_job_that_failed_gives_its_own_message(function: Any) -> None:
    describe(function, "CREATE FAILED", failureReason="Invalid Data location.")

    outcome = function.step("check", function.run(id=ARN, since=function.now))["outcome"]

    assert outcome["succeeded"] is False
    assert outcome["reason"].startswith(
        "Personalize dataset import job failed: Invalid Data location. What to do: s3://bucket/interactions.csv must"
    )
    assert outcome["reason"].endswith(f"Job: {ARN}")
    assert outcome["attributes"]["failureReason"] == "Invalid Data location."


def test_of_a_job_that_failed_without_a_message_the_status_is_reported(function: Any) -> None:
    describe(function, "CREATE FAILED")

    outcome = function.step("check", function.run(id=ARN, since=function.now))["outcome"]

    assert outcome["reason"] == (f"Personalize dataset import job failed: the job ended as CREATE FAILED. Job: {ARN}")


def test_at_the_deadline_the_resource_fails_and_the_job_is_watched_on(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Timeout"] = "600"
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", function.run(event, id=ARN, since=function.now), after=600)
    run = function.step("report", run)

    assert run["next"] == "check"
    [response] = function.responses.bodies
    assert response["Status"] == "FAILED"
    assert response["PhysicalResourceId"] == ARN
    assert "did not end within 10 minutes: it is still CREATE IN_PROGRESS" in response["Reason"]

    describe(function, "ACTIVE")
    run = function.step("report", function.step("check", run, after=900))

    assert run["next"] == "succeed"
    assert len(function.responses.bodies) == 1


def test_without_waiting_the_resource_is_done_when_the_job_is_accepted(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["WaitForCompletion"] = "false"
    describe(function, "CREATE PENDING")

    run = function.step("report", function.step("check", function.run(event, id=ARN, since=function.now)))

    assert run["next"] == "check"
    [response] = function.responses.bodies
    assert (response["Status"], response["Data"]["status"]) == ("SUCCESS", "CREATE PENDING")

    describe(function, "CREATE IN_PROGRESS")
    assert function.step("check", run)["next"] == "check"


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalFailure", 500), ("Unknown", 503), ("Whatever", 429)]
)
def test_trouble_of_the_service_is_waited_out(function: Any, code: str, status: int) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", code, http_status_code=status)

    run = function.step("check", function.run(id=ARN, since=function.now), after=1000)

    assert (run["next"], run["waiting_for"]) == ("check", "service")


def test_a_job_that_cannot_be_described_for_a_while_keeps_what_was_last_read(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Timeout": "600"}
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", function.run(event, id=ARN, since=function.now))
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ThrottlingException")
    run = function.step("check", run, after=60)
    assert run["attributes"]["status"] == "CREATE IN_PROGRESS"

    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ThrottlingException")
    function.step("report", function.step("check", run, after=600))
    assert function.responses.bodies[0]["Data"]["status"] == "CREATE IN_PROGRESS"


def test_a_missing_job_is_a_failure_after_three_minutes(function: Any) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")

    run = function.step("check", function.run(id=ARN, since=function.now))
    waiting = run["next"], run["waiting_for"]
    run = function.step("check", run, after=180)

    assert waiting == ("check", "job")
    assert "could not be described: ResourceNotFoundException" in run["outcome"]["reason"]
    assert run["outcome"]["error"] == "DataJob.NotCreated"


def test_a_job_that_had_to_wait_for_its_creation_may_appear_as_late_as_another(function: Any) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    run = function.run(id=ARN, since=function.now)

    run = function.step("check", {**run, "started": function.now - 600})

    assert (run["next"], run["waiting_for"]) == ("check", "job")


def test_a_lost_job_is_reported_as_it_was_last_seen(function: Any) -> None:
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", function.run(id=ARN, since=function.now))
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")

    run = function.step("check", run, after=180)

    assert run["outcome"]["attributes"]["status"] == "CREATE IN_PROGRESS"


def test_an_unchanged_job_is_reported_as_it_is(function: Any) -> None:
    describe(function, "CREATE FAILED", failureReason="of old")
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    run = function.step("check", function.run(function.event("Update"), id=ARN, since=function.now, kept=True))

    assert run["outcome"]["succeeded"] is True
    assert run["outcome"]["attributes"]["status"] == "CREATE FAILED"


def nothing_failed(function: Any) -> None:
    """Let the stack go forward, and no earlier request be known."""
    function.stack("UPDATE_IN_PROGRESS")
    function.executions({}, running=False)


def test_a_job_that_is_unchanged_but_may_not_be_seen_fails_no_update(function: Any) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException")
    run = function.run(function.event("Update"), id=ARN, since=function.now, kept=True)

    run = function.step("check", run)
    waiting = run["next"]
    nothing_failed(function)
    run = function.step("check", run, after=180)

    assert waiting == "check"
    assert run["outcome"]["succeeded"] is True


def test_a_time_out_beyond_what_cloudformation_waits_is_truncated(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Timeout"] = "7200"
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("check", function.run(event, id=ARN, since=function.now), after=3300)

    assert "did not end within 55 minutes" in run["outcome"]["reason"]


def test_a_job_is_not_watched_forever(function: Any) -> None:
    run = function.run(id=ARN, since=function.now, answered=True)
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", run, after=6 * 24 * 3600)
    assert (run["next"], run["wait"]) == ("check", 600)

    describe(function, "CREATE IN_PROGRESS")
    run = function.step("report", function.step("check", run, after=24 * 3600))
    assert run["next"] == "fail"
    assert function.responses.bodies == []


def test_a_job_that_is_unchanged_but_lost_has_empty_attributes(function: Any) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")

    nothing_failed(function)

    run = function.step("check", function.run(function.event("Update"), id=ARN, since=function.now, kept=True))

    assert run["outcome"]["succeeded"] is True
    assert set(run["outcome"]["attributes"].values()) == {""}


def test_a_job_that_is_unchanged_but_cannot_be_described_fails_no_update(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ThrottlingException")
    run = function.step("check", function.run(function.event("Update"), id=ARN, since=function.now, kept=True))
    waiting = run["next"]
    nothing_failed(function)
    run = function.step("report", function.step("check", run, after=3300))

    assert (waiting, run["next"]) == ("check", "succeed")
    assert function.responses.bodies[0]["Status"] == "SUCCESS"
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()][:2] == ["call failed"] * 2


def test_only_who_waits_for_a_job_is_told_to_wait_longer(function: Any) -> None:
    for changes, known, is_told in (
        ({}, {}, True),
        ({"RequestType": "Run", "StartedBy": "schedule"}, {}, False),
        ({}, {"answered": True}, False),
    ):
        function.stubs["personalize"].add_response(
            "describe_dataset_import_job",
            {"datasetImportJob": {"datasetImportJobArn": ARN, "status": "CREATE PENDING"}},
        )
        run = function.run({**function.event(), **changes}, id=ARN, since=function.now, **known)

        run = function.step("check", {**run, "started": function.now - 8 * 86400})

        assert ("raise the timeout" in run["outcome"]["reason"]) is is_told
