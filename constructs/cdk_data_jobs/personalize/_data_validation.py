"""Validation of local CSV files: imports against the schema of their dataset, deletions as lists of users."""

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
from cdk_data_jobs.personalize._check_cache import check_files_cached
from cdk_data_jobs_check import DELETION_SCHEMA, Mode, Report, Schema, SchemaError, Severity

_MAX_FINDINGS_SHOWN = 10


def validate_import(job: Construct, location: Location, dataset: IDatasetRef, *, incremental: bool) -> None:
    """Validates the local files of an import: their headers, and all their rows unless the source's `check` is False.

    Args:
        job: The import, which gets the warnings.
        location: The location that it reads.
        dataset: The dataset that it imports into.
        incremental: Whether it adds to the data, so that it may have less of it.

    Raises:
        ValidationError: If the service would refuse the files, or there is no schema to check them against.
    """
    if not location.files:
        return
    schema = _schema_for(location.check, dataset)
    if schema is None:
        validate_columns([file.path for file in location.files], dataset)
    else:
        _validate_dataset_type(dataset, schema)
        report = check_files_cached(location.files, schema, Mode.INCREMENTAL if incremental else Mode.FULL)
        _report_findings(job, report, [f"{one.message}; {one.hint}" for one in schema.warnings])


def validate_users_to_delete(job: Construct, location: Location) -> None:
    """Validates the local files of a data deletion job, unless the source's `check` is False.

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
    if location.files and location.check is not False:
        _report_findings(job, check_files_cached(location.files, DELETION_SCHEMA, Mode.DELETION))


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
    schema = _schema_construct(dataset)
    return None if schema is None or is_unresolved(schema.schema) else schema.schema


def _schema_construct(dataset: IDatasetRef) -> CfnSchema | None:
    schema = target_of(dataset.schema_arn) if isinstance(dataset, CfnDataset) else None
    return schema if isinstance(schema, CfnSchema) else None


def _schema_for(check: bool | Path | None, dataset: IDatasetRef) -> Schema | None:
    """Returns the schema to check all rows against; none if that is not wanted, or the app does not have it."""
    if check is False:
        return None
    try:
        if isinstance(check, Path):
            return Schema.read(check, _domain(dataset))
        document = _schema_literal(dataset)
        if document is not None:
            return Schema.parse(document, _domain(dataset))
    except SchemaError as error:
        raise ValidationError(str(error)) from error
    if check:
        raise ValidationError(
            "check=True needs the dataset's schema, as a literal of a CfnSchema in this app whose attr_schema_arn the "
            f"CfnDataset has, got {dataset.node.path} without one; name a file with the schema: check='schema.json'"
        )
    return None


def _domain(dataset: IDatasetRef) -> str | None:
    schema = _schema_construct(dataset)
    return None if schema is None or schema.domain is None or is_unresolved(schema.domain) else schema.domain


def _validate_dataset_type(dataset: IDatasetRef, schema: Schema) -> None:
    given = dataset.dataset_type if isinstance(dataset, CfnDataset) else schema.dataset_type
    if not is_unresolved(given) and given.upper() != schema.dataset_type.upper():
        raise ValidationError(
            f"the schema of a dataset of type {given} must be for that type, got one for {schema.dataset_type}; change "
            "the name of the schema's record, or the dataset's type"
        )


def _report_findings(job: Construct, report: Report, of_schema: Sequence[str] = ()) -> None:
    """Raises an error that lists the errors, or else adds a warning that lists the warnings."""
    if report.errors:
        raise ValidationError(
            f"the data of {job.node.path} would be refused, got {_list_findings(report, Severity.ERROR, report.errors)}"
        )
    if of_schema:
        add_warning(job, "schema", "\n  ".join(["the schema is accepted, but", *of_schema]))
    if report.warnings:
        message = f"the data is accepted, but {_list_findings(report, Severity.WARNING, report.warnings)}"
        add_warning(job, "data", message)


def _list_findings(report: Report, severity: Severity, count: int) -> str:
    found = [str(finding) for finding in report.findings if finding.severity is severity]
    shown = found[:_MAX_FINDINGS_SHOWN]
    more = [f"and {len(found) - len(shown)} more kinds; `data-jobs check` shows them"] if shown != found else []
    return "\n  ".join([f"{count:,} {severity.value}{'' if count == 1 else 's'}:", *shown, *more])
