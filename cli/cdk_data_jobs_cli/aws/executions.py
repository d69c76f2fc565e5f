"""The executions of the state machine, and the jobs that they belong to."""

from __future__ import annotations

import contextlib
import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.errors import NotFoundError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from cdk_data_jobs_cli.aws.client import AwsClient
    from cdk_data_jobs_cli.aws.stack import Job

_NAME = re.compile(r"(.*-[0-9a-f]{8}-)(create|update|delete|run)-([0-9a-f]{8})-")
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
        id: The part of its name by which people tell the runs of a job apart: eight hexadecimal digits.
        request: What was requested: `create`, `update`, `delete` or `run`.
        status: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
        started: When it started.
        ended: When it ended, if it has.
        console_url: Its page in the console; empty where there is no public console.
    """

    arn: str
    name: str
    id: str
    request: str
    status: str
    started: dt.datetime
    ended: dt.datetime | None
    console_url: str

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"


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
            yield from itertools.islice(_of_jobs(aws, aws.list_executions(arn, since=since), jobs_by_prefix), limit)


def refresh_execution(aws: AwsClient, execution: Execution) -> Execution:
    """Returns an execution as it is now."""
    described = aws.describe_execution(execution.arn)
    return replace(execution, status=described["status"], ended=described.get("stopDate"))


def _of_jobs(
    aws: AwsClient, descriptions: Iterable[dict[str, Any]], jobs_by_prefix: dict[str, Job]
) -> Iterator[tuple[Job, Execution]]:
    """Yields the executions that belong to one of these jobs."""
    for description in descriptions:
        name = _NAME.match(description["name"])
        if name and name[1] in jobs_by_prefix:
            arn = description["executionArn"]
            execution = Execution(
                arn=arn,
                name=description["name"],
                id=name[3],
                request=name[2],
                status=description["status"],
                started=description["startDate"],
                ended=description.get("stopDate"),
                console_url=console_url(arn) if aws.has_console else "",
            )
            yield jobs_by_prefix[name[1]], execution
