"""`data-jobs run`: run a job of a stack now, wait for it, and tell how it ended."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import click

from cdk_data_jobs_cli.aws import Aws, AwsError
from cdk_data_jobs_cli.executions import Execution, ask, executions_of, properties_of, refreshed
from cdk_data_jobs_cli.lines import JsonDocument
from cdk_data_jobs_cli.rows import Row, Snapshot, ended_as
from cdk_data_jobs_cli.stack import Job, Stack, digest, find_job
from cdk_data_jobs_cli.table import screen
from cdk_data_jobs_cli.watch import ACTIONS, until_ended

TO_START = 60
"""Seconds within which a run starts: the function may be asked again if it crashes."""


@click.command(
    epilog="""\b
Exit codes:
  0    the job succeeded, or with --no-wait was started
  1    it failed
  2    the command was used wrongly, or JOB may mean several jobs
  3    there is no such stack or job
  4    AWS could not be asked, or did not start the run
  130  interrupted; the job goes on"""
)
@click.argument("stack")
@click.argument("job")
@click.option("--no-wait", is_flag=True, help="Leave as soon as the run has started.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to pause between two looks.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document, at the end.")
@click.pass_context
def run(ctx: click.Context, stack: str, job: str, no_wait: bool, interval: float, as_json: bool) -> None:  # noqa: PLR0917
    """Run a job of a stack now, as it was deployed last, wait for it, and tell how it ended.

    STACK is the stack's name or ARN. JOB is the logical id of its resource, its construct's path, or a part of either
    that no other job has.
    """
    aws = Aws(*ACTIONS, "states:DescribeExecution", "lambda:InvokeFunction")
    owner = Stack(aws, aws.stack(stack))
    found = find_job(owner, job)
    name = _start(aws, found)
    execution = _started(aws, found, name, interval)

    def look() -> Snapshot:
        return _look(aws, owner, found, execution)

    with JsonDocument() if as_json else screen(as_json=False) as shown:
        last = look() if no_wait else until_ended(look, interval, shown.show)
        shown.end(last)
    ctx.exit(0 if last.succeeded or (no_wait and last.is_going_on) else 1)


def _start(aws: Aws, job: Job) -> str:
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
        "ResourceType": job.type,
        "ResourceProperties": _properties(aws, job),
    }
    aws.invoke(function, request)
    return f"{job.executions}run-{digest(own, 8)}-"


def _properties(aws: Aws, job: Job) -> dict[str, Any]:
    """The resource's properties as they were deployed last.

    Raises:
        AwsError: If nobody knows them any more.
    """
    runs = [execution for _job, execution in executions_of(aws, [job]) if execution.kind != "delete"]
    # Those of a deployment come first: only they were what the resource itself was given.
    for execution in sorted(runs, key=lambda run: run.kind == "run"):
        if properties := properties_of(aws, execution):
            return properties
    for event in aws.events(job.stack_id):
        is_own = event["LogicalResourceId"] == job.logical_id
        if is_own and event["ResourceStatus"].endswith("_COMPLETE") and event.get("ResourceProperties"):
            return dict(json.loads(event["ResourceProperties"]))
    raise AwsError(
        f"nobody knows the properties of {job.path} any more: runs and events are kept for 90 days; deploy it once "
        "with another trigger, or run it on a schedule"
    )


def _started(aws: Aws, job: Job, name: str, interval: float) -> Execution:
    """The execution of the run, as soon as it is there.

    Raises:
        AwsError: If it does not come.
    """
    ends = time.monotonic() + TO_START
    while time.monotonic() < ends:
        for _job, execution in executions_of(aws, [job]):
            if execution.name.startswith(name):
                return execution
        time.sleep(min(interval, 1.0))
    raise AwsError(
        f"the run of {job.path} did not start within {TO_START} s: the log of the function that runs it tells why; one "
        "that an older version of cdk-data-jobs deployed cannot run jobs for a command, so deploy it again"
    )


def _look(aws: Aws, stack: Stack, job: Job, started: Execution) -> Snapshot:
    """See how far the run is."""
    execution = refreshed(aws, started)
    told = ask(aws, execution)
    status = ended_as(execution, told)
    return Snapshot(
        stack=stack.name,
        status="",
        rows=(Row(job=job, status=status, execution=execution, told=told),),
        is_going_on=execution.is_running,
        succeeded=execution.status == "SUCCEEDED",
        started=execution.started,
        ended=execution.ended,
    )
