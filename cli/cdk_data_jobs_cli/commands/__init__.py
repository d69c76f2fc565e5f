"""The command group `data-jobs`, whose commands are imported only when they are called, so that help is quick."""

from __future__ import annotations

import importlib
from importlib import metadata

import click
from click.shell_completion import CompletionItem

_SUMMARIES = {
    "init": "Write a first app: a dataset, its data, a job that imports it, and a test.",
    "plan": "Show which jobs a deployment will run, and why.",
    "watch": "Show what a stack's jobs do until its deployment has ended.",
    "jobs": "List the jobs of a stack, with the status of their last runs.",
    "runs": "List the runs of a stack's jobs.",
    "run": "Run a job of a stack now, wait for it, and show its result.",
    "check": "Check files before Amazon Personalize, Pinpoint or SES imports them.",
    "convert": "Write CSV that Amazon Personalize accepts, or contacts for Amazon SES.",
    "schema": "Propose a schema for files, to review and commit.",
}
"""What each command does. A command has the name of its module in this package."""


class LazyGroup(click.Group):
    """A command group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names, in the order in which they are needed."""
        del ctx
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports and returns a command."""
        del ctx
        if cmd_name not in _SUMMARIES:
            return None
        command = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the summary of each command, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Returns the commands and options that begin like this, without importing any command."""
        commands = [
            CompletionItem(name, help=summary) for name, summary in _SUMMARIES.items() if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(metadata.version("cdk-data-jobs"))
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit codes:
  0    succeeded
  1    the deployment, or the job, failed or was rolled back; check or schema
       found errors; plan: the deployment would fail, or delete data
  2    the command was used wrongly
  3    there is no such stack, job, bucket, folder or object
  4    a call of AWS failed: no credentials, access denied, not reachable
  5    the output cannot be written, such as to a full disk or a closed pipe
  10   plan: nothing is wrong, and the deployment runs a job
  130  interrupted
\b
The account and Region are those of the AWS CLI: AWS_PROFILE, AWS_REGION and the
like. AWS_ENDPOINT_URL sets another endpoint, such as that of the offline AWS.""",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def data_jobs() -> None:
    """Plan, watch, list and run the data jobs of CloudFormation stacks; check, convert and describe their data."""
