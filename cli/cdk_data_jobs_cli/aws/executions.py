"""The executions of the state machine, and the jobs that they belong to."""

from __future__ import annotations

import contextlib
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.errors import NotFoundError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_cli.aws.client import AwsClient
    from cdk_data_jobs_cli.aws.stack import Job

_NAME = re.compile(r"(.*-[0-9a-f]{8}-)(create|update|delete|run)-")
_CONSOLE_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True)
class Execution:
    """One execution, which is one run of a job.

    Attributes:
        arn: Its ARN.
        name: Its name.
        prefix: The part of its name that all executions for the same job have; see `Job.execution_prefix`.
        request: What was requested: `create`, `update`, `delete` or `run`.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        started: When it started.
        ended: When it ended, if it has.
    """

    arn: str
    name: str
    prefix: str
    request: str
    status: str
    started: dt.datetime
    ended: dt.datetime | None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    @property
    def console_url(self) -> str:
        """Its page in the console; empty in partitions without a public console."""
        return console_url(self.arn)


def console_url(execution_arn: str) -> str:
    """Returns the page of an execution in the console; an empty string in partitions without a public console."""
    _, partition, _, region, *_ = execution_arn.split(":")
    host = _CONSOLE_HOSTS.get(partition, "")
    page = f"#/v2/executions/details/{execution_arn}"
    return f"https://{region}.{host}/states/home?region={region}{page}" if host else ""


def list_executions(
    jobs: Iterable[Job], *, since: dt.datetime | None = None, limit: int | None = None
) -> Iterator[tuple[Job, Execution]]:
    """Yields the executions for some jobs, newest first for each state machine.

    A job whose state machine does not exist has none.

    Args:
        jobs: The jobs.
        since: Executions that started before are left out. By default none is.
        limit: How many of each state machine to yield at most. By default all.
    """
    state_machines: dict[str, dict[str, Job]] = {}
    for job in jobs:
        if arn := job.state_machine_arn:
            state_machines.setdefault(arn, {})[job.execution_prefix] = job
    for arn, jobs_by_prefix in state_machines.items():
        aws = next(iter(jobs_by_prefix.values())).stack.aws
        with contextlib.suppress(NotFoundError):
            yield from itertools.islice(_of_jobs(aws.list_executions(arn, since=since), jobs_by_prefix), limit)


def latest_executions(jobs: Iterable[Job], *, limit: int) -> dict[Job, Execution]:
    """Returns the latest execution of each job that has one, without deletions.

    Args:
        jobs: The jobs.
        limit: Among how many of the latest executions of each state machine to look for them.
    """
    jobs_of_machines: dict[str | None, list[Job]] = {}
    for job in jobs:
        jobs_of_machines.setdefault(job.state_machine_arn, []).append(job)
    latest: dict[Job, Execution] = {}
    for jobs_of_machine in jobs_of_machines.values():
        missing = {*jobs_of_machine}
        for job, execution in list_executions(jobs_of_machine, limit=limit):
            if job in missing and execution.request != "delete":
                latest[job] = execution
                missing.remove(job)
            if not missing:
                break
    return latest


def refresh_execution(aws: AwsClient, execution: Execution) -> Execution:
    """Returns an execution as it is now."""
    return _execution(aws.describe_execution(execution.arn), execution.prefix, execution.request)


def _of_jobs(descriptions: Iterable[dict[str, Any]], jobs_by_prefix: dict[str, Job]) -> Iterator[tuple[Job, Execution]]:
    """Yields the executions that belong to one of these jobs."""
    for description in descriptions:
        name = _NAME.match(description["name"])
        if name and name[1] in jobs_by_prefix:
            yield jobs_by_prefix[name[1]], _execution(description, name[1], name[2])


def _execution(description: dict[str, Any], prefix: str, request: str) -> Execution:
    return Execution(
        arn=description["executionArn"],
        name=description["name"],
        prefix=prefix,
        request=request,
        status=description["status"],
        started=description["startDate"],
        ended=description.get("stopDate"),
    )
