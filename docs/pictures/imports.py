"""The parts of the five source roots, as their imports arrange them: each arrow points down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picture import Picture
from rooms import ROOMS, Room, imports_between_rooms, upward_imports

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS = {"constructs": 256, "check": 232, "cli": 330, "lambda": 336, "local": 262}
PURPOSES = {
    "constructs": ("where a job is declared", "runs when an app is synthesized"),
    "check": ("where its data is checked", "runs at synthesis, or by command"),
    "cli": ("where its runs are watched", "runs on the user's machine"),
    "lambda": ("where it is run", "runs in AWS"),
    "local": ("where AWS is emulated", "runs on one machine, for tests"),
}
LEGEND = ("An arrow leads from a part", "to what it imports; what", "follows from others is left out.")
MARGIN, BETWEEN, INSIDE, TOP, HEAD = 22, 16, 12, 22, 84
GAP, LINE, TITLE, CHARACTER = 30, 17, 42, 7.6
"""The room of an arrow, of a line of names and of a title with the box's edges; the width of a character."""

Box = tuple[float, float, float, float]


def draw(home: Path) -> Picture:
    """Draws it."""
    imports = imports_between_rooms(home)
    if upward := upward_imports(imports):
        raise SystemExit(f"imports must point down: {upward}")
    boxes = placed(rows := tops())
    panels = placed_panels(boxes)
    direct = without_shortcuts(imports)
    picture = Picture(
        "The imports between the parts of the source",
        " ".join(
            f"{room.root}, {room.title}, imports {one.title if isinstance(one, Room) else f'{one}/'}."
            for room in ROOMS
            for one in sorted(direct[room], key=str)
        ),
        round(max(x + width for x, _, width, _ in panels.values()) + MARGIN),
        round(rows[-1] + 24),
    )
    for root, (x, y, width, height) in panels.items():
        picture.box(x, y, width, height, "given", 12)
        where, when = PURPOSES[root]
        picture.text(x + width / 2, y + 26, f"{root}/", "name")
        picture.text(x + width / 2, y + 47, where)
        picture.text(x + width / 2, y + 65, when, "small")
    for room in ROOMS:
        for one in sorted(direct[room], key=str):
            if isinstance(one, Room):
                x = free_way(boxes, room, one)
                picture.path([(x, boxes[room][1] + boxes[room][3]), (x, boxes[one][1])])
            else:
                picture.path(way_to_root(boxes[room], panels[one]))
    for room, (x, y, width, height) in boxes.items():
        picture.box(x, y, width, height, "made" if room.row == first_row(room.root) else "inner")
        lines = lines_of(room)
        top = y + (height - TITLE - LINE * len(lines)) / 2
        picture.text(x + width / 2, top + 21, room.title, "small")
        for number, line in enumerate(lines):
            picture.text(x + width / 2, top + TITLE + LINE * number, line, "code")
    x, _, width, _ = panels["check"]
    for number, line in enumerate(LEGEND):
        picture.text(x + width / 2, TOP + 26 + 19 * number, line, "small")
    return picture


def first_row(root: str) -> int:
    """Returns the row of a root's uppermost room."""
    return min(room.row for room in ROOMS if room.root == root)


def lines_of(room: Room) -> list[str]:
    """Returns the names of a room's modules and folders, in lines that fit its box."""
    _, width = across(room)
    lines: list[str] = []
    for name in room.members.split():
        if lines and (len(lines[-1]) + 3 + len(name)) * CHARACTER < width - 12:
            lines[-1] += f" · {name}"
        else:
            lines.append(name)
    return lines


def across(room: Room) -> tuple[float, float]:
    """Returns where a room's box begins, and its width."""
    begins = MARGIN
    for root, width in WIDTHS.items():
        if root == room.root:
            break
        begins += width + BETWEEN
    inner = WIDTHS[room.root] - 2 * INSIDE + 10
    left = begins + INSIDE + room.left * inner
    return left, (room.right - room.left) * inner - 10


def tops() -> list[float]:
    """Returns where each row begins, and at last where the roots end."""
    found = [float(TOP + HEAD)]
    for row in range(1, max(room.row for room in ROOMS) + 1):
        lines = max(len(lines_of(room)) for room in ROOMS if room.row == row)
        found.append(found[-1] + TITLE + LINE * lines + GAP)
    return [*found[:-1], found[-1] - GAP + INSIDE]


def placed(rows: list[float]) -> dict[Room, Box]:
    """Returns the box of each room."""
    found = {}
    for room in ROOMS:
        x, width = across(room)
        bottom = rows[room.row] - (INSIDE if room.row + 1 == len(rows) else GAP)
        found[room] = (x, rows[room.row - 1], width, bottom - rows[room.row - 1])
    return found


def placed_panels(boxes: dict[Room, Box]) -> dict[str, Box]:
    """Returns the box of each root, around those of its rooms."""
    found = {}
    for root, width in WIDTHS.items():
        own = [box for room, box in boxes.items() if room.root == root]
        x, y = min(box[0] for box in own) - INSIDE, min(box[1] for box in own) - HEAD
        found[root] = (x, y, float(width), max(box[1] + box[3] for box in own) + INSIDE - y)
    return found


def free_way(boxes: dict[Room, Box], room: Room, one: Room) -> float:
    """Returns where an arrow can lead straight down from one room to another, and cross none.

    Raises:
        SystemExit: There is no such place.
    """
    (x, y, width, height), (to_x, to_y, to_width, _) = boxes[room], boxes[one]
    left, right = max(x, to_x), min(x + width, to_x + to_width)
    between = [box for box in boxes.values() if y + height <= box[1] < to_y]
    places = [left + (right - left) * part / 20 for part in (10, 9, 11, 8, 12, 6, 14, 4, 16, 2, 18, 1, 19)]
    free = [place for place in places if not any(box[0] < place < box[0] + box[2] for box in between)]
    if left >= right or not free:
        raise SystemExit(f"no arrow can lead from {room.title!r} to {one.title!r}: place them elsewhere in rooms.py")
    return free[0]


def way_to_root(box: Box, panel: Box) -> list[tuple[float, float]]:
    """Returns the way of an arrow from a room to another root, beside it and further down."""
    x, y, width, height = box
    panel_x, panel_y, panel_width, _ = panel
    leads_right = x < panel_x
    to_x = panel_x + panel_width * (0.3 if leads_right else 0.7)
    return [(x + width if leads_right else x, y + height / 2), (to_x, y + height / 2), (to_x, panel_y)]


def without_shortcuts(imports: dict[Room, set[Room | str]]) -> dict[Room, set[Room | str]]:
    """Returns the imports less those that follow from others."""

    def reach(one: Room | str) -> set[Room | str]:
        ones = imports.get(one, set()) if isinstance(one, Room) else set()
        return ones.union(*map(reach, ones))

    return {
        room: {one for one in ones if not any(one in reach(other) for other in ones)} for room, ones in imports.items()
    }
