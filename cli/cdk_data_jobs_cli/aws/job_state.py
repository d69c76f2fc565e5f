"""The state of a stack and of its jobs at one time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.executions import list_executions
from cdk_data_jobs_cli.aws.progress import Progress
from cdk_data_jobs_cli.aws.run_state import RunState, fetch_run_state

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from cdk_data_jobs_cli.aws.executions import Execution
    from cdk_data_jobs_cli.aws.stack import Job

IN_PROGRESS = ("starting", "running", "deleting")

_MAX_EXECUTIONS = 1000
"""Among how many of the latest executions of a state machine the last run of each job is looked for."""

_MAX_KEPT = 20
"""How many updates that did not run a job are read to find its last run: GetExecutionHistory has a small quota."""


@dataclass(frozen=True)
class JobState:
    """The state of a job, and of its run if it has one.

    Attributes:
        job: The job.
        status: `waiting` (to start), `unchanged`, `starting`, `running`, `succeeded`, `kept` (an update that did
            not run it again), `skipped` (there was nothing to do), `failed`, `cancelled`, `deleting` or `deleted`.
        execution: The execution of its run.
        run_state: The state of that run.
        failure: Why its resource failed, as CloudFormation reports it.
        is_awaited: Whether the deployment waits for it.
        cleanup: What is to be said of the clean-up of the job that it has replaced; empty if there is nothing.
    """

    job: Job
    status: str
    execution: Execution | None = None
    run_state: RunState = field(default_factory=RunState)
    failure: str = ""
    is_awaited: bool = True
    cleanup: str = ""

    @property
    def reason(self) -> str:
        """Why it failed or was skipped: from the run, because CloudFormation truncates the reason."""
        if self.status == "skipped":
            return self.run_state.reason
        if self.status != "failed":
            return ""
        start = self.failure[:200].rstrip("…")
        return self.run_state.reason if self.run_state.reason.startswith(start) else self.failure

    @property
    def progress(self) -> Progress:
        """How far it is, as far as its service reports it."""
        return Progress.from_attributes(self.run_state.attributes)

    @property
    def state(self) -> str:
        """What it is doing or waiting for, as a message; when it has ended, what is to be said of the clean-up."""
        return self.run_state.state if self.status in IN_PROGRESS else self.cleanup

    @property
    def waiting_for(self) -> str:
        """What it waits for, such as `quota`; empty unless it is in progress."""
        return self.run_state.waiting_for if self.status in IN_PROGRESS else ""

    def elapsed(self, now: dt.datetime) -> float | None:
        """Returns the seconds since it started, or that it took; none if it has no run.

        Args:
            now: The time on the clock of AWS. The latest event may be later, where this machine's clock is behind.
        """
        if self.execution is None:
            return None
        ended = self.execution.ended or max(now, self.run_state.latest or now)
        return max(0.0, (ended - self.execution.started).total_seconds())

    @property
    def link(self) -> str:
        """The page of its run in the console; empty if it has none."""
        return self.execution.console_url if self.execution else ""

    @property
    def reported_values(self) -> tuple[object, ...]:
        """The values that are reported anew when one of them changes."""
        return (self.status, self.waiting_for, self.state, str(self.progress), self.reason, self.link)

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        """Returns the state as a JSON object; members without a value are null."""
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
            "attributes": dict(self.run_state.attributes),
            "reason": self.reason or None,
            "run": self.execution.id if self.execution else None,
            "execution": self.execution.arn if self.execution else None,
            "link": self.link or None,
        }


@dataclass(frozen=True)
class StackSnapshot:
    """The state of a stack and its jobs at one time.

    Attributes:
        stack: The stack's name.
        status: The stack's status; empty if only one job is run.
        jobs: The state of each job.
        is_in_progress: Whether the operation, or the run, has not ended.
        succeeded: Whether it succeeded, once it has ended.
        started: When it started.
        ended: When it ended, if it has.
        other_failures: The names of other resources that failed, each with the reason.
    """

    stack: str
    status: str
    jobs: tuple[JobState, ...]
    is_in_progress: bool
    succeeded: bool
    started: dt.datetime | None = None
    ended: dt.datetime | None = None
    other_failures: tuple[tuple[str, str], ...] = ()

    def elapsed(self, now: dt.datetime) -> float | None:
        """Returns the seconds since it started, or that it took; none if it has not started."""
        return max(0.0, ((self.ended or now) - self.started).total_seconds()) if self.started else None

    def count(self, *statuses: str) -> int:
        """Returns how many jobs have one of these statuses."""
        return sum(job.status in statuses for job in self.jobs)

    @property
    def result(self) -> str:
        """Its result: `goes on`, `succeeded` or `failed`."""
        return "goes on" if self.is_in_progress else "succeeded" if self.succeeded else "failed"

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        """Returns the snapshot as a JSON object."""
        seconds = self.elapsed(now)
        return {
            "result": self.result,
            "stack": self.stack,
            "stack_status": self.status,
            "seconds": None if seconds is None else round(seconds),
            "failures": [{"resource": name, "reason": reason} for name, reason in self.other_failures],
            "jobs": [job.as_json(now) for job in self.jobs],
        }


def fetch_job_state(job: Job, execution: Execution) -> JobState:
    """Returns the state of a job whose last run, or whose run in question, is an execution.

    Args:
        job: The job.
        execution: The execution.
    """
    run_state = fetch_run_state(job.stack.aws, execution)
    return JobState(job=job, status=run_status(execution, run_state), execution=execution, run_state=run_state)


def fetch_last_states(jobs: Iterable[Job]) -> dict[Job, JobState]:
    """Returns the state of the last run of each job that has one, without deletions.

    An update that did not run the job again counts only if no other run is found.

    Args:
        jobs: The jobs.

    Raises:
        AwsError: If a call fails.
    """
    jobs_of_machines: dict[str | None, set[Job]] = {}
    for job in jobs:
        jobs_of_machines.setdefault(job.state_machine_arn, set()).add(job)
    found: dict[Job, JobState] = {}
    for missing in jobs_of_machines.values():
        kept: Counter[Job] = Counter()
        for job, execution in list_executions([*missing], limit=_MAX_EXECUTIONS):
            if job in missing and execution.request != "delete":
                state = fetch_job_state(job, execution)
                is_kept = state.status == "kept"
                kept[job] += is_kept
                found[job] = found.get(job, state) if is_kept else state
                if not is_kept or kept[job] == _MAX_KEPT:
                    missing.remove(job)
            if not missing:
                break
    return found


def run_status(execution: Execution, run_state: RunState) -> str:
    """Returns the status of a job with this run: `running`, `succeeded`, `kept`, `skipped` or `failed`."""
    if execution.is_running and not run_state.has_ended:
        return "running"
    if not (run_state.succeeded if execution.is_running else execution.status == "SUCCEEDED"):
        return "failed"
    return "kept" if run_state.is_kept else "skipped" if run_state.is_skipped else "succeeded"
