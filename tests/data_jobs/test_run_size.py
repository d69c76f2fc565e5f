"""A run is a state's input, of at most 262,144 bytes: all that it holds has a limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from data_jobs.definitions import table
from data_jobs.messages import MAX_MESSAGE_BYTES

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
STATE_BYTES = 262_144
CAUSE = 32_768  # Step Functions API Reference, HistoryEvent


@pytest.mark.parametrize("text", ["x", "é", "😀", '"'], ids=["letters", "two bytes", "four bytes", "quotes"])
def test_a_services_message_is_truncated(function: Any, text: str) -> None:
    message = text * 100_000
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "ThrottlingException", message)

    run = function.create(function.run())

    assert len(json.dumps(run["state"], ensure_ascii=False).encode()) <= MAX_MESSAGE_BYTES
    assert run["state"].startswith(f"ThrottlingException: {text}")


def test_a_status_is_truncated(function: Any) -> None:
    job = {"datasetImportJobArn": ARN, "status": "CREATE IN_PROGRESS" * 100_000}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", function.run(id=ARN, since=function.now))

    assert run["next"] == "check"
    assert len(json.dumps(run)) < 30_000


def test_the_reason_to_make_a_job_again_is_truncated(function: Any) -> None:
    message = "Insufficient privileges" + "x" * 100_000
    job = {"datasetImportJobArn": ARN, "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", function.run(id=ARN, since=function.now))

    assert run["next"] == "create"
    assert len(run["state"].encode()) <= MAX_MESSAGE_BYTES


def test_an_id_that_is_none_is_refused(function: Any) -> None:
    function.answering("personalize", "CreateDatasetImportJob", {"datasetImportJobArn": "é" * 512 + "x"})

    run = function.create(function.run())

    assert run["data_suspected"]
    assert run["outcome"]["reason"].endswith(
        "the create call's response at 'datasetImportJobArn' is longer than an id may be"
    )


def test_an_id_may_be_as_long_as_cloudformation_accepts(function: Any) -> None:
    function.answering("personalize", "CreateDatasetImportJob", {"datasetImportJobArn": "é" * 512})

    assert function.create(function.run())["id"] == "é" * 512


def test_as_much_is_kept_of_a_services_message_as_there_is_room_for(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "ThrottlingException", "x" * 5000)

    assert len(json.dumps(function.create(function.run())["state"], ensure_ascii=False).encode()) == 4096


def test_a_crash_message_has_a_limit(function: Any) -> None:
    function.monkeypatch.setattr("data_jobs.steps.jmespath.search", crash)
    job = {"datasetImportJobArn": ARN, "status": "ACTIVE"}
    function.answering("personalize", "DescribeDatasetImportJob", {"datasetImportJob": job})

    with pytest.raises(ZeroDivisionError) as error:
        function.step("check", function.run(id=ARN, since=function.now))

    assert len(str(error.value).encode()) <= MAX_MESSAGE_BYTES


def crash(*_: Any) -> None:
    raise ZeroDivisionError("x" * 100_000)


def test_the_largest_run_is_a_states_input(function: Any) -> None:
    """The largest request, a crash with the longest cause, and the longest attributes and reason of a job."""
    definition = {**table()["Custom::PersonalizeDatasetImportJob"]}
    definition["attributes"] = {f"a{number}": "failureReason" for number in range(9)}
    event = function.event()
    event["ResourceProperties"] |= {"Definition": definition, "Trigger": ""}
    event["ResourceProperties"]["Trigger"] = "x" * (169_900 - len(json.dumps({"request": event, "started": 0.0})))
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    function.start(event)
    job = {"datasetImportJobArn": ARN, "status": "CREATE IN_PROGRESS", "failureReason": "x" * 100_000}
    function.answering("personalize", "DescribeDatasetImportJob", {"datasetImportJob": job})
    run = function.step("check", function.run(event, id=ARN, since=function.now, lost="x" * MAX_MESSAGE_BYTES))
    job["status"] = "CREATE FAILED"
    function.answering("personalize", "DescribeDatasetImportJob", {"datasetImportJob": job})
    run = function.step("check", run, after=999)

    crashed = function.step("report", {**run, "crash": {"Error": "E", "Cause": '"' * CAUSE}, "answered": True})
    assert len(json.dumps(crashed).encode()) < STATE_BYTES - CAUSE
    payload = {"step": "report", "run": {**run, "crash": {"Error": "E", "Cause": "x" * CAUSE}}, "execution": "x" * 80}
    assert len(json.dumps(payload).encode()) < STATE_BYTES
