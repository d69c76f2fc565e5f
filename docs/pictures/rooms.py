"""The parts of each source root, from the top, and the imports between them, which must all point down.

`imports.py` draws them, and tests/test_house.py checks them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Room:
    """Modules and folders of a root that belong together.

    Attributes:
        root: The source root.
        title: What they are for.
        members: Modules, without `.py`, and folders, with `/` at the end, separated by spaces.
        row: How far down it is, counted from 1; it may import only what is further down.
        left: Where its box begins, as a part of the root's width.
        right: Where its box ends, as a part of the root's width.
    """

    root: str
    title: str
    members: str
    row: int
    left: float = 0
    right: float = 1


ROOMS = (
    Room(
        "constructs",
        "what users declare",
        "personalize/ pinpoint/ athena/ bedrock/ dynamodb/ glue/ redshift/ sesv2/ stepfunctions/ aws_job all_jobs "
        "dashboard testing",
        1,
    ),
    Room("constructs", "base classes of jobs", "upload_job data_job", 2),
    Room("constructs", "what belongs to one job", "_job/", 3),
    Room("constructs", "runs the jobs", "runner _runner/", 4, right=0.45),
    Room("constructs", "kinds of jobs", "definitions/ _definition/", 4, left=0.45),
    Room("constructs", "roles and resource policies", "_access/", 5),
    Room("constructs", "locations and options", "storage _storage/ buckets options", 6),
    Room("constructs", "helpers", "_support/", 7),
    Room(
        "check",
        "proposed schemas",
        "inference field_proposals field_remarks field_types field_names time_columns column_profile",
        3,
    ),
    Room("check", "files and folders", "files", 4, left=0.12, right=0.66),
    Room("check", "messaging", "pinpoint/ ses/", 4, left=0.7, right=0.95),
    Room(
        "check",
        "rows and entries",
        "rows row_patterns record_checks reading records entry_files entry_checks",
        5,
        right=0.95,
    ),
    Room("check", "headers, kinds of files", "header file_formats", 6, right=0.6),
    Room("check", "values", "column_rules event_types email_addresses value_patterns number_patterns", 6, left=0.64),
    Room(
        "check",
        "schema, sources and results",
        "schema schema_checks schema_rules columns sources folders line_chunks findings rules rule pinpoint_rules "
        "ses_rules spellings whole_floats",
        7,
    ),
    Room("cli", "entry point", "main __main__", 1),
    Room("cli", "data-jobs watch, run, ...", "commands/", 2),
    Room("cli", "conversion", "conversion/", 3, right=0.3),
    Room("cli", "output", "display/", 3, left=0.3, right=0.5),
    Room("cli", "plans", "plan/", 3, left=0.5, right=0.68),
    Room("cli", "observation", "aws.deployment aws.polling", 4, left=0.6),
    Room("cli", "states of jobs and runs", "aws.job_state aws.run_state aws.progress aws.stack_operation", 5),
    Room("cli", "stacks and executions", "aws.executions aws.stack aws.starters aws.replacements", 6),
    Room("cli", "calls to AWS", "aws.client aws.s3_data aws.calls aws.clock aws.errors", 7),
    Room("lambda", "entry point", "handler", 1),
    Room("lambda", "steps: create, check, report", "steps", 2),
    Room("lambda", "before a job is created", "preconditions creation copies batches uploads", 3, right=0.54),
    Room("lambda", "when a run ends", "responses notifications keeping deletion", 3, left=0.54),
    Room("lambda", "other runs, and failures", "executions failures", 4),
    Room("lambda", "data and clients of one step", "context", 5),
    Room("lambda", "request, state and calls to AWS", "request run definitions aws cloudformation", 6),
    Room("lambda", "helpers", "conversion matching messages errors log stack_status", 7),
    Room("local", "what users call", "api/ __main__", 1),
    Room("local", "the server's process", "server/", 2, left=0.14),
    Room("local", "fixes of MiniStack", "ministack_fixes/", 3, left=0.14),
    Room("local", "emulators", "services/personalize/ services/pinpoint/ services/sesv2/", 4, left=0.14, right=0.92),
    Room("local", "what emulators share", "services/core/", 5, left=0.07, right=0.92),
    Room("local", "settings and clock", "account_settings clock", 6),
)


def packages(home: Path) -> dict[str, Path]:
    """Returns the folder of the package of each source root."""
    roots = dict.fromkeys(room.root for room in ROOMS)
    return {root: next((home / root).glob("*/__init__.py")).parent for root in roots}


def import_graph(package: Path, others: frozenset[str] = frozenset()) -> Graph:
    """Returns which modules each module of a package imports, anywhere in it, also for type checking alone.

    Args:
        package: The package's folder.
        others: The names of other packages, which are in the result if they are imported.
    """
    files = {".".join(file.relative_to(package.parent).with_suffix("").parts): file for file in package.rglob("*.py")}
    modules = {name.removesuffix(".__init__"): file for name, file in files.items()}
    graph: Graph = {}
    for name, file in modules.items():
        found = imported_names(file, frozenset(modules))
        graph[name] = (found & {*modules}) | ({one.split(".")[0] for one in found} & others)
    return graph


def imported_names(file: Path, modules: frozenset[str] = frozenset()) -> set[str]:
    """Returns what a file imports, anywhere in it, also for type checking alone.

    Args:
        file: The file. Its imports are absolute: ruff bans others.
        modules: Modules that are named themselves if a file imports them from their package.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= ({f"{node.module}.{alias.name}" for alias in node.names} & modules) or {node.module}
    return found


def imports_between_rooms(home: Path) -> dict[Room, set[Room | str]]:
    """Returns what each room imports: other rooms of its root, and the names of other roots.

    Raises:
        SystemExit: A module has no room, or a room names what is not there.
    """
    roots = packages(home)
    names = {package.name: root for root, package in roots.items()}
    found: dict[Room, set[Room | str]] = {room: set() for room in ROOMS}
    for root, package in roots.items():
        graph = import_graph(package, frozenset(names) - {package.name})
        by_member = {
            f"{package.name}.{member.rstrip('/').replace('/', '.')}": room
            for room in ROOMS
            if room.root == root
            for member in room.members.split()
        }
        strange = by_member.keys() - graph.keys()
        rooms = {
            name: room for name in graph for member, room in by_member.items() if f"{name}.".startswith(f"{member}.")
        }
        # The package itself only hands on public names; folders of rooms are empty packages.
        inner = {name for name in graph if any(f"{member}.".startswith(f"{name}.") for member in by_member)}
        strange |= graph.keys() - rooms.keys() - inner
        if strange:
            raise SystemExit(f"say in docs/pictures/rooms.py where these modules belong: {sorted(strange)}")
        for name, room in rooms.items():
            found[room] |= {rooms[one] for one in graph[name] if one in rooms and rooms[one] != room}
            found[room] |= {names[one] for one in graph[name] if one in names}
    return found


def upward_imports(imports: dict[Room, set[Room | str]]) -> list[str]:
    """Returns the imports between rooms of one root that do not point down."""
    return sorted(
        f"{room.root}: {room.title} -> {one.title}"
        for room, ones in imports.items()
        for one in ones
        if isinstance(one, Room) and one.row <= room.row
    )
