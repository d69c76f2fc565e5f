"""The command `data-jobs jobs`: lists the jobs of a stack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.job_state import JobState, fetch_last_states
from cdk_data_jobs_cli.aws.starters import SCHEDULE, UPLOAD, Starter, list_starters
from cdk_data_jobs_cli.commands.arguments import stack_argument
from cdk_data_jobs_cli.commands.stack_names import find_stack
from cdk_data_jobs_cli.display.display import is_interactive
from cdk_data_jobs_cli.display.formatting import one_line, timestamp
from cdk_data_jobs_cli.display.table import status_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.aws.executions import Execution
    from cdk_data_jobs_cli.aws.stack import Job, Stack

_NO_RUN = "no known run"


@dataclass(frozen=True)
class _ListedJob:
    """A job with what is shown of it.

    Attributes:
        job: The job.
        state: The state of its last run; none if no run of it is known.
        starters: Its schedules and rules.
    """

    job: Job
    state: JobState | None
    starters: tuple[Starter, ...]

    @property
    def execution(self) -> Execution | None:
        """The execution of its last run."""
        return self.state.execution if self.state else None

    @property
    def kind(self) -> str:
        """Its kind: the type of its resource, without what all these types begin with."""
        return self.job.resource_type.removeprefix("Custom::")


@click.command(
    epilog="""\b
Exit codes:
  0    the jobs were listed
  2    the command was used wrongly
  3    there is no such stack
  4    a call of AWS failed: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted"""
)
@stack_argument
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line.")
def jobs(stack: str, as_json: bool) -> None:
    """List the jobs of a stack, and of the stacks nested in it.

    STACK is the stack's name, as CloudFormation or the CDK CLI shows it, or its ARN.

    For each job it shows its name, the status of its last run, the type and the logical id of its resource, and what
    starts it beside deployments: a schedule, or the upload of files. `data-jobs run` takes the name or the logical id.
    """
    owner = find_stack(AwsClient(), stack)
    listed = [*_list_jobs(owner)]
    console = Console(highlight=False)
    if as_json:
        click.echo(json.dumps({"stack": owner.name, "jobs": [_as_json(one) for one in listed]}, ensure_ascii=False))
    elif not listed:
        click.echo(f"{owner.name} has no data jobs", err=True)
    elif is_interactive(console):
        for one in listed:
            # What is longer than the terminal is wide goes on in the next line: no name is cut off.
            console.print(_block(one), soft_wrap=True)
    else:
        for one in listed:
            click.echo(_line(one))


def _list_jobs(owner: Stack) -> Iterator[_ListedJob]:
    found = owner.jobs
    states = fetch_last_states(found)
    stacks = {job.stack_id: job.stack for job in found}
    starters = {stack_id: [*list_starters(stack)] for stack_id, stack in stacks.items()}
    for job in found:
        own = tuple(starter for starter in starters[job.stack_id] if starter.logical_id == job.logical_id)
        yield _ListedJob(job, states.get(job), own)


def _block(one: _ListedJob) -> Text:
    """Returns the lines for a job in a terminal."""
    block = Text(one_line(one.job.name)).append("  ")
    if one.state and one.execution:
        started = one.execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        block.append(status_text(one.state)).append(f" {started}", "dim")
    else:
        block.append(_NO_RUN, "dim")
    for line in (f"{one.kind} {one.job.logical_id}", *map(str, one.starters)):
        block.append(f"\n  {one_line(line)}", "dim")
    return block


def _line(one: _ListedJob) -> str:
    """Returns the line for a job where the output is no terminal."""
    last = f"{one.state.status} {timestamp(one.execution.started)}" if one.state and one.execution else _NO_RUN
    return one_line(" ".join([one.job.name, last, one.kind, one.job.logical_id, ", ".join(map(str, one.starters))]))


def _as_json(one: _ListedJob) -> dict[str, Any]:
    execution = one.execution
    return {
        "job": one.job.name,
        "path": one.job.path,
        "logical_id": one.job.logical_id,
        "type": one.job.resource_type,
        "status": one.state.status if one.state else None,
        "started": timestamp(execution.started) if execution else None,
        "ended": timestamp(execution.ended) if execution and execution.ended else None,
        "schedules": [_starter_as_json(starter) for starter in one.starters if starter.kind == SCHEDULE],
        "uploads": [_starter_as_json(starter) for starter in one.starters if starter.kind == UPLOAD],
    }


def _starter_as_json(starter: Starter) -> dict[str, Any]:
    return {"when": starter.when, "enabled": starter.is_enabled}
