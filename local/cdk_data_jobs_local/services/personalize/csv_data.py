"""Checks the CSV files of imports and deletions, by the rules that `data-jobs check` has, too.

Where the service's own message is known, it is the reason of the job's failure; else it is the message of the check.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from cdk_data_jobs_check.column_rules import length_limit
from cdk_data_jobs_check.files import Mode, check_files, size_violation
from cdk_data_jobs_check.findings import Finding
from cdk_data_jobs_check.reading import read_names
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.sources import DataFile
from cdk_data_jobs_local.services.core.access import RoleSession
from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.core.location import Location

_LENGTH_RULES = ("id-length", "category-length")


def check_header(stream: IO[bytes], schema: Schema) -> None:
    """Checks that the header of a CSV file has all columns.

    Raises:
        JobFailedError: A column is missing.
    """
    names = read_names(stream)
    missing = [name for name in schema.names if name not in names]
    if missing:
        raise JobFailedError(f"Input csv is missing the following columns: [{', '.join(missing)}]")


class LoadedFiles(NamedTuple):
    """Files that a job has read.

    Attributes:
        paths: Copies of them, in their order.
        rows: How many rows they have.
        size: Their size in bytes.
    """

    paths: tuple[Path, ...]
    rows: int
    size: int


def load_and_check(
    session: RoleSession,
    location: Location,
    keys: Sequence[str],
    folder: Path,
    *,
    schema: Schema,
    mode: Mode,
    min_interactions: int = 0,
) -> LoadedFiles:
    """Copies the files of a job, and checks them.

    Args:
        session: The session of the job's role.
        location: The job's location.
        keys: The keys of the files in its bucket.
        folder: The folder to copy them to; the order of their names there is that of the keys.
        schema: The schema.
        mode: The kind of job.
        min_interactions: How many rows an import of interactions must have.

    Raises:
        JobFailedError: The service would refuse them.
    """
    size = sum(session.size(location.bucket, key) for key in keys)
    violation = size_violation(size, schema, mode)
    if violation and violation.severity is Severity.ERROR:
        raise JobFailedError(violation.message)
    paths = tuple(folder / f"{number:09}.csv" for number in range(len(keys)))
    for path, key in zip(paths, keys, strict=True):
        with session.open(location.bucket, key) as source, path.open("wb") as file:
            shutil.copyfileobj(source, file)
    urls = {path: location.url(key) for path, key in zip(paths, keys, strict=True)}
    return LoadedFiles(paths, check(urls, schema, mode, min_interactions=min_interactions), size)


def check(urls: Mapping[Path, str], schema: Schema, mode: Mode, *, min_interactions: int = 0) -> int:
    """Checks the files of a job; returns how many rows there are.

    Args:
        urls: The files, and their URLs for the message of the exception.
        schema: The schema.
        mode: The kind of job.
        min_interactions: How many rows an import of interactions must have.

    Raises:
        JobFailedError: The service would refuse them.
    """
    sources = [_source(path, url) for path, url in urls.items()]
    report = check_files(sources, schema, mode=mode, min_interactions=min_interactions)
    for finding in report.findings:
        if finding.severity is Severity.ERROR:
            raise JobFailedError(_reason(finding, schema))
    return report.rows


def _source(path: Path, url: str) -> DataFile:
    return DataFile(url, PurePosixPath(url), path.stat().st_size, lambda: path.open("rb"))


def _reason(finding: Finding, schema: Schema) -> str:
    message = finding.message
    if finding.rule in _LENGTH_RULES:
        [column] = [column for column in schema.columns if column.name == finding.column]
        limit = length_limit(column, schema.dataset_type).characters
        message = (
            f"Length cannot be more than {limit} characters for {finding.column}. If no values exceed the character "
            "limit, make sure your data follows the formatting guidelines listed in "
            "https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html."
        )
    return f"{message} (line {finding.line} of {finding.path})" if finding.line else f"{message} ({finding.path})"
