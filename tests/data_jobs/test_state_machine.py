"""The state machine takes the steps in order, and reports every failure."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data_jobs import request
from data_jobs.context import poll_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE: dict[str, Any] = json.loads((Path(request.__file__).parent.parent / "state_machine.asl.json").read_text())
STATES: dict[str, dict[str, Any]] = MACHINE["States"]


def following(state: dict[str, Any]) -> set[str]:
    choices = [*state.get("Choices", []), *state.get("Catch", []), state]
    return {choice[key] for choice in choices for key in ("Next", "Default") if key in choice}


def test_every_state_is_reached_and_leads_on() -> None:
    reached = {MACHINE["StartAt"]}
    while not set().union(*(following(STATES[name]) for name in reached)) <= reached:
        reached |= set().union(*(following(STATES[name]) for name in reached))

    assert reached == set(STATES)
    assert {name for name in STATES if not following(STATES[name])} == {"Succeeded", "Failed"}


def test_the_machine_has_no_time_out_of_its_own_for_it_would_report_nothing() -> None:
    assert "TimeoutSeconds" not in json.dumps(MACHINE)


@pytest.mark.parametrize("name", ["Create", "Check"])
def test_a_step_that_fails_for_good_is_reported(name: str) -> None:
    [catch] = STATES[name]["Catch"]

    assert catch == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.crash", "Next": "Report"}


def test_every_step_is_tried_again_longest_when_the_function_was_not_even_reached() -> None:
    tasks = {name: [*state["Retry"]] for name, state in STATES.items() if state["Type"] == "Task"}

    assert {name: [retry["MaxAttempts"] for retry in retries] for name, retries in tasks.items()} == {
        "Create": [5400, 6],
        "Check": [5400, 6],
        "Report": [0, 5400, 100],
    }
    assert tasks["Report"].pop(0)["ErrorEquals"] == [
        "Lambda.ResourceNotFoundException"
    ]  # it was deleted with its stack
    unreached = {
        f"Lambda.{name}Exception"
        for name in ("TooManyRequests", "Service", "AWSLambda", "SdkClient", "ClientExecutionTimeout")
    }
    assert all({*retries[0]["ErrorEquals"]} == unreached for retries in tasks.values())
    assert all(retries[0]["JitterStrategy"] == "FULL" for retries in tasks.values())
    assert all(retries[1]["ErrorEquals"] == ["States.ALL"] for retries in tasks.values())


def test_every_step_that_a_run_may_name_is_a_choice() -> None:
    choices = {choice["StringEquals"]: choice["Next"] for choice in STATES["What next"]["Choices"]}

    assert set(choices) == {"create", "check", "report", "succeed"}
    assert STATES["What next"]["Default"] == "Failed"


def delays(retry: dict[str, Any]) -> Iterator[float]:
    """The mean seconds before each attempt: with full jitter, half of the longest."""
    seconds = float(retry["IntervalSeconds"])
    for _ in range(retry["MaxAttempts"]):
        yield min(seconds, retry["MaxDelaySeconds"]) / (2 if "JitterStrategy" in retry else 1)
        seconds *= retry["BackoffRate"]


@pytest.mark.parametrize("name", ["Create", "Check", "Report"])
def test_a_function_that_cannot_be_reached_is_tried_as_long_as_a_run_lasts(name: str) -> None:
    assert sum(delays(STATES[name]["Retry"][-2])) > request.MAX_WATCH_SECONDS


def test_a_response_that_does_not_get_through_is_tried_longer_than_its_url_is_good() -> None:
    assert sum(delays(STATES["Report"]["Retry"][-1])) > 3 * request.RESPONSE_URL_SECONDS


def test_each_step_is_tried_again_for_the_same_trouble_of_lambda() -> None:
    create, check, report = (STATES[name]["Retry"] for name in ("Create", "Check", "Report"))

    assert create == check
    assert create[0] == report[1]


@pytest.mark.parametrize("name", ["Create", "Check", "Report"])
def test_a_retry_comes_before_the_hour_of_cloudformation_is_over(name: str) -> None:
    assert all(
        retry.get("MaxDelaySeconds", 0) <= 3600 - request.DEFAULT_TIMEOUT - 60 for retry in STATES[name]["Retry"]
    )


@pytest.mark.parametrize("refused", range(12))
def test_a_week_stays_within_the_history_of_an_execution(refused: int) -> None:
    """Also if the function is reached only at the n-th attempt, each time: an attempt has three events at most."""
    events_of_a_look, events_of_an_attempt = 9, 3  # Wait 2, Task 5, Choice 2
    lost = list(itertools.islice(delays(STATES["Check"]["Retry"][0]), refused))
    events, waited = 0, 0.0
    while waited < request.MAX_WATCH_SECONDS:
        waited += poll_interval(int(waited), is_awaited=waited <= request.DEFAULT_TIMEOUT) + sum(lost)
        events += events_of_a_look + refused * events_of_an_attempt

    assert events < 25_000


def test_each_step_gets_the_number_of_earlier_attempts() -> None:
    reported = {name: state["Parameters"]["attempt.$"] for name, state in STATES.items() if state["Type"] == "Task"}

    assert reported == dict.fromkeys(("Create", "Check", "Report"), "$$.State.RetryCount")
