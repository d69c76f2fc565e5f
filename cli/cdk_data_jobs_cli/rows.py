"""What is told of a job in a table, a line or JSON?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.executions import Told
from cdk_data_jobs_cli.texts import Progress, console_link

if TYPE_CHECKING:
    from cdk_data_jobs_cli.executions import Execution
    from cdk_data_jobs_cli.stack import Job

IN_PROGRESS = ("starting", "running", "deleting")


@dataclass(frozen=True)
class Row:
    """A job, and its run if it has one.

    Attributes:
        job: The job.
        status: `waiting` (to start), `unchanged`, `starting`, `running`, `succeeded`, `kept` (an update that moved no
            data), `skipped` (it found nothing to do), `failed`, `cancelled`, `deleting` or `deleted`.
        execution: The execution of its run.
        told: What that tells.
        failure: Why it failed, if that is not in `told`.
        is_awaited: Whether the deployment waits for it.
    """

    job: Job
    status: str
    execution: Execution | None = None
    told: Told = field(default_factory=Told)
    failure: str = ""
    is_awaited: bool = True

    @property
    def reason(self) -> str:
        """Why it failed: in full by the run, where what CloudFormation tells is the beginning of that."""
        if self.status == "skipped":
            return self.told.reason
        if self.status != "failed":
            return ""
        known = self.failure[:200].rstrip("…")
        return self.told.reason if self.told.reason.startswith(known) else self.failure

    @property
    def progress(self) -> Progress:
        """How far the service says that it is."""
        return Progress.of(self.told.attributes)

    @property
    def state(self) -> str:
        """What it waits for, in words."""
        return self.told.state if self.status in IN_PROGRESS else ""

    @property
    def waiting_for(self) -> str:
        """What it waits for, in a word."""
        return self.told.waiting_for if self.status in IN_PROGRESS else ""

    def elapsed(self, now: dt.datetime) -> float | None:
        """Seconds since it started, or that it took; none if it has no run.

        Args:
            now: The time here. The latest event may be later, where the service's clock is ahead.
        """
        if self.execution is None:
            return None
        ended = self.execution.ended or max(now, self.told.seen or now)
        return max(0.0, (ended - self.execution.started).total_seconds())

    @property
    def link(self) -> str:
        """The console's page of its run, if it has one."""
        return console_link(self.execution.arn) if self.execution else ""

    @property
    def changes(self) -> tuple[object, ...]:
        """What is worth a new line when it changes."""
        return (self.status, self.waiting_for, self.state, str(self.progress), self.reason, self.link)

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        """The row as JSON; members without a value are null."""
        progress, seconds = self.progress, self.elapsed(now)
        return {
            "job": self.job.name,
            "path": self.job.path,
            "logical_id": self.job.logical_id,
            "status": self.status,
            "waiting_for": self.waiting_for or None,
            "state": self.state or None,
            "seconds": None if seconds is None else round(seconds),
            "pieces": progress.pieces,
            "completed_pieces": progress.completed,
            "rows": progress.rows,
            "failures": progress.failures,
            "attributes": dict(self.told.attributes),
            "reason": self.reason or None,
            "execution": self.execution.arn if self.execution else None,
            "link": self.link or None,
        }


@dataclass(frozen=True)
class Snapshot:
    """A stack's jobs at a time.

    Attributes:
        stack: The stack's name.
        status: What CloudFormation says of it; for a run of one job, nothing.
        rows: The jobs.
        is_going_on: Whether it is worth looking again.
        succeeded: Once it has ended: whether it did what was asked.
        started: When the operation began.
        ended: When it ended, if it has.
        other_failures: What else failed: the resource and why.
    """

    stack: str
    status: str
    rows: tuple[Row, ...]
    is_going_on: bool
    succeeded: bool
    started: dt.datetime | None = None
    ended: dt.datetime | None = None
    other_failures: tuple[tuple[str, str], ...] = ()

    def elapsed(self, now: dt.datetime) -> float | None:
        """Seconds that it goes on, or took."""
        return max(0.0, ((self.ended or now) - self.started).total_seconds()) if self.started else None

    def count(self, *statuses: str) -> int:
        """How many jobs have one of these statuses."""
        return sum(row.status in statuses for row in self.rows)

    @property
    def result(self) -> str:
        """How it ended, in a word."""
        return "goes on" if self.is_going_on else "succeeded" if self.succeeded else "failed"

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        """The end as JSON."""
        seconds = self.elapsed(now)
        return {
            "result": self.result,
            "stack": self.stack,
            "stack_status": self.status,
            "seconds": None if seconds is None else round(seconds),
            "failures": [{"resource": name, "reason": reason} for name, reason in self.other_failures],
            "jobs": [row.as_json(now) for row in self.rows],
        }


def ended_as(execution: Execution, told: Told) -> str:
    """The status of a job whose run this is."""
    if execution.is_running and not told.has_ended:
        return "running"
    if not (told.succeeded if execution.is_running else execution.status == "SUCCEEDED"):
        return "failed"
    return "kept" if told.kept else "skipped" if told.idle else "succeeded"


def here_and_now() -> dt.datetime:
    """The time on this machine."""
    return dt.datetime.now(dt.timezone.utc)
