"""Runs that could not be started are reported, or are errors of the function."""

from __future__ import annotations

import json
from typing import Any

import pytest
from run_steps import publishing_event, run_event

from data_jobs.errors import CallFailed


def test_a_run_that_cannot_be_started_and_that_nobody_waits_for_has_failed(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.start(publishing_event(function))

    printed = capsys.readouterr().out
    assert '"Failed": 1' in printed
    assert '"execution": ""' in printed  # there is none


def test_a_request_of_a_run_whose_failure_cannot_be_reported_is_an_error_of_the_function(function: Any) -> None:
    """Lambda begins anew with it, and nobody else has heard of it."""
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_client_error("put_events", "InternalFailure", "no", http_status_code=500)

    with pytest.raises(CallFailed, match="InternalFailure"):
        function.start(publishing_event(function))


@pytest.mark.parametrize("problem", ["the note", "the run"])
def test_a_file_whose_run_cannot_be_started_is_reported(
    function: Any, problem: str, sent_events: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals = {"Inbox": "s3://staging/job/arrived/", "Folder": "s3://staging/job/gathered/", "Parameter": "dataSource"}
    event = publishing_event(function) | {
        "Arrivals": arrivals,
        "Window": 60,
        "Arrived": {"Bucket": "data", "Key": "a.csv"},
    }
    del event["RequestId"]
    function.resource("CREATE_COMPLETE")
    if problem == "the note":
        function.stubs["s3"].add_client_error("put_object", "NoSuchBucket", "gone", http_status_code=404)
    else:
        function.stubs["s3"].add_response("put_object", {})
        function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.start(event)

    code = {"the note": "NoSuchBucket", "the run": "StateMachineDoesNotExist"}[problem]
    reason = f"the run could not be started: {code}: gone; the uploaded file: s3://data/a.csv"
    assert [json.loads(entry["Detail"])["reason"] for entry in sent_events] == [reason]
    logged = capsys.readouterr().out
    assert '"Failed": 1' in logged
    assert reason in logged


def test_a_run_that_cannot_be_started_and_that_nobody_waits_for_is_an_error_of_the_function(function: Any) -> None:
    with pytest.raises(RuntimeError, match="unknown kind of job: Custom::Other"):
        function.start(run_event(function, ResourceType="Custom::Other"))


def test_a_run_of_a_definition_that_is_invalid_is_an_error_of_the_function_with_the_reason(function: Any) -> None:
    event = run_event(function)
    event["ResourceProperties"]["Definition"] = {"title": "t"}

    with pytest.raises(RuntimeError, match="the job's definition is invalid"):
        function.start(event)
