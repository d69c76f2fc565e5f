"""Reads and writes the rows of CSV files as the developer guide describes them.

Values are in double quotes where they need to be, with a backslash before a quote and before a backslash; each record
is on a single line.
"""

import re
from collections.abc import Iterable, Iterator
from typing import IO

from cdk_data_jobs_check.header import parse_header
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES, read_line_chunks
from cdk_data_jobs_check.records import parse_record

_NEEDS_QUOTES = re.compile(r'[",\\\r\n]')


def read_names(stream: IO[bytes]) -> list[str]:
    """Returns the names in the header of a file, and leaves the stream at its first row."""
    return [*parse_header(stream.readline(MAX_LINE_BYTES)).names]


def read_rows(stream: IO[bytes], width: int) -> Iterator[list[str]]:
    """Yields the values of each row, without quotes and escapes.

    Args:
        stream: A file that has been checked, after its header. Blank lines are left out.
        width: How many values a row has.
    """
    for chunk in read_line_chunks(stream, cut=False):
        lines = chunk.content.decode("utf-8")
        start = 0
        while start < len(lines):
            record = parse_record(lines, start, width)
            if lines[start : record.end].strip("\r\n"):
                yield [value.content for value in record.values]
            start = record.end


def write_row(values: Iterable[str]) -> str:
    """Returns a row as a line, with its end.

    Args:
        values: The values, which have no line breaks.
    """
    return ",".join(map(_quoted, values)) + "\n"


def _quoted(value: str) -> str:
    if not _NEEDS_QUOTES.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
