"""The command `data-jobs runs`: lists the runs of a stack's jobs."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.executions import list_executions
from cdk_data_jobs_cli.aws.job_state import JobState, run_status, utc_now
from cdk_data_jobs_cli.aws.run_state import fetch_run_state
from cdk_data_jobs_cli.commands.arguments import find_job, stack_argument
from cdk_data_jobs_cli.commands.completion import complete_jobs
from cdk_data_jobs_cli.commands.stack_names import find_stack
from cdk_data_jobs_cli.display.display import is_interactive
from cdk_data_jobs_cli.display.formatting import duration, one_line, timestamp
from cdk_data_jobs_cli.display.table import link_text, status_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_data_jobs_cli.aws.executions import Execution
    from cdk_data_jobs_cli.aws.stack import Job


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

    For each run it shows what started it (create, update or delete of the stack, a schedule, an upload, a task, a
    command), when, for how long, how it ended and why. An update that did not run the job again is listed as kept, a
    run that found nothing to do as skipped. AWS keeps the runs for 90 days.
    """
    owner = find_stack(AwsClient(), stack)
    jobs = [find_job(owner, job)] if job else owner.jobs
    states = [_job_state(one, execution) for one, execution in _newest(list_executions(jobs, limit=limit), limit)]
    console = Console(highlight=False)
    if as_json:
        document = {"stack": owner.name, "runs": [_as_json(state) for state in states]}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif is_interactive(console):
        console.print(_table(states) if states else Text(f"no runs of {owner.name} are known", style="dim"))
    else:
        for state in states:
            click.echo(_line(state))


def _newest(executions: Iterable[tuple[Job, Execution]], limit: int) -> list[tuple[Job, Execution]]:
    return heapq.nlargest(limit, executions, key=lambda pair: pair[1].started)


def _job_state(job: Job, execution: Execution) -> JobState:
    run_state = fetch_run_state(job.stack.aws, execution)
    return JobState(job=job, status=run_status(execution, run_state), execution=execution, run_state=run_state)


def _started_by(state: JobState) -> str:
    """Returns what started a run, from the run's data, or else from the execution's name."""
    return state.run_state.started_by or (state.execution.request if state.execution else "")


def _as_json(state: JobState) -> dict[str, Any]:
    run = state.execution
    times = {"started": timestamp(run.started), "ended": timestamp(run.ended) if run.ended else None} if run else {}
    return {"started_by": _started_by(state), **times, **state.as_json(utc_now())}


def _line(state: JobState) -> str:
    started = timestamp(state.execution.started) if state.execution else ""
    took = duration(state.elapsed(utc_now())).replace(" ", "")
    progress = str(state.progress)
    parts = (started, state.job.name, _started_by(state), state.status, took, progress, state.reason, state.link)
    return one_line(" ".join(filter(None, parts)))


def _table(states: list[JobState]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name in ("Started", "Job", "By", "Result", "Took", "Reason"):
        justify = "right" if name == "Took" else "left"
        table.add_column(name, overflow="fold", no_wrap=name != "Reason", justify=justify)  # type: ignore[arg-type]
    for state in states:
        started = state.execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S") if state.execution else ""
        table.add_row(
            started,
            link_text(state.job.name, state.link),
            _started_by(state),
            status_text(state),
            duration(state.elapsed(utc_now())),
            Text(one_line(state.reason) or str(state.progress)),
        )
    return table
