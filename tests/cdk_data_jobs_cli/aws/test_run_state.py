"""The state of a run, read from the history of its execution, without secrets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from cdk_data_jobs_cli.aws.run_state import parse_run_state

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
SECRET = "https://cloudformation-custom-resource-response.s3.amazonaws.com/?Signature=secret"  # noqa: S105
TOKEN = "AQB8secret"  # noqa: S105
RUN = {
    "request": {"RequestType": "Create", "ResponseURL": SECRET, "TaskToken": TOKEN, "ResourceProperties": {}},
    "state": "it is still CREATE PENDING",
    "waiting_for": "job",
    "attributes": {"status": "CREATE PENDING"},
}


def event(kind: str, **details: Any) -> dict[str, Any]:
    """Returns an event of a history."""
    return {"type": kind, "timestamp": NOW, f"{kind[0].lower()}{kind[1:]}EventDetails": details}


def entered(run: dict[str, Any]) -> dict[str, Any]:
    """Returns the event of a Wait state that was entered with this run."""
    return {"type": "WaitStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"input": json.dumps(run)}}


def test_the_newest_event_shows_what_a_run_waits_for() -> None:
    state = parse_run_state([entered(RUN), entered({**RUN, "state": "old"})])

    assert (state.state, state.waiting_for, state.started_by) == ("it is still CREATE PENDING", "job", "create")
    assert state.attributes == {"status": "CREATE PENDING"}
    assert (state.latest, state.succeeded) == (NOW, None)


def test_a_step_that_is_retried_shows_it_too() -> None:
    scheduled = event("LambdaFunctionScheduled", input=json.dumps({"step": "check", "run": RUN, "execution": "x"}))
    state = parse_run_state([event("LambdaFunctionFailed", error="Crash"), event("LambdaFunctionStarted"), scheduled])

    assert state.waiting_for == "job"


def test_no_secret_is_read() -> None:
    crashed = {**RUN, "crash": {"Error": "Crash", "Cause": SECRET}, "outcome": {"succeeded": False, "reason": "no"}}
    quoting = event("ExecutionFailed", error="States.Runtime", cause=f"invalid path in {json.dumps(RUN)}")
    for state in (
        parse_run_state([entered(RUN)]),
        parse_run_state([entered(crashed)]),
        parse_run_state([quoting, entered(RUN)], "FAILED"),
    ):
        everything = json.dumps(dataclasses.asdict(state), default=str)

        assert SECRET not in everything
        assert TOKEN not in everything


def test_an_error_of_step_functions_itself_is_reported_without_its_cause() -> None:
    state = parse_run_state([event("ExecutionFailed", error="States.Runtime", cause=SECRET), entered(RUN)], "FAILED")

    assert state.reason == "the execution ended as FAILED with States.Runtime"
    assert parse_run_state([], "ABORTED").reason == "the execution ended as ABORTED"


def test_a_failed_job_is_reported_with_its_reason() -> None:
    outcome = {"succeeded": False, "reason": "cut", "attributes": {"status": "FAILED"}}
    state = parse_run_state(
        [event("ExecutionFailed", error="JobFailed", cause="in full"), entered({**RUN, "outcome": outcome})], "FAILED"
    )

    assert (state.reason, state.succeeded, state.attributes) == ("in full", False, {"status": "FAILED"})


def test_a_run_that_only_has_to_clean_up_has_ended() -> None:
    outcome = {"succeeded": True, "reason": "", "attributes": {}}

    assert parse_run_state([entered({**RUN, "outcome": outcome, "ended": True})]).has_ended
    assert not parse_run_state([entered({**RUN, "outcome": outcome, "ended": False})]).has_ended
    assert not parse_run_state([entered(RUN)]).has_ended


def test_truncated_data_is_skipped() -> None:
    cut = {"type": "x", "timestamp": NOW, "stateExitedEventDetails": {"output": json.dumps(RUN)[:50]}}

    assert parse_run_state([cut, entered(RUN)]).waiting_for == "job"
    assert parse_run_state([cut, entered({"no": "run"})]).state == ""
