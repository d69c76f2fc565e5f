"""Violations of the rules, findings of them in files, and the report of a check."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cdk_data_jobs_check.rules import RULES, Severity

MAX_ERRORS = 100_000
"""Errors after which a check stops: whoever has so many has made one mistake in all rows."""


class Violation(NamedTuple):
    """The violation of a rule, without where it is.

    Attributes:
        rule: The name of the rule in `RULES`, such as `milliseconds`.
        message: What was expected and what was got.
        hint: What to do.
    """

    rule: str
    message: str
    hint: str

    @property
    def severity(self) -> Severity:
        """Whether it is an error or a warning."""
        return RULES[self.rule].severity


@dataclass(frozen=True)
class Finding:
    """A violation, and where it is; of those of a rule in a CSV column the first, with their number.

    Attributes:
        path: The file or folder: the path of a local one, else its location, such as `s3://bucket/key`.
        line: The line in the file, from 1; none if it concerns the whole file.
        column: The character in the line at which the value starts, from 1; none if it concerns the whole line.
        name: The name of the CSV column in the header; none if it concerns no particular one.
        severity: Whether it is an error or a warning.
        rule: The short name of the rule.
        message: What was expected and what was got. Control characters are escaped, here and below.
        hint: What to do.
        count: How many findings of the rule there are in the column, in all files.
        is_more: Whether there may be more, because they were not all counted.
    """

    path: Path | str
    line: int | None
    column: int | None
    name: str | None
    severity: Severity
    rule: str
    message: str
    hint: str
    count: int = 1
    is_more: bool = False

    @property
    def location(self) -> str:
        """Where it is, in the form that compilers use: `file:line:column`."""
        return printable(":".join(str(part) for part in (self.path, self.line, self.column) if part is not None))

    def __str__(self) -> str:
        """Returns the finding in one line, in the form that compilers use."""
        or_more = " or more" if self.is_more else ""
        times = f" ({self.count:,} times{or_more})" if self.count > 1 else ""
        return f"{self.location}: {self.severity.value}: {self.message}; {self.hint}{times}"


@dataclass(frozen=True)
class Report:
    """The result of a check.

    Attributes:
        files: The files that were read, as `Finding.path` has them.
        rows: How many rows they have, without headers and blank lines.
        size: Their total size in bytes.
        errors: How many errors there are.
        warnings: How many warnings there are.
        rules: How many findings there are of each rule.
        findings: The first of each rule in each CSV column, file by file in the order of their lines.
        is_complete: Whether all was read; else there were so many errors that it stopped.
    """

    files: tuple[Path | str, ...]
    rows: int
    size: int
    errors: int
    warnings: int
    rules: Mapping[str, int]
    findings: tuple[Finding, ...]
    is_complete: bool = True

    @property
    def ok(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self.errors


class FindingCollector:
    """Counts all findings, and keeps the first of each kind: memory does not grow with the number of mistakes."""

    def __init__(self) -> None:
        """Creates it without findings."""
        self._first: dict[tuple[str, str | None], Finding] = {}
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._not_counted: set[tuple[str, str | None]] = set()
        self._errors = 0

    @property
    def is_full(self) -> bool:
        """Whether there are so many errors that the rest need not be read."""
        return self._errors >= MAX_ERRORS

    def add(
        self,
        violation: Violation,
        path: Path | str,
        line: int | None = None,
        column: int | None = None,
        name: str | None = None,
    ) -> None:
        """Counts a finding, and keeps the first of its rule in its CSV column.

        Args:
            violation: The violation.
            path: The file or folder.
            line: The line, from 1.
            column: The character in it, from 1.
            name: The CSV column.
        """
        kind = (violation.rule, name)
        self._counts[kind] += 1
        self._errors += violation.severity is Severity.ERROR
        if kind not in self._first:
            rule, message, hint = map(printable, violation)
            shown = None if name is None else printable(name)
            self._first[kind] = Finding(path, line, column, shown, violation.severity, rule, message, hint)

    def stop_counting(self, rule: str, name: str | None, most: int) -> bool:
        """Returns whether there are enough findings of a kind; the report then says that there may be more.

        Args:
            rule: The name of the rule.
            name: The CSV column.
            most: How many are enough.
        """
        if self._counts[rule, name] < most:
            return False
        self._not_counted.add((rule, name))
        return True

    def report(self, files: tuple[Path | str, ...], rows: int, size: int) -> Report:
        """Returns the report.

        Args:
            files: The files that were read.
            rows: How many rows they have.
            size: Their total size in bytes.
        """
        findings = tuple(
            replace(first, count=self._counts[kind], is_more=kind in self._not_counted or self.is_full)
            for kind, first in self._first.items()
        )
        rules: Counter[str] = Counter()
        severities: Counter[Severity] = Counter()
        for finding in findings:
            rules[finding.rule] += finding.count
            severities[finding.severity] += finding.count
        return Report(
            files=files,
            rows=rows,
            size=size,
            errors=severities[Severity.ERROR],
            warnings=severities[Severity.WARNING],
            rules=MappingProxyType(dict(rules)),
            findings=findings,
            is_complete=not self.is_full,
        )


def excerpt(value: str, max_length: int = 40) -> str:
    """Returns a value for a message: in quotes, as it stands in the file, and truncated.

    Args:
        value: The value.
        max_length: How many characters of it to show.
    """
    return f"'{value if len(value) <= max_length else f'{value[:max_length]}...'}'"


def printable(text: str) -> str:
    """Returns a text with its control characters escaped, as they must not reach a terminal.

    Args:
        text: The text.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in text)
