"""What is taken from the documents of runs, and what never is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from cdk_data_jobs_cli.executions import read
from cdk_data_jobs_cli.stack import execution_prefix
from data_jobs.request import Request

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
SECRET = "https://cloudformation-custom-resource-response.s3.amazonaws.com/?Signature=secret"  # noqa: S105
TOKEN = "AQB8secret"  # noqa: S105
RUN = {
    "request": {"RequestType": "Create", "ResponseURL": SECRET, "TaskToken": TOKEN, "ResourceProperties": {}},
    "state": "it is CREATE PENDING and goes on",
    "waiting_for": "job",
    "attributes": {"status": "CREATE PENDING"},
}


def event(kind: str, **details: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": NOW, f"{kind[0].lower()}{kind[1:]}EventDetails": details}


def entered(run: dict[str, Any]) -> dict[str, Any]:
    return {"type": "WaitStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"input": json.dumps(run)}}


def test_the_newest_document_tells_what_a_run_waits_for() -> None:
    told = read([entered(RUN), entered({**RUN, "state": "old"})])

    assert (told.state, told.waiting_for, told.started_by) == ("it is CREATE PENDING and goes on", "job", "create")
    assert told.attributes == {"status": "CREATE PENDING"}
    assert (told.seen, told.succeeded) == (NOW, None)


def test_a_step_that_is_tried_again_still_tells() -> None:
    scheduled = event("LambdaFunctionScheduled", input=json.dumps({"step": "check", "run": RUN, "execution": "x"}))
    told = read([event("LambdaFunctionFailed", error="Crash"), event("LambdaFunctionStarted"), scheduled])

    assert told.waiting_for == "job"


def test_nothing_secret_is_taken() -> None:
    crashed = {**RUN, "crash": {"Error": "Crash", "Cause": SECRET}, "outcome": {"succeeded": False, "reason": "no"}}
    quoting = event("ExecutionFailed", error="States.Runtime", cause=f"invalid path in {json.dumps(RUN)}")
    for told in (read([entered(RUN)]), read([entered(crashed)]), read([quoting, entered(RUN)], "FAILED")):
        everything = json.dumps(dataclasses.asdict(told), default=str)

        assert SECRET not in everything
        assert TOKEN not in everything


def test_an_error_of_step_functions_itself_is_told_without_its_words() -> None:
    told = read([event("ExecutionFailed", error="States.Runtime", cause=SECRET), entered(RUN)], "FAILED")

    assert told.reason == "the execution ended as FAILED with States.Runtime"
    assert read([], "ABORTED").reason == "the execution ended as ABORTED"


def test_a_job_that_failed_is_told_with_its_reason() -> None:
    outcome = {"succeeded": False, "reason": "cut", "attributes": {"status": "FAILED"}}
    told = read(
        [event("ExecutionFailed", error="JobFailed", cause="in full"), entered({**RUN, "outcome": outcome})], "FAILED"
    )

    assert (told.reason, told.succeeded, told.attributes) == ("in full", False, {"status": "FAILED"})


def test_a_run_that_only_has_to_clean_up_has_ended() -> None:
    outcome = {"succeeded": True, "reason": "", "attributes": {}}

    assert read([entered({**RUN, "outcome": outcome, "ended": True})]).has_ended
    assert not read([entered({**RUN, "outcome": outcome, "ended": False})]).has_ended
    assert not read([entered(RUN)]).has_ended


def test_a_document_that_is_not_quoted_in_full_is_passed_over() -> None:
    cut = {"type": "x", "timestamp": NOW, "stateExitedEventDetails": {"output": json.dumps(RUN)[:50]}}

    assert read([cut, entered(RUN)]).waiting_for == "job"
    assert read([cut, entered({"no": "run"})]).state == ""


@given(stack=some.from_regex(r"[A-Za-z][-A-Za-z0-9]{0,127}", fullmatch=True), logical_id=some.text("aZ09", min_size=1))
def test_executions_are_named_as_the_function_names_them(stack: str, logical_id: str) -> None:
    stack_id = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/0a1b2c3d"
    request = Request.from_event(
        {
            "RequestType": "Create",
            "ResourceType": "Custom::PersonalizeDatasetImportJob",
            "StackId": stack_id,
            "RequestId": "1",
            "LogicalResourceId": logical_id,
            "ResponseURL": SECRET,
            "ResourceProperties": {},
        }
    )

    assert execution_prefix(stack_id, logical_id) == request.execution_prefix()
    assert request.execution_name.startswith(f"{execution_prefix(stack_id, logical_id)}create-")
