"""Checks the CSV files of imports and deletions, by the rules that `data-jobs check` has, too.

Where the service's own message is known, it is the reason of the job's failure; else it is the message of the check.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from cdk_data_jobs_check.column_rules import length_limit
from cdk_data_jobs_check.files import Mode, check_files, size_violation
from cdk_data_jobs_check.findings import Finding
from cdk_data_jobs_check.reading import read_names
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.sources import DataFile
from cdk_data_jobs_local.services.core.jobs import JobFailedError

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


def check_size(size: int, mode: Mode) -> None:
    """Checks that the files of a job are not too big together.

    Raises:
        JobFailedError: They are.
    """
    if violation := size_violation(size, mode):
        raise JobFailedError(violation.message)


def check(files: Mapping[Path, str], schema: Schema, mode: Mode) -> int:
    """Checks the files of a job; returns how many rows there are.

    Args:
        files: The files, and their URLs for the message of the exception.
        schema: The schema.
        mode: The kind of job.

    Raises:
        JobFailedError: The service would refuse them. How many interactions there must be is the caller's to check.
    """
    report = check_files([_source(path, url) for path, url in files.items()], schema, mode=mode)
    for finding in report.findings:
        if finding.severity is Severity.ERROR and finding.rule != "too-few-rows":
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
