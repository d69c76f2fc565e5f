"""What readers yield and tell: batches of rows with the columns of the schema, and what is odd about a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_cli.conversion.names import match_names
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_data_jobs_cli.conversion.names import Match

BATCH_ROWS = 1024
_MAX_NAMES = 100  # of columns that are dropped or missing, in a message


class Batch(NamedTuple):
    """Some rows of a file.

    Attributes:
        lines: The line at which each begins, from 1; of a Parquet file the number of the row.
        columns: Their values as strings, by the schema's fields; empty for null.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]


class UnreadableError(ValueError):
    """A file that cannot be read any further.

    Attributes:
        kind: A short name.
        line: The line, from 1; 0 if it concerns the whole file.
    """

    def __init__(self, message: str, kind: str = "file-format", line: int = 0) -> None:
        """Creates the error.

        Args:
            message: What was expected, what was got and what to do.
            kind: A short name.
            line: The line.
        """
        super().__init__(message)
        self.kind = kind
        self.line = line


class InputFile:
    """A file that is read, whose oddities it adds to a report.

    Attributes:
        path: The file, `-` for the standard input.
        fields: The names of the schema's fields.
    """

    def __init__(self, path: str, fields: Sequence[str], report: Report) -> None:
        """Creates it.

        Args:
            path: The file.
            fields: The names of the schema's fields.
            report: The report of the conversion.
        """
        self.path = path
        self.fields = fields
        self._report = report
        self._renamed: set[str] = set()
        self._dropped: dict[str, None] = {}

    def pick(self, names: Sequence[str]) -> list[int]:
        """Returns the index of the column of each field, for a file whose rows all have these columns.

        Args:
            names: The names of the file's columns.

        Raises:
            UnreadableError: If a column is missing.
        """
        match = self.match(names)
        self.require(match.indices, names)
        picked = [match.indices[field] for field in self.fields]
        if picked != sorted(picked):
            self.change("column-order", "the columns are in the order of the schema")
        return picked

    def match(self, names: Sequence[str]) -> Match:
        """Returns which column each field has.

        Args:
            names: The names of columns.

        Raises:
            UnreadableError: If a field has several.
        """
        match = match_names(self.fields, names)
        for field, several in match.ambiguous.items():
            got = ", ".join(map(excerpt, several))
            raise UnreadableError(
                f"a file must have one column for {field}, got {got}; remove others", "duplicate-column"
            )
        for field, index in match.indices.items():
            if names[index] != field and field not in self._renamed:
                self._renamed.add(field)
                message = f"{field}: the name {excerpt(names[index])} to {field}"
                self._report.add(Severity.CHANGE, "column-name", self.path, message, column=field)
        self._dropped.update(dict.fromkeys(match.extra[: _MAX_NAMES - len(self._dropped)]))
        return match

    def require(self, found: Sequence[str] | dict[str, int], names: Sequence[str]) -> None:
        """Requires that all fields have a column.

        Args:
            found: The names of the fields that have one.
            names: The names of all columns.

        Raises:
            UnreadableError: If not.
        """
        missing = [field for field in self.fields if field not in found]
        if missing:
            got = excerpt(",".join(names[:_MAX_NAMES]), 200)
            message = f"a file must have a column for each field of the schema, and has none for {', '.join(missing)}"
            raise UnreadableError(f"{message}, got {got}; rename or add it", "missing-column")

    def report_dropped(self) -> None:
        """Reports the columns that the schema does not have."""
        if self._dropped:
            names = ", ".join(map(excerpt, self._dropped))
            self.change("extra-column", f"columns that are not in the schema are dropped: {names}")

    def change(self, kind: str, message: str, line: int = 0) -> None:
        """Reports a change of the file as a whole.

        Args:
            kind: Its short name.
            message: What was changed.
            line: The line; 0 for none.
        """
        self._report.add(Severity.CHANGE, kind, self.path, message, lines=[line] if line else ())

    def error(self, kind: str, message: str, line: int) -> None:
        """Reports a row that cannot be read.

        Args:
            kind: A short name.
            message: What was expected, what was got and what to do.
            line: The line.
        """
        self._report.add(Severity.ERROR, kind, self.path, message, lines=[line])
