"""`data-jobs watch`: what a stack's jobs do until its deployment has ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.aws import Aws, AwsError, NotThereError
from cdk_data_jobs_cli.deployment import Deployment
from cdk_data_jobs_cli.operation import is_going_on
from cdk_data_jobs_cli.stack import Stack
from cdk_data_jobs_cli.table import screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_cli.lines import Lines
    from cdk_data_jobs_cli.rows import Snapshot
    from cdk_data_jobs_cli.table import LiveTable

PATIENCE = 5
"""How often in a row AWS may fail to answer before watching is given up."""

ACTIONS = (
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:GetTemplate",
    "cloudformation:ListExports",
    "states:ListExecutions",
    "states:GetExecutionHistory",
)


@click.command(
    epilog="""\b
Exit codes:
  0    the deployment succeeded
  1    it failed or was rolled back
  2    the command was used wrongly
  3    there is no such stack
  4    AWS could not be asked: no credentials, not allowed, not reachable
  130  interrupted"""
)
@click.argument("stack")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a deployment to start if nothing is going on.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to pause between two looks.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line for each change, and one for the result.")
@click.pass_context
def watch(ctx: click.Context, stack: str, wait: float, interval: float, as_json: bool) -> None:
    """Show what a stack's jobs do until its deployment has ended.

    STACK is the stack's name or ARN. For each job it shows its status, how long it takes, what it waits for (a quota,
    permissions, the service), the pieces and rows that the service tells, and a link to the run in the console. Where
    the output is no terminal, each change is one line.

    If nothing is going on, it waits a little for a deployment to start, and else shows how the last one ended.
    """
    aws = Aws(*ACTIONS)
    with screen(as_json=as_json) as shown:
        last = _watched(aws, stack, wait, interval, shown)
        shown.end(last)
    ctx.exit(0 if last.succeeded else 1)


def _watched(aws: Aws, name: str, wait: float, interval: float, shown: Lines | LiveTable) -> Snapshot:
    """Show a stack until nothing goes on any more; returns the last that there was to see."""
    found = _found(aws, name, wait, interval, shown)
    while True:
        deployment = Deployment(aws, found)
        last = until_ended(deployment.look, interval, shown.show)
        # The CDK CLI deletes a stack whose creation was rolled back, and creates it anew.
        again = deployment.operation.kind == "delete" and deployment.operation.before == "ROLLBACK_COMPLETE"
        if not again or not wait:
            return last
        try:
            found = _found(aws, name if not name.startswith("arn:") else found.name, wait, interval, shown)
        except NotThereError:
            return last


def until_ended(look: Callable[[], Snapshot], interval: float, show: Callable[[Snapshot], None]) -> Snapshot:
    """Look again and again until nothing goes on any more.

    Raises:
        AwsError: If AWS does not answer, several times in a row.
    """
    failures = 0
    while True:
        try:
            snapshot = look()
        except AwsError as error:
            failures += 1
            if not error.passing or failures >= PATIENCE:
                raise
        else:
            failures = 0
            show(snapshot)
            if not snapshot.is_going_on:
                return snapshot
        time.sleep(interval)


def _found(aws: Aws, name: str, wait: float, interval: float, shown: Lines | LiveTable) -> Stack:
    """The stack, as soon as something goes on with it; or when the wait is over, if it is there.

    Raises:
        NotThereError: If it is not.
    """
    ends = time.monotonic() + wait
    is_noted = False
    while True:
        missing: NotThereError | None = None
        status = "not there"
        try:
            described = aws.stack(name)
        except NotThereError as error:
            missing = error
        else:
            status = described["StackStatus"]
            if is_going_on(status):
                return Stack(aws, described)
            if status == "REVIEW_IN_PROGRESS":
                missing = NotThereError(f"stack {name} is not deployed yet: its first change set is in review")
        left = ends - time.monotonic()
        if left <= 0:
            if missing:
                raise missing
            return Stack(aws, described)
        if not is_noted:
            is_noted = True
            shown.note(f"{name} is {status}; waiting {wait:g} s for a deployment to start")
        time.sleep(min(interval, left))
