"""`data-jobs runs`: what a stack's jobs did, when, for how long, and why it failed."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cdk_data_jobs_cli.aws import Aws
from cdk_data_jobs_cli.display import in_terminal
from cdk_data_jobs_cli.executions import ask, executions_of
from cdk_data_jobs_cli.rows import Row, ended_as, here_and_now
from cdk_data_jobs_cli.stack import Stack, find_job
from cdk_data_jobs_cli.table import linked, status_of
from cdk_data_jobs_cli.texts import duration, moment, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdk_data_jobs_cli.executions import Execution
    from cdk_data_jobs_cli.stack import Job


@click.command(
    epilog="""\b
Exit codes:
  0    told
  2    the command was used wrongly, or JOB may mean several jobs
  3    there is no such stack or job
  4    AWS could not be asked: no credentials, not allowed, not reachable"""
)
@click.argument("stack")
@click.option("--job", metavar="JOB", help="Only this job: a logical id, a construct's path, or a part of either.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs to list at most."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def runs(stack: str, job: str | None, limit: int, as_json: bool) -> None:
    """List what a stack's jobs did, the newest first.

    STACK is the stack's name or ARN. For each run it tells what started it (create, update or delete of the stack, a
    schedule, an upload, a task, a command), when, for how long, how it ended and why. An update that moved no data is
    listed as kept, a run that found nothing to do as skipped. Runs are known for 90 days.
    """
    aws = Aws()
    owner = Stack(aws, aws.stack(stack))
    jobs = [find_job(owner, job)] if job else owner.jobs
    found = [_row(one, execution) for one, execution in _newest(executions_of(jobs, limit=limit), limit)]
    console = Console(highlight=False)
    if as_json:
        click.echo(json.dumps({"stack": owner.name, "runs": [_as_json(row) for row in found]}, ensure_ascii=False))
    elif in_terminal(console):
        console.print(_table(found) if found else Text(f"no runs of {owner.name} are known", style="dim"))
    else:
        for row in found:
            click.echo(_line(row))


def _newest(found: Iterable[tuple[Job, Execution]], limit: int) -> list[tuple[Job, Execution]]:
    return heapq.nlargest(limit, found, key=lambda one: one[1].started)


def _row(job: Job, execution: Execution) -> Row:
    told = ask(job.stack.aws, execution)
    return Row(job=job, status=ended_as(execution, told), execution=execution, told=told)


def _started_by(row: Row) -> str:
    """What started a run: the document says so, and for CloudFormation the execution's name."""
    return row.told.started_by or (row.execution.request if row.execution else "")


def _as_json(row: Row) -> dict[str, Any]:
    run = row.execution
    times = {"started": moment(run.started), "ended": moment(run.ended) if run.ended else None} if run else {}
    return {"started_by": _started_by(row), **times, **row.as_json(here_and_now())}


def _line(row: Row) -> str:
    began = moment(row.execution.started) if row.execution else ""
    took = duration(row.elapsed(here_and_now())).replace(" ", "")
    words = (began, row.job.name, _started_by(row), row.status, took, str(row.progress), row.reason, row.link)
    return one_line(" ".join(filter(None, words)))


def _table(rows: list[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for name in ("Started", "Job", "By", "Result", "Took", "Reason"):
        right = "right" if name == "Took" else "left"
        table.add_column(name, overflow="fold", no_wrap=name != "Reason", justify=right)  # type: ignore[arg-type]
    for row in rows:
        began = row.execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S") if row.execution else ""
        took = duration(row.elapsed(here_and_now()))
        said = one_line(row.reason) or str(row.progress)
        table.add_row(
            began,
            linked(row.job.name, row.link),
            _started_by(row),
            status_of(row),
            took,
            Text(said),
        )
    return table
