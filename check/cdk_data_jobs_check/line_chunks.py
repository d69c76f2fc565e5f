"""Reads a file of any size in chunks of whole lines."""

import os
from collections.abc import Iterator
from typing import IO, NamedTuple

_CHUNK_BYTES = 2**16
MAX_LINE_BYTES = 2**20
"""The longest line that is read in full. A record of a hundred categories of 1,000 characters and
unstructured text of 20,000 has 480,000 bytes at most."""


class LineChunk(NamedTuple):
    r"""Consecutive lines of a file.

    Attributes:
        content: The lines, each with its `\n`, also the last one of a file without.
        is_truncated: Whether it is the beginning of one line that is longer than `MAX_LINE_BYTES`.
    """

    content: bytes
    is_truncated: bool = False


def read_line_chunks(stream: IO[bytes]) -> Iterator[LineChunk]:
    """Yields the lines of a file, many at a time.

    Args:
        stream: The file, which is read from its current position.
    """
    rest = b""
    while data := stream.read(_CHUNK_BYTES):
        end = data.rfind(b"\n") + 1
        if end:
            yield LineChunk(rest + data[:end])
            rest = data[end:]
        else:
            rest += data
        if len(rest) > MAX_LINE_BYTES:
            yield LineChunk(rest[:MAX_LINE_BYTES] + b"\n", is_truncated=True)
            _skip_line(stream)
            rest = b""
    if rest:
        yield LineChunk(rest + b"\n")


def _skip_line(stream: IO[bytes]) -> None:
    """Moves to the start of the next line."""
    while data := stream.read(_CHUNK_BYTES):
        end = data.find(b"\n") + 1
        if end:
            stream.seek(end - len(data), os.SEEK_CUR)
            return
