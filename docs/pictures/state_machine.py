"""The state machine, as lambda/state_machine.asl.json says it: its states, choices, retries and catches."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from picture import Picture

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 220, 74
AT = {
    "Wait to create": (40, 90),
    "Create": (340, 90),
    "Wait": (40, 230),
    "Check": (340, 230),
    "Report": (340, 370),
    "What next": (710, 90),
    "Succeeded": (1010, 300),
    "Failed": (1010, 400),
}
"""Where a state is. Its place is for a person to choose; what it is and what leads to it is not."""

ENDS = ("Succeed", "Fail")
Point = tuple[float, float]


def routes() -> dict[tuple[str, str, str], list[Point]]:
    """The way of each arrow, by where it begins, where it ends, and what it is."""
    half, middle, right = HEIGHT / 2, WIDTH / 2, AT["What next"][0]
    tasks = AT["Create"][0]
    bottom = AT["Report"][1] + HEIGHT
    return {
        ("Create", "What next", "next"): _across("Create", right),
        ("Check", "What next", "next"): _across("Check", right),
        ("Report", "What next", "next"): [(tasks + WIDTH, AT["Report"][1] + 54), (right, AT["Report"][1] + 54)],
        ("What next", "Report", "report"): [(right, AT["Report"][1] + 20), (tasks + WIDTH, AT["Report"][1] + 20)],
        ("What next", "Wait to create", "create"): [(right + 85, 90), (right + 85, 44), (150, 44), (150, 90)],
        ("What next", "Wait", "check"): [(right + 85, bottom), (right + 85, 490), (150, 490), (150, 230 + HEIGHT)],
        ("What next", "Succeeded", "succeed"): [(right + 170, 300 + 30), (1010, 300 + 30)],
        ("What next", "Failed", "otherwise"): [(right + 170, 400 + 30), (1010, 400 + 30)],
        ("Wait to create", "Create", "next"): _across("Wait to create", tasks),
        ("Wait", "Check", "next"): _across("Wait", tasks),
        ("Create", "Report", "catch"): [(tasks, 90 + 60), (300, 90 + 60), (300, 370 + half), (tasks, 370 + half)],
        ("Check", "Report", "catch"): [(tasks + middle, 230 + HEIGHT), (tasks + middle, 370)],
    }


def draw(home: Path) -> Picture:
    """Draws it."""
    machine = json.loads((home / "lambda" / "state_machine.asl.json").read_text(encoding="utf-8"))
    states = machine["States"]
    ways, arrows = routes(), {arrow for name, state in states.items() for arrow in arrows_of(name, state)}
    if {*states} != {*AT} or arrows != {*ways}:
        strange = sorted(map(str, ({*states} ^ {*AT}) | (arrows ^ {*ways})))
        raise SystemExit(
            f"the state machine has changed: say in docs/pictures/state_machine.py where to draw {strange}"
        )
    picture = Picture(
        "The state machine that runs one job",
        f"{machine['Comment']} It starts at {machine['StartAt']}. "
        + " ".join(f"{source} leads to {target} ({what})." for source, target, what in sorted(arrows)),
        1200,
        524,
    )
    for (source, _, what), points in sorted(ways.items()):
        picture.path(points, "arrow dashed" if what == "catch" else "arrow")
        if source == "What next":
            where = middle_of(points)
            picture.label(*where, what, "code")
    picture.label(AT["Create"][0] + WIDTH / 2, 342, "a step that fails for good", "small")
    x, y = AT[machine["StartAt"]]
    picture.path([(x + WIDTH / 2, 62), (x + WIDTH / 2, y)])
    picture.label(x + WIDTH / 2, 70, "start")
    for name, state in states.items():
        show(picture, name, state)
    return picture


def arrows_of(name: str, state: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What leads where from a state."""
    found = [(name, choice["Next"], choice["StringEquals"]) for choice in state.get("Choices", [])]
    found += [(name, state["Default"], "otherwise")] if "Default" in state else []
    found += [(name, caught["Next"], "catch") for caught in state.get("Catch", [])]
    return found + ([(name, state["Next"], "next")] if "Next" in state else [])


def show(picture: Picture, name: str, state: dict[str, Any]) -> None:
    """Draws a state, with what it does."""
    x, y = AT[name]
    if state["Type"] == "Choice":
        height = AT["Report"][1] + HEIGHT - y
        picture.box(x, y, 170, height, "given")
        picture.text(x + 85, y + height / 2 - 8, name, "name")
        picture.text(x + 85, y + height / 2 + 14, "what the step wants", "small")
        return
    if state["Type"] in ENDS:
        picture.box(x, y, 150, 60, "good" if state["Type"] == "Succeed" else "bad")
        picture.text(x + 75, y + 35, name, "name")
        return
    picture.box(x, y, WIDTH, HEIGHT, "made" if state["Type"] == "Task" else "inner")
    picture.text(x + WIDTH / 2, y + 28, name, "name")
    lines = [f"as long as {state['SecondsPath']} says"] if state["Type"] == "Wait" else retries(state)
    for number, line in enumerate(lines):
        picture.text(x + WIDTH / 2, y + 47 + 16 * number, line, "small")


def retries(state: dict[str, Any]) -> list[str]:
    """How often a step is tried again, and why."""
    return [
        f"{'any error' if one['ErrorEquals'] == ['States.ALL'] else 'Lambda is busy'}: {_how_often(one)}"
        for one in state["Retry"]
        if one["MaxAttempts"]
    ]


def _how_often(retry: dict[str, Any]) -> str:
    """In words: what is tried thousands of times is tried as long as a run lasts."""
    return f"{retry['MaxAttempts']} more times" if retry["MaxAttempts"] < 1000 else "for a week"  # noqa: PLR2004


def middle_of(points: list[Point]) -> Point:
    """The middle of the longest part of a way."""
    (x, y), (to_x, to_y) = max(pairwise(points), key=lambda part: math.dist(*part))
    return (x + to_x) / 2, (y + to_y) / 2 + 4


def _across(source: str, to_x: float) -> list[Point]:
    x, y = AT[source]
    return [(x + WIDTH, y + HEIGHT / 2), (to_x, y + HEIGHT / 2)]
