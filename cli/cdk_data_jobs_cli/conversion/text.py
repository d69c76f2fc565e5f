"""Reads CSV files and JSON lines, in batches of rows, with the readers of the standard library.

A comma, semicolon, tab or bar is recognized by the names in the header, which are those of the schema. Whether quotes
in values are doubled (RFC 4180) or escaped by a backslash cannot be recognized: a value may end in a backslash.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import re
from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_cli.conversion.batches import BATCH_ROWS, Batch, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.names import match_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MAX_KEYS = 256  # sets of keys that are kept
_BACKSLASH_HINT = "double the quotes in values, or give --backslash if they are escaped by a backslash"


def read_csv(stream: IO[str], file: InputFile, *, backslash: bool) -> Iterator[Batch]:
    r"""Yields the rows of a CSV file.

    Args:
        stream: The file, opened with `newline=""`.
        file: Takes what is odd about it.
        backslash: Whether a backslash escapes a quote, and `\N` without quotes is null, as MySQL writes them.

    Raises:
        UnreadableError: If it is no CSV, or has not all columns.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _lines(stream)
    header = next(lines, "")
    if not header:
        raise UnreadableError("a CSV file must have a header, got an empty file", "empty-file")
    delimiter, names = _dialect(header, file.fields)
    if delimiter != ",":
        file.change("delimiter", f"{_DELIMITERS[delimiter]} to commas")
    if header.endswith("\r"):
        file.change("line-end", "line ends to \\n")
    picked = file.pick(names)
    if backslash:
        lines = map(functools.partial(_null_pattern(delimiter).sub, ""), lines)
    rows = _rows(csv.reader(lines, delimiter=delimiter, escapechar="\\" if backslash else None, strict=True))
    while batch := [*itertools.islice(rows, BATCH_ROWS)]:
        valid = [(line, row) for line, row in batch if len(row) == len(names)]
        if len(valid) < len(batch):
            _report_others(batch, len(names), file)
        columns = [*zip(*(row for _, row in valid), strict=True)]
        yield Batch([line for line, _ in valid], [columns[index] if columns else () for index in picked])


def read_json_lines(stream: IO[str], file: InputFile) -> Iterator[Batch]:
    """Yields the rows of a file of JSON lines, which may leave out keys whose values are null.

    Args:
        stream: The file.
        file: Takes what is odd about it.

    Raises:
        UnreadableError: If a line is no JSON object, or no row has one of the columns.
    """
    # Numbers stay as they are written, so that none loses digits.
    decode = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).decode
    found: dict[str, int] = {}
    names: dict[str, None] = {}

    @functools.lru_cache(_MAX_KEYS)
    def keys_of(given: tuple[str, ...]) -> list[str | None]:
        indices = file.match(given).indices
        found.update(indices)
        if len(names) < _MAX_KEYS:
            names.update(dict.fromkeys(given))
        return [given[indices[field]] if field in indices else None for field in file.fields]

    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, content in enumerate(_lines(stream), 1):
            try:
                row = decode(content)
            except (ValueError, RecursionError) as error:
                if content.isspace():
                    continue
                raise UnreadableError(f"a line must be a JSON object: {error}", "json", line) from error
            if not isinstance(row, dict):
                raise UnreadableError(f"a line must be a JSON object, got {excerpt(content.strip())}", "json", line)
            values = map(row.get, keys_of((*row,)))
            try:
                yield line, [value if isinstance(value, str) else _spell(value) for value in values]
            except ValueError as error:
                file.error("type", str(error), line)

    numbered = rows()
    while batch := [*itertools.islice(numbered, BATCH_ROWS)]:
        # Rows are shorter if the file's fields are those of the rows so far.
        columns = [*itertools.zip_longest(*(row for _, row in batch), fillvalue="")]
        yield Batch([line for line, _ in batch], columns)
    file.require(found, [*names])


def _lines(stream: IO[str]) -> Iterator[str]:
    """Yields lines, none of which is longer than a file may have, so that memory has a limit."""
    read = functools.partial(stream.readline, MAX_LINE_BYTES)
    for number, line in enumerate(iter(read, ""), 1):
        if len(line) == MAX_LINE_BYTES:
            message = f"a line must have less than {MAX_LINE_BYTES:,} characters, got {excerpt(line)}"
            raise UnreadableError(message, "line-length", number)
        yield line


def _dialect(header: str, fields: Sequence[str]) -> tuple[str, list[str]]:
    """Returns the delimiter with which most names of a header are in the schema, and most there are."""

    def names(delimiter: str) -> list[str]:
        return next(csv.reader([header], delimiter=delimiter), [])

    delimiter = max(_DELIMITERS, key=lambda one: (len(match_names(fields, names(one)).indices), len(names(one))))
    return delimiter, names(delimiter)


def _null_pattern(delimiter: str) -> re.Pattern[str]:
    end = re.escape(delimiter)
    return re.compile(rf"(?<![^{end}])\\N(?![^{end}\r\n])")


def _rows(reader: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - the class of readers has no public name
    """Yields each row with the line at which it begins; a header is before the first."""
    line = 2
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 2
    except csv.Error as error:
        raise UnreadableError(f"a row must be CSV: {error}; {_BACKSLASH_HINT}", "unclosed-quote", line) from error


def _report_others(batch: list[tuple[int, list[str]]], width: int, file: InputFile) -> None:
    for line, row in batch:
        if not row:
            file.change("blank-line", "blank lines are left out", line)
        elif len(row) != width:
            message = f"a row must have {width} values, as the header has, got {len(row)}"
            file.error("number-of-values", f"{message}; put a value that has the delimiter in double quotes", line)


def _spell(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    got = excerpt(json.dumps(value))
    raise ValueError(f"a value must be a string, a number, a boolean or null, got {got}; join lists by |")
