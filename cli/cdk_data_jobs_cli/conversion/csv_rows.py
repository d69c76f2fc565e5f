"""Reads CSV files in batches of rows, with the reader of the standard library.

A comma, semicolon, tab or bar is recognized by the names in the header, which are those of the schema; single quotes
around values by those around all names. Whether quotes in values are doubled (RFC 4180) or escaped by a backslash
cannot be recognized: a value may end in a backslash; nor whether there are any: a value may begin with one.
"""

from __future__ import annotations

import csv
import itertools
import re
from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_cli.conversion.escapes import decode_escapes
from cdk_data_jobs_cli.conversion.input_file import Batch, EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.lines import Lines
from cdk_data_jobs_cli.conversion.names import match_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t|])"?\s*')  # with which Excel is told the delimiter
_ESCAPED_NULL = re.compile(r"""(?:\A|[,;\t|"])\\\\N(?=[,;\t|"\r\n]|\Z)""")
_QUOTED_NULL = re.compile(r"""(?:\A|[,;\t|])"\\N"(?=[,;\t|\r\n]|\Z)""")
_SINGLE_QUOTED_NAMES = re.compile(r"'[^']*'(?:([,;\t|])'[^']*'(?:\1'[^']*')*)?\s*")
_QUOTE_AFTER_TAB = re.compile(r'(?:\A|(?<!\\)\t)"')
_QUOTE_HINT = (
    "double the quotes in values, or give --backslash if they are escaped by a backslash, or --no-quotes if no value "
    "is in quotes"
)


def read_csv(stream: IO[str], file: InputFile, *, backslash: bool, quotes: bool) -> Iterator[Batch]:
    r"""Yields the rows of a CSV file.

    Args:
        stream: The file, whose lines end in `\n` or all in `\r`.
        file: Takes what is odd about it.
        backslash: Whether a backslash begins an escape, and `\N` without quotes is null, as MySQL writes them.
        quotes: Whether values may be in quotes.

    Raises:
        UnreadableError: If it is no CSV, or has not all columns.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    source = Lines(stream)
    lines = _with_usual_line_ends(source, file)
    if backslash:
        lines = decode_escapes(_escaped(lines, source, file, quotes=quotes), source)
    else:
        lines = _plain(lines, source, file)
    delimiter, header = _beginning(lines, source, file)
    if not header:
        raise EmptyFileError("a CSV file must have a header, got an empty file", "empty-file")
    quote = _quote_character(header, file) if quotes else None
    delimiter = delimiter or _delimiter(header, file.fields, quote)
    if delimiter != ",":
        file.report_change("delimiter", f"{_DELIMITERS[delimiter]} to commas")
    if quote and quote in header:
        file.report_change("quoted-header", "names in the header without quotes")
    elif quote and backslash and delimiter == "\t":
        lines = _quoted_among_tabs(lines, source, file)
    # The reader takes the header too: a name in quotes may have a line break.
    rows = _reader(itertools.chain([header], lines), delimiter, quote, "\\" if backslash else None)
    before = source.number - 1
    names = next(_strict(rows, before), (0, []))[1]
    indices = file.column_indices(names)
    for batch in source.in_batches(_strict(rows, before)):
        valid = [(line, row) for line, row in batch if len(row) == len(names)]
        if len(valid) < len(batch):
            _report_others(batch, len(names), file)
        if batch and source.number - batch[0][0] >= len(batch):
            _report_open_quotes(valid, delimiter, file)
        columns = [*zip(*(row for _, row in valid), strict=True)]
        if columns and names[0] in columns[0]:
            _report_repeated_headers(valid, names, file)
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


def _escaped(lines: Iterator[str], source: Lines, file: InputFile, *, quotes: bool) -> Iterator[str]:
    for line in lines:
        if _ESCAPED_NULL.search(line):
            message = r"a value \\N, the escaped text \N, is taken for null; write another text if it is none"
            file.report_warning("backslash", message, source.number)
        if quotes and _QUOTED_NULL.search(line):
            message = r'a value "\N" in quotes is taken for null, which is written without; remove the quotes'
            file.report_warning("backslash", message, source.number)
        yield line


def _plain(lines: Iterator[str], source: Lines, file: InputFile) -> Iterator[str]:
    for line in lines:
        if r"\\" in line:
            message = "two backslashes are kept as two; give --backslash if backslashes are escapes in this file"
            file.report_warning("backslash", message, source.number)
        yield line


def _quoted_among_tabs(lines: Iterator[str], source: Lines, file: InputFile) -> Iterator[str]:
    """Yields lines, with a warning of quotes that PostgreSQL and MySQL do not write beside tabs by default."""
    for line in lines:
        if _QUOTE_AFTER_TAB.search(line):
            message = "a quote at the beginning of a value is taken for one around it, and not for a part of it"
            message = (
                f"{message}; give --no-quotes if the values are in no quotes, as PostgreSQL writes its text format"
            )
            file.report_warning("quotes", message, source.number)
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


def _quote_character(header: str, file: InputFile) -> str:
    """Returns the quote character of a file, which is reported if it is another than usual."""
    if not _SINGLE_QUOTED_NAMES.fullmatch(header):
        return '"'
    file.report_change("quote-character", "values without the single quotes around them, which all names have")
    return "'"


def _delimiter(header: str, fields: Sequence[str], quote: str | None) -> str:
    """Returns the delimiter with which most names in the first line of a header are in the schema, or are there."""

    def count(delimiter: str) -> tuple[int, int]:
        names: list[str] = next(_reader([header], delimiter, quote, None, strict=False), [])
        return len(match_names(fields, names).indices), len(names)

    return max(_DELIMITERS, key=count)


def _reader(lines: Iterable[str], delimiter: str, quote: str | None, escape: str | None, *, strict: bool = True) -> Any:  # noqa: ANN401 - readers have no public class
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=escape,
        strict=strict,
    )


def _strict(reader: Any, before: int) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - readers have no public class
    """Yields each row with the line at which it begins."""
    line = before + reader.line_num + 1
    try:
        for row in reader:
            yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f"a row must be CSV: {error}; {_QUOTE_HINT}", "unclosed-quote", line) from error


def _report_others(batch: list[tuple[int, list[str]]], width: int, file: InputFile) -> None:
    for line, row in batch:
        if not row:
            _report_blank_line(file, line)
        elif len(row) != width:
            message = f"a row must have {width} values, as the header has, got {len(row)}"
            message = f"{message}; put a value that has the delimiter in double quotes"
            file.reject("number-of-values", message, line, row, variant=len(row))


def _report_open_quotes(rows: Sequence[tuple[int, list[str]]], delimiter: str, file: InputFile) -> None:
    """Warns of rows of several lines, each of which has the delimiters of a row."""
    for line, row in rows:
        first, *more = delimiter.join(row).split("\n")
        if more and all(part.count(delimiter) == len(row) - 1 for part in (first, *more)):
            message = f"a row has {len(more) + 1} lines, each with as many delimiters as a row of its own"
            message = f"{message}: a quote is probably not closed, and the rows after it are lost; {_QUOTE_HINT}"
            file.report_warning("unclosed-quote", message, line)


def _report_repeated_headers(rows: Sequence[tuple[int, list[str]]], names: Sequence[str], file: InputFile) -> None:
    for line, row in rows:
        if row == names:
            message = f"a header should be the first line only, got {excerpt(','.join(names))} again"
            file.report_warning("repeated-header", f"{message}; remove it, or it is imported as a row", line)


def _report_blank_line(file: InputFile, line: int) -> None:
    file.report_change("blank-line", "blank lines are left out", line)
