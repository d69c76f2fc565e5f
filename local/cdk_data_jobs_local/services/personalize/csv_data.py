"""CSV files: reading them, checking them against a schema, and writing them.

Source: the developer guide's "Data format guidelines": CSV, UTF-8, strings in double quotes with backslash escapes, the
same header in all files of a folder.
"""

import contextlib
import csv
import functools
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.personalize.schemas import RecordSchema

# A field may be longer than the service allows, so that the error of one that is too long says so.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
_reader = functools.partial(csv.reader, doublequote=False, escapechar="\\")
_SPECIAL = re.compile(r'[",\\\r\n]')
_CHUNK = 2**16


def check_header(stream: IO[bytes], columns: Sequence[str]) -> None:
    """Checks that the header of a CSV file has all columns.

    Raises:
        JobFailedError: A column is missing.
    """
    line = stream.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    _check_columns([name.strip() for name in line.split(",")], columns)


def check(stream: IO[bytes], schema: RecordSchema, url: str) -> int:
    """Checks that each row of a CSV file fits a schema; returns how many rows there are.

    Args:
        stream: The file.
        schema: The schema.
        url: The file's URL, for the message of the exception.

    Raises:
        JobFailedError: The file lacks a column or is broken, or a row does not fit.
    """
    with _invalid_csv_as_failure(url):
        start = _lines(stream.readline().decode("utf-8-sig"))
        names = _names(start[:1], schema.names)
        plain_lines = _PlainLines(schema, names)
        count, done = 0, 1
        chunk = "".join(start[1:])
        while chunk := chunk + (stream.read(_CHUNK) + stream.readline()).decode():
            end = plain_lines.end(chunk)
            plain = chunk.count("\n", 0, end)
            count, done = count + plain, done + plain
            if end < len(chunk):
                lines = _lines(chunk[end:])
                for row, at in _rows(_with_continuation(lines, stream), names, schema.names, url, before=done):
                    problem = schema.problem(row)
                    if problem:
                        raise JobFailedError(f"{problem} (line {at} of {url})")
                    count += 1
                    if at >= done + len(lines):
                        break
                done += len(lines)
            chunk = ""
    return count


def rows(stream: IO[bytes], columns: Sequence[str], url: str) -> Iterator[tuple[list[str], int]]:
    """Returns the rows of a CSV file: the values of the requested columns, and the line on which it ends.

    Raises:
        JobFailedError: The file lacks a column or is broken.
    """
    with _invalid_csv_as_failure(url), io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        names = _names([text.readline()], columns)
        yield from _rows(text, names, columns, url, before=1)


def line(values: Iterable[str]) -> str:
    """Returns a line of a CSV file, with its end."""
    return ",".join(map(_field, values)) + "\n"


class _PlainLines:
    """Finds lines that fit a schema with a regular expression, so that they need not be parsed.

    Nearly all lines of nearly all files fit, and this is quicker than a CSV reader.
    """

    def __init__(self, schema: RecordSchema, names: Sequence[str]) -> None:
        unquoted, quoted = schema.plain(names, r'[^",\\\r\n\0]'), schema.plain(names, r'[^"\\\r\n\0]')
        any_line = ",".join(f'(?:{bare}|"{text}")' for bare, text in zip(unquoted, quoted, strict=True))
        self._other = re.compile(rf"\n(?!{any_line}\r?\n|\Z)")
        bare_line = ",".join([*schema.plain(names, "[^,]")[:-1], schema.plain(names, r"[^,\n]")[-1]])
        self._not_bare = re.compile(rf"\n(?!{bare_line}\n|\Z)")
        self._commas = len(names) - 1

    def end(self, chunk: str) -> int:
        """Returns where in a chunk of whole lines the first one that may not fit begins; its length if all fit."""
        text = f"\n{chunk}"
        if self._are_bare(text):
            return len(chunk)
        other = self._other.search(text)
        return other.start() if other else len(chunk)

    def _are_bare(self, text: str) -> bool:
        """Returns whether all lines are values and commas alone, and fit. That takes half the time to find out.

        A match from the start of a line may continue beyond it, except for the last value. So no line has too many
        commas, and if all together have as many as they should, none has too few: then each match is a line.
        """
        return (
            text.count(",") == (text.count("\n") - 1) * self._commas
            and not any(special in text for special in '"\\\r\0')
            and not self._not_bare.search(text)
        )


def _rows(
    lines: Iterable[str], names: Sequence[str], columns: Sequence[str], url: str, *, before: int
) -> Iterator[tuple[list[str], int]]:
    """Returns the rows on the lines that follow so many others."""
    positions = [names.index(name) for name in columns]
    reader = _reader(lines)
    for values in reader:
        if not values:
            continue
        if len(values) != len(names):
            where = f"(line {before + reader.line_num} of {url})"
            raise JobFailedError(f"Expected {len(names)} columns, got {len(values)} {where}")
        yield [values[position] for position in positions], before + reader.line_num


def _with_continuation(lines: list[str], stream: IO[bytes]) -> Iterator[str]:
    """Yields the lines, and those of the stream to which a quoted string continues, which are added to the lines."""
    yield from lines
    for more in stream:
        added = _lines(more.decode())
        lines += added
        yield from added


def _lines(text: str) -> list[str]:
    return io.StringIO(text, newline="").readlines()


def _names(header: Iterable[str], columns: Sequence[str]) -> list[str]:
    names = [name.strip() for name in next(_reader(header), [])]
    _check_columns(names, columns)
    return names


def _check_columns(names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise JobFailedError(f"Input csv is missing the following columns: [{', '.join(missing)}]")


@contextlib.contextmanager
def _invalid_csv_as_failure(url: str) -> Iterator[None]:
    try:
        yield
    except (UnicodeDecodeError, csv.Error) as error:
        raise JobFailedError(f"{url} is not a CSV file in UTF-8: {error}") from error


def _field(value: str) -> str:
    if not _SPECIAL.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
