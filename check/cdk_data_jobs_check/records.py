"""How is a record of a CSV file taken apart, and what is wrong with its quotes and escapes?

Source: the developer guide's "Data format guidelines" (each record on a single line) and "Preparing item metadata for
training" (text in double quotes, with a backslash before a quote).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cdk_data_jobs_check.findings import Fault, Severity
from cdk_data_jobs_check.values import shown

# A quote that is doubled is read as one, though it should not be: so the rest of the line is read as it was meant.
_QUOTED = re.compile(r'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"', re.DOTALL)
_UNQUOTED = re.compile(r"[^,\\\n]*(?:\\.[^,\\\n]*)*\\?")
_SPECIAL = re.compile(r'["\\\r\x00]')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE_OR_DOUBLED = re.compile(r'\\(.)|"(")', re.DOTALL)

_BACKSLASH = "write \\\\ for a backslash; a backslash only makes the character after it an ordinary one"


class Value(NamedTuple):
    """One value of a record.

    Attributes:
        start: Where it begins in the text.
        text: The value, without quotes and escapes.
        faults: What is wrong with how it is written.
    """

    start: int
    text: str
    faults: tuple[Fault, ...]


class Record(NamedTuple):
    """A record.

    Attributes:
        values: Its values.
        end: Where the next record begins in the text.
        open_quote: Where a quote begins that is never closed; none if all are.
    """

    values: tuple[Value, ...]
    end: int
    open_quote: int | None = None


def record_at(text: str, start: int) -> Record:
    """Takes a record apart.

    Args:
        text: Whole lines.
        start: Where the record begins.
    """
    end = _next_line(text, start)
    line = text[start:end].removesuffix("\n").removesuffix("\r")
    if not _SPECIAL.search(line):
        return Record(tuple(_plain(line, start)), end)
    values: list[Value] = []
    at = start
    while True:
        if text.startswith('"', at):
            match = _QUOTED.match(text, at)
            if match is None:
                return Record(tuple(values), _next_line(text, at), at)
            end, value = _quoted(text, match)
        else:
            end, value = _unquoted(text, at)
        values.append(value)
        if not text.startswith(",", end):
            return Record(tuple(values), end + 1)
        at = end + 1


def _plain(line: str, start: int) -> Iterator[Value]:
    for text in line.split(","):
        yield Value(start, text, ())
        start += len(text) + 1


def _quoted(text: str, match: re.Match[str]) -> tuple[int, Value]:
    inner = match.group()[1:-1]
    faults = []
    plain = _ESCAPE.sub("", inner)
    if '"' in plain:
        message = f'a quote in a quoted value must be escaped by a backslash, got "" in {shown(inner)}'
        faults.append(Fault(Severity.ERROR, "quotes", message, 'write \\" for it'))
    if "\n" in inner:
        message = f"a record must be on a single line, got a line break in the value {shown(inner)}"
        faults.append(Fault(Severity.ERROR, "line-break", message, "replace it by a space"))
    useless = [found.group() for found in _ESCAPE.finditer(inner) if found[1] not in '"\\']
    if useless:
        message = f"a backslash is for a quote or a backslash, got {useless[0]} in {shown(inner)}"
        faults.append(Fault(Severity.WARNING, "backslash", message, _BACKSLASH))
    value = _ESCAPE_OR_DOUBLED.sub(lambda found: found[1] or found[2], inner)
    end, rest = _up_to_delimiter(text, match.end())
    if rest:
        message = f"a quoted value must end at its closing quote, got {shown(rest)} after it"
        hint = 'write \\" for a quote in the value, and leave no space around the quotes'
        faults.append(Fault(Severity.ERROR, "quotes", message, hint))
    return end, Value(match.start(), value + rest, (*faults, *_control_faults(value)))


def _unquoted(text: str, start: int) -> tuple[int, Value]:
    end, raw = _up_to_delimiter(text, start)
    faults = []
    if '"' in raw:
        message = f"a quote belongs around a value, got one inside {shown(raw)}"
        hint = 'put the whole value in double quotes and write \\" for the quote in it'
        faults.append(Fault(Severity.WARNING, "quotes", message, hint))
    if "\\" in raw:
        message = f"a backslash is documented inside double quotes only, got {shown(raw)}"
        faults.append(
            Fault(Severity.WARNING, "backslash", message, "put the value in double quotes, and " + _BACKSLASH)
        )
    value = _ESCAPE.sub(r"\1", raw)
    return end, Value(start, value, (*faults, *_control_faults(value)))


def _up_to_delimiter(text: str, start: int) -> tuple[int, str]:
    """Returns where the next delimiter is, or the end of the line, and what stands before it."""
    match = _UNQUOTED.match(text, start)
    end = match.end() if match else start
    raw = text[start:end]
    return end, raw.removesuffix("\r") if text.startswith("\n", end) else raw


def _control_faults(value: str) -> tuple[Fault, ...]:
    if "\r" in value.replace("\r\n", ""):
        message = f"a line must end in \\n or \\r\\n, got \\r alone in {shown(value)}"
        return (Fault(Severity.ERROR, "line-end", message, "save the file with Unix or Windows line ends"),)
    if "\x00" in value:
        message = f"a text file must not have NUL bytes, got one in {shown(value)}"
        return (Fault(Severity.ERROR, "nul", message, "remove it, or export the data again"),)
    return ()


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end + 1 if end >= 0 else len(text)
