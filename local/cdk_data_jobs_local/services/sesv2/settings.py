"""The settings of the emulated service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The settings of the emulated service; times are in seconds of the emulated clock.

    How long imports take is not documented; here they take ten seconds in all.

    Args:
        pending: How long a job created from now on waits before it is processed.
        in_progress: How long a job created from now on takes from then to its end.
    """

    pending: float = 2.0
    in_progress: float = 8.0
