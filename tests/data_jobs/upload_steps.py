"""Uploads of files, and the steps of the runs that process them."""

from __future__ import annotations

import json
from typing import Any

from botocore.stub import ANY

from data_jobs.request import Request, digest

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


def record_started_runs(function: Any) -> list[dict[str, Any]]:
    """Let one run be started, and return a list that gets its input."""
    inputs: list[dict[str, Any]] = []

    def record(params: dict[str, Any], **_: Any) -> None:
        inputs.append(json.loads(params["input"]))
        # The name tells other runs the window, so both must be of one request.
        assert params["name"] == Request.from_event(inputs[-1]["request"]).execution_name

    events = function.stubs["stepfunctions"].client.meta.events
    events.unregister("before-parameter-build.sfn.StartExecution", unique_id="follow")
    events.register_first("before-parameter-build.sfn.StartExecution", record, unique_id="follow")
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0})
    return inputs
