"""The command `data-jobs runs`: lists the runs of a stack's jobs."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.executions import list_executions
from cdk_data_jobs_cli.aws.job_state import JobState, fetch_job_state
from cdk_data_jobs_cli.commands.arguments import find_job, stack_argument
from cdk_data_jobs_cli.commands.completion import complete_jobs
from cdk_data_jobs_cli.commands.stack_names import find_stack
from cdk_data_jobs_cli.display.display import is_interactive
from cdk_data_jobs_cli.display.formatting import duration, one_line, timestamp
from cdk_data_jobs_cli.display.run_list import render_runs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from cdk_data_jobs_cli.aws.executions import Execution
    from cdk_data_jobs_cli.aws.stack import Job, Stack


@click.command(
    epilog="""\b
Exit codes:
  0    the runs were listed
  2    the command was used wrongly, or JOB may mean several jobs
  3    there is no such stack or job
  4    a call of AWS failed: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted"""
)
@stack_argument
@click.option("--job", metavar="JOB", shell_complete=complete_jobs, help="List the runs of this job only.")
@click.option(
    "--limit",
    metavar="NUMBER",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many runs to list at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line.")
def runs(stack: str, job: str | None, limit: int, as_json: bool) -> None:
    """List the runs of a stack's jobs, the newest first.

    STACK is the stack's name, as CloudFormation or the CDK CLI shows it, or its ARN. JOB is the logical id of
    a job's resource, its construct's path, or a part of either that no other job has.

    For each run it shows its id, what started it (create, update or delete of the stack, a schedule, an upload, a task,
    a command), when, for how long, how it ended and why. An update that did not run the job again is listed as kept, a
    run that found nothing to do as skipped. A cleanup follows an update that has replaced the job, or was rolled back:
    CloudFormation deletes what it has replaced, and the job that the stack has stays. AWS keeps the runs for 90 days.
    """
    aws = AwsClient()
    owner = find_stack(aws, stack)
    jobs = [find_job(owner, job, by_part=True)] if job else owner.jobs
    states = [fetch_job_state(one, execution) for one, execution in _newest(list_executions(jobs, limit=limit), limit)]
    console = Console(highlight=False)
    if as_json:
        document = {"stack": owner.name, "runs": [_as_json(state, aws.now()) for state in states]}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif is_interactive(console) and states:
        console.print(render_runs([(_started_by(state), state) for state in states], aws.now(), console.width))
    else:
        for state in states:
            click.echo(_line(state, aws.now()))
    if not states:
        click.echo(_why_none(owner, jobs), err=True)


def _why_none(owner: Stack, jobs: list[Job]) -> str:
    if not jobs:
        return f"{owner.name} has no data jobs"
    if owner.status == "ROLLBACK_COMPLETE" and not any(job.function for job in jobs):
        return (
            f"no runs of {owner.name} are known: the rollback of its creation has deleted what ran its jobs; the "
            "stack's events in CloudFormation say what failed"
        )
    return f"no runs of {owner.name} are known: AWS keeps them for 90 days"


def _newest(executions: Iterable[tuple[Job, Execution]], limit: int) -> list[tuple[Job, Execution]]:
    return heapq.nlargest(limit, executions, key=lambda pair: pair[1].started)


def _started_by(state: JobState) -> str:
    """Returns what started a run, from the run's data, or else from the execution's name."""
    job, physical_id = state.job, state.run_state.physical_id
    request = state.execution.request if state.execution else ""
    if request == "delete" and physical_id and physical_id != job.stack.physical_id(job.logical_id):
        return "cleanup"
    return state.run_state.started_by or request


def _as_json(state: JobState, now: dt.datetime) -> dict[str, Any]:
    run = state.execution
    times = {"started": timestamp(run.started), "ended": timestamp(run.ended) if run.ended else None} if run else {}
    return {"started_by": _started_by(state), **times, **state.as_json(now)}


def _line(state: JobState, now: dt.datetime) -> str:
    run = state.execution
    parts = (
        timestamp(run.started) if run else "",
        run.id if run else "",
        state.job.name,
        _started_by(state),
        state.status,
        duration(state.elapsed(now)).replace(" ", ""),
        str(state.progress),
        state.reason,
        state.link,
    )
    return one_line(" ".join(filter(None, parts)))
