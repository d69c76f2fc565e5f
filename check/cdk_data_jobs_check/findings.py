"""Violations of the rules, findings of them in files, and the report of a check."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cdk_data_jobs_check.rules import RULES, Severity

MAX_ERRORS = 100_000
"""Errors at which a check stops: whoever has so many has made one mistake in all rows."""


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
    """The first violation of a rule in a column, where it is, and how often the rule is violated there.

    What is wrong with whole files is told apart by their kind, too, such as gzip or Parquet.

    Attributes:
        path: The file or folder: the path of a local one, else its location, such as `s3://bucket/key`.
        line: The line in the file, from 1; None if it concerns the whole file.
        character: The character in the line at which the value starts, from 1; None if it concerns the whole line.
        column: The name of the CSV column in the header; None if it concerns no particular one.
        severity: Whether it is an error or a warning.
        rule: The name of the rule, by which `docs/data-rules.md` lists it.
        message: What was expected and what was got. Control characters are escaped, here and below.
        hint: What to do.
        count: How many violations there are, in all files.
        is_lower_bound: Whether there may be more, because they were not all counted.
    """

    path: Path | str
    line: int | None
    character: int | None
    column: str | None
    severity: Severity
    rule: str
    message: str
    hint: str
    count: int = 1
    is_lower_bound: bool = False

    @property
    def location(self) -> str:
        """Where it is, in the form that compilers use: `file:line:character`."""
        parts = (self.path, self.line, self.character)
        return escape_control_characters(":".join(str(part) for part in parts if part is not None))

    def __str__(self) -> str:
        """Returns the finding in one line, in the form that compilers use."""
        or_more = " or more" if self.is_lower_bound else ""
        times = f" ({self.count:,} times{or_more})" if self.count > 1 else ""
        return f"{self.location}: {self.severity.value}: {self.message}; {self.hint}{times} [{self.rule}]"


@dataclass(frozen=True)
class Report:
    """The result of a check.

    Attributes:
        files: The files that were read, as `Finding.path` has them.
        rows: How many rows they have, without headers and blank lines.
        size_bytes: Their total size in bytes.
        errors: How many errors there are.
        warnings: How many warnings there are.
        violation_counts: How many violations there are of each rule.
        findings: The first of each rule in each CSV column, file by file in the order of their lines.
        is_complete: Whether all was read; else there were so many errors (`MAX_ERRORS`) that the check stopped, and all
            counts are of what was read.
    """

    files: tuple[Path | str, ...]
    rows: int
    size_bytes: int
    errors: int
    warnings: int
    violation_counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    is_complete: bool = True

    @property
    def ok(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self.errors


class _Group(NamedTuple):
    """What is one finding: the violations of a rule in a column, of one kind."""

    rule: str
    column: str | None
    kind: str = ""


class FindingCollector:
    """Counts violations, and keeps the first of each group: memory does not grow with the number of mistakes."""

    def __init__(self) -> None:
        """Creates it without findings."""
        self._first: dict[_Group, Finding] = {}
        self._counts: Counter[_Group] = Counter()
        self._capped: set[_Group] = set()
        self._final: set[_Group] = set()
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
        character: int | None = None,
        column: str | None = None,
        *,
        kind: str = "",
        count: int = 1,
    ) -> None:
        """Counts violations, and keeps the first of a rule in a CSV column.

        Args:
            violation: The violation.
            path: The file or folder.
            line: The line, from 1; of several violations that of the first.
            character: The character in it, from 1.
            column: The CSV column.
            kind: The kind of file, if those of each kind are to be a finding of their own.
            count: How many violations there are.
        """
        group = _Group(violation.rule, column, kind)
        self._counts[group] += count
        self._errors += count * (violation.severity is Severity.ERROR)
        if group not in self._first:
            rule, message, hint = map(escape_control_characters, violation)
            shown = None if column is None else escape_control_characters(column)
            self._first[group] = Finding(path, line, character, shown, violation.severity, rule, message, hint)

    def finish_listing(self) -> None:
        """Says that files are read from now on: what was found before is all that there is, whenever reading ends."""
        self._final.update(self._counts)

    def cap_reached(self, rule: str, column: str | None, cap: int) -> bool:
        """Returns whether a rule was violated so often in a column that no more are counted, and remembers it.

        Args:
            rule: The name of the rule.
            column: The CSV column.
            cap: How many are counted; the report then says that there may be more.
        """
        group = _Group(rule, column)
        if self._counts[group] < cap:
            return False
        self._capped.add(group)
        return True

    def report(self, files: tuple[Path | str, ...] = (), rows: int = 0, size_bytes: int = 0) -> Report:
        """Returns the report.

        Args:
            files: The files that were read. By default none, as nothing but a schema was.
            rows: How many rows they have.
            size_bytes: Their total size in bytes.
        """
        capped = {*self._counts} - self._final if self.is_full else self._capped
        findings = tuple(
            replace(first, count=self._counts[group], is_lower_bound=group in capped)
            for group, first in self._first.items()
        )
        counts: Counter[str] = Counter()
        severities: Counter[Severity] = Counter()
        for finding in findings:
            counts[finding.rule] += finding.count
            severities[finding.severity] += finding.count
        return Report(
            files=files,
            rows=rows,
            size_bytes=size_bytes,
            errors=severities[Severity.ERROR],
            warnings=severities[Severity.WARNING],
            violation_counts=MappingProxyType(dict(counts)),
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


def escape_control_characters(text: str) -> str:
    """Returns a text that may go to a terminal: in one line, with its control characters as `repr` shows them.

    Args:
        text: The text.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )
