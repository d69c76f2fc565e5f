"""Parses a record of a CSV file into values, and checks their quotes and escapes.

Source: the developer guide's "Data format guidelines" (each record on a single line) and "Preparing item metadata for
training" (text in double quotes, with a backslash before a quote).
"""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from cdk_data_jobs_check.findings import Violation, excerpt

# A doubled quote is a violation, but it is parsed as one quote, so that the rest of the line is parsed as intended; it
# never closes a value, not even one that nothing else closes, or that would depend on the lines after it.
_QUOTED = re.compile(r'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"(?!")', re.DOTALL)
_UNQUOTED = re.compile(r"[^,\\\n]*(?:\\.[^,\\\n]*)*\\?")
_UNQUOTED_WITHOUT_ESCAPES = re.compile(r"[^,\n]*")
_SPECIAL = re.compile(r'["\\\r\x00]')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE_OR_DOUBLED = re.compile(r'\\(.)|"(")', re.DOTALL)

MAX_UNCLOSED_QUOTE = 100_000  # characters within which a quote must be closed, or else only its line is a violation

_BACKSLASH = "write \\\\ for a backslash; a backslash only makes the character after it an ordinary one"


class Value(NamedTuple):
    """One value of a record.

    Attributes:
        start: The index at which it begins.
        content: The value, without quotes and escapes.
        violations: The violations in its quotes and escapes.
    """

    start: int
    content: str
    violations: tuple[Violation, ...]


class Record(NamedTuple):
    """A record.

    Attributes:
        values: Its values.
        end: The index at which the next record begins.
        unclosed_quote: The index of a quote that is never closed; None if all are closed.
    """

    values: tuple[Value, ...]
    end: int
    unclosed_quote: int | None = None


def parse_record(lines: str, start: int, width: int) -> Record:
    """Parses one record.

    What a backslash outside quotes means is not documented. It makes the next character an ordinary one, such as a
    comma, unless the record has the expected number of values only without that.

    Args:
        lines: Whole lines.
        start: The index at which the record begins.
        width: How many values it should have.
    """
    end = _next_line(lines, start)
    line = lines[start:end].removesuffix("\n").removesuffix("\r")
    if not _SPECIAL.search(line):
        return Record(tuple(_plain(line, start)), end)
    if (quote := _only_quote(lines, line, start)) is not None:
        return Record(tuple(_plain(line[: quote - start - 1], start)) if quote > start else (), end, quote)
    record = _parse(lines, start, _UNQUOTED)
    if "\\" in line and len(record.values) != width:
        without_escapes = _parse(lines, start, _UNQUOTED_WITHOUT_ESCAPES)
        if len(without_escapes.values) == width:
            return without_escapes
    return record


def end_of_unclosed_quotes(lines: str, start: int, number: int) -> int:
    """Returns the index at which the lines end of which each has one quote, which is not closed, at the same value.

    The quote of the next line does not close it; so the last of such lines is left, as a later quote may close that.

    Args:
        lines: Whole lines.
        start: The index at which a line begins.
        number: The number of the value that the quotes begin, from 0.
    """
    match = _unclosed_quotes(number).match(lines, start)
    return match.end() if match else start


@functools.cache
def _unclosed_quotes(number: int) -> re.Pattern[str]:
    to_quote = rf'(?:[^",\\\n\udc80-\udcff]*,){{{number}}}"[^",\\\r\n]'
    return re.compile(rf'(?:{to_quote}[^"\\\n\udc80-\udcff]*\n(?={to_quote}))+')


def _only_quote(lines: str, line: str, start: int) -> int | None:
    """Returns the index of a quote that is alone in its line and is not closed in a later one; None if it may be.

    The next quote does not close it if no delimiter or line end follows. To parse such a record takes far longer.
    """
    quote = line.find('"')
    if line.count('"') != 1 or "\\" in line or (quote > 0 and line[quote - 1] != ","):
        return None
    quote += start
    after = lines.find('"', quote + 1, quote + MAX_UNCLOSED_QUOTE)
    ends_value = lines[after + 1 : after + 2] in ("", ",", "\r", "\n")
    may_close = after >= 0 and (ends_value or "\\" in lines[quote:after])
    return None if may_close else quote


def _parse(lines: str, start: int, unquoted: re.Pattern[str]) -> Record:
    values: list[Value] = []
    position = start
    while True:
        if lines.startswith('"', position):
            match = _QUOTED.match(lines, position, max(_next_line(lines, position), position + MAX_UNCLOSED_QUOTE))
            if match is None:
                return Record(tuple(values), _next_line(lines, position), position)
            end, value = _quoted(lines, match, unquoted)
        else:
            end, value = _unquoted(lines, position, unquoted)
        values.append(value)
        if not lines.startswith(",", end):
            return Record(tuple(values), end + 1)
        position = end + 1


def _plain(line: str, start: int) -> Iterator[Value]:
    for value in line.split(","):
        yield Value(start, value, ())
        start += len(value) + 1


def _quoted(lines: str, match: re.Match[str], unquoted: re.Pattern[str]) -> tuple[int, Value]:
    inner = match.group()[1:-1]
    violations = []
    plain = _ESCAPE.sub("", inner)
    if '"' in plain:
        message = f'a quote in a quoted value should be escaped by a backslash, got "" in {excerpt(inner)}'
        violations.append(Violation("doubled-quote", message, 'write \\" for it'))
    if "\n" in inner:
        message = f"a record must be on a single line, got a line break in the value {excerpt(inner)}"
        violations.append(Violation("line-break", message, "replace it by a space"))
    needless = [escape.group() for escape in _ESCAPE.finditer(inner) if escape[1] not in '"\\']
    if needless:
        message = f"a backslash is for a quote or a backslash, got {needless[0]} in {excerpt(inner)}"
        violations.append(Violation("backslash", message, _BACKSLASH))
    value = _ESCAPE_OR_DOUBLED.sub(lambda escape: escape[1] or escape[2], inner)
    end, rest = _up_to_delimiter(lines, match.end(), unquoted)
    if rest:
        message = f"a quoted value should end at its closing quote, got {excerpt(rest)} after it"
        hint = 'write \\" for a quote in the value, and leave no space around the quotes'
        violations.append(Violation("stray-quote", message, hint))
    return end, Value(match.start(), value + rest, (*violations, *_control_character_violations(value)))


def _unquoted(lines: str, start: int, unquoted: re.Pattern[str]) -> tuple[int, Value]:
    end, raw = _up_to_delimiter(lines, start, unquoted)
    violations = []
    if '"' in raw:
        message = f"a quote belongs around a value, got one inside {excerpt(raw)}"
        hint = 'put the whole value in double quotes and write \\" for the quote in it'
        violations.append(Violation("stray-quote", message, hint))
    if "\\" in raw:
        message = f"a backslash is documented inside double quotes only, got {excerpt(raw)}"
        violations.append(Violation("backslash", message, "put the value in double quotes, and " + _BACKSLASH))
    value = _ESCAPE.sub(r"\1", raw) if unquoted is _UNQUOTED else raw
    return end, Value(start, value, (*violations, *_control_character_violations(value)))


def _up_to_delimiter(lines: str, start: int, unquoted: re.Pattern[str]) -> tuple[int, str]:
    """Returns the index of the next delimiter or line end, and what is before it."""
    match = unquoted.match(lines, start)
    end = match.end() if match else start
    raw = lines[start:end]
    return end, raw.removesuffix("\r") if lines.startswith("\n", end) else raw


def _control_character_violations(value: str) -> tuple[Violation, ...]:
    if "\r" in value.replace("\r\n", ""):
        message = f"a line should end in \\n or \\r\\n, got \\r alone in {excerpt(value)}"
        return (Violation("carriage-return", message, "save the file with Unix or Windows line ends"),)
    if "\x00" in value:
        message = f"a text file should not have NUL bytes, got one in {excerpt(value)}"
        return (Violation("nul", message, "remove it, or export the data again"),)
    return ()


def _next_line(lines: str, start: int) -> int:
    end = lines.find("\n", start)
    return end + 1 if end >= 0 else len(lines)
