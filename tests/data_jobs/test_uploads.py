"""Uploaded files are taken in batches: none is lost, and many at once are one run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.stub import ANY

from data_jobs.copies import MAX_COPYING_SECONDS
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.request import MAX_WATCH_SECONDS, Request, digest

INBOX = "s3://staging/job/arrived/"
UPLOADS = {"Inbox": INBOX, "Folder": "s3://staging/job/gathered/", "Parameter": "dataSource.dataLocation"}
JOB = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop"
FOLDER = f"staging/job/gathered/{digest('window-1', 16)}/"


def upload(function: Any, key: str = "in/1.csv", **changes: Any) -> dict[str, Any]:
    """The event that the rule makes of an uploaded file."""
    event = function.event("Run", **{"StartedBy": "upload", "Arrivals": UPLOADS, "Window": 300, **changes})
    event["Arrived"] = {"Bucket": "source", "Key": key, "Sequencer": "1"}
    del event["ResponseURL"], event["RequestId"]
    return dict(event)


def name_of(key: str, version: str = "1") -> str:
    return digest(f"s3://source/{key} {version}", 32)


def copy_of(key: str) -> str:
    return f"{FOLDER}{digest(f's3://source/{key}', 12)}-{key.rpartition('/')[2]}"


def leave_marker(function: Any, objects: Any, *keys: str, tried_with: int = 0, age: float = 0) -> None:
    """Let files exist, with marker objects that say so."""
    for key in keys:
        objects[f"source/{key}"] = b"data"
        content = {"source": f"s3://source/{key}", "arrived": function.now - age}
        objects[inbox(name_of(key), tried_with)] = json.dumps(content).encode()


def inbox(name: str, tried_with: int = 0) -> str:
    return f"staging/job/arrived/{name}" + (f".{tried_with}" if tried_with else "")


def markers_left(objects: Any) -> set[str]:
    """The names of the marker objects that are left."""
    return {name.removeprefix("staging/job/arrived/") for name in objects if name.startswith("staging/job/arrived/")}


def start(function: Any, event: dict[str, Any]) -> str:
    """Let a file arrive, and return the name of the execution that it asks for."""
    asked: list[dict[str, Any]] = []
    expected = {"stateMachineArn": ANY, "name": ANY, "input": ANY}
    function.resource("CREATE_COMPLETE")
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0}, expected)
    events = function.stubs["stepfunctions"].client.meta.events
    events.register_first(
        "before-parameter-build.sfn.StartExecution", lambda params, **_: asked.append(params), unique_id="asked"
    )
    function.start(event)
    events.unregister("before-parameter-build.sfn.StartExecution", unique_id="asked")
    [params] = asked
    assert "Arrived" not in json.loads(params["input"])["request"]
    return str(params["name"])


# --- what arrives is noted ---


def test_uploads_in_a_window_ask_for_the_same_run(function: Any, objects: Any) -> None:
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
    inputs = follow(function)
    function.resource("CREATE_COMPLETE")

    function.start(upload(function))

    asked = inputs[0]["request"]
    assert (asked["NotBefore"], asked["RequestId"]) == (1_700_000_400 + 5, f"{INBOX} 1700000400")
    assert not asked.keys() & {"Window", "Arrived"}
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_file_belongs_to_the_window_in_which_its_marker_is_there(
    function: Any, objects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    function.now = 1_700_000_399.0  # the window's last second
    put = objects.put_object

    def put_slowly(place: str, asked: dict[str, Any]) -> Any:
        function.now += 2
        return put(place, asked)

    monkeypatch.setattr(objects, "put_object", put_slowly)
    inputs = follow(function)
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


# --- markers are taken in batches ---


def batch_run(function: Any, **known: Any) -> dict[str, Any]:
    """The run of a window that is over."""
    event = upload(function, RequestType="Run")
    del event["Arrived"], event["Window"]
    request = {**event, "RequestId": "window-1", "NotBefore": int(function.now)}
    return dict(function.run(request, **{"turn": function.now, "since": function.now, **known}))


def step(function: Any, run: dict[str, Any]) -> dict[str, Any]:
    """Take a create step."""
    function.resource("CREATE_COMPLETE")
    return dict(function.step("create", run))


def copy_batch(function: Any, run: dict[str, Any] | None = None) -> dict[str, Any]:
    """Take the two steps that take what is noted, and copy it."""
    run = step(function, run or batch_run(function))
    assert (run["next"], run["wait"], run.get("gathered"), run.get("id")) == ("create", 0, None, None)
    return step(function, run)


def create(function: Any, run: dict[str, Any], refusal: str = "") -> dict[str, Any]:
    """Take the step that creates the job of what was gathered."""
    stub, operation = function.stubs["personalize"], "create_dataset_import_job"
    wanted = {"jobName": ANY, "datasetArn": ANY, "roleArn": ANY, "publishAttributionMetricsToS3": True}
    wanted |= {"dataSource": {"dataLocation": f"s3://{FOLDER}"}}
    if refusal:
        stub.add_client_error(operation, refusal, "no", expected_params=wanted)
    else:
        stub.add_response(operation, {"datasetImportJobArn": JOB}, wanted)
    return step(function, run)


def report(function: Any, run: dict[str, Any], *, after: float = 0) -> dict[str, Any]:
    """Take report steps until there is nothing more to report."""
    function.now += after
    for _ in range(4):
        run = function.step("report", run)
        if run["next"] != "report":
            return run
    raise AssertionError("it is reported again and again")


def end(function: Any, run: dict[str, Any], status: str = "ACTIVE", *, after: float = 0) -> dict[str, Any]:
    """Let the job end, and take the steps that see it and, after so many seconds, report it."""
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": status, "failureReason": "bad data"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    return report(function, function.step("check", run), after=after)


@pytest.mark.parametrize(("left", "wait"), [(41, 41), (7200, 300)])
def test_a_run_waits_until_its_window_is_over_and_looks_up_now_and_then(function: Any, left: int, wait: int) -> None:
    run = batch_run(function)
    del run["turn"]
    run["request"]["NotBefore"] = int(function.now) + left

    after = step(function, run)

    assert (after["next"], after["wait"], after["waiting_for"]) == ("create", wait, "files")
    assert after["state"] == "more files may arrive"


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


def test_a_copy_keeps_the_end_of_a_long_name_which_tells_its_format(function: Any, objects: Any) -> None:
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

    def one_a_page(place: str, asked: dict[str, Any]) -> Any:
        found, at = whole(place, asked)["Contents"], int(asked.get("ContinuationToken", 0))
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


def test_a_step_that_is_taken_again_copies_the_same_again(function: Any, objects: Any) -> None:
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
    assert run["outcome"]["reason"] == "all that arrived was taken by a run before"
    assert "job ended" not in capsys.readouterr().out
    assert objects == {}


def test_a_permission_that_is_not_known_yet_is_waited_for(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = step(function, batch_run(function))
    objects.errors["HeadObject", "source/in/1.csv"] = 403

    run = step(function, run)
    assert (run["next"], run["waiting_for"]) == ("create", "permissions")
    assert step(function, run)["gathered"] == 1


# --- what fails is tried again, or given up ---


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
        "what arrived could not be read: s3://source/in/gone.csv: 404: no Given up, so correct it and upload it again: s3://source/in/gone.csv"
    )
    assert markers_left(objects) == set()
    assert '"Failed": 1' in capsys.readouterr().out


def test_of_many_files_that_are_gone_the_first_is_reported_and_each_is_counted(function: Any, objects: Any) -> None:
    keys = sorted(("in/1.csv", "in/2.csv"), key=name_of)
    leave_marker(function, objects, *keys)
    for key in keys:
        del objects[f"source/{key}"]

    run = report(function, step(function, copy_batch(function)))

    told = f"s3://source/{keys[0]}: 404: no Given up, so correct it and upload it again: s3://source/{keys[0]}"
    assert run["reason"] == f"what arrived could not be read: {told}"
    assert run["files_given_up"] == 2


def test_a_job_that_lacks_a_file_has_not_succeeded(function: Any) -> None:
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", batch_run(function, id=JOB, lost="s3://source/1.csv: 404: no"))

    assert run["outcome"]["reason"].endswith(
        f"succeeded without a file that could not be read: s3://source/1.csv: 404: no Job: {JOB}"
    )


def test_a_job_that_lacks_a_file_and_failed_gives_its_own_message(function: Any) -> None:
    message = "Input csv is missing the following columns: [ITEM_ID]"
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", batch_run(function, id=JOB, lost="s3://source/1.csv: 404: no"))

    assert f"failed: {message} What to do: the header of every CSV file" in run["outcome"]["reason"]


def follow(function: Any) -> list[dict[str, Any]]:
    """Let a run start another one, and return the input of that once it is started."""
    inputs: list[dict[str, Any]] = []
    events = function.stubs["stepfunctions"].client.meta.events
    events.unregister("before-parameter-build.sfn.StartExecution", unique_id="follow")
    events.register_first(
        "before-parameter-build.sfn.StartExecution",
        lambda params, **_: inputs.append(json.loads(params["input"])),
        unique_id="follow",
    )
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    return inputs


@pytest.fixture(autouse=True)
def _follows_nothing(function: Any) -> Any:
    yield
    events = function.stubs["stepfunctions"].client.meta.events
    events.unregister("before-parameter-build.sfn.StartExecution", unique_id="follow")


@pytest.mark.parametrize("failure", ["refused", "failed"])
def test_the_files_of_a_job_that_failed_are_tried_again_half_as_many_at_a_time(
    function: Any, objects: Any, failure: str
) -> None:
    keys = [f"in/{number}.csv" for number in range(4)]
    leave_marker(function, objects, *keys)
    inputs = follow(function)
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
    inputs = follow(function)
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
    inputs = follow(function)

    end(function, create(function, copy_batch(function)))

    assert markers_left(objects) == {name_of("in/new.csv")}
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 5


def test_what_failed_in_another_run_meanwhile_is_not_left_lying(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = copy_batch(function)
    leave_marker(function, objects, "in/2.csv", tried_with=2)
    inputs = follow(function)

    end(function, create(function, run))

    assert markers_left(objects) == {f"{name_of('in/2.csv')}.2"}
    assert len(inputs) == 1


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


def test_files_of_a_job_that_lacks_a_permission_are_not_to_blame(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "status": "CREATE FAILED", "failureReason": "Insufficient privileges for S3"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    inputs = follow(function)
    run = report(function, function.step("check", run))

    assert (run["next"], run.get("files_given_up")) == ("fail", None)
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_files_of_a_job_for_which_no_name_is_free_are_not_to_blame(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = {**copy_batch(function), "number": 19}
    stub = function.stubs["personalize"]
    stub.add_client_error("create_dataset_import_job", "ResourceAlreadyExistsException")
    other = {"datasetImportJobArn": JOB, "status": "ACTIVE", "roleArn": "arn:aws:iam::111122223333:role/other"}
    stub.add_response("describe_dataset_import_job", {"datasetImportJob": other})
    inputs = follow(function)
    run = report(function, step(function, run))

    assert "20 names such as" in run["reason"]
    assert "files_given_up" not in run
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_run_that_may_start_no_other_ends_all_the_same(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = function.step("report", {**batch_run(function), "crash": {"Error": "E", "Cause": "C"}})
    for _ in range(2):
        function.stubs["stepfunctions"].add_client_error("start_execution", "AccessDeniedException")
    with pytest.raises(CallFailed, match="AccessDenied"):
        report(function, run, after=PROPAGATION_GRACE - 1)

    assert report(function, run, after=1)["next"] == "fail"
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_file_that_may_not_be_read_is_tried_again_an_hour_later_and_the_others_are_imported(
    function: Any, objects: Any
) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = step(function, batch_run(function, refused_since=function.now - 180))
    objects.errors["HeadObject", "source/in/1.csv"] = 403
    run["refused_since"] = function.now - 180
    run = create(function, step(function, run))
    assert run["gathered"] == 1
    inputs = follow(function)
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


def test_a_report_that_is_cut_off_goes_on_where_it_was(function: Any, objects: Any) -> None:
    keys = [f"in/{number}.csv" for number in range(9)]
    leave_marker(function, objects, *keys)
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("report", function.step("check", run))
    assert (run["next"], run["wait"], run["judged"]) == ("report", 0, function.now)
    for key in keys[:5]:
        del objects[inbox(name_of(key))]
        objects.errors["DeleteObject", inbox(name_of(key))] = 500  # it is not asked for again

    assert report(function, run)["next"] == "succeed"
    assert markers_left(objects) == set()


def test_a_report_that_is_taken_again_starts_no_second_run(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("report", function.step("check", run))
    inputs = follow(function)
    before = dict(objects)
    function.step("report", run)
    objects |= before
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    function.step("report", run, after=60)

    first, second = (Request.from_event(one["request"]).execution_name for one in inputs)
    assert first == second


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
    assert function.step("create", after, after=10, execution=own)["state"] == "a run before it goes on"


def test_what_could_not_even_be_listed_is_left_for_another_run(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    objects.errors["ListObjectsV2", "staging/"] = 403
    run = step(function, batch_run(function, refused_since=function.now - 180))
    inputs = follow(function)
    run = report(function, run)

    assert (run["next"], len(inputs)) == ("fail", 1)
    assert markers_left(objects) == {name_of("in/1.csv")}


@pytest.mark.parametrize("broken", [b"no json", None])
def test_a_list_of_markers_that_is_gone_or_broken_blocks_nothing(function: Any, objects: Any, broken: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    [manifest] = [name for name in objects if "/taken/" in name]
    objects |= {manifest: broken} if broken else {}
    if not broken:
        del objects[manifest]

    assert end(function, run)["next"] == "succeed"


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
        inputs = follow(function) if is_left else []
        end(function, create(function, run), "CREATE FAILED" if bad in held else "ACTIVE")
        assert len(inputs) == is_left

    assert imported == {*keys} - {bad}
    assert markers_left(objects) == set()


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
    follow(function)

    run = end(function, create(function, copy_batch(function, run)), "CREATE FAILED")

    assert ("files_given_up" in run, len(markers_left(objects))) == (False, 2)


@pytest.mark.parametrize("code", ["AccessDeniedException", "LimitExceededException"])
def test_what_fails_for_another_reason_is_tried_again_an_hour_later(function: Any, objects: Any, code: str) -> None:
    leave_marker(function, objects, "in/1.csv")
    inputs = follow(function)
    run = copy_batch(function)
    run = {**run, "refused_since": function.now - 200, "started": function.now - MAX_WATCH_SECONDS + 1}
    run = create(function, run, refusal=code)
    if code == "LimitExceededException":
        function.now += 1
        run = step(function, run)

    assert report(function, run)["next"] == "fail"
    assert markers_left(objects) == {name_of("in/1.csv")}
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600


@pytest.mark.parametrize(("age", "given_up"), [(MAX_WATCH_SECONDS, None), (MAX_WATCH_SECONDS + 1, 1)])
def test_what_could_not_be_imported_for_a_week_is_given_up(
    function: Any, objects: Any, age: int, given_up: int | None
) -> None:
    leave_marker(function, objects, "in/1.csv", age=age)
    run = create(
        function, {**copy_batch(function), "refused_since": function.now - 200}, refusal="AccessDeniedException"
    )
    inputs = follow(function) if not given_up else []

    assert report(function, run).get("files_given_up") == given_up
    assert len(markers_left(objects)) == len(inputs) == (0 if given_up else 1)


def test_a_file_that_is_imported_after_a_week_is_not_given_up(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", age=MAX_WATCH_SECONDS + 1)

    run = end(function, create(function, copy_batch(function)))

    assert (run["next"], run["reason"]) == ("succeed", "")
    assert "files_given_up" not in run


def test_a_file_is_as_old_as_its_upload_however_often_it_was_tried(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv", age=600)
    follow(function)
    end(function, create(function, copy_batch(function)), "CREATE FAILED")

    assert {json.loads(objects[inbox(name)])["arrived"] for name in markers_left(objects)} == {function.now - 600}


def test_what_a_crashed_run_has_taken_is_left_for_another(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    inputs = follow(function)
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
    inputs = follow(function)
    run = report(function, run)

    assert run["next"] == "fail"
    assert inputs[0]["request"]["NotBefore"] == int(function.now) + 3600
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_what_a_job_reads_that_nobody_can_look_at_is_left_for_another_run_too(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    inputs = follow(function)

    run = report(function, {**run, "crashes": 3, "crash": {"Error": "E", "Cause": "C"}})

    assert (run["next"], len(inputs)) == ("fail", 1)
    assert copy_of("in/1.csv") in objects
    assert markers_left(objects) == {name_of("in/1.csv")}


def test_a_report_that_is_taken_again_does_the_same(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv", "in/2.csv")
    run = create(function, copy_batch(function))
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", run)
    before = dict(objects)
    follow(function)
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


def test_markers_that_cannot_be_changed_are_left_for_another_run_if_the_job_failed(function: Any, objects: Any) -> None:
    leave_marker(function, objects, "in/1.csv")
    run = create(function, copy_batch(function))
    [manifest] = [name for name in markers_left(objects) if name.startswith("taken/")]
    objects.errors["GetObject", inbox(manifest)] = 403
    inputs = follow(function)

    assert end(function, run, "CREATE FAILED", after=PROPAGATION_GRACE)["next"] == "fail"
    assert inputs[0]["request"]["NotBefore"] == int(function.now) - PROPAGATION_GRACE + 3600


def test_a_run_that_found_nothing_to_take_needs_no_other(function: Any, objects: Any) -> None:
    run = step(function, batch_run(function))

    assert report(function, {**run, "crash": {"Error": "E", "Cause": "C"}})["next"] == "fail"
    assert objects == {}


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


# --- runs that an older version began ---


@pytest.mark.parametrize(("status", "following"), [("ACTIVE", "succeed"), ("CREATE FAILED", "fail")])
def test_a_run_that_an_older_version_let_copy_its_batch_goes_on(
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
