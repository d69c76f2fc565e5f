"""Recognizes what a file is by how it begins, and reads its rows in batches."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_cli.conversion.batches import Batch, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.parquet import read_parquet
from cdk_data_jobs_cli.conversion.text import read_csv, read_json_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN = "-"
_BEGINNING = 1024  # bytes
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    r"""What cannot be recognized.

    Attributes:
        encoding: The encoding of files without a byte order mark; None for UTF-8, or UTF-16 if they look like it.
        backslash: Whether a backslash escapes a quote in CSV files, and `\N` is null.
    """

    encoding: str | None = None
    backslash: bool = False


def read_batches(file: InputFile, dialect: Dialect) -> Iterator[Batch]:
    """Yields the rows of a file.

    Args:
        file: The file, which takes what is odd about it.
        dialect: What cannot be recognized.

    Raises:
        OSError: If it cannot be opened.
        UnreadableError: If it cannot be read any further.
    """
    with contextlib.ExitStack() as stack:
        stream = sys.stdin.buffer if file.path == STDIN else stack.enter_context(Path(file.path).open("rb"))
        yield from read_stream(stream, file, dialect)


def read_stream(stream: IO[bytes], file: InputFile, dialect: Dialect) -> Iterator[Batch]:
    """Yields the rows of a file that is open; see `read_batches`.

    Args:
        stream: The file at its beginning, buffered.
        file: The file, which takes what is odd about it.
        dialect: What cannot be recognized.

    Raises:
        UnreadableError: If it cannot be read any further.
    """
    try:
        yield from _read(cast("io.BufferedReader", stream), file, dialect)
    except UnicodeError as error:
        raise UnreadableError(f"a file must be encoded as it begins: {error}", "utf-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableError(f"a compressed file must be whole: {error}") from error


def _read(stream: io.BufferedReader | gzip.GzipFile, file: InputFile, dialect: Dialect) -> Iterator[Batch]:
    beginning = stream.peek(_BEGINNING)
    found = format_of(beginning)
    if found == "gzip" and not isinstance(stream, gzip.GzipFile):
        file.change("compression", "gzip to uncompressed")
        yield from _read(gzip.GzipFile(fileobj=stream), file, dialect)
        return
    if found == "Parquet" and isinstance(stream, gzip.GzipFile):
        raise UnreadableError("a Parquet file must not be in gzip, as its end is read first; uncompress it", "parquet")
    if found == "Parquet":
        file.change("file-format", "Parquet to CSV")
        yield from read_parquet(cast("IO[bytes]", stream), file)
        return
    if found not in ("", "UTF-16", "JSON"):
        raise UnreadableError(f"a file must be Parquet, or CSV or JSON lines, also in gzip, got {found}")
    encoding = _encoding(beginning, dialect, file)
    with io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="") as lines:
        start = beginning.decode(encoding, errors="replace").lstrip()
        if start.startswith("["):
            message = "JSON must have one object a line, got an array"
            raise UnreadableError(f"{message}; export JSON lines, as pandas does with lines=True")
        if start.startswith("{"):
            file.change("file-format", "JSON lines to CSV")
            yield from read_json_lines(lines, file)
        else:
            yield from read_csv(lines, file, backslash=dialect.backslash)


def _encoding(beginning: bytes, dialect: Dialect, file: InputFile) -> str:
    """Returns the encoding of a text, and reports it if it is not UTF-8."""
    if beginning.startswith(codecs.BOM_UTF8):
        file.change("byte-order-mark", "without a byte order mark")
        return "utf-8-sig"
    encoding = dialect.encoding or "utf-8"
    if beginning.startswith(_UTF_16_MARKS):
        encoding = "utf-16"
    elif beginning[1:2] == b"\0":
        encoding = "utf-16-le"
    elif beginning[:1] == b"\0":
        encoding = "utf-16-be"
    if codecs.lookup(encoding).name != "utf-8":
        file.change("encoding", f"{encoding.upper()} to UTF-8")
    return encoding
