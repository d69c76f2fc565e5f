"""Figures of the service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The figures of the emulated service; times are in service seconds.

    Args:
        pending: how long a job created from now on waits before it is processed.
        in_progress: how long a job created from now on takes from then to its end.
        tells_exports: whether GetExportJob and GetExportJobs tell what was asked for. In the answers that the developer
            guide shows ("Exporting endpoints"), CreateExportJob does, and theirs are empty.
    """

    pending: float = 60.0
    in_progress: float = 120.0
    tells_exports: bool = False
