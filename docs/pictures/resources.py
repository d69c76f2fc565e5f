"""The resources of one job: what its template has, and what waits for what."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Stack, aws_s3
from aws_cdk.assertions import Template
from picture import Picture, width_of

from cdk_data_jobs import DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

HEIGHT, GAP, LEVEL, TOP = 52, 26, 104, 84
PASSING = 30
"""The room of an arrow that passes a row."""

SHARED = "made for you, shared by jobs"
Graph = dict[str, set[str]]


def synthesized() -> dict[str, Any]:
    """The resources of a stack with one import from a bucket of the app."""
    stack = Stack(App(), "Shop")
    arn = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
    personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Interactions", arn),
        source=DataSource.from_bucket(aws_s3.Bucket(stack, "Data"), "interactions/"),
    )
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def draw(home: Path) -> Picture:  # noqa: ARG001 - as all pictures
    """Draws it."""
    resources = synthesized()
    needs = without_shortcuts({name: needed_by(value, {*resources}) for name, value in resources.items()})
    rows, ways = arranged(needs)
    widths = {
        name: max(150, width_of(short(name), 16), width_of(value["Type"], 13)) + 28 for name, value in resources.items()
    }
    width = round(max(map(sum, breadths(rows, widths))) + 60)
    at = placed(rows, widths, width)
    height = TOP + LEVEL * (len(rows) - 1) + HEIGHT + 60
    told = [f"{short(name)} needs {', '.join(map(short, sorted(ones)))}." for name, ones in needs.items() if ones]
    picture = Picture("The resources of one import, and what each needs first", " ".join(told), width, height)
    for text, kind, x in (("of your app", "given", 40), (SHARED, "made", 160), ("the job", "good", 410)):
        picture.box(x, 26, 18, 18, kind, 4)
        picture.text(x + 26, 40, text, "", "start")
    for first, *between, last in ways:
        through = [(at[name][0], at[name][1] + more) for name in between for more in (0, HEIGHT)]
        picture.curve([(at[first][0], at[first][1] + HEIGHT), *through, at[last]])
    for name, value in resources.items():
        x, y = at[name]
        picture.box(x - widths[name] / 2, y, widths[name], HEIGHT, kind_of(value["Type"]))
        picture.text(x, y + 22, short(name), "name")
        picture.text(x, y + 41, value["Type"], "code")
    picture.text(
        width / 2, height - 20, "An arrow leads to what must be there first; what follows from others is left out."
    )
    return picture


def kind_of(resource_type: str) -> str:
    """How a resource is drawn."""
    if resource_type.startswith("Custom::"):
        return "good"
    return "given" if resource_type == "AWS::S3::Bucket" else "made"


def breadths(rows: list[list[str]], widths: dict[str, float]) -> list[list[float]]:
    """How much room the places of each row take."""
    return [[widths.get(name, PASSING) + GAP for name in row] for row in rows]


def placed(rows: list[list[str]], widths: dict[str, float], width: int) -> dict[str, tuple[float, float]]:
    """The middle of the upper edge of each place."""
    at: dict[str, tuple[float, float]] = {}
    for level, (row, rooms) in enumerate(zip(rows, breadths(rows, widths), strict=True)):
        x = (width - sum(rooms)) / 2
        for name, room in zip(row, rooms, strict=True):
            at[name] = x + room / 2, TOP + LEVEL * level
            x += room
    return at


def short(name: str) -> str:
    """A logical id without its hash."""
    return re.sub(r"[0-9A-F]{8}$", "", name)


def needed_by(resource: dict[str, Any], names: set[str]) -> set[str]:
    """What a resource refers to, or depends on."""
    text = json.dumps(resource)
    refs = set(re.findall(r'"Ref": "(\w+)"', text)) | set(re.findall(r'"Fn::GetAtt": \["(\w+)"', text))
    return (refs | {*resource.get("DependsOn", [])}) & names


def without_shortcuts(needs: Graph) -> Graph:
    """The graph less the arrows that follow from others."""

    def reach(name: str) -> set[str]:
        return needs[name].union(*(reach(one) for one in needs[name]))

    return {
        name: {one for one in ones if not any(one in reach(other) for other in ones)} for name, ones in needs.items()
    }


def arranged(needs: Graph) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of resources, from what needs all to what needs nothing, and the way of each arrow through them.

    An arrow that passes a row has a place in it, so that it crosses no box.
    """

    def depth(name: str) -> int:
        return max((depth(one) + 1 for one in needs[name]), default=0)

    deepest = max(map(depth, needs))
    level = {name: deepest - depth(name) for name in needs}
    ways = []
    for name in sorted(needs):
        for one in sorted(needs[name]):
            through = [f"{name}>{one}>{row}" for row in range(level[name] + 1, level[one])]
            level |= {place: level[name] + 1 + number for number, place in enumerate(through)}
            ways.append([name, *through, one])
    rows = [sorted(name for name in level if level[name] == row) for row in range(deepest + 1)]
    beside: Graph = {name: set() for name in level}
    for way in ways:
        for one, other in pairwise(way):
            beside[one].add(other)
            beside[other].add(one)
    for _ in range(8):
        for near, row in [*pairwise(rows), *((below, above) for above, below in reversed([*pairwise(rows)]))]:
            place = {name: index / max(1, len(near) - 1) for index, name in enumerate(near)}
            row.sort(key=lambda name: _mean([place[one] for one in beside[name] if one in place]))
    return rows, ways


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.5
