"""The settings of the emulated service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The settings of the emulated service; times are in seconds of the emulated clock.

    By default a job takes ten seconds in all. In the developer guide's responses imports took 8.8 and 11.3 seconds,
    and exports 3.4 and 18.

    Args:
        pending: How long a job created from now on waits before it is processed.
        in_progress: How long a job created from now on takes from then to its end.
        returns_export_definition: Whether GetExportJob and GetExportJobs return the definition of the export. In the
            responses that the developer guide shows ("Exporting endpoints"), only CreateExportJob does.
    """

    pending: float = 2.0
    in_progress: float = 8.0
    returns_export_definition: bool = False
