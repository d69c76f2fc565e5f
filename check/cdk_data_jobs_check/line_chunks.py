"""Reads a file of any size in chunks of whole lines."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

_CHUNK_BYTES = 2**16
MAX_LINE_BYTES = 2**20
"""The longest line that is read in full, without its end. A record of a hundred categories of 1,000 characters and
unstructured text of 20,000 has 480,000 bytes at most, without escapes."""


class ByteStream(Protocol):
    """What is read of a file: it may be a pipe, so nothing moves back."""

    def read(self, size: int, /) -> bytes:
        """Reads at most so many bytes; none at the end."""
        ...


class LineChunk(NamedTuple):
    r"""Consecutive lines of a file.

    Attributes:
        content: The lines, each with its `\n`, also the last one of a file without.
        is_truncated: Whether it is the beginning of one line that is longer than `MAX_LINE_BYTES`.
    """

    content: bytes
    is_truncated: bool = False


def read_line_chunks(stream: ByteStream, *, cut: bool = True) -> Iterator[LineChunk]:
    """Yields the lines of a file, many at a time.

    Args:
        stream: The file, which is read from its current position.
        cut: Whether lines are cut at `MAX_LINE_BYTES`, so that memory has a limit. By default they are.
    """
    rest = b""  # the beginning of a line whose end was not read yet
    while data := stream.read(_CHUNK_BYTES):
        if cut and len(rest) + len(data) > MAX_LINE_BYTES:
            end = data.find(b"\n")
            is_too_long = len(rest) + (end if end >= 0 else len(data)) > MAX_LINE_BYTES
            if is_too_long:
                yield LineChunk((rest + data)[:MAX_LINE_BYTES] + b"\n", is_truncated=True)
                rest = b""
                data = data[end + 1 :] if end >= 0 else _after_line(stream)
        end = data.rfind(b"\n") + 1
        if end:
            yield LineChunk(rest + data[:end])
            rest = data[end:]
        else:
            rest += data
    if rest:
        yield LineChunk(rest + b"\n")


def _after_line(stream: ByteStream) -> bytes:
    """Reads to the end of the line; returns what was read of those after it."""
    while data := stream.read(_CHUNK_BYTES):
        end = data.find(b"\n") + 1
        if end:
            return data[end:]
    return b""
