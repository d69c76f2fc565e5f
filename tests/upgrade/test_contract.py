"""Executions outlive an upgrade: what an earlier version put into a run, the function must go on to understand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recorded.contract import contract
from recorded.environment import LAMBDA
from recorded.replay import RECORDINGS

from data_jobs.request import Request

TODAY = contract(json.loads((LAMBDA / "state_machine.asl.json").read_text(encoding="utf-8")))
VERSIONS = sorted(path.name for path in RECORDINGS.iterdir())
RUNS = sorted(RECORDINGS.glob("*/[A-Z]*.json"))
OUTLIVE = "running executions outlive an upgrade, with the state machine and the run of the version that began them"


def agreed(version: str) -> dict[str, Any]:
    return dict(json.loads((RECORDINGS / version / "contract.json").read_text(encoding="utf-8")))


def lost(old: Any, new: Any, path: str = "") -> list[str]:
    """What new fields, or new values of a field, have no more of the old ones."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [found for name in old for found in lost(old[name], new.get(name), f"{path}.{name}")]
    if isinstance(old, list) and isinstance(new, list):
        return [f"{path}: {value}" for value in old if value not in new]
    return [] if old == new else [f"{path}: {old}, now {new}"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_has_every_field_that_it_had(version: str) -> None:
    assert lost(agreed(version)["fields"], TODAY["fields"]) == [], f"{OUTLIVE}: keep the field and its meaning"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_names_no_step_that_an_earlier_state_machine_does_not_know(version: str) -> None:
    assert TODAY["next"] == agreed(version)["next"], f"{OUTLIVE}: a step that it does not know is `fail` to it"


@pytest.mark.parametrize("recording", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_execution_has_the_name_by_which_others_search_for_it(recording: Any) -> None:
    recorded = json.loads(recording.read_text(encoding="utf-8"))
    request = {**recorded["request"], "ResponseURL": "https://answers"}

    assert Request.from_event(request).delivery_prefix == recorded["execution"], (
        f"{OUTLIVE}: keep the names of executions"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recordings_have_every_field_that_a_run_rests_with(version: str) -> None:
    recordings = [json.loads(path.read_text(encoding="utf-8")) for path in RUNS if path.parent.name == version]
    rested = {name for recording in recordings for point in recording["points"] for name in point["run"]}

    # The request is kept beside the points; the reason is read by the state that ends the execution.
    assert set(agreed(version)["fields"]) - rested == {"request", "reason"}
