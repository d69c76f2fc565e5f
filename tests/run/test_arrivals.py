"""Files that arrive are gathered: none is lost, and many at once are one run."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY

from data_jobs import arrivals
from data_jobs.request import Request, digest

INBOX = "s3://staging/job/arrived/"
ARRIVALS = {"Inbox": INBOX, "Folder": "s3://staging/job/gathered/", "Parameter": "dataSource.dataLocation"}
JOB = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop"


def arrived(function: Any, key: str = "in/1.csv", **changes: Any) -> dict[str, Any]:
    """The event that the rule makes of an uploaded file."""
    event = function.event("Run", StartedBy="upload", Arrivals=ARRIVALS, Window=300, **changes)
    event["Arrived"] = {"Bucket": "source", "Key": key, "Sequencer": "1"}
    del event["ResponseURL"], event["RequestId"]
    return dict(event)


def note(key: str, version: str = "1") -> str:
    return f"job/arrived/{digest(f's3://source/{key} {version}', 32)}"


def start(function: Any, event: dict[str, Any]) -> str:
    """Let a file arrive, and return the name of the execution that it asks for."""
    asked: list[dict[str, Any]] = []
    body = json.dumps({"source": f"s3://source/{event['Arrived']['Key']}"}).encode()
    place = {"Bucket": "staging", "Key": note(event["Arrived"]["Key"], event["Arrived"]["Sequencer"])}
    function.stubs["s3"].add_response("put_object", {}, {**place, "Body": body})
    expected = {"stateMachineArn": ANY, "name": ANY, "input": ANY}
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0}, expected)
    function.stubs["stepfunctions"].client.meta.events.register_first(
        "before-parameter-build.sfn.StartExecution", lambda params, **_: asked.append(params), unique_id="asked"
    )
    function.start(event)
    function.stubs["stepfunctions"].client.meta.events.unregister(
        "before-parameter-build.sfn.StartExecution", unique_id="asked"
    )
    [params] = asked
    assert "Arrived" not in json.loads(params["input"])["request"]
    return str(params["name"])


def test_what_arrives_in_a_window_asks_for_the_same_run(function: Any) -> None:
    function.now = 1_700_000_100.0
    first = start(function, arrived(function))
    function.now += 299
    second = start(function, arrived(function, "in/2.csv"))
    function.now += 1
    later = start(function, arrived(function, "in/3.csv"))

    assert first == second != later


def test_each_version_of_a_file_has_a_note_of_its_own(function: Any) -> None:
    newer = arrived(function)
    newer["Arrived"]["Sequencer"] = "2"

    assert start(function, arrived(function)) == start(function, newer)
    assert note("in/1.csv", "1") != note("in/1.csv", "2")


def test_a_file_that_cannot_be_noted_is_no_run(function: Any) -> None:
    function.stubs["s3"].add_client_error("put_object", "NoSuchBucket", http_status_code=404)

    with pytest.raises(RuntimeError, match="the run could not be started: NoSuchBucket"):
        function.start(arrived(function))


@pytest.mark.parametrize("missing", ["Arrivals", "Window", "Arrived"])
def test_an_arrival_that_lacks_something_is_refused(function: Any, missing: str) -> None:
    event = arrived(function)
    event[missing] = {} if missing != "Window" else "soon"

    with pytest.raises(RuntimeError, match="an arrival must have"):
        function.start(event)


def gathering(function: Any, **known: Any) -> dict[str, Any]:
    """The run of a window that is over."""
    event = arrived(function, RequestType="Run")
    del event["Arrived"], event["Window"]
    return dict(function.run({**event, "RequestId": "window-1", "NotBefore": int(function.now)}, **known))


def folder() -> str:
    return f"job/gathered/{digest('window-1', 16)}/"


def inbox(function: Any, *keys: str) -> None:
    contents = {"Contents": [{"Key": note(key)} for key in keys]} if keys else {}
    expected = {"Bucket": "staging", "Prefix": "job/arrived/"}
    function.stubs["s3"].add_response("list_objects_v2", contents, expected)


def read(function: Any, key: str) -> None:
    content = json.dumps({"source": f"s3://source/{key}"}).encode()
    body = StreamingBody(io.BytesIO(content), len(content))
    function.stubs["s3"].add_response("get_object", {"Body": body}, {"Bucket": "staging", "Key": note(key)})


def copied(function: Any, key: str) -> None:
    s3 = function.stubs["s3"]
    read(function, key)
    s3.add_response("head_object", {"ContentLength": 10, "ETag": "e"}, {"Bucket": "source", "Key": key})
    target = f"{folder()}{digest(f's3://source/{key}', 12)}-{key.rpartition('/')[2]}"
    place = {"Bucket": "staging", "Key": target, "TaggingDirective": "REPLACE"}
    s3.add_response("copy_object", {}, {**place, "CopySource": {"Bucket": "source", "Key": key}})
    s3.add_response("delete_object", {}, {"Bucket": "staging", "Key": note(key)})


@pytest.mark.parametrize(("left", "wait"), [(41, 41), (7200, 300)])
def test_a_run_waits_until_its_window_is_over_and_looks_up_now_and_then(function: Any, left: int, wait: int) -> None:
    run = gathering(function)
    run["request"]["NotBefore"] = int(function.now) + left
    function.executions({"execution-1": 0.0})

    after = function.step("create", run)

    assert (after["next"], after["wait"], after["state"]) == ("create", wait, "more files may arrive")


@pytest.mark.parametrize("left", [41, 0])
@pytest.mark.parametrize("denied", [False, True])
def test_a_run_that_gathers_for_a_job_that_is_deleted_gives_up_and_leaves_no_note(
    function: Any, *, left: int, denied: bool
) -> None:
    run = gathering(function)
    run["request"]["NotBefore"] = int(function.now) + left
    name = Request.from_event(run["request"]).executions() + "delete-1"
    function.executions({"execution-1": 60.0, name: 1.0})
    function.stack("DELETE_IN_PROGRESS")
    inbox(function, "in/1.csv", "in/2.csv")
    if denied:
        function.stubs["s3"].add_client_error("delete_object", "AccessDenied", http_status_code=403)
    else:
        for key in ("in/1.csv", "in/2.csv"):
            function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": note(key)})

    assert function.step("create", run)["outcome"]["reason"] == "given up, because the job is being deleted"


def held(function: Any, *names: str) -> None:
    """Let the run's folder have these copies."""
    contents = {"Contents": [{"Key": folder() + name} for name in names]} if names else {}
    function.stubs["s3"].add_response("list_objects_v2", contents, {"Bucket": "staging", "Prefix": folder()})


def gather(function: Any, run: dict[str, Any]) -> dict[str, Any]:
    """Take the step that gathers, and nothing else."""
    function.executions({"execution-1": 0.0})
    return dict(function.step("create", run))


def create(function: Any, run: dict[str, Any]) -> dict[str, Any]:
    """Take the step that creates the job of what was gathered."""
    wanted = {"jobName": ANY, "datasetArn": ANY, "roleArn": ANY, "publishAttributionMetricsToS3": True}
    function.executions({"execution-1": 0.0})
    function.stubs["personalize"].add_response(
        "create_dataset_import_job",
        {"datasetImportJobArn": JOB},
        {**wanted, "dataSource": {"dataLocation": f"s3://staging/{folder()}"}},
    )
    return dict(function.step("create", run))


def test_all_that_arrived_is_copied_and_the_job_reads_the_copies(function: Any) -> None:
    inbox(function, "in/1.csv", "in/2.csv")
    copied(function, "in/1.csv")
    copied(function, "in/2.csv")
    held(function, "1", "2")
    run = gather(function, gathering(function))
    assert (run["gathered"], run["next"], run["wait"], run.get("id")) == (2, "create", 0, None)

    run = create(function, run)
    assert (run["id"], run["next"]) == (JOB, "check")


def test_a_step_that_gathers_again_finds_what_it_had_copied(function: Any) -> None:
    inbox(function)
    held(function, "1", "2")

    assert create(function, gather(function, gathering(function)))["id"] == JOB


def test_what_arrives_after_a_run_has_gathered_is_for_the_next(function: Any) -> None:
    assert create(function, gathering(function, gathered=2, turn=function.now))["id"] == JOB


def test_a_step_without_time_leaves_the_rest_to_the_next(function: Any) -> None:
    inbox(function, "in/1.csv", "in/2.csv")
    copied(function, "in/1.csv")
    ticks = iter([0, 0, arrivals.COPYING + 1])
    function.monkeypatch.setattr("data_jobs.arrivals.time.monotonic", lambda: next(ticks))

    run = gather(function, gathering(function))

    assert ("gathered" in run, run["next"], run["wait"]) == (False, "create", 0)


def test_what_a_run_before_has_taken_needs_no_job(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    inbox(function)
    held(function)
    run = gather(function, gathering(function))
    function.executions({"execution-1": 0.0})
    run = function.step("create", run)
    held(function)

    assert function.step("report", run)["next"] == "succeed"
    assert run["outcome"]["reason"] == "all that arrived was taken by a run before"
    assert "job ended" not in capsys.readouterr().out


def test_a_file_that_is_gone_is_told_and_blocks_nothing(function: Any) -> None:
    inbox(function, "in/gone.csv")
    read(function, "in/gone.csv")
    function.stubs["s3"].add_client_error("head_object", "404", "Not Found", http_status_code=404)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": note("in/gone.csv")})
    held(function)
    run = gather(function, gathering(function))
    function.executions({"execution-1": 0.0})
    run = function.step("create", run)

    assert run["outcome"]["succeeded"] is False
    assert run["outcome"]["reason"] == "what arrived could not be read: s3://source/in/gone.csv: 404: Not Found"


def test_a_job_that_lacks_a_file_has_not_succeeded(function: Any) -> None:
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", gathering(function, id=JOB, since=function.now, lost="s3://source/1.csv: 404: no"))

    assert run["outcome"]["reason"].endswith(
        f"succeeded without a file that could not be read: s3://source/1.csv: 404: no Job: {JOB}"
    )


def test_a_job_that_lacks_a_file_and_failed_gives_its_own_words(function: Any) -> None:
    words = "Input csv is missing the following columns: [ITEM_ID]"
    job = {"datasetImportJobArn": JOB, "jobName": "shop", "status": "CREATE FAILED", "failureReason": words}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", gathering(function, id=JOB, since=function.now, lost="s3://source/1.csv: 404: no"))

    assert f"failed: {words} What to do: the header of every CSV file" in run["outcome"]["reason"]


def test_a_permission_that_is_not_known_yet_is_waited_for(function: Any) -> None:
    function.executions({"execution-1": 0.0})
    inbox(function, "in/1.csv")
    read(function, "in/1.csv")
    function.stubs["s3"].add_client_error("head_object", "403", "Forbidden", http_status_code=403)

    run = function.step("create", gathering(function))

    assert (run["next"], run["waiting_for"]) == ("create", "permissions")


def test_the_copies_go_when_the_run_has_ended(function: Any) -> None:
    outcome = {"succeeded": True, "reason": "", "error": "", "attributes": {}}
    run = gathering(function, id=JOB, since=function.now, outcome=outcome, ended=True)
    listed = {"Contents": [{"Key": f"{folder()}1.csv"}]}
    function.stubs["s3"].add_response("list_objects_v2", listed, {"Bucket": "staging", "Prefix": folder()})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": f"{folder()}1.csv"})

    assert function.step("report", run)["next"] == "succeed"


def test_the_note_of_a_file_is_the_same_for_each_delivery_of_its_event(function: Any) -> None:
    names = {start(function, arrived(function)) for _ in range(2)}

    assert len(names) == 1
    assert Request.from_event({**gathering(function)["request"]}).arrivals == ARRIVALS
