"""What readers yield and tell: batches of rows with the columns of the schema, and what is odd about a file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_cli.conversion.names import match_names
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cdk_data_jobs_check import Column, DataFile
    from cdk_data_jobs_cli.conversion.names import Match

BATCH_ROWS = 1024
BATCH_CHARACTERS = 2**20
"""A batch ends with the row that exceeds one of these."""

_MAX_NAMES = 100  # of columns that are dropped or missing, in a message


class JsonText(str):
    """A JSON value as it stands in a file: if it is written so, no digit is lost, and no depth is too much."""

    __slots__ = ()


class Batch(NamedTuple):
    """Some rows of a file.

    Attributes:
        lines: The line at which each begins, from 1; of a Parquet file the number of the row.
        columns: Their values as strings, by the schema's fields; empty for null.
        json: The rows as they stand in the file, if they are JSON.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    json: Sequence[JsonText] = ()


class UnreadableError(ValueError):
    """A file that cannot be read any further.

    Attributes:
        rule: A short name.
        line: The line, from 1; 0 if it concerns the whole file.
    """

    def __init__(self, message: str, rule: str = "file-format", line: int = 0) -> None:
        """Creates the error.

        Args:
            message: What was expected, what was got and what to do.
            rule: A short name.
            line: The line.
        """
        super().__init__(message)
        self.rule = rule
        self.line = line


class EmptyFileError(UnreadableError):
    """A file without any content, as Spark writes of an empty partition."""


class InputFile:
    """A file that is read, whose oddities it adds to a report.

    Attributes:
        path: How messages call it.
        fields: The names of the schema's fields.
        size: Its size in bytes; None if that is not known.
        position: How many of its bytes have been read, about.
    """

    def __init__(
        self,
        source: DataFile,
        columns: Sequence[Column],
        report: Report,
        on_rejected: Callable[[str, int, Sequence[str], object], None],
    ) -> None:
        """Creates it.

        Args:
            source: The file.
            columns: The columns of the schema.
            report: The report of the conversion.
            on_rejected: Called with the file, the line, the reasons and the values of each row that cannot be read.
        """
        self.path = str(source.location)
        self.fields = [column.name for column in columns]
        self.size = source.size
        self.position = 0
        self._source = source
        self._columns = columns
        self._report = report
        self._on_rejected = on_rejected
        self._names: dict[str, str] = {}
        self._dropped: dict[str, None] = {}

    def open(self) -> IO[bytes]:
        """Opens it, at its beginning.

        Raises:
            OSError: If that fails.
        """
        return self._source.open()

    def count(self, size: int) -> None:
        """Counts bytes as read.

        Args:
            size: How many.
        """
        self.position += size

    def is_string(self, field: str) -> bool:
        """Returns whether the values of a field are strings.

        Args:
            field: The field's name.
        """
        return "string" in self._types_of(field)

    def is_integer(self, field: str) -> bool:
        """Returns whether the values of a field are integers.

        Args:
            field: The field's name.
        """
        return self._types_of(field) - {"null"} in ({"int"}, {"long"}, {"int", "long"})

    def column_indices(self, names: Sequence[str]) -> list[int]:
        """Returns the index of the column of each field, for a file whose rows all have these columns.

        Args:
            names: The names of the file's columns.

        Raises:
            UnreadableError: If a column is missing, or a field has several.
        """
        match = self.match(names)
        missing = [field for field in self.fields if field not in match.indices]
        if missing:
            raise UnreadableError(self._missing_message(missing, names), "missing-column")
        indices = [match.indices[field] for field in self.fields]
        if indices != sorted(indices):
            self.report_change("column-order", "the columns are in the order of the schema")
        return indices

    def match(self, names: Sequence[str]) -> Match:
        """Returns which column of the file, or which key of a JSON object, each field has.

        Args:
            names: The names of the columns or keys. The indices in the match are of this sequence.

        Raises:
            UnreadableError: If a field has several, also if in other objects of the file it had another.
        """
        match = match_names(self.fields, names)
        if match.ambiguous:
            field, several = next(iter(match.ambiguous.items()))
            raise self._ambiguous_error(field, several)
        for field, index in match.indices.items():
            name, is_first = names[index], field not in self._names
            known = self._names.setdefault(field, name)
            if known != name:
                raise self._ambiguous_error(field, [known, name])
            if name != field and is_first:
                message = f"{field}: the name {excerpt(name)} to {field}"
                self._report.add(Severity.CHANGE, "column-name", self.path, message, column=field)
        self._dropped.update(dict.fromkeys(match.extra[: _MAX_NAMES + 1 - len(self._dropped)]))
        return match

    def require_fields(self, names: Sequence[str]) -> None:
        """Requires that all fields have occurred in a file that leaves out keys whose values are null.

        Args:
            names: The keys that have occurred.

        Raises:
            UnreadableError: If a field has not occurred that may not be null.
        """
        missing = {column.name: column for column in self._columns if column.name not in self._names}
        required = [name for name, column in missing.items() if "null" not in column.types]
        if required:
            raise UnreadableError(self._missing_message(required, names), "missing-column")
        if missing:
            got = excerpt(",".join(names[:_MAX_NAMES]), 200)
            self.report_warning("missing-column", f"no row has {', '.join(missing)}, which stay empty, got {got}")

    def report_dropped(self) -> None:
        """Reports the columns that the schema does not have."""
        if self._dropped:
            names = ", ".join(map(excerpt, [*self._dropped][:_MAX_NAMES]))
            more = " and more" if len(self._dropped) > _MAX_NAMES else ""
            self.report_change("extra-column", f"columns that are not in the schema are dropped: {names}{more}")

    def report_change(self, rule: str, message: str, line: int = 0) -> None:
        """Reports a change of the file as a whole.

        Args:
            rule: Its short name.
            message: What was changed.
            line: The line; 0 for none.
        """
        self._report.add(Severity.CHANGE, rule, self.path, message, lines=[line] if line else ())

    def report_warning(self, rule: str, message: str, line: int = 0, column: str | None = None) -> None:
        """Reports what is kept, but is probably a mistake.

        Args:
            rule: Its short name.
            message: What was expected, what was got and what to do.
            line: The line; 0 for none.
            column: The column in the schema.
        """
        self._report.add(Severity.WARNING, rule, self.path, message, lines=[line] if line else (), column=column)

    def reject(self, rule: str, message: str, line: int, row: object, variant: object = None) -> None:
        """Reports a row that cannot be read; the next ones can.

        Args:
            rule: A short name.
            message: What was expected, what was got and what to do.
            line: The line.
            row: Its values, as JSON or `JsonText`.
            variant: See `Report.add`.
        """
        self._report.rows += 1
        self._report.add(Severity.ERROR, rule, self.path, message, lines=[line], variant=variant)
        self._on_rejected(self.path, line, [message], row)

    def _types_of(self, field: str) -> frozenset[str]:
        return next((column.types for column in self._columns if column.name == field), frozenset())

    def _missing_message(self, missing: Collection[str], names: Sequence[str]) -> str:
        got = excerpt(",".join(names[:_MAX_NAMES]), 200)
        message = f"a file must have a column for each field of the schema, and has none for {', '.join(missing)}"
        return f"{message}, got {got}; rename or add it"

    def _ambiguous_error(self, field: str, several: Sequence[str]) -> UnreadableError:
        got = ", ".join(map(excerpt, several))
        return UnreadableError(f"a file must have one column for {field}, got {got}; remove others", "duplicate-column")
