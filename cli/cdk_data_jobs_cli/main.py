"""What runs as `data-jobs`? The commands, or the word that what they need is not installed."""

import sys

_EXTRA = ("boto3", "botocore", "click", "rich")
"""What the extra `cli` installs. A command imports what it needs when it is called."""

_USED_WRONGLY, _INTERRUPTED = 2, 130


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    try:
        sys.exit(_run())
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.stderr.write(f'Error: data-jobs needs {missing}: pip install "cdk-data-jobs[cli]"\n')
        sys.exit(_USED_WRONGLY)


def _run() -> int:
    import click  # noqa: PLC0415 - the package may be installed without its extras

    from cdk_data_jobs_cli.commands import data_jobs  # noqa: PLC0415

    try:
        code = data_jobs.main(prog_name="data-jobs", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _INTERRUPTED
    return code if isinstance(code, int) else 0
