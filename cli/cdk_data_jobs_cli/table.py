"""How do a stack's jobs look in a terminal?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cdk_data_jobs_cli.rows import IN_PROGRESS, Row, Snapshot, here_and_now
from cdk_data_jobs_cli.texts import duration, one_line

if TYPE_CHECKING:
    import datetime as dt
    from types import TracebackType

    from rich.console import Console
    from typing_extensions import Self

_MARKS = {
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
_ITSELF = "job"
_OBSTACLES = ("quota", "permissions", "turn")
_ORDER = ("failed", "running", "deleting", "starting", "waiting")
_EXCEPTION = re.compile(r"^\w+Exception: (?=.)")
_BAR = 8
_AROUND = 7
"""Lines that are no jobs: what is above the table and below it."""


class LiveTable:
    """A table that is drawn anew as long as something goes on, with its times counting."""

    def __init__(self, console: Console) -> None:
        """Draw nothing yet."""
        self._console = console
        self._snapshot: Snapshot | None = None
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=8, transient=True, vertical_overflow="crop"
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the table away, whatever happened."""
        self._live.__exit__(kind, error, trace)

    def note(self, text: str) -> None:
        """Say something above the table."""
        self._console.print(Text(text, style="dim"))

    def show(self, snapshot: Snapshot) -> None:
        """Draw this from now on."""
        self._snapshot = snapshot
        self._live.refresh()

    def end(self, snapshot: Snapshot) -> None:
        """Leave the last table, and the reasons of what failed in full."""
        self._snapshot = None
        self._live.stop()
        self._console.print(drawn(snapshot, here_and_now()))
        for name, reason in failures(snapshot):
            self._console.print(Text(f"\n{name}", style="bold red"))
            self._console.print(Padding(Text(one_line(reason)), (0, 0, 0, 2)))

    def _draw(self) -> RenderableType:
        if self._snapshot is None:
            return Text()
        most = max(1, self._console.height - _AROUND)
        return drawn(self._snapshot, here_and_now(), spinner=self._spinner, most=most)


def failures(snapshot: Snapshot) -> list[tuple[str, str]]:
    """What failed and why: jobs first."""
    jobs = [(row.job.path, row.reason) for row in snapshot.rows if row.status == "failed"]
    return [*jobs, *snapshot.other_failures]


def drawn(
    snapshot: Snapshot, now: dt.datetime, *, spinner: Spinner | None = None, most: int | None = None
) -> RenderableType:
    """A stack and its jobs.

    Args:
        snapshot: The stack.
        now: The time for the durations of what goes on.
        spinner: What turns beside what goes on; if none, nothing does.
        most: How many jobs there is room for; if none, all are drawn.
    """
    shown = _most_important(snapshot.rows, most)
    counts, says = any(str(row.progress) for row in shown), any(str(_says(row)) for row in shown)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", width=1)
    table.add_column("Job", no_wrap=True, overflow="ellipsis")
    table.add_column("Status", no_wrap=True)
    table.add_column("Elapsed", justify="right", no_wrap=True)
    if counts:
        table.add_column("Progress", no_wrap=True)
    if says:
        # Only a column that may be wrapped gives way where there is little room; its texts are cut instead.
        table.add_column("Waiting for" if snapshot.is_going_on else "Why")
    for row in shown:
        cells: list[RenderableType] = [_mark(row, spinner), _name(row), status_of(row)]
        cells.append(Text(duration(row.elapsed(now)), style="dim" if row.status not in IN_PROGRESS else ""))
        table.add_row(*cells, *([_progress(row)] if counts else []), *([_says(row)] if says else []))
    rest = [row for row in snapshot.rows if row not in shown]
    return Group(_header(snapshot, now), Text(), table, *([_rest(rest)] if rest else []), Text())


def _header(snapshot: Snapshot, now: dt.datetime) -> Text:
    ended = len(snapshot.rows) - snapshot.count("waiting", *IN_PROGRESS)
    colour = "cyan" if snapshot.is_going_on else "green" if snapshot.succeeded else "red"
    words = [(snapshot.stack, "bold"), (snapshot.status, colour), (duration(snapshot.elapsed(now)), "")]
    words.append((f"{ended} of {len(snapshot.rows)} jobs done" if snapshot.rows else "no data jobs", "dim"))
    header = Text()
    for word, style in words:
        header.append("  " if header and word else "", "bold").append(word, style)
    return header


def _most_important(rows: tuple[Row, ...], most: int | None) -> list[Row]:
    """As many rows as there is room for, in their own order: those that go on before those that are done."""
    if most is None or len(rows) <= most:
        return list(rows)
    ranks = {status: rank for rank, status in enumerate(_ORDER)}
    chosen = sorted(rows, key=lambda row: ranks.get(row.status, len(ranks)))[:most]
    return [row for row in rows if row in chosen]


def _rest(rows: list[Row]) -> Text:
    statuses = dict.fromkeys(row.status for row in rows)
    told = ", ".join(f"{sum(row.status == status for row in rows)} {status}" for status in statuses)
    return Text(f"and {len(rows)} more: {told}", style="dim")


def _mark(row: Row, spinner: Spinner | None) -> RenderableType:
    if row.status in IN_PROGRESS:
        return spinner if spinner is not None else Text("…", _style(row))
    return Text(_MARKS[row.status][0], _style(row))


def status_of(row: Row) -> Text:
    """A job's status in its colour."""
    return Text(row.status, _style(row))


def _style(row: Row) -> str:
    return "yellow" if row.waiting_for in _OBSTACLES else _MARKS[row.status][1]


def _name(row: Row) -> Text:
    return linked(row.job.name, row.link, dim=row.status in ("waiting", "unchanged", "skipped"))


def linked(text: str, link: str, *, dim: bool = False) -> Text:
    """A text that leads somewhere, if there is where to."""
    return Text().append(one_line(text), Style(link=link or None, underline=bool(link), dim=dim))


def _progress(row: Row) -> RenderableType:
    progress = row.progress
    if row.status not in ("running", "succeeded", "failed") or not str(progress):
        return Text()
    told = Text(str(progress), style="dim")
    if progress.fraction is None or row.status != "running":
        return told
    both = Table.grid(padding=(0, 1))
    both.add_row(ProgressBar(total=1.0, completed=progress.fraction, width=_BAR, complete_style="cyan"), told)
    return both


def _says(row: Row) -> Text:
    if row.reason:
        colour = "red" if row.status == "failed" else "dim"
        return Text(one_line(row.reason), style=colour, no_wrap=True, overflow="ellipsis")
    said = Text(no_wrap=True, overflow="ellipsis")
    if row.waiting_for and row.waiting_for != _ITSELF:
        said.append(row.waiting_for, style="bold yellow" if row.waiting_for in _OBSTACLES else "bold")
    if row.state:
        said.append("  " if said else "", style="bold")
        said.append(_EXCEPTION.sub("", one_line(row.state)), style="dim")
    if row.status == "running" and not row.is_awaited:
        said.append("  the deployment does not wait for it", style="dim italic")
    return said
