"""Reads the beginning of a stream, by which it is recognized, also of a pipe, which cannot go back."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

_BEGINNING_BYTES = 2**16


def read_beginning(stream: IO[bytes], on_read: Callable[[int], None] | None = None) -> tuple[bytes, io.BufferedReader]:
    """Returns the first bytes of a stream, all if it is short, and the stream from its beginning.

    Args:
        stream: The stream.
        on_read: Called with the number of bytes, each time when some of the returned stream are read. By default none.
    """
    # Not `peek`, which of a pipe returns as little as has arrived.
    beginning = stream.read(_BEGINNING_BYTES)
    return beginning, io.BufferedReader(_Rejoined(beginning, stream, on_read))


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was read, from its beginning."""

    def __init__(self, beginning: bytes, stream: IO[bytes], on_read: Callable[[int], None] | None) -> None:
        self._beginning = memoryview(beginning)
        self._stream = stream
        self._on_read = on_read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        """See `io.RawIOBase`."""
        target = memoryview(buffer)
        content = self._beginning[: len(target)] or memoryview(self._stream.read(len(target)))
        self._beginning = self._beginning[len(content) :]
        target[: len(content)] = content
        if self._on_read:
            self._on_read(len(content))
        return len(content)
