"""Validation of local CSV files: imports against the schema of their dataset, deletions as lists of users."""

import functools
import json
from collections.abc import Sequence
from pathlib import Path

from aws_cdk.aws_personalize import CfnDataset, CfnSchema
from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.tokens import is_unresolved, target_of
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check import DELETION_SCHEMA, Mode, Report, Schema, SchemaError, Severity, check_files

_MAX_FINDINGS_SHOWN = 10


def validate_import(job: Construct, location: Location, dataset: IDatasetRef, *, incremental: bool) -> None:
    """Validates the local files of an import: their headers, and all their rows if the source's `check` is set.

    Args:
        job: The import, which gets the warnings.
        location: The location that it reads.
        dataset: The dataset that it imports into.
        incremental: Whether it adds to the data, so that it may have less of it.

    Raises:
        ValidationError: If the service would refuse the files, or there is no schema to check them against.
    """
    if location.check is not True:
        validate_columns([file.path for file in location.files], dataset)
    if location.check is False:
        return
    schema = _schema_in_app(dataset) if location.check is True else _schema_in_file(location.check)
    _report_findings(job, _check(_file_states(location), schema, Mode.INCREMENTAL if incremental else Mode.FULL))


def validate_users_to_delete(job: Construct, location: Location) -> None:
    """Validates the local files of a data deletion job, if the source's `check` is set.

    Args:
        job: The deletion, which gets the warnings.
        location: The location that it reads.

    Raises:
        ValidationError: If the files are not lists of users.
    """
    if isinstance(location.check, Path):
        raise ValidationError(
            f"check must be True or False for a data deletion job, which has no schema, got {str(location.check)!r}"
        )
    if location.check:
        _report_findings(job, _check(_file_states(location), DELETION_SCHEMA, Mode.DELETION))


def validate_columns(files: Sequence[Path], dataset: IDatasetRef) -> None:
    """Validates the headers of CSV files against each other, and against the dataset's schema if the app declares it.

    Args:
        files: Local CSV files of one import.
        dataset: The dataset that they are imported into.

    Raises:
        ValidationError: If a file's header cannot be read, differs from another's, or lacks a column of the schema
            (Amazon Personalize Developer Guide, "Preparing training data": identical headers, all columns of the
            schema).
    """
    headers = {file: _header(file) for file in files}
    if not headers:
        return
    first, header = next(iter(headers.items()))
    for file, other in headers.items():
        if other != header:
            raise ValidationError(
                f"all files of a folder must have the same header, got {','.join(header)!r} in {first.name!r} and "
                f"{','.join(other)!r} in {file.name!r}"
            )
    missing = [column for column in _columns(dataset) if column not in header]
    if missing:
        raise ValidationError(
            f"a CSV header must have all columns of the dataset's schema, got {','.join(header)!r} in {str(first)!r}, "
            f"which lacks {', '.join(missing)}; add them or change the schema"
        )


def _header(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return lines.readline().rstrip("\r\n").split(",")
    except UnicodeDecodeError as error:
        raise ValidationError(f"a CSV file must be encoded in UTF-8, got {str(file)!r}: {error}") from error


def _columns(dataset: IDatasetRef) -> list[str]:
    """Returns the columns of a dataset whose schema is a literal in the app, else none."""
    try:
        names = [field["name"] for field in json.loads(_schema_literal(dataset) or "")["fields"]]
    except (ValueError, LookupError, TypeError):
        return []  # the service validates the schema
    return [name for name in names if isinstance(name, str)]


def _schema_literal(dataset: IDatasetRef) -> str | None:
    """Returns the schema of a dataset if it is a literal in the app, else none."""
    schema = target_of(dataset.schema_arn) if isinstance(dataset, CfnDataset) else None
    return None if not isinstance(schema, CfnSchema) or is_unresolved(schema.schema) else schema.schema


def _schema_in_app(dataset: IDatasetRef) -> Schema:
    schema = _schema_literal(dataset)
    if schema is None:
        raise ValidationError(
            "check=True needs the dataset's schema, as a literal of a CfnSchema in this app whose attr_schema_arn the "
            f"CfnDataset has, got {dataset.node.path} without one; name a file with the schema: check='schema.json'"
        )
    try:
        return Schema.parse(schema)
    except SchemaError as error:
        raise ValidationError(str(error)) from error


def _schema_in_file(path: Path) -> Schema:
    try:
        return Schema.read(path)
    except SchemaError as error:
        raise ValidationError(str(error)) from error


_FileStates = tuple[tuple[Path, int, int], ...]


def _file_states(location: Location) -> _FileStates:
    """Returns the files, each with its size and time of change."""
    stats = [(file.path, file.path.stat()) for file in location.files]
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)


@functools.cache  # jobs that read the same files, and an app that is synthesized again, check them once
def _check(states: _FileStates, schema: Schema, mode: Mode) -> Report:
    return check_files([path for path, _size, _time in states], schema, mode=mode)


def _report_findings(job: Construct, report: Report) -> None:
    """Raises an error that lists the errors, or else adds a warning that lists the warnings."""
    if report.errors:
        raise ValidationError(
            f"the data of {job.node.path} would be refused, got {_list_findings(report, Severity.ERROR, report.errors)}"
        )
    if report.warnings:
        message = f"the data is accepted, but {_list_findings(report, Severity.WARNING, report.warnings)}"
        add_warning(job, "data", message)


def _list_findings(report: Report, severity: Severity, count: int) -> str:
    found = [str(finding) for finding in report.findings if finding.severity is severity][:_MAX_FINDINGS_SHOWN]
    more = [f"and {count - len(found):,} more; `data-jobs check` shows more of them"] if count > len(found) else []
    return "\n  ".join([f"{count:,} {severity.value}{'' if count == 1 else 's'}:", *found, *more])
