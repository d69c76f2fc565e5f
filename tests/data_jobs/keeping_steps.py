"""Updates that keep their job, and the steps of their runs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop"
CONTINUE = {"OnFailure": "CONTINUE"}
DOES_NOT_WAIT = {"WaitForCompletion": "false"}
GONE = "ResourceNotFoundException"
MACHINE_ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)


def update(function: Any, before: dict[str, Any] | None = None, now: dict[str, Any] | None = None) -> dict[str, Any]:
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN)
    event["OldResourceProperties"] = {**event["ResourceProperties"], **(before or {})}
    event["ResourceProperties"] |= now or {}
    return event


def keep_job(function: Any, event: dict[str, Any], status: str, stack: str = "UPDATE_IN_PROGRESS") -> dict[str, Any]:
    """The run after it has described the job that it keeps, which was requested last."""
    describe(function, status)
    function.stack(stack)
    if stack == "UPDATE_IN_PROGRESS":
        stub_last_request(function)
    run = function.step("create", function.run(event))
    assert (run["next"], run["wait"], run["kept"], run["id"]) == ("check", 0, True, ARN)
    return recheck(function, function.step("check", run), status)


def recheck(function: Any, run: dict[str, Any], status: str = "CREATE FAILED") -> dict[str, Any]:
    """The run after it has looked again at a job that it does not accept."""
    if not run.get("must_succeed"):
        return run
    assert (run["next"], run["wait"]) == ("check", 0)
    describe(function, status)
    return dict(function.step("check", run))


def stub_last_request(
    function: Any,
    name: str = "create-1",
    *,
    status: str = "FAILED",
    request: dict[str, Any] | None = None,
    **properties: Any,
) -> None:
    """Let Step Functions list the resource's runs, and describe the last one that a deployment started."""
    prefix = Request.from_event(function.event()).execution_prefix()
    ages = {"run-3": 10.0, "delete-2": 20.0, name: 60.0, "update-0": 999.0}
    function.executions({prefix + one: age for one, age in ages.items()}, running=False)
    event = {**function.event("Create"), "ResourceProperties": properties, **(request or {})}
    reported = {
        "executionArn": name,
        "stateMachineArn": MACHINE_ARN,
        "status": status,
        "startDate": LONG_AGO,
        "input": json.dumps({"request": event, "started": 1.0}),
    }
    arn = f"arn:aws:states:eu-west-1:111122223333:execution:runner:{prefix}{name}"
    function.stubs["stepfunctions"].add_response("describe_execution", reported, {"executionArn": arn})


def describe(function: Any, status: str) -> None:
    job = {"datasetImportJobArn": ARN, "status": status, "failureReason": "no such column"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})


def check_failed_job(function: Any, event: dict[str, Any]) -> dict[str, Any]:
    """The run after it has looked at the job that it keeps, which failed."""
    describe(function, "CREATE FAILED")
    function.stack("UPDATE_IN_PROGRESS")
    return recheck(function, function.step("check", function.step("create", function.run(event))))


def wait_request(function: Any, request_type: str, *, kept: str, job: str = ARN, **before: Any) -> dict[str, Any]:
    event: dict[str, Any] = function.event(request_type, ResourceType="Custom::DataJobWait", LogicalResourceId="Wait1")
    event["ResourceProperties"] |= {"Kind": "Custom::PersonalizeDatasetImportJob", "Job": job, "Kept": kept}
    if request_type == "Update":
        event |= {"PhysicalResourceId": ARN, "OldResourceProperties": {**event["ResourceProperties"], **before}}
    return event
