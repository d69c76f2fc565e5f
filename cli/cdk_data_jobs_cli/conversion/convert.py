"""Converts files, and writes the result only if all of it can be converted, or rejected rows are wanted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cdk_data_jobs_check.sources import resolve
from cdk_data_jobs_cli.conversion.detection import InputOptions, read_batches
from cdk_data_jobs_cli.conversion.input_file import EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.inputs import find_inputs, is_file, output_names, require_outside
from cdk_data_jobs_cli.conversion.output import NewOutput, new_output
from cdk_data_jobs_cli.conversion.rejected_rows import RejectedRows
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.row_converter import RowConverter
from cdk_data_jobs_cli.conversion.times import TimeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdk_data_jobs_check import Schema, Source
    from cdk_data_jobs_check.sources import ProgressCallback

_NO_OPTIONS, _SECONDS = InputOptions(), TimeOptions()


def convert_files(
    sources: Sequence[Source],
    output: Path,
    schema: Schema,
    *,
    options: InputOptions = _NO_OPTIONS,
    times: TimeOptions = _SECONDS,
    rejected: Path | None = None,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Converts files to CSV that an import of Amazon Personalize accepts, in memory that does not grow with them.

    Args:
        sources: Files in CSV or JSON lines, also compressed by gzip, or Parquet; or folders of such files.
        output: What to write, which must not exist: if its name ends in `.csv`, a file with the rows of all files, and
            otherwise a folder with one for each.
        schema: The dataset's schema; for a deletion `DELETION_SCHEMA`.
        options: What cannot be recognized of the files.
        times: What times mean.
        rejected: A file of JSON lines for the rows that cannot be converted, which must not exist; the others are
            written. By default nothing is written if there is such a row. It is not made if there is none.
        on_progress: Called now and then with the number of bytes that were read and of all bytes.

    Returns:
        What was changed and what could not be converted. If a file cannot be read to its end, nothing is written.

    Raises:
        OSError: If a file cannot be read or written, the output exists or is in a folder that is read, or two files
            would have the same name in it.
    """
    if rejected and rejected.resolve() == output.resolve():
        raise FileExistsError(f"the rejected rows must have a file of their own, got {output} for both")
    given = resolve(sources, recursive=True)
    for path in filter(None, (output, rejected)):
        require_outside(path, given)
    report = Report()
    files = find_inputs(given, report)
    names = [""] * len(files) if is_file(output) else output_names(files)
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(new_output(output))
        rows = RejectedRows(stack.enter_context(new_output(rejected)) if rejected else None)
        converter = RowConverter(schema, times, report, rows)
        progress = _Progress(on_progress, sum(file.size or 0 for file in files))
        conversion = _Conversion(converter, target, rows, report, progress)
        for source, name in zip(files, names, strict=True):
            conversion.convert(InputFile(source, schema.columns, report, rows.add), name, options)
        if not conversion.has_content:
            message = "a file must have a header, got an empty file"
            report.add(Severity.ERROR, "empty-file", str(files[0].location), message)
        report.rejected = rows.count
        if conversion.is_wanted:
            with rows.completed():
                target.complete()
            report.files = [str(output / name) for name in conversion.names]
    return report


class _Progress:
    """How much of all files was read."""

    def __init__(self, callback: ProgressCallback | None, total: int) -> None:
        self._callback = callback
        self._total = total
        self._done = 0

    def report(self, file: InputFile) -> None:
        """Calls the callback, if there is one."""
        if self._callback:
            self._callback(self._done + file.position, self._total)

    def finish(self, file: InputFile) -> None:
        """Counts a file as read."""
        self._done += file.size or 0


class _Conversion:
    """The conversion of several files.

    Attributes:
        names: The names of the files that were begun, in their order.
        has_content: Whether there was a file that is not empty.
    """

    def __init__(
        self,
        converter: RowConverter,
        output: NewOutput,
        rejected: RejectedRows,
        report: Report,
        progress: _Progress,
    ) -> None:
        self.names: dict[str, None] = {}
        self.has_content = False
        self._converter = converter
        self._output = output
        self._rejected = rejected
        self._report = report
        self._progress = progress
        self._written = 0

    @property
    def is_wanted(self) -> bool:
        """Whether what was written so far is to be kept."""
        if not self._report.count(Severity.ERROR):
            return True
        return self._report.is_complete and self._rejected.is_wanted and self._written > 0

    def convert(self, file: InputFile, name: str, options: InputOptions) -> None:
        """Converts a file.

        Args:
            file: The file.
            name: The name of its conversion in a folder; empty if the output is a file.
            options: What cannot be recognized of the file.
        """
        try:
            for batch in read_batches(file, options):
                self._append(name, self._converter.lines(file.path, batch))
                self._progress.report(file)
            self._append(name, [])
            self.has_content = True
        except EmptyFileError as error:
            file.report_change("empty-file", f"{error}, which is left out")
        except UnreadableError as error:
            self.has_content = True
            self._report.stop_reading(file.path, error.rule, str(error), error.line)
        file.report_dropped()
        self._progress.finish(file)

    def _append(self, name: str, rows: Sequence[str]) -> None:
        if not self._report.count(Severity.ERROR) or self._rejected.is_wanted:
            self._output.append([self._converter.header, *rows] if name not in self.names else rows, name)
            self.names[name] = None
            self._written += len(rows)
