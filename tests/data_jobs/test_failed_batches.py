"""The files of a run that failed are tried again: half as many at a time, or an hour later."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from upload_steps import (
    FOLDER,
    JOB,
    UPLOADS,
    batch_run,
    copy_batch,
    copy_of,
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

from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.request import MAX_WATCH_SECONDS, Request, digest


@pytest.mark.parametrize("failure", ["refused", "failed"])
def test_the_files_of_a_job_that_failed_are_tried_again_half_as_many_at_a_time(
    function: Any, objects: Any, failure: str
) -> None:
    keys = [f"in/{number}.csv" for number in range(4)]
    leave_marker(function, objects, *keys)
    inputs = record_started_runs(function)
    if failure == "refused":
        run = report(function, create(function, copy_batch(function), refusal="InvalidInputException"))
    else:
        run = end(function, create(function, copy_batch(function)), "CREATE FAILED")
    assert run["next"] == "fail"
    message = "no" if failure == "refused" else "bad data"
    assert f": {message}" in run["reason"]
    assert run["reason"].endswith(" Its 4 files are tried again, half as many at a time.")
    assert markers_left(objects) == {f"{name_of(key)}.4" for key in keys}

    [following] = inputs
    assert following["started"] == function.now
    assert following["request"]["NotBefore"] == function.now + 5
    assert following["request"]["Arrivals"] == UPLOADS
    assert (
        Request.from_event(following["request"]).execution_prefix()
        == Request.from_event(run["request"]).execution_prefix()
    )
    leave_marker(function, objects, "in/new.csv")

    run = step(function, {**batch_run(function), "request": {**following["request"], "RequestId": "window-1"}})
    assert run["batch_size"] == 2  # and what is new waits for the run after


def test_a_marker_is_there_until_the_one_is_there_that_takes_its_place(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    for key in ("in/1.csv", "in/2.csv"):
        objects.errors["PutObject", inbox(name_of(key), 2)] = 403

    end(function, run, "CREATE FAILED", after=PROPAGATION_GRACE)

    assert {name_of("in/1.csv"), name_of("in/2.csv")} <= markers_left(objects)


def test_of_what_failed_before_the_smallest_part_comes_first(function: Any, objects: Any) -> None:
    leave_marker(function, objects, *(f"in/{number}.csv" for number in range(4)), tried_with=8)
    leave_marker(function, objects, "in/4.csv", "in/5.csv", tried_with=2)

    assert step(function, batch_run(function))["batch_size"] == 1


def test_the_smallest_part_comes_first_whatever_its_files_are_called(function: Any, objects: Any) -> None:
    in_order = sorted((f"in/{number}.csv" for number in range(9)), key=name_of)
    for key, tried_with in zip(in_order, (16, 16, 16, 4, 4, 2, 2, 16, 16), strict=True):
        leave_marker(function, objects, key, tried_with=tried_with)

    step(function, batch_run(function))

    [manifest] = [name for name in objects if "/taken/" in name]
    assert [*json.loads(objects[manifest])["notes"]] == [f"{name_of(in_order[5])}.2"]


@pytest.mark.parametrize("tried_with", [2, 8])
def test_of_what_failed_with_as_many_only_half_is_tried(function: Any, objects: Any, tried_with: int) -> None:
    leave_marker(function, objects, "in/0.csv", tried_with=tried_with)
    leave_marker(function, objects, *(f"in/{number}.csv" for number in range(1, 9)), tried_with=16)

    assert step(function, batch_run(function))["batch_size"] == 1


def test_a_run_that_tries_again_copies_to_a_folder_of_its_own(function: Any, objects: Any) -> None:
    """The copies of the run before may be there still, for a job that nobody could look at reads them."""
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    inputs = record_started_runs(function)
    run = create(function, copy_batch(function))
    function.now += 600
    end(function, run, "CREATE FAILED")
    assert inputs[0]["started"] == function.now
    assert inputs[0]["request"]["RequestId"] == f"after {digest('window-1', 16)}"
    before = {name for name in objects if "/gathered/" in name}
    run = {**batch_run(function), "request": inputs[0]["request"]}

    copy_batch(function, run)

    assert before == set()
    assert not any(name.startswith(FOLDER) for name in objects)


def test_new_files_that_waited_for_those_that_failed_get_a_run_though_nothing_failed_again(
    function: Any, objects: Any
) -> None:
    leave_marker(function, objects, "in/1.csv", tried_with=2)
    leave_marker(function, objects, "in/new.csv")
    inputs = record_started_runs(function)

    end(function, create(function, copy_batch(function)))

    assert markers_left(objects) == {name_of("in/new.csv")}
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 5


def test_what_failed_in_another_run_meanwhile_is_not_left_lying(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = copy_batch(function)
    leave_marker(function, objects, "in/2.csv", tried_with=2)
    inputs = record_started_runs(function)

    end(function, create(function, run))

    assert markers_left(objects) == {f"{name_of('in/2.csv')}.2"}
    assert len(inputs) == 1


def test_files_of_a_job_that_lacks_a_permission_are_not_to_blame(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "status": "CREATE FAILED", "failureReason": "Insufficient privileges for S3"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    inputs = record_started_runs(function)
    run = report(function, function.step("check", run))

    assert (run["next"], run.get("files_given_up")) == ("fail", None)
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_files_of_a_job_for_which_no_name_is_free_are_not_to_blame(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = {**copy_batch(function), "number": 19}
    stub = function.stubs["personalize"]
    stub.add_client_error("create_dataset_import_job", "ResourceAlreadyExistsException")
    before = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    role = "arn:aws:iam::111122223333:role/other"
    other = {"datasetImportJobArn": JOB, "status": "ACTIVE", "roleArn": role, "creationDateTime": before}
    stub.add_response("describe_dataset_import_job", {"datasetImportJob": other})
    inputs = record_started_runs(function)
    run = report(function, step(function, run))

    assert "20 names such as" in run["reason"]
    assert "files_given_up" not in run
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_window_is_in_the_list_before_it_looks_who_is_first(function: Any, objects: Any) -> None:
    """A run of a schedule that began a second before the window ended is in no list yet."""
    leave_marker(function, objects, "in/1.csv")
    run = batch_run(function)
    del run["turn"]
    run["started"] -= 300

    after = step(function, run)
    assert (after["next"], after["wait"], after["waiting_for"]) == ("create", 10, "turn")

    own = Request.from_event(run["request"]).execution_name
    function.resource("CREATE_COMPLETE")
    function.executions({own: 310.0, Request.from_event(run["request"]).execution_prefix() + "run-1": 11.0})
    assert function.step("create", after, after=10, execution=own)["state"] == "an earlier run is still running"


def test_one_bad_file_of_many_is_found_and_all_others_are_imported(function: Any, objects: Any) -> None:
    keys = [f"in/{number:02}.csv" for number in range(13)]
    leave_marker(function, objects, *keys)
    bad, imported, runs, is_left = "in/05.csv", set(), 0, True
    while is_left:
        runs += 1
        assert runs <= 10
        run = copy_batch(function)
        held = {key for key in keys if copy_of(key) in objects}
        imported |= set() if bad in held else held
        is_left = len(held) < len(markers_left(objects)) - 1 or (bad in held and len(held) > 1)  # less the manifest
        inputs = record_started_runs(function) if is_left else []
        end(function, create(function, run), "CREATE FAILED" if bad in held else "ACTIVE")
        assert len(inputs) == is_left

    assert imported == {*keys} - {bad}
    assert markers_left(objects) == set()


@pytest.mark.parametrize("code", ["AccessDeniedException", "LimitExceededException"])
def test_what_fails_for_another_reason_is_tried_again_an_hour_later(function: Any, objects: Any, code: str) -> None:
    leave_marker(function, objects, "in/1.csv")
    inputs = record_started_runs(function)
    run = copy_batch(function)
    run = {**run, "refused_since": function.now - 200, "started": function.now - MAX_WATCH_SECONDS + 1}
    run = create(function, run, refusal=code)
    if code == "LimitExceededException":
        function.now += 1
        run = step(function, run)

    assert report(function, run)["next"] == "fail"
    assert markers_left(objects) == {name_of("in/1.csv")}
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600


def test_what_a_crashed_run_has_taken_is_left_for_another(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    inputs = record_started_runs(function)
    run = copy_batch(function)

    run = report(function, {**run, "crash": {"Error": "E", "Cause": "C"}})

    assert (run["next"], len(inputs)) == ("fail", 1)
    assert markers_left(objects) == {name_of("in/1.csv")}


@pytest.mark.parametrize("end", ["crashed", "timed out"])
def test_what_a_run_never_came_to_is_left_for_another(function: Any, objects: Any, end: str) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = batch_run(function)
    if end == "crashed":
        run["crash"] = {"Error": "E", "Cause": "C"}
    else:
        del run["turn"]
        run["request"]["NotBefore"] -= 60
        run["started"] -= MAX_WATCH_SECONDS
        function.executions({Request.from_event(run["request"]).execution_prefix() + "run-1": MAX_WATCH_SECONDS + 60.0})
        run = step(function, run)
    inputs = record_started_runs(function)
    run = report(function, run)

    assert run["next"] == "fail"
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_what_a_job_reads_that_nobody_can_describe_is_left_for_another_run_too(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    inputs = record_started_runs(function)

    run = report(function, {**run, "crashes": 3, "crash": {"Error": "E", "Cause": "C"}})

    assert (run["next"], len(inputs)) == ("fail", 1)
    assert copy_of("in/1.csv") in objects
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_the_manifests_of_other_runs_are_no_markers(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    objects[inbox("taken/0123")] = b"{}"

    run = step(function, batch_run(function))

    assert run["batch_size"] == 1
    # A run finds its own there that an older version began.
    assert markers_left(objects) == {name_of("in/1.csv"), "taken/0123", f"taken/{digest('window-1', 16)}"}


def test_a_marker_of_digits_alone_was_never_tried(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    objects[inbox("1" * 32)] = objects.pop(inbox(name_of("in/2.csv")))

    assert step(function, batch_run(function))["batch_size"] == 2


def test_a_run_that_found_nothing_to_take_needs_no_other(function: Any, objects: Any) -> None:
    run = step(function, batch_run(function))

    assert report(function, {**run, "crash": {"Error": "E", "Cause": "C"}})["next"] == "fail"
    assert objects == {}
