"""An uploaded file gets a marker object, and requests the run of its batching window."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.stub import ANY
from upload_steps import INBOX, UPLOADS, inbox, markers_left, name_of, record_started_runs, upload

from data_jobs.request import MAX_WATCH_SECONDS, Request


def start(function: Any, event: dict[str, Any]) -> str:
    """Upload a file, and return the name of the execution that it starts."""
    requested: list[dict[str, Any]] = []
    expected = {"stateMachineArn": ANY, "name": ANY, "input": ANY}
    function.resource("CREATE_COMPLETE")
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0}, expected)
    events = function.stubs["stepfunctions"].client.meta.events
    events.register_first(
        "before-parameter-build.sfn.StartExecution", lambda params, **_: requested.append(params), unique_id="requested"
    )
    function.start(event)
    events.unregister("before-parameter-build.sfn.StartExecution", unique_id="requested")
    [params] = requested
    assert params["name"] == Request.from_event(json.loads(params["input"])["request"]).execution_name
    return str(params["name"])


def test_uploads_in_a_window_request_the_same_run(function: Any, objects: Any) -> None:
    function.now = 1_700_000_100.0
    first = start(function, upload(function))
    function.now += 299
    second = start(function, upload(function, "in/2.csv"))
    function.now += 1
    later = start(function, upload(function, "in/3.csv"))

    assert first == second != later
    assert markers_left(objects) == {name_of(f"in/{number}.csv") for number in (1, 2, 3)}


def test_each_version_of_a_file_has_a_marker_of_its_own(function: Any, objects: Any) -> None:
    newer = upload(function)
    newer["Arrived"]["Sequencer"] = "2"

    assert start(function, upload(function)) == start(function, newer)
    assert markers_left(objects) == {name_of("in/1.csv", "1"), name_of("in/1.csv", "2")}


def test_the_marker_of_a_file_is_the_same_for_each_delivery_of_its_event(function: Any, objects: Any) -> None:
    names = {start(function, upload(function)) for _ in range(2)}

    assert len(names) == len(markers_left(objects)) == 1


def test_a_marker_has_the_uploaded_file_and_the_time(function: Any, objects: Any) -> None:
    start(function, upload(function))

    said = json.loads(objects[inbox(name_of("in/1.csv"))])
    assert said == {"source": "s3://source/in/1.csv", "arrived": function.now}


def test_a_run_begins_when_its_window_is_over_on_every_clock(function: Any, objects: Any) -> None:
    function.now = 1_700_000_100.0
    inputs = record_started_runs(function)
    function.resource("CREATE_COMPLETE")

    event = upload(function)
    function.start(event)

    kept = {name: value for name, value in event.items() if name not in ("Window", "Arrived")}
    assert inputs[0]["request"] == {**kept, "NotBefore": 1_700_000_400 + 5, "RequestId": f"{INBOX} 1700000400"}
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_file_belongs_to_the_window_in_which_its_marker_is_there(
    function: Any, objects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    function.now = 1_700_000_399.0  # the window's last second
    put = objects.put_object

    def put_slowly(place: str, requested: dict[str, Any]) -> Any:
        function.now += 2
        return put(place, requested)

    monkeypatch.setattr(objects, "put_object", put_slowly)
    inputs = record_started_runs(function)
    function.resource("CREATE_COMPLETE")

    function.start(upload(function))

    assert inputs[0]["request"]["NotBefore"] == 1_700_000_700 + 5


@pytest.mark.parametrize("window", [0, -60, MAX_WATCH_SECONDS + 1])
def test_a_window_lasts_a_second_to_a_week(function: Any, objects: Any, window: int) -> None:
    with pytest.raises(RuntimeError, match="an upload must have"):
        function.start(upload(function, Window=window))

    assert objects == {}


@pytest.mark.parametrize("window", [1, MAX_WATCH_SECONDS])
def test_the_shortest_and_the_longest_window_end(function: Any, objects: Any, window: int) -> None:
    start(function, upload(function, Window=window))

    assert len(objects) == 1


@pytest.mark.parametrize("value", [{}, None, "soon"], ids=repr)
@pytest.mark.parametrize("missing", ["Arrivals", "Window", "Arrived"])
def test_an_upload_that_lacks_something_is_refused(function: Any, missing: str, value: object) -> None:
    event = {**upload(function), missing: value}

    with pytest.raises(RuntimeError, match="an upload must have"):
        function.start(event)


@pytest.mark.parametrize(
    ("given", "bucket", "key"),
    [
        ({}, "source", "in/2026/"),
        ({}, "staging", "job/gathered/0123/1.csv"),
        ({"Inbox": "s3://source/data-jobs/0a/arrived/"}, "source", "data-jobs/0a/gathered/0123/1.csv"),
        ({"Inbox": "s3://source/data-jobs/0a/arrived/"}, "source", "data-jobs/another/gathered/0123/1.csv"),
    ],
    ids=["a folder", "its own copy", "its own copy in a given bucket", "another job's copy"],
)
def test_what_is_no_data_of_the_job_is_ignored(
    function: Any, objects: Any, given: dict[str, str], bucket: str, key: str
) -> None:
    event = upload(function, Arrivals={**UPLOADS, **given})
    event["Arrived"] |= {"Bucket": bucket, "Key": key}

    function.start(event)

    assert objects == {}


@pytest.mark.parametrize(
    ("given", "bucket", "key"),
    [
        ("s3://source/data-jobs/0a/arrived/", "source", "in/1.csv"),
        ("s3://staging/arrived/job/arrived/", "staging", "arrived/in/1.csv"),
    ],
    ids=["beside the copies in a given bucket", "in a folder whose name is that of the inbox"],
)
def test_what_only_looks_like_a_copy_gets_a_marker(
    function: Any, objects: Any, given: str, bucket: str, key: str
) -> None:
    event = upload(function, Arrivals={**UPLOADS, "Inbox": given})
    event["Arrived"] |= {"Bucket": bucket, "Key": key}

    start(function, event)

    [content] = objects.values()
    assert json.loads(content)["source"] == f"s3://{bucket}/{key}"


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
def test_an_upload_for_a_job_that_is_deleted_leaves_no_marker_that_blocks_the_bucket(
    function: Any, objects: Any, status: str
) -> None:
    function.resource(status)

    function.start(upload(function))

    assert objects == {}


def test_an_upload_gets_a_marker_if_it_is_unknown_whether_the_job_is_deleted(function: Any, objects: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "Throttling")
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})

    function.start(upload(function))

    assert markers_left(objects) == {name_of("in/1.csv")}
