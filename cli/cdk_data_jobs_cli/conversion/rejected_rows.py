"""Writes the rows that cannot be converted, with the reasons, to a file of their own."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from cdk_data_jobs_cli.conversion.input_file import JsonText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk_data_jobs_cli.conversion.output import NewOutput

_MAX_BUFFERED = 1000


class RejectedRows:
    """The rows that cannot be converted.

    Attributes:
        count: How many there are.
        is_wanted: Whether they are written; else it is an error that there are any.
    """

    def __init__(self, output: NewOutput | None) -> None:
        """Creates it without rows.

        Args:
            output: Where to write them, as JSON lines; None to only count them.
        """
        self.count = 0
        self.is_wanted = output is not None
        self._output = output
        self._buffered: list[str] = []

    def add(self, path: str, line: int, reasons: Sequence[str], row: object) -> None:
        """Adds a row.

        Args:
            path: The file that it is from.
            line: The line at which it begins, from 1.
            reasons: Why it cannot be converted: what was expected, what was got and what to do.
            row: Its values, as JSON or `JsonText`: by the names of the fields if it is of CSV or Parquet and all are
                known, otherwise as they are in the file.

        Raises:
            OutputError: If it cannot be written.
        """
        self.count += 1
        if self._output:
            start = json.dumps({"file": path, "line": line, "reasons": reasons}, ensure_ascii=False).removesuffix("}")
            values = row if isinstance(row, JsonText) else json.dumps(row, ensure_ascii=False)
            # What was not decoded is written as an escape of JSON.
            encoded = f'{start}, "row": {values}}}\n'.encode(errors="backslashreplace")
            self._buffered.append(encoded.decode())
            if len(self._buffered) == _MAX_BUFFERED:
                self._write()

    @contextlib.contextmanager
    def completed(self) -> Iterator[None]:
        """Gives the file its name, if there are any rows; and takes it back if what it is for fails.

        Raises:
            OSError: If that fails.
        """
        if not (self._output and self.count):
            yield
            return
        self._write()
        self._output.complete()
        try:
            yield
        except BaseException:
            self._output.withdraw()
            raise

    def _write(self) -> None:
        if self._output:
            self._output.append(self._buffered)
            self._buffered.clear()
