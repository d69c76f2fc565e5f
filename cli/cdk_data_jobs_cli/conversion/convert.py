"""Converts files, and writes the result only if all of it can be converted, or rejected rows are wanted."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.reading import write_row
from cdk_data_jobs_cli.conversion.detection import InputOptions, read_batches
from cdk_data_jobs_cli.conversion.input_file import EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.inputs import find_inputs, is_file, output_names
from cdk_data_jobs_cli.conversion.output import NewOutput, new_output
from cdk_data_jobs_cli.conversion.rejected_rows import RejectedRows
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.times import TimeOptions
from cdk_data_jobs_cli.conversion.values import CHANGES, ColumnConverter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cdk_data_jobs_check import Schema, Source
    from cdk_data_jobs_check.sources import ProgressCallback
    from cdk_data_jobs_cli.conversion.input_file import Batch

_MAX_UTF_8_BYTES = 4  # of a character
_EXCERPT_CONTEXT = 20  # characters before a change in an example
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
        OSError: If a file cannot be read or written, the output exists, or two files would have the same name in it.
    """
    if rejected == output:
        raise FileExistsError(f"the rejected rows must have a file of their own, got {output} for both")
    report = Report()
    files = find_inputs(sources, report)
    names = [""] * len(files) if is_file(output) else output_names(files)
    done, total = 0, sum(file.size or 0 for file in files)

    def report_progress(position: int) -> None:
        if on_progress:
            on_progress(done + position, total)

    with contextlib.ExitStack() as stack:
        target = stack.enter_context(new_output(output))
        rows = RejectedRows(stack.enter_context(new_output(rejected)) if rejected else None)
        conversion = _Conversion(schema, times, target, rows, report)
        has_content = False
        for source, name in zip(files, names, strict=True):
            has_content |= conversion.convert(
                InputFile(source, schema.columns, report, rows.add),
                name,
                options,
                report_progress,
            )
            done += source.size or 0
        if not has_content:
            message = "a file must have a header, got an empty file"
            report.add(Severity.ERROR, "empty-file", str(files[0].location), message)
        report.rejected = rows.count
        if conversion.is_wanted:
            rows.complete()
            target.complete()
            report.files = [str(output / name) for name in conversion.names]
    return report


class _Conversion:
    """The conversion of several files.

    Attributes:
        names: The names of the files that were begun, in their order.
    """

    def __init__(
        self, schema: Schema, times: TimeOptions, output: NewOutput, rejected: RejectedRows, report: Report
    ) -> None:
        self.names: dict[str, None] = {}
        self._header = write_row(schema.names)
        self._converters = [ColumnConverter(one, schema.dataset_type, times=times) for one in schema.columns]
        self._output = output
        self._rejected = rejected
        self._report = report
        self._written = 0

    @property
    def is_wanted(self) -> bool:
        """Whether what was written so far is to be kept."""
        if not self._report.count(Severity.ERROR):
            return True
        return self._report.is_complete and self._rejected.is_wanted and self._written > 0

    def convert(self, file: InputFile, name: str, options: InputOptions, on_read: Callable[[int], None]) -> bool:
        """Converts a file; returns whether it has any content.

        Args:
            file: The file.
            name: The name of its conversion in a folder; empty if the output is a file.
            options: What cannot be recognized of the file.
            on_read: Called now and then with how many of its bytes were read.
        """
        try:
            for batch in read_batches(file, options):
                self._append(name, self._rows(file, batch))
                on_read(file.position)
            self._append(name, [])
        except EmptyFileError as error:
            file.report_change("empty-file", f"{error}, which is left out")
            return False
        except UnreadableError as error:
            self._report.stop_reading(file.path, error.rule, str(error), error.line)
        file.report_dropped()
        return True

    def _append(self, name: str, rows: Sequence[str]) -> None:
        if not self._report.count(Severity.ERROR) or self._rejected.is_wanted:
            self._output.append([self._header, *rows] if name not in self.names else rows, name)
            self.names[name] = None
            self._written += len(rows)

    def _rows(self, file: InputFile, batch: Batch) -> list[str]:
        """Returns the rows of a batch that can be converted, as lines; the others are rejected."""
        self._report.rows += len(batch.lines)
        reasons: defaultdict[int, list[str]] = defaultdict(list)
        pairs = zip(self._converters, batch.columns, strict=True)
        columns = [self._column(file, converter, values, batch.lines, reasons) for converter, values in pairs]
        rows = [",".join(row) + "\n" for row in zip(*columns, strict=True)]
        if max(map(len, rows), default=0) * _MAX_UTF_8_BYTES > MAX_LINE_BYTES:
            for index, row in enumerate(rows):
                if len(row.encode(errors="replace")) > MAX_LINE_BYTES:
                    message = f"a row must have at most {MAX_LINE_BYTES:,} bytes, got {excerpt(row)}"
                    self._report.add(Severity.ERROR, "line-length", file.path, message, lines=[batch.lines[index]])
                    reasons[index].append(message)
        for index, messages in sorted(reasons.items()):
            values = {one.name: column[index] for one, column in zip(self._converters, batch.columns, strict=True)}
            self._rejected.add(file.path, batch.lines[index], messages, values)
        return [row for index, row in enumerate(rows) if index not in reasons] if reasons else rows

    def _column(
        self,
        file: InputFile,
        converter: ColumnConverter,
        values: Sequence[str],
        lines: Sequence[int],
        reasons: defaultdict[int, list[str]],
    ) -> Sequence[str]:
        """Returns the values of a column as they are written, and adds why some cannot be converted."""
        joined = "\n".join([*values, ""])
        # As many line breaks as values: none is in a value.
        if joined.count("\n") == len(values) and converter.match_all_unchanged(joined):
            # Of what is unchanged, only a comma needs quotes.
            return _quoted(values) if "," in joined else values
        converted = [*values]
        changed: defaultdict[str, list[int]] = defaultdict(list)
        for index, value in enumerate(values):
            if converter.match_unchanged(value):
                continue
            converted[index], changes, problem = converter.convert(value)
            for change in changes:
                changed[change].append(index)
            if problem:
                severity, rule, message = problem
                self._report.add(severity, rule, file.path, message, column=converter.name, lines=[lines[index]])
                if severity is Severity.ERROR:
                    reasons[index].append(message)
        written = _quoted(converted) if converter.is_string else converted
        for change, indices in changed.items():
            example = _example(values[indices[0]], written[indices[0]])
            message = f"{converter.name}: {CHANGES[change]}, {example}"
            changed_lines = [lines[index] for index in indices]
            self._report.add(Severity.CHANGE, change, file.path, message, column=converter.name, lines=changed_lines)
        return written


def _quoted(values: Sequence[str]) -> list[str]:
    return [write_row([value]).removesuffix("\n") for value in values]


def _example(before: str, after: str) -> str:
    """Returns how a value was changed, in excerpts from where the first change is."""
    same = next((at for at, (one, other) in enumerate(zip(before, after)) if one != other), 0)  # noqa: B905
    start = max(0, same - _EXCERPT_CONTEXT) if same > _EXCERPT_CONTEXT else 0
    dots = "..." if start else ""
    return f"{excerpt(dots + before[start:])} to {excerpt(dots + after[start:])}"
