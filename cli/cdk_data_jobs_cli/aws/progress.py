"""The progress of a job, read from the attributes that its service returns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Progress:
    """How far a job is, as far as its service reports it.

    Attributes:
        pieces: How many pieces there are.
        completed: How many of them are done.
        rows: How many rows, or entries, were processed.
        failures: How many of them failed.
    """

    pieces: int | None = None
    completed: int | None = None
    rows: int | None = None
    failures: int | None = None

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, object]) -> Progress:
        """Reads the attributes of a job that are counts.

        Args:
            attributes: The attributes by name, in whatever case the service writes the names.
        """
        known = {re.sub("[^a-z]", "", name.lower()): value for name, value in attributes.items()}

        def count(*names: str) -> int | None:
            values = (str(known[name]) for name in names if name in known)
            return next((int(value) for value in values if value.isdecimal()), None)

        return cls(
            pieces=count("totalpieces"),
            completed=count("completedpieces"),
            rows=count("totalprocessed", "numdeleted", "itemcount"),
            failures=count("totalfailures"),
        )

    @property
    def fraction(self) -> float | None:
        """The fraction of the pieces that is done, from 0 to 1; none if there are no pieces."""
        return min(1.0, (self.completed or 0) / self.pieces) if self.pieces else None

    def __str__(self) -> str:
        """Returns the known counts, such as `3/8 pieces, 1,200 rows, 2 failed`."""
        counts = []
        if self.pieces:
            counts.append(f"{self.completed or 0:,}/{self.pieces:,} pieces")
        if self.rows is not None:
            counts.append(f"{self.rows:,} rows")
        if self.failures:
            counts.append(f"{self.failures:,} failed")
        return ", ".join(counts)
