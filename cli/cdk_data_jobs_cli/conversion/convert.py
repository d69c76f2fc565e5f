"""Converts files, and writes the result only if all of it can be converted."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.reading import write_row
from cdk_data_jobs_cli.conversion.batches import InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.reading import STDIN, Dialect, read_batches
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.values import CHANGES, ColumnConverter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_data_jobs_check import Schema
    from cdk_data_jobs_cli.conversion.batches import Batch

_SUFFIX = ".csv"
_MAX_UTF_8_BYTES = 4  # of a character
_NO_DIALECT = Dialect()


def convert_files(
    paths: Sequence[str],
    output: Path,
    schema: Schema,
    *,
    milliseconds: bool = False,
    dialect: Dialect = _NO_DIALECT,
) -> Report:
    """Converts files to CSV that an import of Amazon Personalize accepts, in memory that does not grow with them.

    Args:
        paths: Files in CSV or JSON lines, also compressed by gzip, or Parquet; `-` for the standard input.
        output: What to write, which must not exist: if its name ends in `.csv`, a file with the rows of all files, and
            otherwise a folder with one for each.
        schema: The dataset's schema; for a deletion `DELETION_SCHEMA`.
        milliseconds: Whether times are in milliseconds.
        dialect: What cannot be recognized of the files.

    Returns:
        What was changed and what could not be converted. If there are errors, nothing is written.

    Raises:
        OSError: If a file cannot be read or written, the output exists, or two files would have the same name in it.
    """
    require_new(output)
    report = Report()
    converters = [ColumnConverter(column, schema.dataset_type, milliseconds=milliseconds) for column in schema.columns]
    is_file = output.suffix.lower() == _SUFFIX
    names = [_name_of(path) for path in paths]
    if not is_file and len({name.lower() for name in names}) < len(names):
        raise FileExistsError(f"the files of a folder must have different names, got {', '.join(sorted(names))}")
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as folder:
        unfinished = Path(folder, output.name)
        if not is_file:
            unfinished.mkdir()
        for number, (path, name) in enumerate(zip(paths, names, strict=True)):
            file = _Conversion(path, converters, report)
            with (unfinished if is_file else unfinished / name).open("a", encoding="utf-8", newline="") as written:
                if not is_file or not number:
                    written.write(write_row(schema.names))
                file.write(written, dialect)
            report.files.append(str(output if is_file else output / name))
        if report.count(Severity.ERROR):
            report.files.clear()
        else:
            require_new(output)
            unfinished.rename(output)
    report.files[:] = dict.fromkeys(report.files)
    return report


def require_new(output: Path) -> None:
    """Requires that nothing is where the output will be.

    Raises:
        FileExistsError: If something is.
    """
    if output.exists() or output.is_symlink():
        raise FileExistsError(f"the output must not exist, got {output}; remove it, or name another")


def _name_of(path: str) -> str:
    """Returns the name of a file's conversion, e.g. `items.csv` of `items.jsonl.gz`."""
    name = "stdin" if path == STDIN else Path(path).name
    return f"{name.partition('.')[0] or name.strip('.')}{_SUFFIX}"


@dataclass(frozen=True)
class _Conversion:
    """The conversion of one file."""

    path: str
    converters: Sequence[ColumnConverter]
    report: Report

    def write(self, written: IO[str], dialect: Dialect) -> None:
        """Writes the rows, until the first error is found; the others are only counted."""
        file = InputFile(self.path, [one.name for one in self.converters], self.report)
        try:
            for batch in read_batches(file, dialect):
                self.report.rows += len(batch.lines)
                rows = self._rows(batch)
                if not self.report.count(Severity.ERROR):
                    written.writelines(rows)
        except UnreadableError as error:
            self.report.add(Severity.ERROR, error.kind, self.path, str(error), lines=[error.line] if error.line else ())
        file.report_dropped()

    def _rows(self, batch: Batch) -> list[str]:
        pairs = zip(self.converters, batch.columns, strict=True)
        columns = [self._column(converter, values, batch.lines) for converter, values in pairs]
        if self.report.count(Severity.ERROR):
            return []
        rows = [*map(write_row, zip(*columns, strict=True))]
        if max(map(len, rows), default=0) * _MAX_UTF_8_BYTES > MAX_LINE_BYTES:
            for row, line in zip(rows, batch.lines, strict=True):
                if len(row.encode()) > MAX_LINE_BYTES:
                    message = f"a row must have at most {MAX_LINE_BYTES:,} bytes, got {excerpt(row)}"
                    self.report.add(Severity.ERROR, "line-length", self.path, message, lines=[line])
        return rows

    def _column(self, converter: ColumnConverter, values: Sequence[str], lines: Sequence[int]) -> Sequence[str]:
        is_unchanged = converter.is_unchanged
        odd = [index for index, value in enumerate(values) if not is_unchanged(value)]
        if not odd:
            return values
        converted = [*values]
        changed: defaultdict[str, list[int]] = defaultdict(list)
        for index in odd:
            converted[index], changes, problem = converter.convert(values[index])
            for change in changes:
                changed[change].append(index)
            if problem:
                self.report.add(
                    problem.severity,
                    problem.kind,
                    self.path,
                    problem.message,
                    column=converter.name,
                    lines=[lines[index]],
                )
        for change, indices in changed.items():
            example = f"{excerpt(values[indices[0]])} to {excerpt(converted[indices[0]])}"
            self.report.add(
                Severity.CHANGE,
                change,
                self.path,
                f"{converter.name}: {CHANGES[change]}, {example}",
                column=converter.name,
                lines=[lines[index] for index in indices],
            )
        return converted
