"""The run of a batching window copies the files of all marker objects, and its job reads the copies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from upload_steps import (
    FOLDER,
    JOB,
    batch_run,
    copy_batch,
    copy_of,
    create,
    end,
    inbox,
    leave_marker,
    markers_left,
    name_of,
    report,
    step,
)

from data_jobs.copies import MAX_COPYING_SECONDS
from data_jobs.request import digest


@pytest.mark.parametrize(("left", "wait"), [(41, 41), (7200, 300)])
def test_a_run_waits_until_its_window_is_over_and_checks_its_job_every_five_minutes(
    function: Any, left: int, wait: int
) -> None:
    run = batch_run(function)
    del run["turn"]
    run["request"]["NotBefore"] = int(function.now) + left

    after = step(function, run)

    assert (after["next"], after["wait"], after["waiting_for"]) == ("create", wait, "files")
    assert after["state"] == "more files may be uploaded"


@pytest.mark.parametrize("known", [{}, {"batch_size": 1, "batch_position": 0}], ids=["before", "while it gathers"])
def test_a_run_of_a_job_that_is_deleted_gives_up_and_leaves_nothing_behind(
    function: Any, objects: Any, known: dict[str, Any]
) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv", "in/3.csv")
    objects[inbox("taken/0123")] = b"{}"
    objects[copy_of("in/1.csv")] = b"data"
    function.resource("DELETE_IN_PROGRESS")

    run = report(function, function.step("create", batch_run(function, **known)))

    assert run["reason"] == "given up, because the job is being deleted"
    assert {name.partition("/")[0] for name in objects} == {"source"}


def test_every_uploaded_file_is_copied_and_the_job_reads_the_copies(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = copy_batch(function)
    assert (run["gathered"], run["next"], run["wait"], run.get("id")) == (2, "create", 0, None)
    assert {copy_of("in/1.csv"), copy_of("in/2.csv")} <= {*objects}

    run = create(function, run)
    assert (run["id"], run["next"]) == (JOB, "check")


def test_a_copy_keeps_the_end_of_a_long_name_which_shows_its_format(function: Any, objects: Any) -> None:
    leave_marker(function, objects, f"in/{'x' * 200}.csv")

    copy_batch(function)

    [copy] = [name for name in objects if name.startswith(FOLDER)]
    assert copy.endswith(f"-{'x' * 96}.csv")


def test_markers_and_copies_go_when_the_data_is_in_and_not_before(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    assert {name_of("in/1.csv"), name_of("in/2.csv")} <= markers_left(objects)

    assert end(function, run)["next"] == "succeed"
    assert {*objects} == {"source/in/1.csv", "source/in/2.csv"}


def test_the_copies_of_a_batch_are_deleted_as_soon_as_s3_lets_it(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    objects.errors["DeleteObject", copy_of("in/1.csv")] = 503

    run = end(function, run)
    assert (run["next"], copy_of("in/1.csv") in objects) == ("check", True)

    assert function.step("report", function.step("check", run, after=run["wait"]))["next"] == "succeed"
    assert {*objects} == {"source/in/1.csv"}


def test_a_run_that_ends_leaves_the_copies_of_another(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    other = f"staging/job/gathered/{digest('window-2', 16)}/copy.csv"
    objects[other] = b"data"

    assert end(function, create(function, copy_batch(function)))["next"] == "succeed"
    assert {*objects} == {"source/in/1.csv", other}


def test_more_files_than_a_page_of_a_list_holds_are_all_taken_and_removed(
    function: Any, objects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv", "in/3.csv")
    whole = objects.list_objects_v2

    def one_a_page(place: str, requested: dict[str, Any]) -> Any:
        found, at = whole(place, requested)["Contents"], int(requested.get("ContinuationToken", 0))
        more = {"NextContinuationToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"Contents": found[at : at + 1], "IsTruncated": bool(more), **more}

    monkeypatch.setattr(objects, "list_objects_v2", one_a_page)
    run = copy_batch(function)

    assert run["gathered"] == 3
    assert end(function, create(function, run))["next"] == "succeed"
    assert {*objects} == {"source/in/1.csv", "source/in/2.csv", "source/in/3.csv"}


def test_later_uploads_keep_no_run_from_its_job(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = step(function, batch_run(function))
    leave_marker(function, objects, "in/2.csv")
    run = step(function, run)
    leave_marker(function, objects, "in/3.csv")

    assert run["gathered"] == 1
    assert end(function, create(function, run))["next"] == "succeed"
    assert markers_left(objects) == {name_of("in/2.csv"), name_of("in/3.csv")}


def test_an_event_that_is_delivered_again_during_the_import_changes_nothing(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    leave_marker(function, objects, "in/1.csv")

    assert end(function, run)["next"] == "succeed"
    assert markers_left(objects) == set()


def test_a_step_that_is_repeated_copies_the_same_again(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = step(function, batch_run(function))
    lost = step(function, run)
    again = step(function, run)

    assert lost["gathered"] == again["gathered"] == 2


def test_a_step_without_time_leaves_the_rest_to_the_next(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv", "in/3.csv")
    run = step(function, batch_run(function))
    with function.monkeypatch.context() as patch:
        ticks = iter([0, 0, 0, MAX_COPYING_SECONDS, MAX_COPYING_SECONDS, MAX_COPYING_SECONDS + 1])
        patch.setattr("data_jobs.batches.time.monotonic", lambda: next(ticks))
        run = step(function, run)
    assert ("gathered" in run, run["batch_position"], run["next"], run["wait"]) == (False, 2, "create", 0)
    assert (run["waiting_for"], run["state"]) == ("files", "its files are being copied")

    run = step(function, run)
    assert (run["gathered"], run["batch_position"]) == (3, 3)


def test_a_file_that_one_step_could_not_copy_is_given_up_though_another_step_copies_the_rest(
    function: Any, objects: Any
) -> None:
    keys = sorted(("in/1.csv", "in/2.csv"), key=name_of)
    leave_marker(function, objects, *keys)
    del objects[f"source/{keys[0]}"]
    run = step(function, batch_run(function))
    with function.monkeypatch.context() as patch:
        ticks = iter([0, 0, 0, MAX_COPYING_SECONDS + 1])
        patch.setattr("data_jobs.batches.time.monotonic", lambda: next(ticks))
        run = step(function, run)
    assert ("gathered" in run, run["batch_position"]) == (False, 1)

    assert end(function, create(function, step(function, run)))["files_given_up"] == 1


def test_a_version_that_is_uploaded_while_an_older_one_is_copied_keeps_its_marker(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = step(function, batch_run(function))
    objects[inbox(name_of("in/1.csv", "2"))] = objects[inbox(name_of("in/1.csv"))]

    end(function, create(function, step(function, run)))

    assert markers_left(objects) == {name_of("in/1.csv", "2")}


def test_what_a_run_before_has_taken_needs_no_job(
    function: Any, objects: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = step(function, copy_batch(function))

    assert report(function, run)["next"] == "succeed"
    assert run["outcome"]["reason"] == "an earlier run has processed all uploaded files"
    assert "job ended" not in capsys.readouterr().out
    assert objects == {}


def test_a_permission_that_is_not_known_yet_is_waited_for(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = step(function, batch_run(function))
    objects.errors["HeadObject", "source/in/1.csv"] = 403

    run = step(function, run)
    assert (run["next"], run["waiting_for"]) == ("create", "permissions")
    assert step(function, run)["gathered"] == 1


@pytest.mark.parametrize(("status", "following"), [("ACTIVE", "succeed"), ("CREATE FAILED", "fail")])
def test_a_run_that_an_older_version_let_copy_its_batch_continues(
    function: Any, objects: Any, status: str, following: str
) -> None:
    objects[copy_of("in/1.csv")] = b"data"
    run = create(function, batch_run(function, gathered=1))

    assert end(function, run, status)["next"] == following
    assert objects == {}


def test_a_run_that_an_older_version_left_half_way_takes_the_rest(function: Any, objects: Any) -> None:
    objects[copy_of("in/1.csv")] = b"data"
    objects["source/in/2.csv"] = b"data"
    objects[inbox(name_of("in/2.csv"))] = json.dumps({"source": "s3://source/in/2.csv"}).encode()

    run = copy_batch(function)

    assert run["gathered"] == 2
    assert end(function, create(function, run))["next"] == "succeed"
    assert markers_left(objects) == set()
