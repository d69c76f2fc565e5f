"""The arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.aws.errors import NotFoundError
from cdk_data_jobs_cli.commands.completion import complete_jobs, complete_stacks

if TYPE_CHECKING:
    from cdk_data_jobs_cli.aws.stack import Job, Stack

stack_argument = click.argument("stack", shell_complete=complete_stacks)

job_argument = click.argument("job", shell_complete=complete_jobs)

interval_option = click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait between two polls.",
)


schema_option = click.option(
    "--schema",
    "schema_path",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The dataset's Avro schema, as JSON; needed for an import.",
)

domain_option = click.option(
    "--domain",
    type=click.Choice(["ECOMMERCE", "VIDEO_ON_DEMAND"], case_sensitive=False),
    help="The domain of the dataset group, if it has one.",
)


def _known_encoding(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        "a".encode(value or "utf-8")
    except (LookupError, UnicodeError) as error:
        raise click.BadParameter(f"must be an encoding that Python knows, got {value}") from error
    return value


encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    callback=_known_encoding,
    help="The encoding, such as cp1252, of files that are neither UTF-8 nor UTF-16.",
)

backslash_option = click.option(
    "--backslash", is_flag=True, help=r"A backslash begins an escape, and \N is null, as MySQL writes CSV by default."
)

quotes_option = click.option(
    "--no-quotes",
    "quotes",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Values are in no quotes, which are characters as others, as in the text format of PostgreSQL.",
)

deletion_option = click.option(
    "--deletion", is_flag=True, help="The files are lists of users to delete, which have no schema."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON: the report.")


class InputError(click.ClickException):
    """A file that cannot be read or written, or has nothing to work with: the command was used as it should be."""

    exit_code = 2

    @classmethod
    def of(cls, error: OSError) -> InputError:
        """Returns the error that says which file it was."""
        return cls(f"{error.filename}: {error.strerror}" if error.filename else str(error))


class UnwrittenError(click.ClickException):
    """A file that the command is to write cannot be written."""

    exit_code = 5


def find_job(stack: Stack, argument: str, *, by_part: bool) -> Job:
    """Returns the job that the argument JOB names: by its logical id, its path, or its construct's id.

    Args:
        stack: The stack that has the job.
        argument: The argument.
        by_part: Whether it may be a part of the logical id or path.

    Raises:
        NotFoundError: If there is none.
        click.BadParameter: If there are several.
    """
    jobs = stack.jobs
    exact = [job for job in jobs if argument in (job.logical_id, job.path, job.name)]
    found = exact or [job for job in jobs if argument == job.path.rpartition("/")[2]]
    if by_part and not found:
        found = [job for job in jobs if argument.lower() in f"{job.logical_id} {job.path}".lower()]
    if not found:
        known = ", ".join(job.name for job in jobs)
        raise NotFoundError(f"{stack.name} must have a job {argument}, got {known or 'no jobs'}")
    if len(found) > 1:
        paths = " or ".join(job.path for job in found)
        raise click.BadParameter(f"must be one job, got {argument}, which may be {paths}", param_hint="JOB")
    return found[0]
