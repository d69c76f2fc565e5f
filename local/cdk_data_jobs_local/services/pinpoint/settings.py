"""The settings of the emulated service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The settings of the emulated service; times are in seconds of the emulated clock.

    Args:
        pending: How long a job created from now on waits before it is processed.
        in_progress: How long a job created from now on takes from then to its end.
        returns_export_definition: Whether GetExportJob and GetExportJobs return the definition of the export. In the
            responses that the developer guide shows ("Exporting endpoints"), only CreateExportJob does.
    """

    pending: float = 60.0
    in_progress: float = 120.0
    returns_export_definition: bool = False
