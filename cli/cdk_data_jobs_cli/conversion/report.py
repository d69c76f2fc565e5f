"""What a conversion changed, and what it could not convert: by rule and column, with counts and examples."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_data_jobs_check.findings import escape_control_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINES = 10
"""How many lines of a finding are kept."""


class Severity(str, enum.Enum):
    """What became of a value, a row or a file."""

    CHANGE = "change"
    """It was written in another way."""

    WARNING = "warning"
    """It was kept, but is probably a mistake."""

    ERROR = "error"
    """It cannot be converted: nothing is written, or only the other rows."""


@dataclass
class Finding:
    """What was found of one rule in one column: of errors and warnings in one file, of changes in all.

    Attributes:
        severity: What became of it.
        rule: Its short name; of warnings and errors that of the checker's rule if there is one.
        column: The column's name in the schema; None if it concerns no particular one.
        path: The file, or that of the first.
        message: The first one. Control characters are escaped.
        count: How many there are.
        lines: The lines of the first ten in the file, from 1; empty if it concerns whole files.
    """

    severity: Severity
    rule: str
    column: str | None
    path: str
    message: str
    count: int
    lines: list[int]

    def __str__(self) -> str:
        """Returns it in one line, in the form that compilers use."""
        place = escape_control_characters(self.path) + (f":{self.lines[0]}" if self.lines else "")
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
        rows: How many rows were read, also of those that were rejected.
        rejected: How many rows could not be converted and are left out of what was written.
        files: The files that were written; empty if nothing was.
        is_complete: Whether all files were read to their ends.
    """

    def __init__(self) -> None:
        """Creates it without findings."""
        self.rows = 0
        self.rejected = 0
        self.files: list[str] = []
        self.is_complete = True
        self._findings: dict[tuple[Severity, str, str | None, object], Finding] = {}

    @property
    def findings(self) -> list[Finding]:
        """All that was found, errors first; all of a rule in a column together."""
        severities = [Severity.ERROR, Severity.WARNING, Severity.CHANGE]
        kinds = {key[:3]: number for number, key in reversed([*enumerate(self._findings)])}
        ordered = sorted(self._findings, key=lambda key: (severities.index(key[0]), kinds[key[:3]]))
        return [self._findings[key] for key in ordered]

    def count(self, severity: Severity) -> int:
        """Returns how much of a severity was found.

        Args:
            severity: The severity.
        """
        return sum(finding.count for finding in self._findings.values() if finding.severity is severity)

    def stop_reading(self, path: str, rule: str, message: str, line: int = 0) -> None:
        """Adds the error that a file cannot be read any further.

        Args:
            path: The file.
            rule: Its short name.
            message: What was expected, what was got and what to do.
            line: The line, from 1; 0 if it concerns the whole file.
        """
        self.is_complete = False
        self.add(Severity.ERROR, rule, path, message, lines=[line] if line else ())

    def add(
        self,
        severity: Severity,
        rule: str,
        path: str,
        message: str,
        *,
        column: str | None = None,
        lines: Sequence[int] = (),
        variant: object = None,
    ) -> None:
        """Counts something, and keeps the first of its rule in its column.

        Args:
            severity: What became of it.
            rule: Its short name.
            path: The file.
            message: What was changed, or was expected and got, and what to do, of the first one.
            column: The column in the schema.
            lines: The line of each, from 1; empty if it is one, and concerns the whole file.
            variant: What tells messages of a rule from another that must not be counted together.
        """
        # By severity too: an error must not be counted as one more of the changes of its rule.
        key = (severity, rule, column, None if severity is Severity.CHANGE else (path, variant))
        finding = self._findings.get(key)
        if finding is None:
            finding = self._findings[key] = Finding(
                severity, rule, column, path, escape_control_characters(message), 0, []
            )
        finding.count += len(lines) or 1
        if finding.path == path:
            finding.lines.extend(lines[: MAX_LINES - len(finding.lines)])
