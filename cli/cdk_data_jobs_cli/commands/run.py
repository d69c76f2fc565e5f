"""The command `data-jobs run`: runs a job of a stack now, waits for it, and shows its result."""

from __future__ import annotations

import datetime as dt
import functools
import json
import time
import uuid
from typing import Any

import click

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import AwsError
from cdk_data_jobs_cli.aws.executions import Execution, list_executions, refresh_execution
from cdk_data_jobs_cli.aws.job_state import JobState, StackSnapshot, run_status, utc_now
from cdk_data_jobs_cli.aws.polling import poll_until_ended
from cdk_data_jobs_cli.aws.run_state import fetch_resource_properties, fetch_run_state
from cdk_data_jobs_cli.aws.stack import Job, short_hash
from cdk_data_jobs_cli.commands.arguments import find_job, interval_option, job_argument, stack_argument
from cdk_data_jobs_cli.commands.stack_names import find_stack
from cdk_data_jobs_cli.display.display import create_display
from cdk_data_jobs_cli.display.line_output import JsonDocument

MAX_START_SECONDS = 60
"""Seconds to wait for a run to start: Lambda invokes the function again if it crashes."""

_MAX_CLOCK_SKEW = dt.timedelta(minutes=10)
"""How far this machine's clock may be ahead, so that the run is not left out as an older one."""


@click.command(
    epilog="""\b
Exit codes:
  0    the job succeeded, or with --no-wait was started
  1    it failed
  2    the command was used wrongly, or JOB may mean several jobs
  3    there is no such stack or job
  4    a call of AWS failed, or the run was not seen to start or to end: the message
       says so if it may still be running
  5    the output cannot be written; the job continues to run
  130  interrupted; the job continues to run"""
)
@stack_argument
@job_argument
@click.option("--no-wait", is_flag=True, help="End as soon as the run has started, without its result.")
@interval_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line, at the end.")
@click.pass_context
def run(ctx: click.Context, stack: str, job: str, no_wait: bool, interval: float, as_json: bool) -> None:  # noqa: PLR0917
    """Run a job of a stack now, as it was deployed last, wait for it, and show its result.

    STACK is the stack's name, as CloudFormation or the CDK CLI shows it, or its ARN. JOB is the logical id of
    its resource, its construct's path, or a part of either that no other job has.
    """
    aws = AwsClient("states:DescribeExecution", "lambda:InvokeFunction")
    found = find_job(find_stack(aws, stack), job)
    requested = utc_now()
    name_prefix = _request_run(found)
    try:
        execution = _wait_for_start(found, name_prefix, requested - _MAX_CLOCK_SKEW, interval)
        take_snapshot = functools.partial(_snapshot, found, execution)
        with create_display(JsonDocument if as_json else None) as display:
            last = take_snapshot() if no_wait else poll_until_ended(take_snapshot, interval, display.show)
            display.show_result(last)
    except AwsError as error:
        # A user who believes that there was no run would run the job again.
        raise AwsError(f"{error}; the run was requested, and may be running: `data-jobs runs` lists it") from None
    ctx.exit(0 if last.succeeded or (no_wait and last.is_in_progress) else 1)


def _request_run(job: Job) -> str:
    """Invokes the function to start a run; returns the prefix of the name that its execution will have.

    Raises:
        AwsError: If the job's properties are no longer known, or a call fails.
    """
    function = job.function
    if not function:
        raise AwsError(f"{job.path} is not deployed: the function that runs it is not there")
    request_id = uuid.uuid4().hex
    request = {
        "RequestType": "Run",
        "StartedBy": "command",
        "StackId": job.stack_id,
        "RequestId": request_id,
        "LogicalResourceId": job.logical_id,
        "ResourceType": job.resource_type,
        "ResourceProperties": _deployed_properties(job),
    }
    job.stack.aws.invoke_async(function, request)
    return f"{job.execution_prefix}run-{short_hash(request_id)}-"


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


def _wait_for_start(job: Job, name_prefix: str, since: dt.datetime, interval: float) -> Execution:
    """Waits until the execution of a run is listed, and returns it.

    Args:
        job: The job.
        name_prefix: The prefix of the execution's name.
        since: A time before the run was requested.
        interval: Seconds between two polls, at most 1.

    Raises:
        AwsError: If it does not start in time, or a call fails in a way that will not pass.
    """
    deadline = time.monotonic() + MAX_START_SECONDS
    while time.monotonic() < deadline:
        try:
            for _job, execution in list_executions([job], since=since):
                if execution.name.startswith(name_prefix):
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
    aws = job.stack.aws
    execution = refresh_execution(aws, started)
    run_state = fetch_run_state(aws, execution)
    status = run_status(execution, run_state)
    return StackSnapshot(
        stack=job.stack.root_name,
        status="",
        jobs=(JobState(job=job, status=status, execution=execution, run_state=run_state),),
        is_in_progress=execution.is_running,
        succeeded=execution.status == "SUCCEEDED",
        started=execution.started,
        ended=execution.ended,
    )
