"""How far are the jobs of a stack in its operation? Put together from its events and the executions of its jobs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cdk_data_jobs_cli.executions import Execution, Told, ask, executions_of
from cdk_data_jobs_cli.operation import Operation, Resource, has_succeeded, is_going_on
from cdk_data_jobs_cli.rows import Row, Snapshot, ended_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_cli.stack import Job, Stack

LOOKS = 10
"""Executions that are asked how far they are at a time: GetExecutionHistory has the smallest quota of the calls."""

_NESTED = "AWS::CloudFormation::Stack"
_BEFORE = dt.timedelta(seconds=5)
_REQUESTS = {"CREATE": "create", "IMPORT": "create", "UPDATE": "update", "DELETE": "delete"}


class Deployment:
    """The latest operation on a stack, and how far its jobs are."""

    def __init__(self, stack: Stack) -> None:
        """Ask nothing yet."""
        self._stack = stack
        self._operations: dict[str, Operation] = {}
        self._told: dict[str, Told] = {}
        self._told_all: set[str] = set()
        self._seen_running: set[str] = set()
        self._looked: dict[str, int] = {}
        self._turn = 0

    @property
    def operation(self) -> Operation:
        """The operation on the stack itself."""
        return self._operations.setdefault(self._stack.id, Operation(self._stack.id))

    def look(self) -> Snapshot:
        """Ask for everything that may have changed.

        Raises:
            AwsError: If it cannot be asked for.
        """
        # The status comes first: whatever led to it is among the events that are asked for next.
        status = self._stack.describe()
        going_on = is_going_on(status)
        if not going_on:
            self._stack.reread()
        self._follow(self._stack)
        jobs = self._stack.jobs
        runs = self._runs(jobs)
        self._ask(runs.values(), LOOKS if going_on else None)
        return Snapshot(
            stack=self._stack.name,
            status=status,
            rows=tuple(self._row(job, runs.get(job), going_on=going_on) for job in jobs),
            is_going_on=going_on,
            succeeded=has_succeeded(status),
            started=self.operation.started,
            ended=None if going_on else self.operation.latest,
            other_failures=tuple(self._other_failures(jobs)),
        )

    def _follow(self, stack: Stack) -> None:
        operation = self._operations.setdefault(stack.id, Operation(stack.id))
        for event in operation.follow(stack.aws.events(stack.id)):
            stack.meet(event["LogicalResourceId"], event.get("PhysicalResourceId", ""))
        for logical_id, resource in operation.resources.items():
            if resource.type == _NESTED and (nested := stack.child(logical_id)):
                self._follow(nested)

    def _resource(self, job: Job, logical_id: str = "") -> Resource | None:
        """What happened in this operation to a job's own resource, or to another one beside it."""
        operation, whole = self._operations.get(job.stack_id), self.operation.started
        # A nested stack in which nothing changed has an operation from before, if any.
        if not operation or not operation.started or not whole or operation.started < whole - _BEFORE:
            return None
        return operation.resources.get(logical_id or job.logical_id)

    def _failure(self, job: Job) -> str:
        """Why a job's resource failed, or one that waits on after it; nothing if none did."""
        resources = (self._resource(job, logical_id) for logical_id in (job.logical_id, *job.shares))
        return next((resource.failure for resource in resources if resource and resource.failure), "")

    def _runs(self, jobs: list[Job]) -> dict[Job, Execution]:
        """The execution of each job that runs, or ran, in this operation."""
        since = self.operation.started
        touched = [job for job in jobs if self._resource(job)]
        found: dict[Job, list[Execution]] = {}
        for job, execution in executions_of(touched, since=since and since - _BEFORE):
            found.setdefault(job, []).append(execution)
            if execution.is_running:
                self._seen_running.add(execution.arn)
        picked = {job: self._pick(job, executions) for job, executions in found.items()}
        return {job: execution for job, execution in picked.items() if execution}

    def _pick(self, job: Job, executions: list[Execution]) -> Execution | None:
        """The execution that counts, of those of a job, newest first."""
        resource = self._resource(job)
        if resource is None:
            return None
        if self._failure(job):
            moving = [execution for execution in executions if execution.request in ("create", "update")]
            failed = [execution for execution in moving if execution.status not in ("RUNNING", "SUCCEEDED")]
            return next(iter(failed or moving), None)
        kind, _, state = resource.status.partition("_")
        newest = next((execution for execution in executions if execution.request == _REQUESTS.get(kind)), None)
        if newest and state == "IN_PROGRESS" and newest.arn not in self._seen_running:
            # One that has ended answers for an earlier operation: this one's is about to start, or about to be told.
            return None
        return newest

    def _ask(self, runs: Iterable[Execution], limit: int | None) -> None:
        """Ask those that may have something new to tell how far they are, those not asked for longest first."""
        open_ = [run for run in runs if run.arn not in self._told_all]
        self._turn += 1
        for run in sorted(open_, key=lambda run: self._looked.get(run.arn, -1))[:limit]:
            self._looked[run.arn] = self._turn
            self._told[run.arn] = ask(self._stack.aws, run)
            if not run.is_running:
                self._told_all.add(run.arn)

    def _row(self, job: Job, run: Execution | None, *, going_on: bool) -> Row:
        told = self._told.get(run.arn, Told()) if run else Told()
        waits_on = [self._resource(job, share) for share in job.shares]
        own = self._resource(job)
        awaited = not (own and own.status.endswith("_COMPLETE")) or any(
            share is None or share.status.endswith("_IN_PROGRESS") for share in waits_on
        )
        return Row(
            job=job,
            status=self._status(job, run, told, going_on=going_on),
            execution=run,
            told=told,
            failure=self._failure(job),
            is_awaited=awaited,
        )

    def _status(self, job: Job, run: Execution | None, told: Told, *, going_on: bool) -> str:
        resource = self._resource(job)
        if resource is None:
            is_old = self.operation.kind == "update" and job.stack.has(job.logical_id)
            return "unchanged" if is_old else "waiting" if going_on else "cancelled"
        if self._failure(job):
            return "failed"
        kind, _, state = resource.status.partition("_")
        if kind == "DELETE":
            return "deleted" if state == "COMPLETE" else "deleting"
        if state == "FAILED":
            return "cancelled"
        if run is None:
            # CloudFormation may update a resource without asking the function.
            return "starting" if state == "IN_PROGRESS" else "unchanged" if kind == "UPDATE" else "succeeded"
        return ended_as(run, told)

    def _other_failures(self, jobs: list[Job]) -> Iterator[tuple[str, str]]:
        """What failed and is no job; a nested stack fails because something in it does."""
        known = {(job.stack_id, logical_id) for job in jobs for logical_id in (job.logical_id, *job.shares)}
        for operation in self._operations.values():
            for logical_id, resource in operation.resources.items():
                is_told = (operation.stack_id, logical_id) in known or resource.type == _NESTED
                if resource.failure and not is_told:
                    yield f"{logical_id} ({resource.type})", resource.failure
