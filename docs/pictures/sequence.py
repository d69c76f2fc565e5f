"""One deployment: who tells whom what, in the order in which the engine's code did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picture import Picture, width_of
from recording import record

if TYPE_CHECKING:
    from pathlib import Path

LEFT, BETWEEN, TOP, ROW = 110, 225, 96, 31


def draw(home: Path) -> Picture:
    """Draws it."""
    messages = record(home)
    names = list(dict.fromkeys(name for one in messages for name in (one.sender, one.receiver)))
    at = {name: LEFT + BETWEEN * number for number, name in enumerate(names)}
    bottom = TOP + ROW * len(messages) + 14
    picture = Picture(
        "One deployment of an import of a local file",
        " ".join(
            f"{one.sender}: {one.text}."
            if one.sender == one.receiver
            else f"{one.sender} to {one.receiver}: {one.text}."
            for one in messages
        ),
        2 * LEFT + BETWEEN * (len(names) - 1),
        bottom + 24,
    )
    for name, x in at.items():
        picture.path([(x, 64), (x, bottom)], "line dashed")
        picture.box(x - 92, 24, 184, 40, "made" if name in ("Lambda function", "State machine") else "given")
        picture.text(x, 49, name, "name")
    for number, one in enumerate(messages):
        y = TOP + ROW * number
        begin, end = at[one.sender], at[one.receiver]
        if begin == end:
            picture.box(begin - 58, y - 15, 116, 22, "inner", 11)
            picture.text(begin, y, one.text, "small")
            continue
        picture.path([(begin, y), (end, y)])
        # A long arrow has its text near its beginning.
        half = max(BETWEEN, 0 if abs(end - begin) == BETWEEN else width_of(one.text, 12) + 24) / 2
        picture.label(begin + (half if end > begin else -half), y - 8, one.text)
    return picture
