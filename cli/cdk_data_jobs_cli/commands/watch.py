"""The command `data-jobs watch`: shows what a stack's jobs do until its deployment has ended."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.deployment import Deployment
from cdk_data_jobs_cli.aws.errors import NotFoundError
from cdk_data_jobs_cli.aws.polling import poll_until_ended
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.aws.stack_operation import is_in_progress
from cdk_data_jobs_cli.commands.arguments import interval_option, stack_argument
from cdk_data_jobs_cli.commands.stack_names import describe_stack, find_stack
from cdk_data_jobs_cli.display.display import create_display
from cdk_data_jobs_cli.display.line_output import JsonLines

if TYPE_CHECKING:
    from cdk_data_jobs_cli.aws.job_state import StackSnapshot
    from cdk_data_jobs_cli.display.display import Display


@click.command(
    epilog="""\b
Exit codes:
  0    the deployment succeeded
  1    it failed or was rolled back
  2    the command was used wrongly
  3    there is no such stack
  4    a call of AWS failed: no credentials, access denied, not reachable
  5    the output cannot be written
  130  interrupted"""
)
@stack_argument
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a deployment to start if none is in progress.",
)
@interval_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON: one line for each change, and one for the result.")
@click.pass_context
def watch(ctx: click.Context, stack: str, wait: float, interval: float, as_json: bool) -> None:
    """Show what a stack's jobs do until its deployment has ended.

    STACK is the stack's name, as CloudFormation or the CDK CLI shows it, or its ARN.

    For each job it shows its status, how long it takes, what it waits for (a quota, permissions, the service), the
    pieces and rows that the service reports, and a link to the run in the console. Where the output is not a terminal,
    each change is one line.

    If no deployment is in progress, it waits a little for one to start; if none does, it shows how the last one ended.
    """
    aws = AwsClient()
    with create_display(JsonLines if as_json else None, aws.now) as display:
        last = _Watch(aws, wait, interval, display).until_ended(stack)
        display.show_result(last)
    ctx.exit(0 if last.succeeded else 1)


@dataclass(frozen=True)
class _Watch:
    """Watches a stack.

    Attributes:
        aws: Calls AWS.
        wait: Seconds to wait for a deployment to start.
        interval: Seconds between two polls.
        display: Shows the snapshots.
    """

    aws: AwsClient
    wait: float
    interval: float
    display: Display

    def until_ended(self, name: str) -> StackSnapshot:
        """Shows a stack until its deployment has ended; returns the last snapshot."""
        stack = self._wait_for_deployment(name)
        while True:
            deployment = Deployment(stack)
            last = poll_until_ended(deployment.snapshot, self.interval, self.display.show)
            operation = deployment.operation
            # The CDK CLI deletes a stack whose creation was rolled back, and creates it anew.
            is_recreated = operation.kind == "delete" and operation.previous_status == "ROLLBACK_COMPLETE"
            if not is_recreated or not self.wait:
                return last
            try:
                stack = self._wait_for_deployment(stack.name if name.startswith("arn:") else name)
            except NotFoundError:
                return last

    def _wait_for_deployment(self, name: str) -> Stack:
        """Returns the stack as soon as an operation on it is in progress, or when the time to wait is over.

        Raises:
            NotFoundError: If it does not exist then.
        """
        deadline = time.monotonic() + self.wait
        has_shown_message = False
        while True:
            status = "not there"
            with contextlib.suppress(NotFoundError):
                description = describe_stack(self.aws, name)
                status = description["StackStatus"]
                if is_in_progress(status):
                    return Stack(self.aws, description)
            left = deadline - time.monotonic()
            if left <= 0:
                if status == "REVIEW_IN_PROGRESS":
                    raise NotFoundError(f"stack {name} is not deployed yet: its first change set is in review")
                return find_stack(self.aws, name)
            if not has_shown_message:
                has_shown_message = True
                self.display.show_message(f"{name} is {status}; waiting {self.wait:g} s for a deployment to start")
            time.sleep(min(self.interval, left))
