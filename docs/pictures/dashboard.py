"""The dashboard of two jobs, as its body in the template lays it out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Stack, aws_s3
from aws_cdk.assertions import Template
from picture import Picture

from cdk_data_jobs import DataJobDashboard, DataSource, personalize

if TYPE_CHECKING:
    from pathlib import Path

COLUMN, ROW, LEFT, TOP = 40, 27, 24, 62
BLUE = "#1f77b4"
"""CloudWatch's colour for a line that is given none."""


def widgets() -> list[dict[str, Any]]:
    """The widgets of a stack with an import and an export."""
    stack = Stack(App(), "Shop")
    arn = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/ITEMS"
    items = personalize.Dataset.from_dataset_arn(stack, "Items", arn)
    bucket = aws_s3.Bucket(stack, "Data")
    personalize.DatasetImportJob(stack, "ImportItems", dataset=items, source=DataSource.from_bucket(bucket, "items/"))
    personalize.DatasetExportJob(stack, "ExportItems", dataset=items, deploy_time=False)
    DataJobDashboard(stack, "Dashboard")
    [found] = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    parts = found["Properties"]["DashboardBody"]["Fn::Join"][1]
    body = "".join(part if isinstance(part, str) else "here" for part in parts)
    return list(json.loads(body)["widgets"])


def draw(home: Path) -> Picture:  # noqa: ARG001 - as all pictures
    """Draws it."""
    found = widgets()
    right = max(widget["x"] + widget["width"] for widget in found)
    bottom = max(widget["y"] + widget["height"] for widget in found)
    picture = Picture(
        "DataJobDashboard: a row for each job",
        " ".join(
            f"{widget['properties']['title']}: {', '.join(label for label, _ in lines_of(widget))}." for widget in found
        ),
        2 * LEFT + COLUMN * right,
        TOP + ROW * bottom + 24,
    )
    picture.text(LEFT + 4, 40, "DataJobDashboard of the stack Shop", "name", "start")
    for widget in found:
        show(picture, widget)
    return picture


def show(picture: Picture, widget: dict[str, Any]) -> None:
    """Draws a widget, without any data."""
    x, y = LEFT + COLUMN * widget["x"] + 4, TOP + ROW * widget["y"] + 4
    width, height = COLUMN * widget["width"] - 8, ROW * widget["height"] - 8
    properties = widget["properties"]
    picture.box(x, y, width, height, "inner")
    picture.text(x + 14, y + 24, properties["title"], "name", "start")
    lines = lines_of(widget)
    if properties["view"] == "singleValue":
        for number, (label, colour) in enumerate(lines):
            middle = x + width * (2 * number + 1) / (2 * len(lines))
            picture.mark(middle - 40, y + height / 2 + 4, colour)
            picture.text(middle - 26, y + height / 2 + 14, label, "", "start")
        return
    axis = properties.get("yAxis", {}).get("left", {}).get("label", "")
    picture.text(x + 14, y + 44, axis, "small", "start")
    picture.path([(x + 24, y + 54), (x + 24, y + height - 40), (x + width - 16, y + height - 40)], "line", 0)
    place = x + 24
    for label, colour in lines:
        picture.mark(place, y + height - 25, colour)
        picture.text(place + 14, y + height - 15, label, "", "start")
        place += 110


def lines_of(widget: dict[str, Any]) -> list[tuple[str, str]]:
    """The labels and colours of a widget's metrics."""
    options = [metric[-1] for metric in widget["properties"]["metrics"]]
    return [(option["label"], option.get("color", BLUE)) for option in options]
