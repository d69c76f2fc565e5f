"""Chooses how a command shows a stack's jobs: JSON, a live table in a terminal, or line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rich.console import Console

from cdk_data_jobs_cli.display.line_output import JsonLines, LineOutput
from cdk_data_jobs_cli.display.table import LiveTable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from cdk_data_jobs_cli.aws.job_state import StackSnapshot


class Display(Protocol):
    """Shows a stack's jobs while they change; a context manager that leaves a terminal as it was."""

    def __enter__(self) -> Self:
        """Starts showing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restores the terminal, whatever happened."""

    def show_message(self, message: str) -> None:
        """Shows a message beside the jobs."""

    def show(self, snapshot: StackSnapshot) -> None:
        """Shows the current state."""

    def show_result(self, snapshot: StackSnapshot) -> None:
        """Shows the last state, and the result."""


def create_display(json_output: type[JsonLines] | None, now: Callable[[], dt.datetime]) -> Display:
    """Creates a display.

    Args:
        json_output: The class that writes JSON; none for a table in a terminal, or lines elsewhere.
        now: Returns the time on the clock of AWS.
    """
    if json_output:
        return json_output(now)
    console = Console(highlight=False)
    return LiveTable(console, now) if is_interactive(console) else LineOutput(now)


def is_interactive(console: Console) -> bool:
    """Returns whether a console is a terminal that can do more than print."""
    return console.is_terminal and not console.is_dumb_terminal
