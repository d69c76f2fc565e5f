"""The clock of AWS, which is this machine's; that of the offline AWS runs faster."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOCK_HEADER = "x-cdk-data-jobs-clock"
"""The header of the offline AWS's responses with its clock, as in `1700000000.0:200.0`: `base` and `speed`."""


@dataclass(frozen=True)
class Clock:
    """A clock that agrees with real time at one time and runs `speed` times as fast from then on.

    Attributes:
        base: The time, in Unix seconds, at which the clock and real time agree.
        speed: How many seconds pass on this clock in one real second.
        is_emulated: Whether it is that of the offline AWS.
    """

    base: float = 0.0
    speed: float = 1.0
    is_emulated: bool = False

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Clock | None:
        """Returns the clock that the offline AWS names in a response; none if the response is not of it."""
        base, _, speed = headers.get(CLOCK_HEADER, "").partition(":")
        return cls(base=float(base), speed=float(speed), is_emulated=True) if speed else None

    def now(self) -> dt.datetime:
        """Returns the time on this clock."""
        return self.at(dt.datetime.now(dt.timezone.utc))

    def at(self, real: dt.datetime) -> dt.datetime:
        """Returns the time on this clock at a time of this machine's clock."""
        if not self.is_emulated:
            return real
        seconds = self.base + (real.timestamp() - self.base) * self.speed
        return dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
