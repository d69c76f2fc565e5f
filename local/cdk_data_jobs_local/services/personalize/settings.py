"""The settings of the emulated service that a test may change."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """The settings of the emulated service; times are in seconds of the emulated clock.

    By default things take as long as they took in published runs: imports 3 to 17 minutes (the newer ones 3 to 7),
    batch inference 13 to 27, batch segments 7 to 47, solution versions 21 minutes to 4 hours, dataset groups 15 to 60
    seconds, the replacement of a schema 1:48 minutes. Of exports and deletions no run was published.

    Args:
        creating: How long a dataset group, a dataset, a solution, a solution version or a filter takes to become
            ACTIVE; None is `creating_resource`, or `training` for a solution version.
        creating_resource: How long all but solution versions take.
        training: How long a solution version takes.
        updating: How long a dataset takes until its schema is replaced.
        pending: How long a job of any kind, created from now on, is pending.
        in_progress: How long a job of any kind, created from now on, is in progress; None is as long as the next ones
            say for its kind.
        importing: How long a dataset import job is in progress.
        exporting: How long a dataset export job is in progress.
        deleting: How long a data deletion job is in progress.
        inferring: How long a batch inference job is in progress.
        segmenting: How long a batch segment job is in progress.
        concurrent_imports: How many import jobs may be under way at once (5, not adjustable, in the service).
        concurrent_batch_inference: The same of batch inference jobs (5, adjustable, in the service).
        concurrent_batch_segments: The same of batch segment jobs (5, not adjustable, in the service).
        pending_deletions: How many data deletion jobs of a dataset group may be pending (5, adjustable, in the
            service).
        dataset_groups: How many dataset groups there may be (5, adjustable, in the service).
        schemas: How many schemas there may be (500 in the service).
        minimum_interactions: How many rows an import of interactions needs, FULL or INCREMENTAL (1,000 in the
            service).
        late_access: Whether a job whose role has no access to the data when it is created is accepted, and fails when
            its time has come. By default its create call is refused. The service does either.
    """

    creating: float | None = None
    creating_resource: float = 30.0
    training: float = 1260.0
    updating: float = 108.0
    pending: float = 60.0
    in_progress: float | None = None
    importing: float = 240.0
    exporting: float = 240.0
    deleting: float = 240.0
    inferring: float = 1080.0
    segmenting: float = 420.0
    concurrent_imports: int = 5
    concurrent_batch_inference: int = 5
    concurrent_batch_segments: int = 5
    pending_deletions: int = 5
    dataset_groups: int = 5
    schemas: int = 500
    minimum_interactions: int = 1000
    late_access: bool = False
