"""What is wrong with the data, where is it, and what is to be done?"""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

_MOST = 100  # errors that are kept, and warnings
_MOST_ALIKE = 10  # of them, those of one rule in one CSV column


class Severity(str, enum.Enum):
    """How bad it is."""

    ERROR = "error"
    """The documentation says that the service refuses it, or that it must not be."""

    WARNING = "warning"
    """The service accepts it, or nobody documents what it does, but it is probably not meant."""


class Fault(NamedTuple):
    """What is wrong, wherever it is.

    Attributes:
        severity: How bad it is.
        rule: A short name of what it breaks, such as `milliseconds`; the same for the same kind of mistake.
        message: What was expected and what was got.
        hint: What to do.
    """

    severity: Severity
    rule: str
    message: str
    hint: str


@dataclass(frozen=True)
class Finding:
    """A fault at its place.

    Attributes:
        path: The file or folder.
        line: The line in the file, from 1; none if it is about all of it.
        column: The character in the line at which the value starts, from 1; none if it is about all of the line.
        name: The CSV column, by its name in the header; none if it is about none in particular.
        severity: How bad it is.
        rule: A short name of what it breaks.
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
    def place(self) -> str:
        """Where it is, as compilers write it: `file:line:column`."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        """In one line, as compilers write it."""
        return f"{self.place}: {self.severity.value}: {self.message}; {self.hint}"


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        files: The files that were read.
        rows: How many rows they have, without their headers and blank lines.
        size: How many bytes they have.
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
class Findings:
    """Counts all findings and keeps some, so that a gigabyte of mistakes needs no gigabyte of memory.

    Attributes:
        kept: Those that were kept.
    """

    kept: list[Finding] = field(default_factory=list)
    _alike: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _severities: Counter[Severity] = field(default_factory=Counter)
    _kept: Counter[Severity] = field(default_factory=Counter)

    def add(
        self, fault: Fault, path: Path, line: int | None = None, column: int | None = None, name: str | None = None
    ) -> None:
        """Counts a finding, and keeps it unless there are enough.

        Args:
            fault: What is wrong.
            path: The file or folder.
            line: The line, from 1.
            column: The character in it, from 1.
            name: The CSV column.
        """
        kind = (fault.rule, name)
        self._alike[kind] += 1
        self._severities[fault.severity] += 1
        if self._alike[kind] <= _MOST_ALIKE and self._kept[fault.severity] < _MOST:
            self._kept[fault.severity] += 1
            self.kept.append(Finding(path, line, column, name, *fault))

    def report(self, files: tuple[Path, ...], rows: int, size: int) -> Report:
        """Sums up.

        Args:
            files: The files that were read.
            rows: How many rows they have.
            size: How many bytes they have.
        """
        rules: Counter[str] = Counter()
        for (rule, _name), count in self._alike.items():
            rules[rule] += count
        return Report(
            files=files,
            rows=rows,
            size=size,
            errors=self._severities[Severity.ERROR],
            warnings=self._severities[Severity.WARNING],
            rules=MappingProxyType(dict(rules)),
            findings=tuple(self.kept),
        )
