"""The order of the steps: whatever fails is reported, and nothing is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_jobs import decisions, request

MACHINE: dict[str, Any] = json.loads((Path(decisions.__file__).parent.parent / "state_machine.asl.json").read_text())
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
    tasks = {name: state["Retry"] for name, state in STATES.items() if state["Type"] == "Task"}

    assert {name: [retry["MaxAttempts"] for retry in retries] for name, retries in tasks.items()} == {
        "Create": [20, 6],
        "Check": [20, 6],
        "Report": [20, 20],
    }
    assert all("Lambda.TooManyRequestsException" in retries[0]["ErrorEquals"] for retries in tasks.values())
    assert all(retries[1]["ErrorEquals"] == ["States.ALL"] for retries in tasks.values())


def test_every_step_that_a_run_may_name_is_a_choice() -> None:
    choices = {choice["StringEquals"]: choice["Next"] for choice in STATES["What next"]["Choices"]}

    assert set(choices) == {"create", "check", "report", "succeed"}
    assert STATES["What next"]["Default"] == "Failed"


def test_waits_that_are_watched_for_a_week_stay_within_the_history_of_an_execution() -> None:
    events_of_a_look = 9  # Wait 2, Task 5, Choice 2
    looks, waited = 0, 0
    while waited < request.WATCHED:
        waited += decisions.pause(waited, patient=waited > 55 * 60)
        looks += 1

    assert looks * events_of_a_look < 25_000
