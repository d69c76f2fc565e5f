"""Reads CSV files in batches of rows, with the reader of the standard library.

A comma, semicolon, tab or bar is recognized by the names in the header, which are those of the schema. Whether quotes
in values are doubled (RFC 4180) or escaped by a backslash cannot be recognized: a value may end in a backslash.
"""

from __future__ import annotations

import csv
import itertools
import re
from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_cli.conversion.escapes import decode_escapes
from cdk_data_jobs_cli.conversion.input_file import Batch, EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.lines import Lines
from cdk_data_jobs_cli.conversion.names import match_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t|])"?\s*')  # with which Excel is told the delimiter
_ESCAPED_NULL = re.compile(r"""(?:\A|[,;\t|"])\\\\N(?=[,;\t|"\r\n]|\Z)""")
_QUOTED_NULL = re.compile(r"""(?:\A|[,;\t|])"\\N"(?=[,;\t|\r\n]|\Z)""")
_BACKSLASH_HINT = "double the quotes in values, or give --backslash if they are escaped by a backslash"


def read_csv(stream: IO[str], file: InputFile, *, backslash: bool) -> Iterator[Batch]:
    r"""Yields the rows of a CSV file.

    Args:
        stream: The file, whose lines end in `\n` or all in `\r`.
        file: Takes what is odd about it.
        backslash: Whether a backslash begins an escape, and `\N` without quotes is null, as MySQL writes them.

    Raises:
        UnreadableError: If it is no CSV, or has not all columns.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    source = Lines(stream)
    lines = _with_usual_line_ends(source, file)
    lines = decode_escapes(_escaped(lines, source, file), source) if backslash else _plain(lines, source, file)
    delimiter, header = _beginning(lines, source, file)
    if not header:
        raise EmptyFileError("a CSV file must have a header, got an empty file", "empty-file")
    delimiter = delimiter or _delimiter(header, file.fields)
    if delimiter != ",":
        file.report_change("delimiter", f"{_DELIMITERS[delimiter]} to commas")
    if '"' in header:
        file.report_change("quoted-header", "names in the header without quotes")
    escape = "\\" if backslash else None
    # The reader takes the header too: a name in quotes may have a line break.
    rows = csv.reader(itertools.chain([header], lines), delimiter=delimiter, escapechar=escape, strict=True)
    before = source.number - 1
    names = next(_strict(rows, before), (0, []))[1]
    indices = file.column_indices(names)
    for batch in source.in_batches(_strict(rows, before)):
        valid = [(line, row) for line, row in batch if len(row) == len(names)]
        if len(valid) < len(batch):
            _report_others(batch, len(names), file)
        columns = [*zip(*(row for _, row in valid), strict=True)]
        yield Batch([line for line, _ in valid], [columns[index] if columns else () for index in indices])


def _with_usual_line_ends(lines: Lines, file: InputFile) -> Iterator[str]:
    r"""Yields lines that end in `\n`, with a space for each other `\r`, at which `csv` would end the row."""
    for line in lines:
        if "\r" not in line:
            yield line
            continue
        content = line.rstrip("\r\n")
        if "\r" in content:
            message = r"a line should end in \n or \r\n, and \r alone is taken for a space"
            file.report_warning("carriage-return", message, lines.number)
            content = content.replace("\r", " ")
        yield content + "\n"


def _escaped(lines: Iterator[str], source: Lines, file: InputFile) -> Iterator[str]:
    for line in lines:
        if _ESCAPED_NULL.search(line):
            message = r"a value \\N, the escaped text \N, is taken for null; write another text if it is none"
            file.report_warning("backslash", message, source.number)
        if _QUOTED_NULL.search(line):
            message = r'a value "\N" in quotes is taken for null, which is written without; remove the quotes'
            file.report_warning("backslash", message, source.number)
        yield line


def _plain(lines: Iterator[str], source: Lines, file: InputFile) -> Iterator[str]:
    for line in lines:
        if r"\\" in line:
            message = "two backslashes are kept as two; give --backslash if backslashes are escapes in this file"
            file.report_warning("backslash", message, source.number)
        yield line


def _beginning(lines: Iterator[str], source: Lines, file: InputFile) -> tuple[str, str]:
    """Returns the delimiter if a line names it, and the first line of the header; empty strings for none."""
    delimiter = ""
    for line in lines:
        if match := _DELIMITER_LINE.fullmatch(line):
            delimiter = match[1]
            file.report_change("delimiter-line", "the line that names the delimiter is left out", source.number)
        elif line.isspace():
            _report_blank_line(file, source.number)
        else:
            return delimiter, line
    return "", ""


def _delimiter(header: str, fields: Sequence[str]) -> str:
    """Returns the delimiter with which most names in the first line of a header are in the schema, or are there."""

    def count(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(match_names(fields, names).indices), len(names)

    return max(_DELIMITERS, key=count)


def _strict(reader: Any, before: int) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - readers have no public class
    """Yields each row with the line at which it begins."""
    line = before + reader.line_num + 1
    try:
        for row in reader:
            yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f"a row must be CSV: {error}; {_BACKSLASH_HINT}", "unclosed-quote", line) from error


def _report_others(batch: list[tuple[int, list[str]]], width: int, file: InputFile) -> None:
    for line, row in batch:
        if not row:
            _report_blank_line(file, line)
        elif len(row) != width:
            message = f"a row must have {width} values, as the header has, got {len(row)}"
            message = f"{message}; put a value that has the delimiter in double quotes"
            file.reject("number-of-values", message, line, row, variant=len(row))


def _report_blank_line(file: InputFile, line: int) -> None:
    file.report_change("blank-line", "blank lines are left out", line)
