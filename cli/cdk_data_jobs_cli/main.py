"""The entry point of `data-jobs`: runs a command and turns errors into one line and an exit code."""

import errno
import os
import sys
from typing import TextIO

from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError
from cdk_data_jobs_cli.display.formatting import one_line

_EXTRA = ("boto3", "botocore", "click", "rich")
"""The packages of the extra `cli`. Modules that need them are imported when a command is called."""

_USAGE_ERROR, _NOT_FOUND, _AWS_ERROR, _OUTPUT_ERROR, _INTERRUPTED = 2, 3, 4, 5, 130
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def main() -> None:
    """Runs the command line; ends the process with its exit code."""
    try:
        sys.exit(_run())
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.stderr.write(f'Error: data-jobs needs {missing}: pip install "cdk-data-jobs[cli]"\n')
        sys.exit(_USAGE_ERROR)


def _run() -> int:
    if sys.stdout is None:
        return _report_output_error("it is closed")
    try:
        return _run_command()
    except OSError as error:
        if error.filename is not None and error.errno not in _DISK_FULL:  # not the output
            raise
        _discard_output(sys.stdout)
        return _report_output_error(error.strerror or str(error))


def _run_command() -> int:
    import click  # noqa: PLC0415 - the package may be installed without its extras

    from cdk_data_jobs_cli.commands import data_jobs  # noqa: PLC0415

    try:
        code = data_jobs.main(prog_name="data-jobs", standalone_mode=False)
    except AwsError as error:
        click.echo(f"Error: {one_line(str(error))}", err=True)
        return _NOT_FOUND if isinstance(error, NotFoundError) else _AWS_ERROR
    except click.ClickException as error:
        from cdk_data_jobs_check.findings import escape_control_characters  # noqa: PLC0415 - help must be quick

        message = escape_control_characters(error.format_message())
        if isinstance(error, click.UsageError):
            click.UsageError(message, error.ctx).show()
        else:
            click.ClickException(message).show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    except SystemExit as end:  # with 1, click ends because the reader of a pipe went away
        return _OUTPUT_ERROR if end.code == 1 else int(end.code or 0)
    return code if isinstance(code, int) else 0


def _report_output_error(reason: str) -> int:
    """Says on stderr, if that can be written, why the output cannot be; returns the exit code."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"Error: the output cannot be written: {reason}\n")
            sys.stderr.flush()
        except OSError:
            _discard_output(sys.stderr)
    return _OUTPUT_ERROR


def _discard_output(stream: TextIO) -> None:
    """Makes a stream write to nowhere, as Python would fail again at its end to write what is left in the buffer."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
