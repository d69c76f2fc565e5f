r"""Checks the rows of a CSV file.

Nearly all rows of nearly all files are valid, so the work is to find the next one that is not: one regular expression,
made from those of the columns, goes through many lines at once and stops at a line that it does not match. Only such a
line is parsed. That is faster than a CSV reader, and needs the memory of some lines.

Most lines are plain as well: only values and commas, no quotes, escapes or spaces. A special expression for them takes
half the time, because its values may be anything without a comma, which regular expressions find fastest. The number of
commas then shows that each value ends on its line; see `_count_plain_rows`.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cdk_data_jobs_check.column_rules import TOLERABLE, ColumnRules, any_plain_pattern, any_value_pattern
from cdk_data_jobs_check.findings import FindingCollector, Violation, excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES, read_line_chunks
from cdk_data_jobs_check.records import MAX_OPEN_QUOTE, Record, Value, parse_record
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.sources import ForwardStream

MAX_WARNINGS = 1000  # of a tolerable rule that are counted in a column: each row that is no match takes long
_NOT_PLAIN = '"\\\r\x00 '
_INVALID_UTF_8 = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are not UTF-8


class RowChecker:
    """Checks the rows of one file.

    Attributes:
        count: How many rows there are so far, without blank lines.
    """

    def __init__(
        self, path: Path | str, names: Sequence[str], rules: Mapping[str, ColumnRules], findings: FindingCollector
    ) -> None:
        """Creates the checker of a file.

        Args:
            path: The file, for the findings.
            names: The names in its header.
            rules: The rules for each column of the schema.
            findings: Collects the findings.
        """
        self.count = 0
        self._path = path
        self._names = names
        self._rules = [rules.get(name) for name in names]
        self._findings = findings
        self._line = 2
        self._patterns = [rule.pattern if rule else any_value_pattern() for rule in self._rules]
        self._tolerated: list[set[str]] = [set() for _ in names]

    @functools.cached_property
    def _valid_row(self) -> str:
        return ",".join(self._patterns) + r"\r?\n"

    @functools.cached_property
    def _invalid_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!{self._valid_row}|\Z)")

    @functools.cached_property
    def _invalid_or_undecodable_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!(?![^\n]*{_INVALID_UTF_8.pattern}){self._valid_row}|\Z)")

    @functools.cached_property
    def _first_not_plain(self) -> re.Pattern[str]:
        *others, last = (rule.plain_pattern if rule else any_plain_pattern for rule in self._rules)
        row = ",".join([*(plain(",") for plain in others), last(r",\n")])
        return re.compile(rf"\n(?!{row}\n)")

    def check(self, stream: ForwardStream, on_read: Callable[[int], None]) -> None:
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
                got = excerpt(_decode_start(chunk.content))
                message = f"a line must have at most {MAX_LINE_BYTES:,} bytes to be a record, got {got}"
                hint = "make sure that lines end in \\n or \\r\\n"
                self._add(Violation("line-length", message, hint))
                self._line += 1
                self.count += 1
            else:
                unfinished = self._check(unfinished + _decode(chunk.content), last=False)
            on_read(stream.tell())
            if self._findings.is_full:
                return
        self._check(unfinished, last=True)

    def _check(self, lines: str, *, last: bool) -> str:
        """Checks lines; returns those of a record at their end that needs more lines to be complete."""
        if not lines:
            return ""
        lines = f"\n{lines}"
        if rows := self._count_plain_rows(lines):
            self._count_valid(rows)
            return ""
        is_utf_8 = lines.isascii() or not _INVALID_UTF_8.search(lines)
        at = 0  # the line end before the first line that is not checked yet
        while found := (self._invalid_line if is_utf_8 else self._invalid_or_undecodable_line).search(lines, at):
            self._count_valid(lines.count("\n", at, found.start()))
            start = found.end()
            record = self._end_at_open_quote(parse_record(lines, start), lines, start)
            if record.open_quote is not None and not last and len(lines) - start < MAX_OPEN_QUOTE:
                return lines[start:]
            self._check_record(record, lines, start)
            at = record.end - 1
        self._count_valid(lines.count("\n", at) - 1)
        return ""

    def _count_plain_rows(self, lines: str) -> int:
        """Returns the number of rows if all are plain and valid, otherwise 0.

        The expression matches at each line: all values but the last may have any character but a comma, so they may
        continue in the next line, and the last one has no comma and ends with its line. So no line has too many commas;
        and as there are as many commas as all lines together should have, none has too few, and all values end in
        theirs.
        """
        rows = lines.count("\n") - 1
        if any(character in lines for character in _NOT_PLAIN) or lines.count(",") != rows * (len(self._names) - 1):
            return 0
        # The last line end is followed by nothing, so it is always found.
        found = self._first_not_plain.search(lines)
        is_valid = found and found.end() == len(lines) and (lines.isascii() or not _INVALID_UTF_8.search(lines))
        return rows if is_valid else 0

    def _count_valid(self, rows: int) -> None:
        self.count += rows
        self._line += rows

    def _end_at_open_quote(self, record: Record, lines: str, start: int) -> Record:
        """Returns a record; only its first line if it has several because a quote was not closed there."""
        if record.open_quote is not None or "\n" not in lines[start : record.end - 1]:
            return record
        has_misplaced_quote = any(
            violation.rule in ("doubled-quote", "stray-quote")
            for value in record.values
            for violation in value.violations
        )
        if len(record.values) == len(self._names) and not has_misplaced_quote:
            return record
        has_line_break = (
            any(violation.rule == "line-break" for violation in value.violations) for value in record.values
        )
        before = record.values[: list(has_line_break).index(True)]
        quote = record.values[len(before)].start
        return Record(before, lines.index("\n", quote) + 1, quote)

    def _check_record(self, record: Record, lines: str, start: int) -> None:
        line = lines[start : record.end]
        if line.strip("\r\n") == "":
            violation = Violation("blank-line", "a row should not be blank, got a blank line", "remove it")
            self._add(violation)
            self._line += line.count("\n")
            return
        self.count += 1
        if invalid := _INVALID_UTF_8.search(line):
            message = f"a CSV file must be encoded in UTF-8, got the byte 0x{ord(invalid.group()) - 0xDC00:02x}"
            self._add(Violation("utf-8", message, 'save the file as "UTF-8"'), invalid.start() + 1)
        elif record.open_quote is not None:
            message = (
                f"a quote must be closed on its line, got {excerpt(lines[record.open_quote : record.end].rstrip())}"
            )
            hint = 'close it, or write \\" for a quote that belongs to the value'
            name = dict(enumerate(self._names)).get(len(record.values))
            self._add(Violation("unclosed-quote", message, hint), record.open_quote - start + 1, name)
        elif len(record.values) != len(self._names):
            self._add(self._wrong_number_of_values(len(record.values)))
        else:
            for number, (value, name, rule) in enumerate(zip(record.values, self._names, self._rules, strict=True)):
                for violation in _violations(value, rule):
                    before = lines[start : value.start]
                    column = len(before) - before.rfind("\n")
                    self._findings.add(violation, self._path, self._line + before.count("\n"), column, name)
                    if violation.rule in TOLERABLE and rule:
                        self._tolerate_many(violation.rule, number, rule)
        self._line += line.count("\n")

    def _tolerate_many(self, violated: str, number: int, rule: ColumnRules) -> None:
        """If a rule is violated often in a column, lets the expression match such values, which are counted no more."""
        if self._findings.stop_counting(violated, rule.name, MAX_WARNINGS):
            self._tolerated[number].add(violated)
            self._patterns[number] = rule.tolerant_pattern(self._tolerated[number])
            for pattern in ("_valid_row", "_invalid_line", "_invalid_or_undecodable_line"):
                self.__dict__.pop(pattern, None)

    def _wrong_number_of_values(self, got: int) -> Violation:
        hint = (
            "put a value that has a comma in double quotes"
            if got > len(self._names)
            else "write nothing between two commas for a value that is missing"
        )
        message = f"a row must have {len(self._names)} values, as the header has, got {got}"
        return Violation("number-of-values", message, hint)

    def _add(self, violation: Violation, column: int | None = None, name: str | None = None) -> None:
        self._findings.add(violation, self._path, self._line, column, name)


def _violations(value: Value, rule: ColumnRules | None) -> tuple[Violation, ...]:
    """Returns the violations in the quotes of a value, and in the value itself if its quotes have no errors."""
    if rule is None or any(violation.severity is Severity.ERROR for violation in value.violations):
        return value.violations
    violation = rule.check(value.content)
    return (*value.violations, violation) if violation else value.violations


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")


def _decode_start(content: bytes) -> str:
    return content[:60].decode("utf-8", "replace")
