"""`data-jobs watch`: what a stack's jobs do until its deployment has ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.aws import Aws, NotThereError
from cdk_data_jobs_cli.deployment import Deployment
from cdk_data_jobs_cli.display import display
from cdk_data_jobs_cli.following import interval_option, until_ended
from cdk_data_jobs_cli.lines import JsonLines
from cdk_data_jobs_cli.operation import is_going_on
from cdk_data_jobs_cli.stack import Stack

if TYPE_CHECKING:
    from cdk_data_jobs_cli.display import Display
    from cdk_data_jobs_cli.rows import Snapshot


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
@interval_option
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line for each change, and one for the result.")
@click.pass_context
def watch(ctx: click.Context, stack: str, wait: float, interval: float, as_json: bool) -> None:
    """Show what a stack's jobs do until its deployment has ended.

    STACK is the stack's name or ARN. For each job it shows its status, how long it takes, what it waits for (a quota,
    permissions, the service), the pieces and rows that the service tells, and a link to the run in the console. Where
    the output is no terminal, each change is one line.

    If nothing is going on, it waits a little for a deployment to start, and else shows how the last one ended.
    """
    with display(JsonLines if as_json else None) as shown:
        last = _Watch(Aws(), wait, interval, shown).until_ended(stack)
        shown.end(last)
    ctx.exit(0 if last.succeeded else 1)


@dataclass(frozen=True)
class _Watch:
    """A watch over a stack.

    Attributes:
        aws: The calls.
        wait: Seconds to wait for a deployment to start.
        interval: Seconds between two looks.
        shown: What shows what happens.
    """

    aws: Aws
    wait: float
    interval: float
    shown: Display

    def until_ended(self, name: str) -> Snapshot:
        """Show a stack until nothing goes on any more; returns the last that there was to see."""
        stack = self._found(name)
        while True:
            deployment = Deployment(stack)
            last = until_ended(deployment.look, self.interval, self.shown.show)
            # The CDK CLI deletes a stack whose creation was rolled back, and creates it anew.
            again = deployment.operation.kind == "delete" and deployment.operation.before == "ROLLBACK_COMPLETE"
            if not again or not self.wait:
                return last
            try:
                stack = self._found(stack.name if name.startswith("arn:") else name)
            except NotThereError:
                return last

    def _found(self, name: str) -> Stack:
        """The stack, as soon as something goes on with it; or when the wait is over, if it is there.

        Raises:
            NotThereError: If it is not.
        """
        ends = time.monotonic() + self.wait
        is_noted = False
        while True:
            missing: NotThereError | None = None
            status = "not there"
            try:
                described = self.aws.stack(name)
            except NotThereError as error:
                missing = error
            else:
                status = described["StackStatus"]
                if is_going_on(status):
                    return Stack(self.aws, described)
                if status == "REVIEW_IN_PROGRESS":
                    missing = NotThereError(f"stack {name} is not deployed yet: its first change set is in review")
            left = ends - time.monotonic()
            if left <= 0:
                if missing:
                    raise missing
                return Stack(self.aws, described)
            if not is_noted:
                is_noted = True
                self.shown.note(f"{name} is {status}; waiting {self.wait:g} s for a deployment to start")
            time.sleep(min(self.interval, left))
