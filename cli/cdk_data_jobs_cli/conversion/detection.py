"""Recognizes what a file is by how it begins, and reads its rows in batches."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import re
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_cli.conversion.beginnings import read_beginning
from cdk_data_jobs_cli.conversion.csv_rows import read_csv
from cdk_data_jobs_cli.conversion.input_file import Batch, EmptyFileError, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.json_lines import read_json_lines
from cdk_data_jobs_cli.conversion.parquet import read_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order marks; that of UTF-32 begins with that of UTF-16."""

_ASCII = {
    "utf-32-le": re.compile(rb"[^\0]\0\0\0"),
    "utf-32-be": re.compile(rb"\0\0\0[^\0]"),
    "utf-16-le": re.compile(rb"[^\0]\0"),
    "utf-16-be": re.compile(rb"\0[^\0]"),
}
"""How an ASCII character stands in encodings without a mark."""

_LINE_END = re.compile(r"\r+\n|\r|\n")
_JSON_ARRAY = re.compile(r"\[\s*(?:[\[{\]]|$)")  # a header may begin with a bracket, too
_NAME, _NAMES = r"""(?:[\w.@]|"[^"]*"|`[^`]*`|\[[^]]*\])+""", r"(?:\([^)]*\)\s*)?"
# Whole statements, as dumps begin with: a header of CSV may have columns such as `Set No` or `copy count`.
_SQL = re.compile(
    rf"""--[\s-] | /\*
    | INSERT\s+INTO\s+{_NAME}\s*{_NAMES}VALUES\s*\(
    | CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(\s*{_NAME}\s+\w
    | COPY\s+{_NAME}\s*{_NAMES}FROM\s+stdin\b
    | (?:SET|PRAGMA)\s+{_NAME}\s*=""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class InputOptions:
    r"""What cannot be recognized.

    Attributes:
        encoding: The encoding of files without a byte order mark; None for UTF-8, or UTF-16 if they look like it.
        backslash: Whether a backslash begins an escape in CSV files, and `\N` is null.
        quotes: Whether values of CSV files may be in quotes; if not, quotes are characters as others.
    """

    encoding: str | None = None
    backslash: bool = False
    quotes: bool = True


def read_batches(file: InputFile, options: InputOptions) -> Iterator[Batch]:
    """Yields the rows of a file.

    Args:
        file: The file, which takes what is odd about it.
        options: What cannot be recognized.

    Raises:
        OSError: If it cannot be opened.
        EmptyFileError: If it is empty.
        UnreadableError: If it cannot be read any further.
    """
    with contextlib.closing(file.open()) as stream:
        try:
            yield from _read(stream, file, options, is_packed=False)
        except UnicodeError as error:
            raise UnreadableError(f"a file must be encoded as it begins: {error}", "utf-8") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableError(f"a compressed file must be whole: {error}") from error


def _read(stream: IO[bytes], file: InputFile, options: InputOptions, *, is_packed: bool) -> Iterator[Batch]:
    beginning, whole = read_beginning(stream, None if is_packed else file.count)
    if not beginning:
        raise EmptyFileError("a file must have rows, got an empty file", "empty-file")
    found = format_of(beginning)
    if found == "gzip" and not is_packed:
        file.report_change("compression", "gzip to uncompressed")
        yield from _read(cast("IO[bytes]", gzip.GzipFile(fileobj=whole)), file, options, is_packed=True)
    elif found == "Parquet":
        file.report_change("file-format", "Parquet to CSV")
        with _seekable(stream, whole, is_packed=is_packed) as seekable:
            yield from read_parquet(seekable, file)
    elif found not in ("", "UTF-16", "UTF-32", "JSON"):
        raise UnreadableError(f"a file must be Parquet, or CSV or JSON lines, also in gzip, got {found}")
    else:
        yield from _read_text(whole, beginning, file, options)


def _read_text(stream: IO[bytes], beginning: bytes, file: InputFile, options: InputOptions) -> Iterator[Batch]:
    encoding = _encoding(beginning, options, file)
    text = beginning.decode(encoding, errors="replace")
    start = text.lstrip()
    if _JSON_ARRAY.match(start):
        message = "JSON must have one object a line, got an array"
        raise UnreadableError(f"{message}; export JSON lines, as pandas does with lines=True")
    if _SQL.match(start):
        message = "a file must be CSV, JSON lines or Parquet, got SQL"
        raise UnreadableError(f"{message}; load the dump into a database, and export its table as CSV")
    end = _LINE_END.search(text)
    newline = "\r" if end and end[0] == "\r" and end.end() < len(text) else "\n"
    with io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline=newline) as lines:
        if start.startswith("{"):
            file.report_change("file-format", "JSON lines to CSV")
            yield from read_json_lines(lines, file)
        else:
            if end and end[0] != "\n":
                file.report_change("line-end", rf"line ends {end[0]!r} to '\n'")
            yield from read_csv(lines, file, backslash=options.backslash, quotes=options.quotes)


def _encoding(beginning: bytes, options: InputOptions, file: InputFile) -> str:
    """Returns the encoding of a text, and reports it if it is not UTF-8."""
    if beginning.startswith(codecs.BOM_UTF8):
        file.report_change("byte-order-mark", "without a byte order mark")
        return "utf-8-sig"
    marked = next((encoding for mark, encoding in _MARKS.items() if beginning.startswith(mark)), None)
    encoding = marked or options.encoding or _unmarked_encoding(beginning)
    if codecs.lookup(encoding).name != "utf-8":
        file.report_change("encoding", f"{encoding.upper()} to UTF-8")
    return encoding


def _unmarked_encoding(beginning: bytes) -> str:
    return next((encoding for encoding, ascii_ in _ASCII.items() if ascii_.match(beginning)), "utf-8")


@contextlib.contextmanager
def _seekable(stream: IO[bytes], whole: IO[bytes], *, is_packed: bool) -> Iterator[IO[bytes]]:
    """Yields a file from its beginning; of a pipe, S3 or gzip a temporary copy on disk."""
    if stream.seekable() and not is_packed:
        stream.seek(0)
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(whole, copy)
        copy.seek(0)
        yield cast("IO[bytes]", copy)
