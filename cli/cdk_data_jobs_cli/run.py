"""`data-jobs run`: run a job of a stack now, wait for it, and tell how it ended."""

from __future__ import annotations

import datetime as dt
import functools
import json
import time
import uuid
from typing import Any

import click

from cdk_data_jobs_cli.aws import Aws, AwsError
from cdk_data_jobs_cli.display import display
from cdk_data_jobs_cli.executions import Execution, ask, executions_of, properties_of, refreshed
from cdk_data_jobs_cli.following import interval_option, until_ended
from cdk_data_jobs_cli.lines import JsonDocument
from cdk_data_jobs_cli.rows import Row, Snapshot, ended_as, here_and_now
from cdk_data_jobs_cli.stack import Job, Stack, digest, find_job

TO_START = 60
"""Seconds within which a run starts: the function may be asked again if it crashes."""

_CLOCKS_DIFFER = dt.timedelta(minutes=10)
"""How wrong this machine's clock may be, so that the run is not taken for an older one."""


@click.command(
    epilog="""\b
Exit codes:
  0    the job succeeded, or with --no-wait was started
  1    it failed
  2    the command was used wrongly, or JOB may mean several jobs
  3    there is no such stack or job
  4    AWS could not be asked, or did not tell that the run started or ended: the
       message says so if it may go on
  130  interrupted; the job goes on"""
)
@click.argument("stack")
@click.argument("job")
@click.option("--no-wait", is_flag=True, help="Leave as soon as the run has started.")
@interval_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document, at the end.")
@click.pass_context
def run(ctx: click.Context, stack: str, job: str, no_wait: bool, interval: float, as_json: bool) -> None:  # noqa: PLR0917
    """Run a job of a stack now, as it was deployed last, wait for it, and tell how it ended.

    STACK is the stack's name or ARN. JOB is the logical id of its resource, its construct's path, or a part of either
    that no other job has.
    """
    aws = Aws("states:DescribeExecution", "lambda:InvokeFunction")
    found = find_job(Stack(aws, aws.stack(stack)), job)
    asked = here_and_now()
    name = _start(found)
    try:
        execution = _started(found, name, asked - _CLOCKS_DIFFER, interval)
        look = functools.partial(_look, found, execution)
        with display(JsonDocument if as_json else None) as shown:
            last = look() if no_wait else until_ended(look, interval, shown.show)
            shown.end(last)
    except AwsError as error:
        # Whoever takes it for a run that never was runs the job again.
        raise AwsError(f"{error.message}; the run was asked for, and may go on: `data-jobs runs` tells") from None
    ctx.exit(0 if last.succeeded or (no_wait and last.is_going_on) else 1)


def _start(job: Job) -> str:
    """Ask the function to start a run; returns what the name of its execution starts with.

    Raises:
        AwsError: If nobody knows the job's properties, or the function cannot be asked.
    """
    function = job.stack.resolve(job.function)
    if not function:
        raise AwsError(f"{job.path} is not deployed: the function that runs it is not there")
    own = uuid.uuid4().hex
    request = {
        "RequestType": "Run",
        "StartedBy": "command",
        "StackId": job.stack_id,
        "RequestId": own,
        "LogicalResourceId": job.logical_id,
        "ResourceType": job.resource_type,
        "ResourceProperties": _properties(job),
    }
    job.stack.aws.invoke(function, request)
    return f"{job.execution_prefix}run-{digest(own, 8)}-"


def _properties(job: Job) -> dict[str, Any]:
    """The resource's properties as they were deployed last.

    Raises:
        AwsError: If nobody knows them any more.
    """
    aws = job.stack.aws
    runs = [execution for _job, execution in executions_of([job]) if execution.request != "delete"]
    # Those of a deployment come first: only they were what the resource itself was given.
    for execution in sorted(runs, key=lambda run: run.request == "run"):
        if properties := properties_of(aws, execution):
            return properties
    for event in aws.events(job.stack_id):
        is_own = event["LogicalResourceId"] == job.logical_id
        if is_own and event["ResourceStatus"].endswith("_COMPLETE") and event.get("ResourceProperties"):
            return dict(json.loads(event["ResourceProperties"]))
    raise AwsError(
        f"nobody knows the properties of {job.path} any more: runs and events are kept for 90 days; change a tag "
        "of it, which runs nothing, and deploy"
    )


def _started(job: Job, name: str, since: dt.datetime, interval: float) -> Execution:
    """The execution of the run, as soon as it is there.

    Args:
        job: The job.
        name: What the execution's name starts with.
        since: When the run was asked for, or somewhat earlier.
        interval: Seconds between two looks.

    Raises:
        AwsError: If it does not come, or AWS cannot be asked.
    """
    ends = time.monotonic() + TO_START
    while time.monotonic() < ends:
        try:
            for _job, execution in executions_of([job], since=since):
                if execution.name.startswith(name):
                    return execution
        except AwsError as error:
            if not error.passing:
                raise
        time.sleep(min(interval, 1.0))
    raise AwsError(
        f"the run of {job.path} did not start within {TO_START} s: the log of the function that runs it tells why; one "
        "that an older version of cdk-data-jobs deployed cannot run jobs for a command, so deploy it again"
    )


def _look(job: Job, started: Execution) -> Snapshot:
    """See how far the run is."""
    aws = job.stack.aws
    execution = refreshed(aws, started)
    told = ask(aws, execution)
    status = ended_as(execution, told)
    return Snapshot(
        stack=job.stack.root,
        status="",
        rows=(Row(job=job, status=status, execution=execution, told=told),),
        is_going_on=execution.is_running,
        succeeded=execution.status == "SUCCEEDED",
        started=execution.started,
        ended=execution.ended,
    )
