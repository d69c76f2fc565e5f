"""A report step that is repeated, or that may not change the markers, loses no file and starts no second run."""

from __future__ import annotations

from typing import Any

import pytest
from upload_steps import (
    JOB,
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

from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.request import Request


def test_a_run_that_may_start_no_other_ends_all_the_same(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = function.step("report", {**batch_run(function), "crash": {"Error": "E", "Cause": "C"}})
    for _ in range(2):
        function.stubs["stepfunctions"].add_client_error("start_execution", "AccessDeniedException")
    with pytest.raises(CallFailed, match="AccessDenied"):
        report(function, run, after=PROPAGATION_GRACE - 1)

    assert report(function, run, after=1)["next"] == "fail"
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_report_that_is_interrupted_continues_where_it_was(function: Any, objects: Any) -> None:
    keys = [f"in/{number}.csv" for number in range(9)]
    leave_marker(function, objects, *keys)
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("report", function.step("check", run))
    assert (run["next"], run["wait"], run["judged"]) == ("report", 0, function.now)
    for key in keys[:5]:
        del objects[inbox(name_of(key))]
        objects.errors["DeleteObject", inbox(name_of(key))] = 500  # it is not deleted again

    assert report(function, run)["next"] == "succeed"
    assert markers_left(objects) == set()


def test_a_report_that_is_repeated_starts_no_second_run(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("report", function.step("check", run))
    inputs = record_started_runs(function)
    before = dict(objects)
    function.step("report", run)
    objects |= before
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    function.step("report", run, after=60)

    first, second = (Request.from_event(one["request"]).execution_name for one in inputs)
    assert first == second


def test_what_could_not_even_be_listed_is_left_for_another_run(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    objects.errors["ListObjectsV2", "staging/"] = 403
    run = step(function, batch_run(function, refused_since=function.now - 180))
    inputs = record_started_runs(function)
    run = report(function, run)

    assert (run["next"], len(inputs)) == ("fail", 1)
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_report_that_is_repeated_does_the_same(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", run)
    before = dict(objects)
    record_started_runs(function)
    report(function, run)
    after = markers_left(objects)
    objects |= {name: content for name, content in before.items() if "taken/" in name}
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    report(function, run)

    assert after == markers_left(objects) == {f"{name_of(key)}.2" for key in ("in/1.csv", "in/2.csv")}


def test_a_run_to_try_again_that_was_started_before_is_not_started_twice(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    function.stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")

    assert end(function, run, "CREATE FAILED")["next"] == "fail"
    assert not any(name.startswith("taken/") for name in markers_left(objects))


def test_a_run_to_try_again_that_cannot_be_started_now_is_started_later(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    function.stubs["stepfunctions"].add_client_error("start_execution", "ThrottlingException")

    with pytest.raises(CallFailed, match="ThrottlingException"):
        end(function, run, "CREATE FAILED")
    assert any(name.startswith("taken/") for name in markers_left(objects))


def test_markers_that_cannot_be_changed_are_left_for_another_run_if_the_job_failed(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    [manifest] = [name for name in markers_left(objects) if name.startswith("taken/")]
    objects.errors["GetObject", inbox(manifest)] = 403
    inputs = record_started_runs(function)

    assert end(function, run, "CREATE FAILED", after=PROPAGATION_GRACE)["next"] == "fail"
    assert inputs[0]["request"]["NotBefore"] == int(function.now) - PROPAGATION_GRACE + 3600


@pytest.mark.parametrize("status", [403, 503])
def test_markers_that_cannot_be_changed_wait_if_that_may_help(function: Any, objects: Any, status: int) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    [manifest] = [name for name in markers_left(objects) if name.startswith("taken/")]
    objects.errors["GetObject", inbox(manifest)] = status
    with pytest.raises(CallFailed, match=str(status)):
        end(function, run)

    objects.errors["GetObject", inbox(manifest)] = status
    if status == 503:
        with pytest.raises(CallFailed, match="503"):
            end(function, run, after=PROPAGATION_GRACE)
    else:
        assert end(function, run, after=PROPAGATION_GRACE)["next"] == "succeed"
    assert name_of("in/1.csv") in markers_left(objects)


@pytest.mark.parametrize("status", [403, 503])
def test_a_marker_that_cannot_be_deleted_at_once_is_tried_again(function: Any, objects: Any, status: int) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    objects.errors["DeleteObject", inbox(name_of("in/1.csv"))] = status

    with pytest.raises(CallFailed, match=str(status)):
        end(function, run)
