r"""Checks the rows of a CSV file.

Nearly all rows of nearly all files are valid, so the work is to find the next one that is not: one regular expression,
made from those of the columns, goes through many lines at once and stops at a line that it does not match. Only such a
line is parsed. That is faster than a CSV reader, and needs the memory of some lines.

Most lines are plain as well: only values and commas, no quotes, escapes or spaces. A special expression for them takes
half the time, because its values may be anything without a comma, which regular expressions find fastest. The number of
commas then shows that each value ends on its line; see `RowPatterns.are_plain`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cdk_data_jobs_check.column_rules import ColumnRules
from cdk_data_jobs_check.event_types import EventTypes
from cdk_data_jobs_check.findings import FindingCollector, Violation, excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES, read_line_chunks
from cdk_data_jobs_check.record_checks import (
    INVALID_UTF_8,
    LocatedViolation,
    cut_at_unclosed_quote,
    record_violations,
    start_violations,
    unclosed_quote,
)
from cdk_data_jobs_check.records import MAX_UNCLOSED_QUOTE, Record, end_of_unclosed_quotes, parse_record
from cdk_data_jobs_check.row_patterns import RowPatterns
from cdk_data_jobs_check.sources import CountingReader
from cdk_data_jobs_check.value_patterns import TOLERABLE

MAX_WARNINGS = 1000  # of a tolerable rule that are counted in a column: each row that is no match takes long
_BEFORE_BLANK_LINE = re.compile(r"\n(?=\r*\n)")


class RowChecker:
    """Checks the rows of one file.

    Attributes:
        row_count: How many rows there are so far, without blank lines.
    """

    def __init__(
        self,
        path: Path | str,
        names: Sequence[str],
        column_rules: Mapping[str, ColumnRules],
        event_types: EventTypes,
        findings: FindingCollector,
    ) -> None:
        """Creates the checker of a file.

        Args:
            path: The file, for the findings.
            names: The names in its header.
            column_rules: The rules for each column of the schema.
            event_types: Counts the event types of the import.
            findings: Collects the findings.
        """
        self.row_count = 0
        self._path = path
        self._names = names
        self._column_rules = [column_rules.get(name) for name in names]
        self._event_types = event_types
        self._findings = findings
        self._line = 2
        self._patterns = RowPatterns(names, self._column_rules, event_types)

    def check(self, stream: CountingReader, on_read: Callable[[int], None]) -> None:
        """Checks all rows.

        Args:
            stream: The file, after its header.
            on_read: Called now and then with the number of bytes that are done.
        """
        unfinished = ""
        for chunk in read_line_chunks(stream):
            if chunk.is_truncated:
                self._check(unfinished, last=True)
                unfinished = ""
                self._check_start(_decode_start(chunk.content))
            else:
                unfinished = self._check(unfinished + _decode(chunk.content), last=False)
            on_read(stream.bytes_read)
            if self._findings.is_full:
                return
        self._check(unfinished, last=True)

    def _check(self, lines: str, *, last: bool) -> str:
        """Checks lines; returns those of a record at their end that needs more lines to be complete."""
        if not lines:
            return ""
        lines = f"\n{lines}"
        rows = lines.count("\n") - 1
        if self._patterns.are_plain(lines, rows):
            self.row_count += rows
            self._line += rows
            return ""
        is_utf_8 = lines.isascii() or not INVALID_UTF_8.search(lines)
        line_end = 0  # that before the first line that is not checked yet
        while invalid := self._patterns.find_invalid(lines, line_end, is_utf_8=is_utf_8):
            self._count_valid(lines, line_end, invalid.start())
            start = invalid.end()
            record = cut_at_unclosed_quote(parse_record(lines, start, len(self._names)), lines, start, len(self._names))
            quote = record.unclosed_quote
            if quote is not None and not last and len(lines) - quote < MAX_UNCLOSED_QUOTE:
                return lines[start:]
            self._check_record(record, lines[start : record.end], start)
            end = record.end if quote is None else self._count_unclosed_quotes(lines, record)
            line_end = end - 1
        self._count_valid(lines, line_end, len(lines) - 1)
        return ""

    def _check_start(self, line: str) -> None:
        """Checks the values at the start of a line that is too long to be read in full."""
        message = f"a line should have at most {MAX_LINE_BYTES:,} bytes, got {excerpt(line)}"
        hint = "make sure that lines end in \\n or \\r\\n; the rest of it is not checked"
        self._findings.add(Violation("line-length", message, hint), self._path, self._line)
        for violation, position, number in start_violations(line, self._names, self._column_rules):
            column = None if position is None else position + 1
            self._findings.add(
                violation, self._path, self._line, column, None if number is None else self._names[number]
            )
        self._line += 1
        self.row_count += 1

    def _count_valid(self, lines: str, start: int, end: int) -> None:
        """Counts the valid rows between two line ends, and the blank lines among them, which are findings."""
        line_count = lines.count("\n", start, end)
        self.row_count += line_count
        if first := _BEFORE_BLANK_LINE.search(lines, start, end + 1):
            blank_lines = len(_BEFORE_BLANK_LINE.findall(lines, first.start(), end + 1))
            line = self._line + lines.count("\n", start, first.start())
            violation = Violation("blank-line", "a row should not be blank, got a blank line", "remove it")
            self._findings.add(violation, self._path, line, count=blank_lines)
            self.row_count -= blank_lines
        self._line += line_count

    def _check_record(self, record: Record, content: str, start: int) -> None:
        """Adds the violations in a record, which has this content, to the findings."""
        self.row_count += 1
        violations = [*record_violations(record, content, start, self._names, self._column_rules)]
        if self._event_types.are_counted and record.unclosed_quote is None and len(record.values) == len(self._names):
            violations += self._event_type_violations(record, start, violations)
        for violation, position, number in violations:
            line, column = self._line, None
            if position is not None:
                line += content.count("\n", 0, position)
                column = position - content.rfind("\n", 0, position)
            self._findings.add(violation, self._path, line, column, None if number is None else self._names[number])
            if number is not None and violation.rule in TOLERABLE:
                self._tolerate_many(violation.rule, number)
        self._line += content.count("\n")

    def _count_unclosed_quotes(self, lines: str, record: Record) -> int:
        """Counts the unclosed quotes in the lines after a record that has one, too; returns where those lines end.

        A file that has one mistake in all its rows has them all at once, and to parse each line takes far longer.
        """
        number = len(record.values)
        end = end_of_unclosed_quotes(lines, record.end, number)
        if line_count := lines.count("\n", record.end, end):
            quote = lines.index('"', record.end)
            violation = unclosed_quote(lines[quote : lines.index("\n", quote)].rstrip())
            column = self._names[number] if number < len(self._names) else None
            self._findings.add(violation, self._path, self._line, quote - record.end + 1, column, count=line_count)
            self._line += line_count
            self.row_count += line_count
        return end

    def _event_type_violations(
        self, record: Record, start: int, violations: Sequence[LocatedViolation]
    ) -> list[LocatedViolation]:
        """Adds the event type of a record to those of the import; returns the violation if it is one too many."""
        invalid = {located.number for located in violations}
        found = []
        for number, value in enumerate(record.values):
            is_valid = number not in invalid
            if (
                value.content
                and self._patterns.counts_event_types(number)
                and not self._event_types.has(value.content, is_valid=is_valid)
            ):
                violation = self._event_types.add(value.content, is_valid=is_valid)
                self._patterns.update()
                if violation:
                    found.append(LocatedViolation(violation, value.start - start, number))
        return found

    def _tolerate_many(self, violated: str, number: int) -> None:
        """If a rule is violated often in a column, lets the expression match such values, which are counted no more."""
        if self._findings.cap_reached(violated, self._names[number], MAX_WARNINGS):
            self._patterns.tolerate(violated, number)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")


def _decode_start(content: bytes) -> str:
    """Decodes the start of a line that may be cut within a character."""
    return content.removesuffix(b"\n").decode("utf-8", "replace").rstrip("\ufffd")
