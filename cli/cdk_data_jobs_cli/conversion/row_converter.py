"""Converts rows, column by column, and reports what was changed and what cannot be converted."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.reading import write_row
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.values import CHANGES, ColumnConverter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_data_jobs_check import Schema
    from cdk_data_jobs_cli.conversion.input_file import Batch
    from cdk_data_jobs_cli.conversion.rejected_rows import RejectedRows
    from cdk_data_jobs_cli.conversion.times import TimeOptions

_SPECIAL = re.compile(r'[",\\]')
_MAX_UTF_8_BYTES = 4  # of a character
_EXCERPT_CONTEXT = 20  # characters before a change in an example


class RowConverter:
    """Converts the rows of all files.

    Attributes:
        header: The first line of each file that is written.
    """

    def __init__(self, schema: Schema, times: TimeOptions, report: Report, rejected: RejectedRows) -> None:
        """Creates it.

        Args:
            schema: The dataset's schema.
            times: What times mean.
            report: Takes what was changed, and what is wrong.
            rejected: Takes the rows that cannot be converted.
        """
        self.header = write_row(schema.names)
        self._converters = [ColumnConverter(one, schema.dataset_type, times=times) for one in schema.columns]
        self._report = report
        self._rejected = rejected

    def lines(self, path: str, batch: Batch) -> list[str]:
        """Returns the rows of a batch that can be converted, as lines; the others are rejected.

        Args:
            path: The file that they are from.
            batch: The rows.
        """
        self._report.rows += len(batch.lines)
        reasons: defaultdict[int, list[str]] = defaultdict(list)
        pairs = zip(self._converters, batch.columns, strict=True)
        columns = [self._column(path, converter, values, batch.lines, reasons) for converter, values in pairs]
        rows = [",".join(row) + "\n" for row in zip(*columns, strict=True)]
        if max(map(len, rows), default=0) * _MAX_UTF_8_BYTES > MAX_LINE_BYTES:
            for index, row in enumerate(rows):
                if len(row.encode(errors="replace")) > MAX_LINE_BYTES:
                    message = f"a row must have at most {MAX_LINE_BYTES:,} bytes, got {excerpt(row)}"
                    self._report.add(Severity.ERROR, "line-length", path, message, lines=[batch.lines[index]])
                    reasons[index].append(message)
        for index, messages in sorted(reasons.items()):
            values = {one.name: column[index] for one, column in zip(self._converters, batch.columns, strict=True)}
            self._rejected.add(path, batch.lines[index], messages, batch.json[index] if batch.json else values)
        return [row for index, row in enumerate(rows) if index not in reasons] if reasons else rows

    def _column(
        self,
        path: str,
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
                self._report.add(severity, rule, path, message, column=converter.name, lines=[lines[index]])
                if severity is Severity.ERROR:
                    reasons[index].append(message)
        written = _quoted(converted) if converter.is_string else converted
        for change, indices in changed.items():
            example = _example(values[indices[0]], written[indices[0]])
            message = f"{converter.name}: {CHANGES[change]}, {example}"
            changed_lines = [lines[index] for index in indices]
            self._report.add(Severity.CHANGE, change, path, message, column=converter.name, lines=changed_lines)
        return written


def _quoted(values: Sequence[str]) -> list[str]:
    return [write_row([value]).removesuffix("\n") if _SPECIAL.search(value) else value for value in values]


def _example(before: str, after: str) -> str:
    """Returns how a value was changed, in excerpts from where the first change is."""
    same = next((at for at, (one, other) in enumerate(zip(before, after)) if one != other), 0)  # noqa: B905
    start = max(0, same - _EXCERPT_CONTEXT) if same > _EXCERPT_CONTEXT else 0
    dots = "..." if start else ""
    return f"{excerpt(dots + before[start:])} to {excerpt(dots + after[start:])}"
