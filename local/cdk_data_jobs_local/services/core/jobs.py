"""Jobs, which advance from pending to done as time passes."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_log = logging.getLogger("cdk_data_jobs_local")


class JobFailedError(Exception):
    """A job failed; the message is the reason."""

    def __init__(self, reason: str, *, result: dict[str, Any] | None = None) -> None:
        """Creates it.

        Args:
            reason: Why.
            result: The part of the job's result that its description has all the same.
        """
        super().__init__(reason)
        self.result = result or {}


@dataclass(frozen=True)
class Statuses:
    """The names that a service has for the statuses of a job.

    Args:
        pending: While it waits, one after the other.
        running: While it works, one after the other.
        succeeded: When it is done.
        failed: When it has failed.
        completing: Between its work and `succeeded`, if the service has this status.
        failing: Between its work and `failed`, if the service has this status.
    """

    pending: tuple[str, ...] = ("CREATE PENDING",)
    running: tuple[str, ...] = ("CREATE IN_PROGRESS",)
    succeeded: str = "ACTIVE"
    failed: str = "CREATE FAILED"
    completing: str | None = None
    failing: str | None = None


@dataclass(kw_only=True)
class Job:
    """A job, its parameters and its progress; times are Unix seconds.

    Args:
        id: The job's ARN or id.
        parameters: The parameters of its create call.
        created: When it was created.
        starts: When it begins to run.
        works: When its work takes effect, at once.
        ends: When it has ended.
        status: The service's name of its status.
        updated: Since when it has this status.
        succeeded: Whether its work succeeded; None until it takes effect.
        failure_reason: Why it failed.
        result: What its work achieved.
    """

    id: str
    parameters: dict[str, Any]
    created: float
    starts: float
    works: float
    ends: float
    status: str = ""
    updated: float = 0.0
    succeeded: bool | None = None
    failure_reason: str | None = None
    result: dict[str, Any] = field(default_factory=dict)


# The part of its run that a job spends after its work, if the service has a status for it.
_CLOSING = 0.1


class Jobs:
    """The jobs of one kind, and their progress."""

    def __init__(self, work: Callable[[Job], dict[str, Any]], *, statuses: Statuses | None = None) -> None:
        """Creates it.

        Args:
            work: What a job does when its time has come; returns what it achieved.
            statuses: The service's names of its statuses.
        """
        self.statuses = statuses or Statuses()
        self._work = work
        self._jobs: dict[str, Job] = {}

    def __iter__(self) -> Iterator[Job]:
        """Returns the jobs, in the order of their creation."""
        return iter(self._jobs.values())

    def begin(self, job_id: str, parameters: dict[str, Any], *, now: float, pending: float, running: float) -> Job:
        """Begins a job, whose id cannot be used again.

        Args:
            job_id: Its ARN or id.
            parameters: The parameters of its create call.
            now: The time.
            pending: How many seconds it waits before it runs.
            running: How many seconds it runs.
        """
        starts = now + pending
        closing = running * _CLOSING if self.statuses.completing else 0.0
        ends = starts + running
        job = Job(id=job_id, parameters=parameters, created=now, starts=starts, works=ends - closing, ends=ends)
        job.updated, job.status = now, self.statuses.pending[0]
        self._jobs[job_id] = job
        return job

    def get(self, job_id: str) -> Job | None:
        """Returns the job with this id, if there ever was one."""
        return self._jobs.get(job_id)

    def forget(self, job_id: str) -> None:
        """Deletes the record of a job, if there is one."""
        self._jobs.pop(job_id, None)

    def ongoing(self) -> list[Job]:
        """Returns the jobs that have not ended."""
        return [job for job in self if job.status not in (self.statuses.succeeded, self.statuses.failed)]

    def progress(self, job: Job, now: float) -> None:
        """Advances a job to its status at the time `now`."""
        if job.succeeded is None and job.works <= now:
            try:
                job.result = self._work(job)
                job.succeeded = True
            except JobFailedError as error:
                job.succeeded, job.failure_reason, job.result = False, str(error), error.result
            except Exception as error:  # noqa: BLE001
                # A defect of the emulator fails this job, and does not stop the others.
                _log.exception("job %s could not do its work", job.id)
                job.succeeded, job.failure_reason = False, f"Internal failure: {error!r}"
        job.updated, job.status = max(
            ((since, name) for since, name in self._timeline(job) if since <= now), key=lambda status: status[0]
        )

    def _timeline(self, job: Job) -> Iterator[tuple[float, str]]:
        """Returns the statuses of a job and since when it has each, the last first."""
        statuses = self.statuses
        if job.succeeded is not None:
            yield job.ends, statuses.succeeded if job.succeeded else statuses.failed
            closing = statuses.completing if job.succeeded else statuses.failing
            if closing:
                yield job.works, closing
        yield from _spread(statuses.running, job.starts, job.works)
        yield from _spread(statuses.pending, job.created, job.starts)


def _spread(names: tuple[str, ...], begin: float, end: float) -> Iterator[tuple[float, str]]:
    for number in range(len(names) - 1, -1, -1):
        yield begin + (end - begin) * number / len(names), names[number]


def advance(kinds: Iterable[Jobs], now: float) -> None:
    """Lets the jobs of all kinds take effect that are due by `now`, in the order in which they are due."""
    due = [(job.works, jobs, job) for jobs in kinds for job in jobs.ongoing()]
    for _, jobs, job in sorted(due, key=lambda one: one[0]):
        jobs.progress(job, now)
