"""Reads the lines of a text, none of which may be so long that memory has no limit."""

from __future__ import annotations

import functools
from typing import IO, TYPE_CHECKING, TypeVar

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_cli.conversion.input_file import BATCH_CHARACTERS, BATCH_ROWS, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Row = TypeVar("_Row")


class Lines:
    """The lines of a text.

    Attributes:
        number: The number of lines that were read, which is that of the last one.
        characters: The number of characters in them.
    """

    def __init__(self, stream: IO[str]) -> None:
        """Creates them.

        Args:
            stream: The text, whose lines are as it was opened.
        """
        self.number = 0
        self.characters = 0
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        """Yields each line, with its end.

        Raises:
            UnreadableError: If one is too long.
        """
        for line in iter(functools.partial(self._stream.readline, MAX_LINE_BYTES), ""):
            self.number += 1
            self.characters += len(line)
            if len(line) == MAX_LINE_BYTES:
                message = f"a line must have less than {MAX_LINE_BYTES:,} characters, got {excerpt(line)}"
                raise UnreadableError(message, "line-length", self.number)
            yield line

    def in_batches(self, rows: Iterable[_Row]) -> Iterator[list[_Row]]:
        """Yields rows in batches, also those before an error.

        Args:
            rows: The rows that are read from these lines.
        """
        batch: list[_Row] = []
        most = self.characters + BATCH_CHARACTERS
        try:
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH_ROWS or self.characters > most:
                    yield batch
                    batch, most = [], self.characters + BATCH_CHARACTERS
        except UnreadableError:
            yield batch
            raise
        yield batch
