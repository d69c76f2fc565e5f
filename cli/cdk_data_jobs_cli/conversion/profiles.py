"""Profiles the columns of files as people have them, with the readers of a conversion, for `data-jobs schema`."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_data_jobs_check.column_profile import ColumnProfile
from cdk_data_jobs_check.field_names import is_unnamed
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.header import MAX_COLUMNS
from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_cli.conversion.detection import InputOptions, read_batches
from cdk_data_jobs_cli.conversion.input_file import EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.inputs import find_inputs
from cdk_data_jobs_cli.conversion.names import Match
from cdk_data_jobs_cli.conversion.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_data_jobs_check import DataFile, ProgressCallback, Source
    from cdk_data_jobs_cli.conversion.input_file import Batch

_RULES = [rules for datasets in DATASETS.values() for rules in datasets.values()]
_KNOWN_NAMES = sorted({name for rules in _RULES for name in rules.known})


@dataclass(frozen=True)
class Profiles:
    """The columns of files.

    Attributes:
        columns: What the values of each column are, by its name, in their order.
        rows: How many rows there are.
        options: What the files were read with.
        report: What is odd about the files, and the rows that cannot be read.
    """

    columns: dict[str, ColumnProfile]
    rows: int
    options: InputOptions
    report: Report


def profile_files(
    sources: Sequence[Source], options: InputOptions, *, on_progress: ProgressCallback | None = None
) -> Profiles:
    """Reads all rows of all files, in memory that does not grow with them.

    Args:
        sources: Files and folders that `data-jobs convert` reads. All files must have the same columns.
        options: What cannot be recognized of them. If the quotes are none of RFC 4180, they are read again with escapes
            by a backslash, as an import reads them.
        on_progress: Called now and then with the number of bytes that were read and of all bytes. By default none.

    Raises:
        OSError: If a file cannot be read.
        UnreadableError: If it is none that a conversion reads, or has other columns than the first one.
    """
    report = Report()
    files = find_inputs(sources, report)
    try:
        return _profile(files, options, report, on_progress)
    except UnreadableError as error:
        if error.rule != "unclosed-quote" or options.backslash or any(file.size is None for file in files):
            raise
        with contextlib.suppress(UnreadableError):
            return _profile(files, dataclasses.replace(options, backslash=True), Report(), on_progress)
        raise


def _profile(
    files: Sequence[DataFile], options: InputOptions, report: Report, on_progress: ProgressCallback | None
) -> Profiles:
    columns: dict[str, ColumnProfile] = {}
    rows = done = 0
    size = sum(file.size or 0 for file in files)
    first: _AllColumns | None = None
    for source in files:
        file = _AllColumns(source, report)
        try:
            for batch in read_batches(file, options):
                _add(columns, file.names, batch, rows, options)
                rows += len(batch.lines)
                if on_progress:
                    on_progress(done + file.position, size)
        except EmptyFileError as error:
            file.report_change("empty-file", f"{error}, which is left out")
            continue
        except UnreadableError as error:
            line = f":{error.line}" if error.line else ""
            raise UnreadableError(f"{file.path}{line}: {error}", error.rule, error.line) from error
        done += source.size or 0
        for name in file.names:
            columns.setdefault(name, ColumnProfile(is_escaped=options.backslash))
        first = first or file
        first.require_same_columns(file)
    return Profiles(columns, rows, options, report)


def _add(
    columns: dict[str, ColumnProfile], names: Sequence[str], batch: Batch, rows: int, options: InputOptions
) -> None:
    """Adds the values of some rows; columns that other rows lack are empty there."""
    for name, values in zip(names, batch.columns, strict=False):
        if name not in columns:
            columns[name] = ColumnProfile(is_escaped=options.backslash)
            columns[name].add([""] * rows)
        columns[name].add(values)
    for name in columns.keys() - {*names[: len(batch.columns)]}:
        columns[name].add([""] * len(batch.lines))


class _AllColumns(InputFile):
    """A file of which all columns are read.

    Attributes:
        names: The names of its columns; of JSON lines those of the rows so far.
    """

    def __init__(self, source: DataFile, report: Report) -> None:
        super().__init__(source, (), report, lambda *_: None)
        self.fields = _KNOWN_NAMES  # by which a delimiter is recognized
        self.names: list[str] = []
        self._has_header = False

    def column_indices(self, names: Sequence[str]) -> list[int]:
        """Returns the index of each column."""
        self._has_header = True
        _require_few(names)
        repeated = [name for name, count in Counter(names).items() if count > 1 and not is_unnamed(name)]
        if repeated:
            message = f"the names of columns must be unique, got {', '.join(map(excerpt, repeated))} more than once"
            raise UnreadableError(f"{message}; rename or remove all but one", "duplicate-column")
        # Those without a name are left out of a schema, and several have the same one: their values are not read.
        indices = {name: index for index, name in enumerate(names) if not is_unnamed(name)}
        self.fields = [*indices]
        self.names = [*indices, *dict.fromkeys(filter(is_unnamed, names))]
        return [*indices.values()]

    def match(self, names: Sequence[str]) -> Match:
        """Returns the index of each name, after those of the rows before.

        Raises:
            UnreadableError: If there are too many.
        """
        self.names = self.fields = [*dict.fromkeys([*self.names, *names])]
        _require_few(self.names)
        return Match({name: index for index, name in enumerate(names)}, {}, [])

    def require_fields(self, names: Sequence[str]) -> None:
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


def _require_few(names: Sequence[str]) -> None:
    """Requires that there are not more columns than any schema has, for which memory and time would grow."""
    if len(names) > MAX_COLUMNS:
        message = f"a file must have at most {MAX_COLUMNS:,} columns, got {len(names):,}, such as {excerpt(names[-1])}"
        raise UnreadableError(f"{message}; are keys of objects values, such as ids or times?", "columns")
