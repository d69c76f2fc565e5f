"""The command `data-jobs run`: runs a job of a stack now, waits for it, and shows its result."""

from __future__ import annotations

import datetime as dt
import functools
import json
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import AwsError
from cdk_data_jobs_cli.aws.executions import Execution, list_executions, refresh_execution
from cdk_data_jobs_cli.aws.job_state import StackSnapshot, fetch_job_state
from cdk_data_jobs_cli.aws.polling import poll_until_ended
from cdk_data_jobs_cli.aws.run_state import fetch_resource_properties
from cdk_data_jobs_cli.aws.stack import Job, short_hash
from cdk_data_jobs_cli.commands.arguments import find_job, interval_option, job_argument, stack_argument
from cdk_data_jobs_cli.commands.stack_names import find_stack
from cdk_data_jobs_cli.display.display import create_display
from cdk_data_jobs_cli.display.line_output import JsonDocument

if TYPE_CHECKING:
    from cdk_data_jobs_cli.display.display import Display

MAX_START_SECONDS = 60
"""Seconds to wait for a run to start: Lambda invokes the function again if it crashes."""

_MAX_CLOCK_SKEW = dt.timedelta(minutes=10)
"""How far this machine's clock may be ahead, so that the run is not left out as an older one."""

_INTERRUPTED = 130


@click.command(
    epilog="""\b
Exit codes:
  0    the job succeeded, or with --no-wait was started
  1    it failed
  2    the command was used wrongly, JOB names several jobs, or --yes is missing
       where there is no terminal to ask at
  3    there is no such stack or job
  4    a call of AWS failed, or the run was not seen to start or to end: the message
       says so if it may still be running
  5    the output cannot be written; the job continues to run
  130  interrupted, or the question was answered with no; the message says so if
       the job continues to run"""
)
@stack_argument
@job_argument
@click.option("--yes", "-y", is_flag=True, help="Do not ask before an import that replaces all data of its dataset.")
@click.option("--no-wait", is_flag=True, help="End as soon as the run has started, without its result.")
@interval_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line, at the end.")
@click.pass_context
def run(ctx: click.Context, *, stack: str, job: str, yes: bool, no_wait: bool, interval: float, as_json: bool) -> None:
    """Run a job of a stack now, as it was deployed last, wait for it, and show its result.

    STACK is the stack's name, as CloudFormation or the CDK CLI shows it, or its ARN. JOB is the logical id of its
    resource, its construct's path, or its construct's id, in full.

    Before a FULL import, which replaces all data of its dataset, it asks whether that is meant. Where there is no
    terminal to ask at, such an import needs --yes.
    """
    aws = AwsClient("states:DescribeExecution", "lambda:InvokeFunction")
    found = find_job(find_stack(aws, stack), job, by_part=False)
    request = _Request.of(found)
    if _replaces_data(request) and not yes:
        _confirm(ctx, found)
    display = create_display(JsonDocument if as_json else None, aws.now)
    # A user who believes that there was no run would run the job again.
    try:
        last = _run(request, display, interval, no_wait=no_wait)
    except KeyboardInterrupt:
        click.echo(f"interrupted; {request} continues: {request.how_to_look}", err=True)
        ctx.exit(_INTERRUPTED)
    except OSError:
        click.echo(f"{request} continues: {request.how_to_look}", err=True)
        raise
    ctx.exit(0 if last.succeeded or (no_wait and last.is_in_progress) else 1)


@dataclass(frozen=True)
class _Request:
    """A request to the function that runs a job.

    Attributes:
        job: The job.
        function: The name or ARN of the function.
        request_id: What tells this request from all others.
        properties: The properties of the job's resource as they were deployed last.
    """

    job: Job
    function: str
    request_id: str
    properties: dict[str, Any]

    @classmethod
    def of(cls, job: Job) -> _Request:
        """Returns a request to run a job.

        Raises:
            AwsError: If the job's properties are no longer known, or a call fails.
        """
        if not job.function:
            raise AwsError(f"{job.path} is not deployed: the function that runs it is not there")
        return cls(job, job.function, uuid.uuid4().hex, _deployed_properties(job))

    @property
    def run_id(self) -> str:
        """The id that its run will have; see `Execution.id`."""
        return short_hash(self.request_id)

    @property
    def how_to_look(self) -> str:
        """How to look at its run, as part of a message."""
        return f"`data-jobs runs {self.job.stack.root_name}` lists it"

    def __str__(self) -> str:
        """Returns what its run is called in messages."""
        return f"run {self.run_id} of {self.job.name}"

    @property
    def event(self) -> dict[str, Any]:
        """The event that the function is invoked with."""
        return {
            "RequestType": "Run",
            "StartedBy": "command",
            "StackId": self.job.stack_id,
            "RequestId": self.request_id,
            "LogicalResourceId": self.job.logical_id,
            "ResourceType": self.job.resource_type,
            "ResourceProperties": self.properties,
        }


def _replaces_data(request: _Request) -> bool:
    """Returns whether a run replaces all data of a dataset (CreateDatasetImportJob, importMode, by default FULL)."""
    mode = request.properties.get("Parameters", {}).get("importMode", "FULL")
    return request.job.resource_type == "Custom::PersonalizeDatasetImportJob" and mode == "FULL"


def _confirm(ctx: click.Context, job: Job) -> None:
    """Asks whether all data may be replaced.

    Raises:
        click.UsageError: If there is no terminal to ask at.
        click.Abort: If it may not.
    """
    effect = f"{job.name} is a FULL import, which replaces all data of its dataset"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{effect}: confirm it with --yes, as there is no terminal to ask at", ctx)
    is_meant = False
    try:
        is_meant = click.confirm(f"{effect}. Run it?", err=True)
    except click.Abort:  # by Ctrl-C, which leaves the cursor behind the question
        click.echo(err=True)
    if not is_meant:
        click.echo("nothing was run", err=True)
        raise click.Abort


def _run(request: _Request, display: Display, interval: float, *, no_wait: bool) -> StackSnapshot:
    """Runs a job, and shows its run until it has ended; returns the last snapshot.

    Raises:
        AwsError: If a call fails; the message says so if the run was requested.
    """
    job, aws = request.job, request.job.stack.aws
    requested = aws.now()
    aws.invoke_async(request.function, request.event)
    try:
        execution = _wait_for_start(request, requested - _MAX_CLOCK_SKEW, interval)
        take_snapshot = functools.partial(_snapshot, job, execution)
        with display:
            display.show_message(f"{request} has started: execution {execution.name}")
            last = take_snapshot() if no_wait else poll_until_ended(take_snapshot, interval, display.show)
            display.show_result(last)
    except AwsError as error:
        message = f"{error}; {request} was requested, and may be running: {request.how_to_look}"
        raise AwsError(message) from None
    return last


def _deployed_properties(job: Job) -> dict[str, Any]:
    """Returns the properties of the job's resource as they were deployed last.

    Raises:
        AwsError: If they are no longer known, or a call fails.
    """
    aws = job.stack.aws
    executions = [execution for _job, execution in list_executions([job]) if execution.request != "delete"]
    # Those that a deployment started come first: only they have the properties of the resource itself.
    for execution in sorted(executions, key=lambda execution: execution.request == "run"):
        if properties := fetch_resource_properties(aws, execution):
            return properties
    for event in aws.list_stack_events(job.stack_id):
        is_own = event["LogicalResourceId"] == job.logical_id
        if is_own and event["ResourceStatus"].endswith("_COMPLETE") and event.get("ResourceProperties"):
            return dict(json.loads(event["ResourceProperties"]))
    raise AwsError(
        f"the properties of {job.path} are no longer known: runs and events are kept for 90 days; change a tag "
        "of it, which runs nothing, and deploy"
    )


def _wait_for_start(request: _Request, since: dt.datetime, interval: float) -> Execution:
    """Waits until the execution of a run is listed, and returns it.

    Args:
        request: What was requested.
        since: A time before that.
        interval: Seconds between two polls, at most 1.

    Raises:
        AwsError: If it does not start in time, or a call fails in a way that will not pass.
    """
    job = request.job
    deadline = time.monotonic() + MAX_START_SECONDS
    while time.monotonic() < deadline:
        try:
            for _job, execution in list_executions([job], since=since):
                if (execution.request, execution.id) == ("run", request.run_id):
                    return execution
        except AwsError as error:
            if not error.is_transient:
                raise
        time.sleep(min(interval, 1.0))
    raise AwsError(
        f"the run of {job.path} did not start within {MAX_START_SECONDS} s: the log of the function that runs it shows "
        "why; a function that an older version of cdk-data-jobs deployed cannot run jobs for a command, so deploy it "
        "again"
    )


def _snapshot(job: Job, started: Execution) -> StackSnapshot:
    """Returns the state of the run."""
    execution = refresh_execution(job.stack.aws, started)
    return StackSnapshot(
        stack=job.stack.root_name,
        status="",
        jobs=(fetch_job_state(job, execution),),
        is_in_progress=execution.is_running,
        succeeded=execution.status == "SUCCEEDED",
        started=execution.started,
        ended=execution.ended,
    )
