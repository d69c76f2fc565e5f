"""Renders a stack's jobs as a table that is redrawn in a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cdk_data_jobs_cli.aws.job_state import IN_PROGRESS, JobState, StackSnapshot
from cdk_data_jobs_cli.display.formatting import duration, one_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console
    from typing_extensions import Self

_MARKS_AND_STYLES = {
    "waiting": ("·", "dim"),
    "unchanged": ("·", "dim"),
    "starting": ("", "cyan"),
    "running": ("", "cyan"),
    "succeeded": ("✔", "green"),
    "kept": ("✔", "green"),
    "skipped": ("·", "dim"),
    "failed": ("✘", "red"),
    "cancelled": ("✘", "yellow"),
    "deleting": ("", "magenta"),
    "deleted": ("✔", "dim"),
}
_WAITING_FOR_JOB = "job"
_BLOCKED_BY = ("quota", "permissions", "turn")
"""Values of `waiting_for` that mean that the service is not yet working on the job."""
_PRIORITY = ("failed", "running", "deleting", "starting", "waiting")
_EXCEPTION = re.compile(r"^\w+Exception: (?=.)")
_BAR_WIDTH = 8
_STATUS_WIDTH, _ELAPSED_WIDTH = max(map(len, _MARKS_AND_STYLES)), len("Elapsed")
_FIXED_WIDTH = 1 + _STATUS_WIDTH + _ELAPSED_WIDTH + 2 * 3 + 1
"""The width of the table with the columns that are always shown, but for the names: marks, gaps and an edge."""
_MIN_WIDTH = 16
"""The least room, with the gap, for a column that is left out where there is less."""
_OTHER_LINES = 7
"""Lines above the table's rows and below them."""


class LiveTable:
    """A table that is redrawn while an operation is in progress, with its times counting."""

    def __init__(self, console: Console, now: Callable[[], dt.datetime]) -> None:
        """Creates a table that is not drawn yet.

        Args:
            console: The terminal.
            now: Returns the time on the clock of AWS.
        """
        self._console = console
        self._now = now
        self._snapshot: StackSnapshot | None = None
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=8, transient=True, vertical_overflow="crop"
        )

    def __enter__(self) -> Self:
        """Starts drawing."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Erases the table, whatever happened."""
        self._live.__exit__(kind, error, trace)

    def show_message(self, message: str) -> None:
        """Prints a message above the table."""
        self._console.print(Text(message, style="dim"))

    def show(self, snapshot: StackSnapshot) -> None:
        """Draws this snapshot from now on."""
        self._snapshot = snapshot
        self._live.refresh()

    def show_result(self, snapshot: StackSnapshot) -> None:
        """Prints the last table, and the full reasons of the failures."""
        self._snapshot = None
        self._live.stop()
        self._console.print(render(snapshot, self._now(), self._console.width))
        for name, reason in _failures(snapshot):
            self._console.print(Text(f"\n{name}", style="bold red"))
            self._console.print(Padding(Text(one_line(reason)), (0, 0, 0, 2)))

    def _render(self) -> RenderableType:
        if self._snapshot is None:
            return Text()
        max_jobs = max(1, self._console.height - _OTHER_LINES)
        return render(self._snapshot, self._now(), self._console.width, spinner=self._spinner, max_jobs=max_jobs)


def _failures(snapshot: StackSnapshot) -> list[tuple[str, str]]:
    """Returns what failed and why, jobs first."""
    jobs = [(state.job.path, state.reason) for state in snapshot.jobs if state.status == "failed"]
    return [*jobs, *snapshot.other_failures]


def render(
    snapshot: StackSnapshot,
    now: dt.datetime,
    width: int,
    *,
    spinner: Spinner | None = None,
    max_jobs: int | None = None,
) -> RenderableType:
    """Returns a stack and its jobs as something that rich can print.

    Args:
        snapshot: The stack and its jobs.
        now: The time, for the durations of what is in progress.
        width: The width of the terminal, in characters.
        spinner: The mark of jobs in progress. By default a character that does not move.
        max_jobs: How many jobs there is room for. By default all are shown.
    """
    shown = _most_important(snapshot.jobs, max_jobs)
    room = width - _FIXED_WIDTH
    left = room - max((cell_len(state.job.name) for state in shown), default=0)
    has_progress = left >= _MIN_WIDTH and any(str(state.progress) for state in shown)
    has_details = left >= _MIN_WIDTH * (1 + has_progress) and any(str(_details(state)) for state in shown)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", width=1)
    table.add_column("Job", no_wrap=True)
    table.add_column("Status", width=_STATUS_WIDTH)
    table.add_column("Elapsed", width=_ELAPSED_WIDTH, justify="right")
    # Where there is little room, rich narrows only columns that may wrap; the cells truncate instead.
    if has_progress:
        table.add_column("Progress")
    if has_details:
        table.add_column("Waiting for" if snapshot.is_in_progress else "Why")
    for state in shown:
        cells: list[RenderableType] = [_mark(state, spinner), _name(state, room), status_text(state)]
        cells.append(Text(duration(state.elapsed(now)), style="dim" if state.status not in IN_PROGRESS else ""))
        cells.extend([_progress(state)] if has_progress else [])
        cells.extend([_details(state)] if has_details else [])
        table.add_row(*cells)
    hidden = [state for state in snapshot.jobs if state not in shown]
    return Group(_header(snapshot, now), Text(), table, *([_summary(hidden)] if hidden else []), Text())


def _header(snapshot: StackSnapshot, now: dt.datetime) -> Text:
    ended = len(snapshot.jobs) - snapshot.count("waiting", *IN_PROGRESS)
    colour = "cyan" if snapshot.is_in_progress else "green" if snapshot.succeeded else "red"
    parts = [(snapshot.stack, "bold"), (snapshot.status, colour), (duration(snapshot.elapsed(now)), "")]
    parts.append((f"{ended} of {len(snapshot.jobs)} jobs done" if snapshot.jobs else "no data jobs", "dim"))
    header = Text()
    for part, style in parts:
        header.append("  " if header and part else "", "bold").append(part, style)
    return header


def _most_important(states: tuple[JobState, ...], max_jobs: int | None) -> list[JobState]:
    """Returns as many jobs as there is room for, in their own order: those in progress before those that are done."""
    if max_jobs is None or len(states) <= max_jobs:
        return list(states)
    ranks = {status: rank for rank, status in enumerate(_PRIORITY)}
    chosen = sorted(states, key=lambda state: ranks.get(state.status, len(ranks)))[:max_jobs]
    return [state for state in states if state in chosen]


def _summary(hidden: list[JobState]) -> Text:
    statuses = dict.fromkeys(state.status for state in hidden)
    counts = ", ".join(f"{sum(state.status == status for state in hidden)} {status}" for status in statuses)
    return Text(f"and {len(hidden)} more: {counts}", style="dim")


def _mark(state: JobState, spinner: Spinner | None) -> RenderableType:
    if state.status in IN_PROGRESS:
        return spinner if spinner is not None else Text("…", _style(state))
    return Text(_MARKS_AND_STYLES[state.status][0], _style(state))


def status_text(state: JobState) -> Text:
    """Returns a job's status in its colour."""
    return Text(state.status, _style(state))


def _style(state: JobState) -> str:
    return "yellow" if state.waiting_for in _BLOCKED_BY else _MARKS_AND_STYLES[state.status][1]


def _name(state: JobState, max_width: int) -> Text:
    return name_text(state, max_width, dim=state.status in ("waiting", "unchanged", "skipped"))


def name_text(state: JobState, max_width: int, *, dim: bool = False) -> Text:
    """Returns a job's name, as a link to its run in the console if there is that page.

    Args:
        state: The state of the job.
        max_width: The room for it, in characters. What there is no room for is cut off at the beginning of the name,
            which says least of a construct's path.
        dim: Whether it is less important.
    """
    name = one_line(state.job.name)
    while cell_len(name) > max(1, max_width):
        name = f"…{name.removeprefix('…')[1:]}"
    return Text(name, Style(link=state.link or None, underline=bool(state.link), dim=dim))


def _progress(state: JobState) -> RenderableType:
    progress = state.progress
    if state.status not in ("running", "succeeded", "failed") or not str(progress):
        return Text()
    counts = Text(str(progress), style="dim", no_wrap=True, overflow="ellipsis")
    if progress.fraction is None or state.status != "running":
        return counts
    bar_and_counts = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=1.0, completed=progress.fraction, width=_BAR_WIDTH, complete_style="cyan")
    bar_and_counts.add_row(bar, counts)
    return bar_and_counts


def _details(state: JobState) -> Text:
    """Returns why a job failed, or what it is doing or waiting for."""
    if state.reason:
        colour = "red" if state.status == "failed" else "dim"
        return Text(one_line(state.reason), style=colour, no_wrap=True, overflow="ellipsis")
    details = Text(no_wrap=True, overflow="ellipsis")
    if state.waiting_for and state.waiting_for != _WAITING_FOR_JOB:
        details.append(state.waiting_for, style="bold yellow" if state.waiting_for in _BLOCKED_BY else "bold")
    if state.state:
        details.append("  " if details else "", style="bold")
        details.append(_EXCEPTION.sub("", one_line(state.state)), style="dim")
    if state.status == "running" and not state.is_awaited:
        details.append("  the deployment does not wait for it", style="dim italic")
    return details
