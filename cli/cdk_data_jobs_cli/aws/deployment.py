"""The state of a stack's jobs in its latest operation, put together from its events and the executions of its jobs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cdk_data_jobs_cli.aws.executions import Execution, list_executions
from cdk_data_jobs_cli.aws.job_state import JobState, StackSnapshot, run_status
from cdk_data_jobs_cli.aws.replacements import already_exists_hint
from cdk_data_jobs_cli.aws.run_state import RunState, fetch_run_state
from cdk_data_jobs_cli.aws.stack import NESTED_STACK_TYPE
from cdk_data_jobs_cli.aws.stack_operation import ResourceHistory, StackOperation, has_succeeded, is_in_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_cli.aws.stack import Job, Stack

MAX_HISTORIES_PER_SNAPSHOT = 10
"""Executions whose history is read at a time: GetExecutionHistory has the smallest quota of the calls."""

_START_TOLERANCE = dt.timedelta(seconds=5)
"""How much earlier than the operation a nested stack's operation or an execution may seem to start."""
_REQUESTS = {"CREATE": "create", "IMPORT": "create", "UPDATE": "update", "DELETE": "delete"}


class Deployment:
    """The latest operation on a stack, and the state of its jobs in it."""

    def __init__(self, stack: Stack) -> None:
        """Creates a deployment without calling AWS."""
        self._stack = stack
        self._operations: dict[str, StackOperation] = {}
        self._run_states: dict[str, RunState] = {}
        self._final_run_states: set[str] = set()
        self._seen_running: set[str] = set()
        self._last_read: dict[str, int] = {}
        self._snapshot_number = 0

    @property
    def operation(self) -> StackOperation:
        """The operation on the stack itself."""
        return self._operations.setdefault(self._stack.id, StackOperation(self._stack.id))

    def snapshot(self) -> StackSnapshot:
        """Reads everything that may have changed, and returns the state of the stack and its jobs.

        Raises:
            AwsError: If a call fails.
        """
        # The status comes first: all events that led to it are among those that are read next.
        status = self._stack.refresh_status()
        in_progress = is_in_progress(status)
        if not in_progress:
            self._stack.discard_template()
        self._read_events(self._stack)
        jobs = self._stack.jobs
        executions = self._executions(jobs)
        self._read_run_states(executions.values(), MAX_HISTORIES_PER_SNAPSHOT if in_progress else None)
        return StackSnapshot(
            stack=self._stack.name,
            status=status,
            jobs=tuple(self._job_state(job, executions.get(job), in_progress=in_progress) for job in jobs),
            is_in_progress=in_progress,
            succeeded=has_succeeded(status),
            started=self.operation.started,
            ended=None if in_progress else self.operation.latest,
            other_failures=tuple(self._other_failures(jobs)),
        )

    def _read_events(self, stack: Stack) -> None:
        operation = self._operations.setdefault(stack.id, StackOperation(stack.id))
        for event in operation.add_events(stack.aws.list_stack_events(stack.id)):
            is_deleted = event["ResourceStatus"].startswith("DELETE")
            stack.record_resource(
                event["LogicalResourceId"], event.get("PhysicalResourceId", ""), is_deleted=is_deleted
            )
        for logical_id, resource in operation.resources.items():
            if resource.type == NESTED_STACK_TYPE and (nested := stack.nested_stack(logical_id)):
                self._read_events(nested)

    def _resource(self, job: Job, logical_id: str = "") -> ResourceHistory | None:
        """Returns the events of a job's resource, or of another one in its stack; none if this operation has none."""
        operation, started = self._operations.get(job.stack_id), self.operation.started
        # A nested stack in which nothing changed has an earlier operation, if any.
        if not operation or not operation.started or not started or operation.started < started - _START_TOLERANCE:
            return None
        return operation.resources.get(logical_id or job.logical_id)

    def _failure(self, job: Job) -> str:
        """Returns why a job's resource, or one that waits for the job, failed; an empty string if none did."""
        resources = (self._resource(job, logical_id) for logical_id in (job.logical_id, *job.wait_resources))
        return next((resource.failure for resource in resources if resource and resource.failure), "")

    def _executions(self, jobs: list[Job]) -> dict[Job, Execution]:
        """Returns the execution of each job that is running, or has run, in this operation."""
        since = self.operation.started
        changed = [job for job in jobs if self._resource(job)]
        found: dict[Job, list[Execution]] = {}
        for job, execution in list_executions(changed, since=since and since - _START_TOLERANCE):
            found.setdefault(job, []).append(execution)
            if execution.is_running:
                self._seen_running.add(execution.arn)
        chosen = {job: self._choose_execution(job, executions) for job, executions in found.items()}
        return {job: execution for job, execution in chosen.items() if execution}

    def _choose_execution(self, job: Job, executions: list[Execution]) -> Execution | None:
        """Returns the execution that the state of a job comes from, of all its executions, newest first."""
        resource = self._resource(job)
        if resource is None:
            return None
        if self._failure(job):
            candidates = [execution for execution in executions if execution.request in ("create", "update")]
            failed = [execution for execution in candidates if execution.status not in ("RUNNING", "SUCCEEDED")]
            return next(iter(failed or candidates), None)
        kind, _, state = resource.status.partition("_")
        newest = next((execution for execution in executions if execution.request == _REQUESTS.get(kind)), None)
        if newest and state == "IN_PROGRESS" and newest.arn not in self._seen_running:
            # It has ended, so it is of an earlier operation: that of this one has not started, or is not listed yet.
            return None
        return newest

    def _read_run_states(self, executions: Iterable[Execution], limit: int | None) -> None:
        """Reads the state of runs that may have changed, at most so many, those first that were read longest ago."""
        unfinished = [execution for execution in executions if execution.arn not in self._final_run_states]
        self._snapshot_number += 1
        for execution in sorted(unfinished, key=lambda execution: self._last_read.get(execution.arn, -1))[:limit]:
            self._last_read[execution.arn] = self._snapshot_number
            self._run_states[execution.arn] = fetch_run_state(self._stack.aws, execution)
            if not execution.is_running:
                self._final_run_states.add(execution.arn)

    def _job_state(self, job: Job, execution: Execution | None, *, in_progress: bool) -> JobState:
        run_state = self._run_states.get(execution.arn, RunState()) if execution else RunState()
        wait_resources = [self._resource(job, logical_id) for logical_id in job.wait_resources]
        resource = self._resource(job)
        is_awaited = not (resource and resource.status.endswith("_COMPLETE")) or any(
            waiting is None or waiting.status.endswith("_IN_PROGRESS") for waiting in wait_resources
        )
        return JobState(
            job=job,
            status=self._status(job, execution, run_state, in_progress=in_progress),
            execution=execution,
            run_state=run_state,
            failure=self._failure(job),
            is_awaited=is_awaited,
            cleanup=cleanup_message(resource) if resource else "",
        )

    def _status(self, job: Job, execution: Execution | None, run_state: RunState, *, in_progress: bool) -> str:
        resource = self._resource(job)
        if resource is None:
            existed = self.operation.kind == "update" and job.stack.has_resource(job.logical_id)
            return "unchanged" if existed else "waiting" if in_progress else "cancelled"
        if self._failure(job):
            return "failed"
        kind, _, state = resource.status.partition("_")
        if kind == "DELETE":
            return "deleted" if state == "COMPLETE" else "deleting"
        if state == "FAILED":
            return "cancelled"
        if execution is None:
            # CloudFormation may update a resource without invoking the function.
            return "starting" if state == "IN_PROGRESS" else "unchanged" if kind == "UPDATE" else "succeeded"
        return run_status(execution, run_state)

    def _other_failures(self, jobs: list[Job]) -> Iterator[tuple[str, str]]:
        """Yields failed resources that are no jobs, without nested stacks, which fail because of a resource in them."""
        job_resources = {
            (job.stack_id, logical_id) for job in jobs for logical_id in (job.logical_id, *job.wait_resources)
        }
        for operation in self._operations.values():
            for logical_id, resource in operation.resources.items():
                is_other = (operation.stack_id, logical_id) not in job_resources and resource.type != NESTED_STACK_TYPE
                failure = resource.failure or resource.cleanup_failure
                if failure and is_other:
                    hint = already_exists_hint(resource.type, failure, is_new=resource.is_new)
                    yield f"{logical_id} ({resource.type})", failure + hint


def cleanup_message(resource: ResourceHistory) -> str:
    """Returns what is to be said of the clean-up of the job that a resource has replaced."""
    if resource.cleanup_failure:
        return f"the clean-up of the replaced job failed: {resource.cleanup_failure}"
    return "cleaning up the replaced job" if resource.is_cleaning_up else ""
