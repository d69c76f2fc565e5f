"""Violations of the rules, findings of them in files, and the report of a check."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cdk_data_jobs_check.rules import RULES, Severity

_MAX_KEPT = 100  # of the errors, and of the warnings
_MAX_KEPT_OF_A_KIND = 10  # of those of one rule in one CSV column


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
    """A violation, and where it is.

    Attributes:
        path: The file or folder.
        line: The line in the file, from 1; none if it concerns the whole file.
        column: The character in the line at which the value starts, from 1; none if it concerns the whole line.
        name: The name of the CSV column in the header; none if it concerns no particular one.
        severity: Whether it is an error or a warning.
        rule: The short name of the rule.
        message: What was expected and what was got.
        hint: What to do.
    """

    path: Path
    line: int | None
    column: int | None
    name: str | None
    severity: Severity
    rule: str
    message: str
    hint: str

    @property
    def location(self) -> str:
        """Where it is, in the form that compilers use: `file:line:column`."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        """Returns the finding in one line, in the form that compilers use."""
        return f"{self.location}: {self.severity.value}: {self.message}; {self.hint}"


@dataclass(frozen=True)
class Report:
    """The result of a check.

    Attributes:
        files: The files that were read.
        rows: How many rows they have, without headers and blank lines.
        size: Their total size in bytes.
        errors: How many errors there are, kept or not.
        warnings: How many warnings there are, kept or not.
        rules: How many findings there are of each rule, kept or not.
        findings: The findings that were kept, file by file in the order of their lines.
    """

    files: tuple[Path, ...]
    rows: int
    size: int
    errors: int
    warnings: int
    rules: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self.errors


@dataclass
class FindingCollector:
    """Counts all findings and keeps some, so that memory does not grow with the number of mistakes.

    Attributes:
        kept: The findings that were kept.
    """

    kept: list[Finding] = field(default_factory=list)
    _count_by_kind: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _count_by_severity: Counter[Severity] = field(default_factory=Counter)
    _kept_by_severity: Counter[Severity] = field(default_factory=Counter)

    def add(
        self,
        violation: Violation,
        path: Path,
        line: int | None = None,
        column: int | None = None,
        name: str | None = None,
    ) -> None:
        """Counts a finding, and keeps it unless there are enough of its kind or severity.

        Args:
            violation: The violation.
            path: The file or folder.
            line: The line, from 1.
            column: The character in it, from 1.
            name: The CSV column.
        """
        kind = (violation.rule, name)
        self._count_by_kind[kind] += 1
        self._count_by_severity[violation.severity] += 1
        if self._count_by_kind[kind] <= _MAX_KEPT_OF_A_KIND and self._kept_by_severity[violation.severity] < _MAX_KEPT:
            self._kept_by_severity[violation.severity] += 1
            self.kept.append(Finding(path, line, column, name, violation.severity, *violation))

    def report(self, files: tuple[Path, ...], rows: int, size: int) -> Report:
        """Returns the report.

        Args:
            files: The files that were read.
            rows: How many rows they have.
            size: Their total size in bytes.
        """
        rules: Counter[str] = Counter()
        for (rule, _name), count in self._count_by_kind.items():
            rules[rule] += count
        return Report(
            files=files,
            rows=rows,
            size=size,
            errors=self._count_by_severity[Severity.ERROR],
            warnings=self._count_by_severity[Severity.WARNING],
            rules=MappingProxyType(dict(rules)),
            findings=tuple(self.kept),
        )


def excerpt(value: str, max_length: int = 40) -> str:
    """Returns a value for a message: in quotes, with control characters escaped, and truncated.

    Args:
        value: The value.
        max_length: How many characters of it to show.
    """
    return repr(value if len(value) <= max_length else f"{value[:max_length]}...")
