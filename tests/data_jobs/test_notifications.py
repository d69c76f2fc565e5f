"""Events and metrics of a job's end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from run_steps import JOB, TOKEN, ended_run, publishing_event, run_event

from data_jobs.errors import PROPAGATION_GRACE, CallFailed


def test_an_event_reports_the_end_in_a_step_of_its_own(function: Any) -> None:
    detail = {
        "stack": "DataLoading",
        "job": "ImportInteractions",
        "kind": "Custom::PersonalizeDatasetImportJob",
        "id": JOB + "1",
        "status": "ACTIVE",
        "reason": "",
        "duration": 90,
        "startedBy": "schedule",
        "attributes": {"status": "ACTIVE"},
    }
    entry = {"Source": "cdk-data-jobs", "DetailType": "Data Job Succeeded", "Detail": json.dumps(detail)}
    run = function.step("report", ended_run(function, publishing_event(function)))
    assert (run["next"], run["wait"], run["answered"]) == ("report", 0, True)

    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]}, {"Entries": [entry]})
    assert function.step("report", run)["next"] == "succeed"


def test_an_event_reports_a_failure_by_its_type(function: Any, sent_events: list[dict[str, str]]) -> None:
    run = function.step("report", ended_run(function, publishing_event(function), succeeded=False, reason="why"))
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.step("report", run)

    [entry] = sent_events
    assert (entry["DetailType"], json.loads(entry["Detail"])["reason"]) == ("Data Job Failed", "why")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_an_event_that_was_not_sent_is_tried_again_and_the_response_is_not(function: Any, code: str) -> None:
    run = function.step("report", ended_run(function, publishing_event(function)))
    function.stubs["events"].add_client_error("put_events", code, http_status_code=400)

    with pytest.raises(CallFailed, match=code):
        function.step("report", run)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
@pytest.mark.parametrize(("said", "message"), [({"ErrorMessage": "oh"}, "oh"), ({}, "")], ids=str)
def test_an_event_that_the_bus_did_not_take_is_sent_again(
    function: Any, code: str, said: dict[str, str], message: str
) -> None:
    run = {**function.step("report", ended_run(function, publishing_event(function))), "told": function.now}
    failed = {"Entries": [{"ErrorCode": code, **said}], "FailedEntryCount": 1}
    function.stubs["events"].add_response("put_events", failed)

    with pytest.raises(CallFailed, match=f"^{code}: {message}$"):
        function.step("report", run, after=3599)


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 1, True), (PROPAGATION_GRACE, False)])
def test_an_event_whose_bus_cannot_be_reached_is_tried_for_three_minutes_however_long_the_job_took(
    function: Any, after: float, *, raises: bool
) -> None:
    run = {
        **function.step("report", ended_run(function, publishing_event(function))),
        "since": 1.0,
        "told": function.now,
    }
    function.answering("events", "PutEvents", EndpointConnectionError(endpoint_url="https://events"))

    if raises:
        with pytest.raises(CallFailed, match="cannot be reached"):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"


def test_an_event_of_a_job_that_ended_after_the_response_is_tried_as_long(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"Events": "true"}
    known = {"id": JOB + "1", "since": function.now, "told": function.now, "answered": True}
    job = {"datasetImportJobArn": JOB + "1", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", function.run(event, **known), after=7200)
    function.stubs["events"].add_client_error("put_events", "ThrottlingException")

    with pytest.raises(CallFailed, match="ThrottlingException"):
        function.step("report", run, after=3599)


@pytest.mark.parametrize(("after", "raises"), [(3599, True), (3600, False)])
def test_an_event_is_not_tried_forever(function: Any, after: float, *, raises: bool) -> None:
    run = {**function.step("report", ended_run(function, publishing_event(function))), "told": function.now}
    function.stubs["events"].add_client_error("put_events", "ThrottlingException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 1, True), (PROPAGATION_GRACE, False)])
def test_a_task_whose_result_may_not_be_sent_keeps_no_other_run_waiting(
    function: Any, after: float, *, raises: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    run = {**ended_run(function, run_event(function, TaskToken=TOKEN)), "told": function.now}
    function.stubs["stepfunctions"].add_client_error("send_task_success", "AccessDeniedException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"
        assert '"event": "nobody to answer"' in capsys.readouterr().out


@pytest.mark.parametrize("problem", ["refused", "denied for long", "of the entry"])
def test_an_event_that_is_refused_for_good_does_not_hide_the_end(
    function: Any, capsys: pytest.CaptureFixture[str], problem: str
) -> None:
    run = function.step("report", ended_run(function, publishing_event(function)))
    events = function.stubs["events"]
    if problem == "of the entry":
        failed = {"Entries": [{"ErrorCode": "NotAuthorizedForSourceException"}], "FailedEntryCount": 1}
        events.add_response("put_events", failed)
    else:
        code = {"refused": "ValidationException", "denied for long": "AccessDeniedException"}[problem]
        events.add_client_error("put_events", code, http_status_code=400)

    run = function.step("report", run, after=PROPAGATION_GRACE if problem == "denied for long" else 0)

    assert run["next"] == "succeed"
    assert '"Succeeded": 1' in capsys.readouterr().out


@pytest.mark.parametrize("succeeded", [True, False])
def test_metrics_are_a_line_of_the_log(function: Any, capsys: pytest.CaptureFixture[str], succeeded: bool) -> None:
    function.step("report", ended_run(function, run_event(function), succeeded=succeeded, reason="why"))

    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    [described] = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("DataJobs", [["Stack", "Job"], ["Stack"]])
    assert described["Metrics"] == [
        {"Name": "Succeeded", "Unit": "Count"},
        {"Name": "Failed", "Unit": "Count"},
        {"Name": "Duration", "Unit": "Seconds"},
    ]
    assert [line[metric["Name"]] for metric in described["Metrics"]] == [int(succeeded), int(not succeeded), 90]
    assert (line["execution"], line["job"], line["reason"]) == ("execution-1", JOB + "1", "why")
    assert (line["Stack"], line["Job"]) == ("DataLoading", "ImportInteractions")
    assert line["_aws"]["Timestamp"] == int(function.now * 1000)


@pytest.mark.parametrize("known", [{"kept": True}, {"idle": True}])
def test_what_moved_no_data_is_not_published(
    function: Any, capsys: pytest.CaptureFixture[str], known: dict[str, Any]
) -> None:
    event = function.event()
    event["ResourceProperties"]["Events"] = "true"
    run = function.step("report", {**ended_run(function, event), **known})

    assert function.step("report", run)["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out
