"""A file is given up, and reported, if it cannot be copied, if a job fails with it alone, or after a week."""

from __future__ import annotations

import json
from typing import Any

import pytest
from upload_steps import (
    JOB,
    UPLOADS,
    batch_run,
    copy_batch,
    create,
    end,
    inbox,
    leave_marker,
    markers_left,
    name_of,
    record_started_runs,
    report,
    step,
)

from data_jobs.errors import CallFailed
from data_jobs.request import MAX_WATCH_SECONDS


@pytest.mark.parametrize(
    "broken", [b"not json", b"[]", b"{}", b'{"from": 1}', b"\xff", b'{"source": "s3://b/k", "arrived": []}']
)
def test_a_marker_that_cannot_be_read_is_given_up_and_blocks_nothing(
    function: Any, objects: Any, broken: bytes
) -> None:
    leave_marker(function, objects, "in/1.csv")
    objects[inbox("broken")] = broken
    run = create(function, copy_batch(function))
    assert run["gathered"] == 1

    run = end(function, run)
    assert "succeeded without a file that could not be read: the marker object broken" in run["reason"]
    message = "UnicodeDecodeError" if broken == b"\xff" else "it is no marker object that cdk-data-jobs has written"
    assert run["lost"].startswith(f"the marker object broken: {message}")
    assert run["files_given_up"] == 1
    assert markers_left(objects) == set()


def test_a_file_that_is_gone_is_reported_and_blocks_nothing(
    function: Any, objects: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_marker(function, objects, "in/gone.csv")
    del objects["source/in/gone.csv"]
    run = report(function, step(function, copy_batch(function)))

    assert run["next"] == "fail"
    assert run["reason"] == (
        "no uploaded file could be read: s3://source/in/gone.csv: 404: no Given up, so correct it and upload it again: s3://source/in/gone.csv"
    )
    assert markers_left(objects) == set()
    assert '"Failed": 1' in capsys.readouterr().out


def test_of_many_files_that_are_gone_the_first_is_reported_and_each_is_counted(function: Any, objects: Any) -> None:
    keys = sorted(("in/1.csv", "in/2.csv"), key=name_of)
    leave_marker(function, objects, *keys)
    for key in keys:
        del objects[f"source/{key}"]

    run = report(function, step(function, copy_batch(function)))

    reported = f"s3://source/{keys[0]}: 404: no Given up, so correct it and upload it again: s3://source/{keys[0]}"
    assert run["reason"] == f"no uploaded file could be read: {reported}"
    assert run["files_given_up"] == 2


def test_a_job_that_lacks_a_file_has_not_succeeded(function: Any) -> None:
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", batch_run(function, id=JOB, lost="s3://source/1.csv: 404: no"))

    assert run["outcome"]["reason"].endswith(
        f"succeeded without a file that could not be read: s3://source/1.csv: 404: no. Job: {JOB}"
    )


def test_a_job_that_lacks_a_file_and_failed_gives_its_own_message(function: Any) -> None:
    message = "Input csv is missing the following columns: [ITEM_ID]"
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", batch_run(function, id=JOB, lost="s3://source/1.csv: 404: no"))

    assert f"failed: {message}. What to do: the header of every CSV file" in run["outcome"]["reason"]


def test_a_file_that_fails_alone_is_given_up_and_reported(
    function: Any, objects: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_marker(function, objects, "in/bad.csv", tried_with=2)
    event = batch_run(function)
    event["request"]["ResourceProperties"]["Events"] = "true"
    sent: list[Any] = []
    function.stubs["events"].client.meta.events.register_first(
        "before-parameter-build.events.PutEvents", lambda params, **_: sent.append(params["Entries"]), unique_id="sent"
    )
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})
    run = end(function, create(function, copy_batch(function, event)), "CREATE FAILED")
    function.stubs["events"].client.meta.events.unregister("before-parameter-build.events.PutEvents", unique_id="sent")

    assert markers_left(objects) == set()
    assert run["reason"].endswith("Given up, so correct it and upload it again: s3://source/in/bad.csv")
    detail = json.loads(sent[0][0]["Detail"])
    assert (detail["filesGivenUp"], detail["reason"]) == (1, run["reason"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"event": "file given up", "source": "s3://source/in/bad.csv"}.items() <= next(
        line.items() for line in lines if line["event"] == "file given up"
    )
    [metrics] = [line for line in lines if "_aws" in line]
    assert metrics["FilesGivenUp"] == 1
    assert {"Name": "FilesGivenUp", "Unit": "Count"} in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]


def test_what_is_given_up_is_reported_although_the_event_could_not_be_sent_at_once(
    function: Any, objects: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_marker(function, objects, "in/bad.csv", tried_with=2)
    run = batch_run(function)
    run["request"]["ResourceProperties"]["Events"] = "true"
    run = create(function, copy_batch(function, run))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", run)
    function.stubs["events"].add_client_error("put_events", "ThrottlingException")
    for _ in range(2):
        run = function.step("report", run)
    with pytest.raises(CallFailed, match="ThrottlingException"):
        report(function, run)
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})
    run = report(function, run)

    assert markers_left(objects) == set()
    assert run["reason"].endswith("Given up, so correct it and upload it again: s3://source/in/bad.csv")
    assert '"FilesGivenUp": 1' in capsys.readouterr().out


def test_a_file_that_may_not_be_read_is_tried_again_an_hour_later_and_the_others_are_imported(
    function: Any, objects: Any
) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = step(function, batch_run(function, refused_since=function.now - 180))
    objects.errors["HeadObject", "source/in/1.csv"] = 403
    run["refused_since"] = function.now - 180
    run = create(function, step(function, run))
    assert run["gathered"] == 1
    inputs = record_started_runs(function)
    run = end(function, run)

    assert "succeeded without a file that could not be read: s3://source/in/1.csv" in run["reason"]
    assert "files_given_up" not in run
    assert markers_left(objects) == {name_of("in/1.csv")}
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600


def test_a_file_that_may_not_be_read_for_a_week_is_given_up(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", age=MAX_WATCH_SECONDS + 1)
    leave_marker(function, objects, "in/2.csv")
    run = step(function, batch_run(function))
    objects.errors["HeadObject", "source/in/1.csv"] = 403
    run["refused_since"] = function.now - 180

    run = end(function, create(function, step(function, run)))

    assert run["files_given_up"] == 1
    assert markers_left(objects) == set()


def test_a_file_that_is_lost_is_reported_although_the_list_could_not_be_written_at_once(
    function: Any, objects: Any
) -> None:
    leave_marker(function, objects, "in/gone.csv", "in/ok.csv")
    del objects["source/in/gone.csv"]
    run = step(function, batch_run(function))
    [manifest] = [name for name in objects if "/taken/" in name]
    objects.errors["PutObject", manifest] = 403
    run = step(function, run)
    assert (run["next"], run["batch_position"]) == ("create", 0)
    run = end(function, create(function, step(function, run)))

    assert run["files_given_up"] == 1
    assert markers_left(objects) == set()


def test_a_file_that_is_lost_is_reported_although_the_next_could_not_be_copied_at_once(
    function: Any, objects: Any
) -> None:
    lost, next_one = sorted(("in/1.csv", "in/2.csv"), key=name_of)
    leave_marker(function, objects, lost, next_one)
    del objects[f"source/{lost}"]
    run = step(function, batch_run(function))
    objects.errors["HeadObject", f"source/{next_one}"] = 403
    run = step(function, run)
    assert (run["next"], run["waiting_for"], run["batch_position"]) == ("create", "permissions", 1)
    run = end(function, create(function, step(function, run)))

    assert run["files_given_up"] == 1
    assert run["reason"].endswith(f"Given up, so correct it and upload it again: s3://source/{lost}")


@pytest.mark.parametrize("broken", [b"no json", None])
def test_a_list_of_markers_that_is_gone_or_broken_blocks_nothing(function: Any, objects: Any, broken: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    [manifest] = [name for name in objects if "/taken/" in name]
    objects |= {manifest: broken} if broken else {}
    if not broken:
        del objects[manifest]

    assert end(function, run)["next"] == "succeed"


def test_files_that_only_count_together_are_given_up_together(function: Any, objects: Any) -> None:
    """A FULL import of some of them would replace all that was there."""
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = batch_run(function)
    run["request"]["Arrivals"] = {**UPLOADS, "Whole": True}

    run = end(function, create(function, copy_batch(function, run)), "CREATE FAILED")

    assert (run["files_given_up"], markers_left(objects)) == (2, set())
    assert run["reason"].count("Given up, so") == 1


def test_files_that_count_one_by_one_are_not_given_up_together(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = batch_run(function)
    run["request"]["Arrivals"] = {**UPLOADS, "Whole": "false"}
    record_started_runs(function)

    run = end(function, create(function, copy_batch(function, run)), "CREATE FAILED")

    assert ("files_given_up" in run, len(markers_left(objects))) == (False, 2)


@pytest.mark.parametrize(("age", "given_up"), [(MAX_WATCH_SECONDS, None), (MAX_WATCH_SECONDS + 1, 1)])
def test_what_could_not_be_imported_for_a_week_is_given_up(
    function: Any, objects: Any, age: int, given_up: int | None
) -> None:
    leave_marker(function, objects, "in/1.csv", age=age)
    run = create(
        function, {**copy_batch(function), "refused_since": function.now - 200}, refusal="AccessDeniedException"
    )
    inputs = record_started_runs(function) if not given_up else []

    assert report(function, run).get("files_given_up") == given_up
    assert len(markers_left(objects)) == len(inputs) == (0 if given_up else 1)


def test_a_file_that_is_imported_after_a_week_is_not_given_up(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", age=MAX_WATCH_SECONDS + 1)

    run = end(function, create(function, copy_batch(function)))

    assert (run["next"], run["reason"]) == ("succeed", "")
    assert "files_given_up" not in run


def test_a_file_is_as_old_as_its_upload_however_often_it_was_tried(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv", age=600)
    record_started_runs(function)
    end(function, create(function, copy_batch(function)), "CREATE FAILED")

    assert {json.loads(objects[inbox(name)])["arrived"] for name in markers_left(objects)} == {function.now - 600}
