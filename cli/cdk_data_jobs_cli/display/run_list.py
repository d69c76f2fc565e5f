"""Renders the runs of jobs as a list for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from cdk_data_jobs_cli.display.formatting import duration, one_line
from cdk_data_jobs_cli.display.table import name_text, status_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from rich.console import RenderableType

    from cdk_data_jobs_cli.aws.job_state import JobState

_COLUMNS = ("Started", "Run", "Job", "By", "Result", "Took")
_JOB = _COLUMNS.index("Job")
_GAP, _INDENT = 2, 2
_MIN_NAME = 10


def render_runs(runs: Sequence[tuple[str, JobState]], now: dt.datetime, width: int) -> RenderableType:
    """Returns runs as something that rich can print: a line for each, and below it its reason, or its progress.

    A job's name is never wrapped: where there is no room for it, its beginning is cut off.

    Args:
        runs: What started each run, and its state.
        now: The time, for the durations of what is in progress.
        width: The width of the terminal, in characters.
    """
    rows = [_cells(started_by, state, now) for started_by, state in runs]
    widths = [max(map(cell_len, column)) for column in zip(_COLUMNS, *(map(str, row) for row in rows), strict=True)]
    others = sum(widths) - widths[_JOB] + _GAP * (len(_COLUMNS) - 1)
    widths[_JOB] = min(widths[_JOB], max(_MIN_NAME, width - others))
    lines: list[RenderableType] = [_line([Text(name, "dim") for name in _COLUMNS], widths)]
    for row, (_started_by, state) in zip(rows, runs, strict=True):
        row[_JOB] = name_text(state, widths[_JOB])
        lines.append(_line(row, widths))
        if details := one_line(state.reason) or str(state.progress):
            lines.append(Padding(Text(details, "dim"), (0, 0, 0, _INDENT)))
    return Group(*lines)


def _cells(started_by: str, state: JobState, now: dt.datetime) -> list[Text]:
    run = state.execution
    return [
        Text(run.started.astimezone().strftime("%Y-%m-%d %H:%M") if run else ""),
        Text(run.id if run else ""),
        Text(one_line(state.job.name)),
        Text(started_by),
        status_text(state),
        Text(duration(state.elapsed(now))),
    ]


def _line(cells: list[Text], widths: list[int]) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for cell, width in zip(cells, widths, strict=True):
        line.append(cell).append(" " * (width - cell_len(cell.plain) + _GAP))
    line.rstrip()
    return line
