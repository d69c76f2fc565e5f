"""Profiles the columns of files as people have them, with the readers of a conversion, for `data-jobs schema`."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from cdk_data_jobs_check.column_profile import ColumnProfile
from cdk_data_jobs_check.field_names import is_unnamed
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_cli.conversion.batches import InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.names import Match
from cdk_data_jobs_cli.conversion.reading import Dialect, read_stream
from cdk_data_jobs_cli.conversion.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_data_jobs_check import DataFile, ProgressCallback

_RULES = [rules for datasets in DATASETS.values() for rules in datasets.values()]
_KNOWN_NAMES = sorted({name for rules in _RULES for name in rules.known})


@dataclass(frozen=True)
class Profiles:
    """The columns of files.

    Attributes:
        columns: What the values of each column are, by its name, in their order.
        rows: How many rows there are.
        dialect: What the files were read with.
        report: What is odd about the files, and the rows that cannot be read.
    """

    columns: dict[str, ColumnProfile]
    rows: int
    dialect: Dialect
    report: Report


def profile_files(
    files: Sequence[DataFile], dialect: Dialect, *, on_progress: ProgressCallback | None = None
) -> Profiles:
    """Reads all rows of all files, in memory that does not grow with them.

    Args:
        files: Files that `data-jobs convert` reads, which have the same columns.
        dialect: What cannot be recognized of them. If the quotes are none of RFC 4180, they are read again with escapes
            by a backslash, as an import reads them.
        on_progress: Called now and then with the number of bytes that are done and of all bytes. By default none.

    Raises:
        OSError: If a file cannot be read.
        UnreadableError: If it is none that a conversion reads, or has other columns than the first one.
    """
    try:
        return _profile(files, dialect, on_progress)
    except UnreadableError as error:
        if error.kind != "unclosed-quote" or dialect.backslash or any(file.size is None for file in files):
            raise
        with contextlib.suppress(UnreadableError):
            return _profile(files, dataclasses.replace(dialect, backslash=True), on_progress)
        raise


def _profile(files: Sequence[DataFile], dialect: Dialect, on_progress: ProgressCallback | None) -> Profiles:
    columns: dict[str, ColumnProfile] = {}
    report = Report()
    rows = done = 0
    size = sum(file.size or 0 for file in files)
    first: _AllColumns | None = None
    for file in files:
        source = _AllColumns(str(file.location), report)
        with contextlib.closing(file.open()) as stream:
            try:
                for batch in read_stream(stream, source, dialect):
                    _add(columns, source.names, batch.columns, rows, len(batch.lines))
                    rows += len(batch.lines)
                    if on_progress:
                        at = done + _position(stream)
                        on_progress(at, max(at, size))
            except UnreadableError as error:
                line = f":{error.line}" if error.line else ""
                raise UnreadableError(f"{file.location}{line}: {error}", error.kind, error.line) from error
        done += file.size or 0
        for name in source.names:
            columns.setdefault(name, ColumnProfile())
        first = first or source
        first.require_same_columns(source)
    return Profiles(columns, rows, dialect, report)


def _add(
    columns: dict[str, ColumnProfile], names: Sequence[str], values: Sequence[Sequence[str]], rows: int, count: int
) -> None:
    """Adds the values of some rows; columns that other rows lack are empty there."""
    for name, of_column in zip(names, values, strict=False):
        if name not in columns:
            columns[name] = ColumnProfile()
            columns[name].add([""] * rows)
        columns[name].add(of_column)
    for name in columns.keys() - {*names[: len(values)]}:
        columns[name].add([""] * count)


def _position(stream: IO[bytes]) -> int:
    try:
        return stream.tell()
    except OSError:  # a pipe
        return 0


class _AllColumns(InputFile):
    """A file of which all columns are read.

    Attributes:
        names: The names of its columns; of JSON lines those of the rows so far.
    """

    def __init__(self, path: str, report: Report) -> None:
        super().__init__(path, _KNOWN_NAMES, report)
        self.names: list[str] = []
        self._has_header = False

    def pick(self, names: Sequence[str]) -> list[int]:
        """Returns the index of each column."""
        self._has_header = True
        repeated = [name for name, count in Counter(names).items() if count > 1 and not is_unnamed(name)]
        if repeated:
            message = f"the names of columns must be unique, got {', '.join(map(excerpt, repeated))} more than once"
            raise UnreadableError(f"{message}; rename or remove all but one", "duplicate-column")
        indices = {name: index for index, name in enumerate(names)}
        self.names = [*indices]
        return [*indices.values()]

    def match(self, names: Sequence[str]) -> Match:
        """Returns the index of each name, after those of the rows before."""
        self.names = [*dict.fromkeys([*self.names, *names])]
        self.fields = self.names
        return Match({name: index for index, name in enumerate(names)}, {}, [])

    def require(self, found: Sequence[str] | dict[str, int], names: Sequence[str]) -> None:
        """Requires nothing: rows of JSON lines may leave out keys."""

    def require_same_columns(self, other: _AllColumns) -> None:
        """Requires that another file has the same columns, unless rows may leave them out.

        Raises:
            UnreadableError: If it has not.
        """
        if {*self.names} == {*other.names} or not (self._has_header and other._has_header):
            return
        got = excerpt(",".join(other.names), 200)
        message = f"all files must have the same columns, {','.join(self.names)} as {self.path}, got {got}"
        raise UnreadableError(f"{other.path}: {message}; name the files of one dataset only", "different-header")
