"""Options of jobs, and the names of the errors with which a job's task fails."""

import enum


class OnFailure(enum.Enum):
    """The reaction of a deployment to a job that fails."""

    ROLL_BACK = "ROLL_BACK"
    """The deployment fails with the job's reason, and is rolled back."""

    CONTINUE = "CONTINUE"
    """The deployment continues; the job's status attribute says how it ended.

    With `wait_for_completion=False` this concerns only a job that the service does not accept.
    """


class Overlap(enum.Enum):
    """The behaviour of a run if another run of its job is running."""

    WAIT = "WAIT"
    """It waits until the other has ended: the runs of a job run one after another."""

    SKIP = "SKIP"
    """It ends without creating a job."""


class DataJobError:
    """The names of the errors that a job's task fails with, for `add_catch(..., errors=[...])` and `add_retry(...)`."""

    FAILED = "DataJob.Failed"
    """The service ran the job, and it failed."""

    NOT_CREATED = "DataJob.NotCreated"
    """The service, or the runner, refused the job."""

    TIMED_OUT = "DataJob.TimedOut"
    """The job did not end within 7 days. A `task_timeout` ends the task earlier, with `States.Timeout`."""

    CRASHED = "DataJob.Crashed"
    """The run of the job failed; the runner's log has the reason."""
