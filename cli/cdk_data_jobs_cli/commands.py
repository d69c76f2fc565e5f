"""Which commands are there? Each is imported only when it is called, so that help comes at once."""

from __future__ import annotations

import importlib
from importlib import metadata

import click

_COMMANDS = {
    "watch": ("cdk_data_jobs_cli.watch", "Show what a stack's jobs do until its deployment has ended."),
    "runs": ("cdk_data_jobs_cli.runs", "List what a stack's jobs did."),
    "run": ("cdk_data_jobs_cli.run", "Run a job of a stack now, wait for it, and tell how it ended."),
    "check": ("cdk_data_jobs_cli.check", "Check CSV files before Amazon Personalize imports them."),
}


class Commands(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they help most."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, which has the name of its module."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        found = getattr(importlib.import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_module, summary) in _COMMANDS.items()])


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(metadata.version("cdk-data-jobs"))
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit codes:
  0    succeeded
  1    the deployment, or the job, failed or was rolled back; check found errors
  2    the command was used wrongly
  3    there is no such stack or job
  4    AWS could not be asked: no credentials, not allowed, not reachable
  130  interrupted
\b
The account and Region are those of the AWS CLI: AWS_PROFILE, AWS_REGION and the
like. AWS_ENDPOINT_URL leads elsewhere, such as to the offline AWS.""",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def data_jobs() -> None:
    """See and run the data jobs of a CloudFormation stack that cdk-data-jobs deployed."""
