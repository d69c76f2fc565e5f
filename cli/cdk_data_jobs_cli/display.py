"""Where is shown what happens: as JSON, in a table that moves, or line by line?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rich.console import Console

from cdk_data_jobs_cli.lines import Lines
from cdk_data_jobs_cli.table import LiveTable

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from cdk_data_jobs_cli.rows import Snapshot


class Display(Protocol):
    """What shows a stack's jobs, as a context: it leaves a terminal as it was."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing open, whatever happened."""

    def note(self, text: str) -> None:
        """Say something that is no change."""

    def show(self, snapshot: Snapshot) -> None:
        """Show how it is now."""

    def end(self, snapshot: Snapshot) -> None:
        """Show how it ended."""


def display(json: type[Display] | None) -> Display:
    """What shows what happens: this kind of JSON if it is wanted, a table in a terminal, else lines."""
    if json:
        return json()
    console = Console(highlight=False)
    return LiveTable(console) if in_terminal(console) else Lines()


def in_terminal(console: Console) -> bool:
    """Whether people read there, in a terminal that can do more than print."""
    return console.is_terminal and not console.is_dumb_terminal
