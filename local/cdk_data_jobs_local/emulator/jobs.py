"""How do jobs go from pending to done as time passes?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


class JobFailedError(Exception):
    """A job's work came to nothing; the text is the job's failure reason."""


@dataclass(frozen=True)
class States:
    """The words with which a service names the states of a job."""

    pending: str = "CREATE PENDING"
    running: str = "CREATE IN_PROGRESS"
    succeeded: str = "ACTIVE"
    failed: str = "CREATE FAILED"


@dataclass(kw_only=True)
class Job:
    """A job, what it was asked to do, and how far it is.

    Args:
        arn: the job's ARN.
        name: the job's name.
        parameters: the parameters of its create call.
        created: when it was created, in Unix seconds.
        pending: how many seconds it waits before it runs.
        running: how many seconds it runs.
        status: the service's word for the state it is in.
    """

    arn: str
    name: str
    parameters: dict[str, Any]
    created: float
    pending: float
    running: float
    status: str
    updated: float = 0.0
    failure_reason: str | None = None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def starts(self) -> float:
        """When it begins to run."""
        return self.created + self.pending

    @property
    def ends(self) -> float:
        """When its work is done."""
        return self.starts + self.running


class Jobs:
    """The jobs of one kind, and their progress."""

    def __init__(self, work: Callable[[Job], dict[str, Any]], *, states: States | None = None) -> None:
        """Make one.

        Args:
            work: what a job does when its time has come; returns what it achieved.
            states: the service's words.
        """
        self.states = states or States()
        self._work = work
        self._jobs: dict[str, Job] = {}

    def __iter__(self) -> Iterator[Job]:
        """The jobs, in the order of their creation."""
        return iter(self._jobs.values())

    def add(self, job: Job) -> None:
        """Begin a job; its ARN is taken for ever."""
        job.updated = job.created
        self._jobs[job.arn] = job

    def get(self, arn: str) -> Job | None:
        """The job with this ARN, if there ever was one."""
        return self._jobs.get(arn)

    def ongoing(self) -> list[Job]:
        """The jobs that have not ended."""
        return [job for job in self if job.status in (self.states.pending, self.states.running)]

    def advance(self, now: float) -> None:
        """Let everything happen that is due by `now`, in the order in which it is due."""
        for job in sorted(self.ongoing(), key=lambda job: job.ends):
            if job.status == self.states.pending and job.starts <= now:
                job.status, job.updated = self.states.running, job.starts
            if job.ends <= now:
                self._end(job)

    def _end(self, job: Job) -> None:
        try:
            job.result = self._work(job)
            job.status = self.states.succeeded
        except JobFailedError as error:
            job.status, job.failure_reason = self.states.failed, str(error)
        job.updated = job.ends
