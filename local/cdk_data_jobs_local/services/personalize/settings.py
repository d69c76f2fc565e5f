"""The settings of the emulated service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The settings of the emulated service; times are in seconds of the emulated clock.

    Args:
        creating: How long a dataset group, a dataset or a solution takes to become ACTIVE.
        pending: How long a job of any kind, created from now on, is pending.
        in_progress: How long a job of any kind, created from now on, is in progress.
        concurrent_imports: How many import jobs may be under way at once (5, not adjustable, in the service; for the
            other kinds no such limit is known).
        minimum_interactions: How many rows an import of interactions needs, FULL or INCREMENTAL (1,000 in the
            service).
        late_access: Whether a job whose role has no access to the data when it is created is accepted, and fails when
            its time has come. By default its create call is refused. The service does either.
    """

    creating: float = 10.0
    pending: float = 60.0
    in_progress: float = 120.0
    concurrent_imports: int = 5
    minimum_interactions: int = 1000
    late_access: bool = False
