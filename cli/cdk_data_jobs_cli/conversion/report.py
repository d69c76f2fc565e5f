"""What a conversion changed, and what it could not convert: by kind and column, with counts and examples."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_data_jobs_check.findings import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINES = 10
"""How many lines of a kind in a column are kept."""


class Severity(str, enum.Enum):
    """What became of a value, a row or a file."""

    CHANGE = "change"
    """It was written in another way."""

    WARNING = "warning"
    """It was kept, but is probably a mistake."""

    ERROR = "error"
    """It cannot be converted, so nothing is written."""


@dataclass
class Group:
    """What was found of one kind in one column.

    Attributes:
        severity: What became of it.
        kind: Its short name; of warnings and errors that of the rule.
        column: The column's name in the schema; none if it concerns no particular one.
        path: The file of the first, `-` for the standard input.
        message: The first one. Control characters are escaped.
        count: How many there are, in all files.
        lines: The lines of the first ten in that file, from 1; none if it concerns whole files.
    """

    severity: Severity
    kind: str
    column: str | None
    path: str
    message: str
    count: int
    lines: list[int]

    def __str__(self) -> str:
        """Returns it in one line, in the form that compilers use."""
        place = (
            f"{escape_control_characters(self.path)}:{self.lines[0]}"
            if self.lines
            else escape_control_characters(self.path)
        )
        message = self.message
        if self.count > 1:
            more = ", ..." if len(self.lines) < self.count else ""
            is_listed = len(self.lines) > 1 and self.severity is not Severity.CHANGE
            lines = f"; in lines {', '.join(map(str, self.lines))}{more}" if is_listed else ""
            message = f"{message} ({self.count:,} times{lines})"
        return f"{place}: {self.severity.value}: {message}"


class Report:
    """The result of a conversion; its size does not grow with the files.

    Attributes:
        rows: How many rows were read.
        files: The files that were written.
    """

    def __init__(self) -> None:
        """Creates it without changes."""
        self.rows = 0
        self.files: list[str] = []
        self._groups: dict[tuple[str, str | None], Group] = {}

    @property
    def groups(self) -> list[Group]:
        """All that was found, errors first."""
        order = [Severity.ERROR, Severity.WARNING, Severity.CHANGE]
        return sorted(self._groups.values(), key=lambda group: order.index(group.severity))

    def count(self, severity: Severity) -> int:
        """Returns how much of a severity was found.

        Args:
            severity: The severity.
        """
        return sum(group.count for group in self._groups.values() if group.severity is severity)

    def add(
        self,
        severity: Severity,
        kind: str,
        path: str,
        message: str,
        *,
        column: str | None = None,
        lines: Sequence[int] = (),
    ) -> None:
        """Counts something, and keeps the first of its kind in its column.

        Args:
            severity: What became of it.
            kind: Its short name.
            path: The file.
            message: What was changed, or was expected and got, and what to do, of the first one.
            column: The column in the schema.
            lines: The line of each, from 1; none if it is once, and concerns the whole file.
        """
        group = self._groups.get((kind, column))
        if group is None:
            group = self._groups[kind, column] = Group(
                severity, kind, column, path, escape_control_characters(message), 0, []
            )
        group.count += len(lines) or 1
        if group.path == path:
            group.lines.extend(lines[: MAX_LINES - len(group.lines)])
