"""The emulated clock: real time, made faster."""

import os
import time
from dataclasses import dataclass
from datetime import datetime, timezone

ENVIRONMENT_VARIABLE = "CDK_DATA_JOBS_LOCAL_CLOCK"
HEADER = "x-cdk-data-jobs-clock"
"""The header of each response that tells clients the clock, as `base:speed`."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock that agrees with real time at one time and runs `speed` times as fast from then on.

    Args:
        base: The time (Unix seconds) at which the clock and real time agree.
        speed: How many seconds pass on this clock in one real second.
    """

    base: float
    speed: float = 1.0

    @classmethod
    def from_environment(cls) -> "Clock":
        """Returns the clock that the process was started with; real time if it was started with none."""
        base, _, speed = os.environ.get(ENVIRONMENT_VARIABLE, "0:1").partition(":")
        return cls(base=float(base), speed=float(speed))

    @property
    def as_environment(self) -> dict[str, str]:
        """The variable that hands this clock to a child process, the Lambda functions' included."""
        return {ENVIRONMENT_VARIABLE: str(self)}

    def __str__(self) -> str:
        """Returns the clock as other processes read it, `base:speed`."""
        return f"{self.base!r}:{self.speed!r}"

    def now(self) -> float:
        """Returns the time on this clock, in Unix seconds."""
        return self.base + (time.time() - self.base) * self.speed

    def real_seconds(self, seconds: float) -> float:
        """Returns how many real seconds `seconds` of this clock take."""
        return seconds / self.speed


def iso(moment: float, *, timespec: str = "milliseconds") -> str:
    """Returns a time in Unix seconds as services write it, in UTC: `2030-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(moment, tz=timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")
