"""Checks a record of a CSV file: that it is one row, and each of its values by the rules of its column."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cdk_data_jobs_check.column_rules import ColumnRules
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.records import Record, Value, parse_record
from cdk_data_jobs_check.rules import Severity

INVALID_UTF_8 = re.compile("[\udc80-\udcff]")
"""Matches what `surrogateescape` makes of bytes that are not UTF-8."""


class LocatedViolation(NamedTuple):
    """A violation, and where in a record it is.

    Attributes:
        violation: The violation.
        position: The index of the character at which it begins; None if it concerns the whole record.
        number: The number of the CSV column, from 0; None if it concerns no particular one.
    """

    violation: Violation
    position: int | None = None
    number: int | None = None


def record_violations(
    record: Record, content: str, start: int, names: Sequence[str], column_rules: Sequence[ColumnRules | None]
) -> Iterator[LocatedViolation]:
    """Yields the violations in a record, which is no blank line.

    Args:
        record: The record, parsed.
        content: The record, as it stands in the file.
        start: The index at which it begins in the lines that it was parsed from.
        names: The names of the CSV columns.
        column_rules: The rules for each of them; None for those that are not in the schema.
    """
    if invalid := INVALID_UTF_8.search(content):
        message = f"a CSV file must be encoded in UTF-8, got the byte 0x{ord(invalid.group()) - 0xDC00:02x}"
        yield LocatedViolation(Violation("utf-8", message, 'save the file as "UTF-8"'), invalid.start())
    elif record.unclosed_quote is not None:
        position, number = record.unclosed_quote - start, len(record.values)
        violation = unclosed_quote(content[position:].rstrip())
        yield LocatedViolation(violation, position, number if number < len(names) else None)
    elif len(record.values) != len(names):
        yield LocatedViolation(_wrong_number_of_values(len(record.values), len(names)))
    else:
        if _is_header(record, names):
            yield LocatedViolation(_repeated_header(content))
        for number, (value, rules) in enumerate(zip(record.values, column_rules, strict=True)):
            for violation in _value_violations(value, rules):
                yield LocatedViolation(violation, value.start - start, number)


def start_violations(
    line: str, names: Sequence[str], column_rules: Sequence[ColumnRules | None]
) -> Iterator[LocatedViolation]:
    """Yields the violations at the start of a line, of which the last value may be cut: it may be too long already.

    Args:
        line: The start of the line.
        names: The names of the CSV columns.
        column_rules: The rules for each of them; None for those that are not in the schema.
    """
    record = parse_record(line, 0, len(names))
    values = record.values
    if record.unclosed_quote is not None:
        values = (*values, Value(record.unclosed_quote, line[record.unclosed_quote + 1 :], ()))
    if len(values) > len(names):
        yield LocatedViolation(_wrong_number_of_values(len(values), len(names)))
        return
    for number, (value, rules) in enumerate(zip(values, column_rules, strict=False)):
        found = _value_violations(value, rules)
        if number == len(values) - 1:
            found = (violation,) if rules and (violation := rules.check_length(value.content)) else ()
        for violation in found:
            yield LocatedViolation(violation, value.start, number)


def _is_header(record: Record, names: Sequence[str]) -> bool:
    """Returns whether a record is the header again, because another file was appended."""
    return [value.content.strip("\ufeff ") for value in record.values] == [*names]


def cut_at_unclosed_quote(record: Record, lines: str, start: int, width: int) -> Record:
    """Returns a record; only its first line if it has several because a quote was not closed there.

    Args:
        record: The record.
        lines: The lines that it was parsed from.
        start: The index at which it begins in them.
        width: How many values it should have.
    """
    if record.unclosed_quote is not None or "\n" not in lines[start : record.end - 1]:
        return record
    has_misplaced_quote = any(
        violation.rule in ("doubled-quote", "stray-quote") for value in record.values for violation in value.violations
    )
    if len(record.values) == width and not has_misplaced_quote:
        return record
    has_line_break = [any(violation.rule == "line-break" for violation in value.violations) for value in record.values]
    before = record.values[: has_line_break.index(True)]
    quote = record.values[len(before)].start
    return Record(before, lines.index("\n", quote) + 1, quote)


def unclosed_quote(content: str) -> Violation:
    """Returns the violation of a quote that is not closed.

    Args:
        content: Its line, from the quote on.
    """
    message = f"a quote must be closed on its line, got {excerpt(content)}"
    return Violation("unclosed-quote", message, 'close it, or write \\" for a quote that belongs to the value')


def _value_violations(value: Value, rules: ColumnRules | None) -> tuple[Violation, ...]:
    """Returns the violations in the quotes of a value, and in the value itself if its quotes have no errors."""
    violations = value.violations
    if rules is None or (violations and any(violation.severity is Severity.ERROR for violation in violations)):
        return violations
    violation = rules.check(value.content)
    return (*violations, violation) if violation else violations


def _repeated_header(content: str) -> Violation:
    message = f"a header should be the first line only, got {excerpt(content.strip())} again"
    return Violation("repeated-header", message, "remove it, or it is imported as a row")


def _wrong_number_of_values(count: int, width: int) -> Violation:
    hint = (
        "put a value that has a comma in double quotes"
        if count > width
        else "write nothing between two commas for a value that is missing"
    )
    message = f"a row must have {width} values, as the header has, got {count}"
    return Violation("number-of-values", message, hint)
