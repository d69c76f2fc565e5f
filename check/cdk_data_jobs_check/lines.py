"""How is a file read in pieces of whole lines, however big it is?"""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_PIECE = 2**16
MOST_BYTES = 2**20
"""How long a line may be. A record of a hundred categories of 1,000 characters and a text of 20,000 has 480,000 bytes
at most."""


class Lines(NamedTuple):
    r"""Some lines of a file.

    Attributes:
        content: The lines, each with its `\n`, also the last one of a file without.
        cut: Whether this is one line that is longer than a line may be, of which only the beginning is here.
    """

    content: bytes
    cut: bool = False


def lines_of(stream: BinaryIO) -> Iterator[Lines]:
    """Yields the lines of a file, many at a time.

    Args:
        stream: The file, from where it stands.
    """
    rest = b""
    while piece := stream.read(_PIECE):
        end = piece.rfind(b"\n") + 1
        if end:
            yield Lines(rest + piece[:end])
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > MOST_BYTES:
            yield Lines(rest[:MOST_BYTES] + b"\n", cut=True)
            _skip_line(stream)
            rest = b""
    if rest:
        yield Lines(rest + b"\n")


def _skip_line(stream: BinaryIO) -> None:
    """Goes on to the next line."""
    while piece := stream.read(_PIECE):
        end = piece.find(b"\n") + 1
        if end:
            stream.seek(end - len(piece), os.SEEK_CUR)
            return
