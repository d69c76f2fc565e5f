"""The files that commands about data read: local files and folders, locations in S3, and stdin."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from cdk_data_jobs_check import DataFile, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SCHEME = "s3://"


class SourceArgument(click.Path):
    """The type of an argument that is a path, a location in S3, or `-` for stdin; the values are paths or strings."""

    def __init__(self) -> None:
        """Creates the type."""
        super().__init__(exists=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """See `click.ParamType`."""
        if value == "-":
            return value
        if not str(value).startswith(_SCHEME):
            return super().convert(value, param, ctx)
        if not str(value)[len(_SCHEME) :].partition("/")[0]:
            self.fail(f"a location in S3 must be s3://bucket/key or s3://bucket/folder/, got {value!r}", param, ctx)
        return value


@contextlib.contextmanager
def open_sources(values: Sequence[Path | str], *, recursive: bool) -> Iterator[list[Source]]:
    """Lists what is in S3, and yields all sources to read.

    Args:
        values: The values of an argument of the type `SourceArgument`.
        recursive: Whether the job reads the sub-folders of a folder.

    Raises:
        AwsError: If S3 cannot be read, also while the files are.
    """
    with contextlib.ExitStack() as stack:
        if any(isinstance(value, str) and value != "-" for value in values):
            from cdk_data_jobs_cli.aws.s3_data import S3Data  # noqa: PLC0415 - only S3 needs boto3, which takes long

            s3 = stack.enter_context(S3Data())
        yield [
            value if isinstance(value, Path) else _stdin() if value == "-" else s3.find(value, recursive=recursive)
            for value in values
        ]


def _stdin() -> DataFile:
    return DataFile("<stdin>", PurePosixPath("<stdin>"), None, lambda: sys.stdin.buffer)


@contextlib.contextmanager
def progress_bar(task: str) -> Iterator[Any]:
    """Shows a progress bar on a terminal, and yields the callback that moves it; none elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        number = bar.add_task(task)
        yield lambda done, total: bar.update(number, completed=done, total=total)
