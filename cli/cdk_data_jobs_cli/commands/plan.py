"""The command `data-jobs plan`: shows which jobs a deployment will run, and why."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.commands.completion import complete_stacks
from cdk_data_jobs_cli.commands.reports import count
from cdk_data_jobs_cli.commands.stack_names import select_stacks
from cdk_data_jobs_cli.display.formatting import duration, one_line
from cdk_data_jobs_cli.plan.assembly import AssemblyError, SynthesizedStack, read_assembly, synthesize
from cdk_data_jobs_cli.plan.job_plans import CANNOT_CHANGE, KEPT, MAY_RUN, REMOVED, RUNS
from cdk_data_jobs_cli.plan.notices import NOTE
from cdk_data_jobs_cli.plan.stack_plan import JobPlan, StackPlan, plan_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

_HARMFUL, _JOBS_RUN = 1, 10
_COLOURS = {RUNS: "cyan", MAY_RUN: "yellow", KEPT: "bright_black", REMOVED: "magenta", CANNOT_CHANGE: "red"}


@click.command(
    epilog="""\b
Exit codes:
  0    the deployment runs no job
  1    it would fail, or delete a dataset with its data
  2    the command was used wrongly, or the app cannot be synthesized
  3    the app has no such stack
  4    a call of AWS failed: no credentials, access denied, not reachable
  5    the output cannot be written
  10   the deployment runs a job, or may run one
  130  interrupted"""
)
@click.argument("stacks", metavar="[STACK]...", nargs=-1, shell_complete=complete_stacks)
@click.option("--app", metavar="APP", help="The folder of a synthesized app, such as cdk.out; or the app's command.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line.")
@click.pass_context
def plan(ctx: click.Context, stacks: tuple[str, ...], app: str | None, as_json: bool) -> None:
    """Show which jobs a deployment will run, and why.

    It compares the app with what is deployed, job by job, by the rules of the function that runs the jobs, and changes
    nothing in AWS. STACK is a stack's name, as CloudFormation or the CDK CLI shows it, or a pattern such as Dev/*; by
    default all stacks of the app. The app is synthesized first with the CDK CLI, unless --app names a folder.
    """
    try:
        with _synthesized(app) as folder:
            plans = [_plan(one) for one in select_stacks(read_assembly(folder), stacks)]
    except AssemblyError as error:
        raise click.UsageError(str(error), ctx) from error
    if as_json:
        click.echo(json.dumps({"stacks": [_as_json(one) for one in plans]}, ensure_ascii=False))
    else:
        for number, one in enumerate(plans):
            _print(one, is_first=number == 0)
    runs = any(one.count(RUNS, MAY_RUN) for one in plans)
    ctx.exit(_HARMFUL if any(one.is_harmful for one in plans) else _JOBS_RUN if runs else 0)


@contextlib.contextmanager
def _synthesized(app: str | None) -> Iterator[Path]:
    """Yields the folder of the synthesized app, which is a temporary one unless the app is a folder."""
    if app and Path(app).is_dir():
        yield Path(app)
        return
    with tempfile.TemporaryDirectory(prefix="data-jobs-plan-") as folder:
        synthesize(app, Path(folder))
        yield Path(folder)


def _plan(synthesized: SynthesizedStack) -> StackPlan:
    aws = AwsClient(region=synthesized.region or None)
    if synthesized.account and (account := aws.account) != synthesized.account:
        raise AwsError(
            f"{synthesized.display_name} is for the account {synthesized.account}, but the credentials are those of "
            f"{account}: set AWS_PROFILE, or name the other stacks"
        )
    try:
        stack = Stack(aws, aws.describe_stack(synthesized.name))
    except NotFoundError:
        stack = None
    return plan_stack(synthesized, stack)


def _print(plan_: StackPlan, *, is_first: bool) -> None:
    jobs = f"{count(plan_.count(RUNS, MAY_RUN), 'job')} of {len(plan_.jobs)} to run" if plan_.jobs else "no jobs"
    status = plan_.status or "not deployed"
    click.echo(f"{'' if is_first else chr(10)}{click.style(plan_.name, bold=True)} ({status}): {jobs}")
    for job in plan_.jobs:
        _print_item(f"{job.name} ", job.outcome.result, f": {_reason(job)}", _COLOURS[job.outcome.result])
    for notice in plan_.notices:
        label = "note" if notice.kind == NOTE else f"the deployment {notice.kind}"
        where = f" at {notice.resource}" if notice.resource else ""
        _print_item("", f"{label}{where}", f": {notice.message}", "yellow" if notice.kind == NOTE else "red")


def _print_item(before: str, styled: str, after: str, colour: str) -> None:
    """Prints an item: one line, or in a terminal as many as it needs."""
    text = one_line(f"{before}{styled}{after}")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines = textwrap.wrap(text, width - 2, subsequent_indent="  ", break_on_hyphens=False) if width else [text]
    lines[0] = lines[0].replace(styled, click.style(styled, fg=colour), 1)
    for line in lines:
        click.echo(f"  {line}")


def _reason(job: JobPlan) -> str:
    return "; ".join([job.outcome.reason, *_times(job)])


def _times(job: JobPlan) -> Iterator[str]:
    if job.outcome.result not in (RUNS, MAY_RUN):
        return
    if job.waits_for_quota:
        estimate = f", about {duration(job.quota_seconds)}" if job.quota_seconds else ""
        yield f"first it waits for the quota of running jobs{estimate}"
    if job.seconds:
        yield f"it took {duration(job.seconds)} before"


def _as_json(plan_: StackPlan) -> dict[str, Any]:
    return {
        "stack": plan_.name,
        "status": plan_.status,
        "jobs": [
            {
                "job": job.name,
                "path": job.path,
                "logical_id": job.logical_id,
                "type": job.resource_type,
                "result": job.outcome.result,
                "reason": job.outcome.reason,
                "seconds": None if job.seconds is None else round(job.seconds),
                "waits_for_quota": job.waits_for_quota,
                "quota_seconds": None if job.quota_seconds is None else round(job.quota_seconds),
            }
            for job in plan_.jobs
        ],
        "notices": [
            {"kind": notice.kind, "resource": notice.resource or None, "message": notice.message}
            for notice in plan_.notices
        ],
    }
