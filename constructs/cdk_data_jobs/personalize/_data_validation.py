"""Validation of data at synthesis: of imports against the schema of their dataset, of deletions as lists of users."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs._storage.local_files import CONVERT_HINT
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize._check_cache import check_files_cached
from cdk_data_jobs.personalize._dataset_schemas import find_schema, warns_of_schema
from cdk_data_jobs_check import DELETION_SCHEMA, Mode, Report, Severity
from cdk_data_jobs_check.file_formats import format_of
from cdk_data_jobs_check.findings import escape_control_characters, excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES

_MAX_EXCERPT = 200  # characters of a header in a message
_MAX_FINDINGS_SHOWN = 10

CONVERTIBLE_RULES = {
    "file-format",
    "header",
    "line-break",
    "line-end",
    "milliseconds",
    "missing-column",
    "unclosed-quote",
    "different-header",
    "quoted-header",
    "timestamp",
    "type",
    "utf-8",
}
"""Rules whose violations may be no mistakes in the data, but another way to write it that `data-jobs convert` reads."""


def validate_import(job: Construct, location: Location, dataset: IDatasetRef, *, incremental: bool) -> None:
    """Validates the schema of an import's dataset, if it is known, and the local files of the import.

    Args:
        job: The import, which gets the warnings.
        location: The location that it reads.
        dataset: The dataset that it imports into.
        incremental: Whether it adds to the data, so that it may have less of it.

    Raises:
        ValidationError: If the service would refuse the schema or the files, or the source's `check` is True and there
            is no schema to check them against.
    """
    schema = find_schema(dataset, location.schema)
    if schema and schema.warnings and not warns_of_schema(dataset):
        warnings = [f"{violation.message}; {violation.hint}" for violation in schema.warnings]
        add_warning(job, "schema", "\n  ".join(["the schema is accepted, but", *warnings]))
    if schema and location.files and location.check is not False:
        report = check_files_cached(_paths(location), schema, Mode.INCREMENTAL if incremental else Mode.FULL)
        _report_findings(job, report)
    elif location.check:
        raise ValidationError(
            "check=True needs the dataset's schema, as a literal of a CfnSchema in this app whose attr_schema_arn the "
            f"CfnDataset has, got {dataset.node.path} without one; name a file with the schema: "
            "DataSource.from_asset(..., schema='schema.json')"
        )
    else:
        validate_headers([file.path for file in location.files], schema.names if schema else ())


def validate_users_to_delete(job: Construct, location: Location) -> None:
    """Validates the local files of a data deletion job, unless the source's `check` is False.

    Args:
        job: The deletion, which gets the warnings.
        location: The location that it reads.

    Raises:
        ValidationError: If the files are not lists of users.
    """
    if location.schema:
        raise ValidationError(
            f"a data deletion job must have no schema, because its files list users, got {str(location.schema)!r}; "
            "leave it out"
        )
    if location.files and location.check is not False:
        _report_findings(job, check_files_cached(_paths(location), DELETION_SCHEMA, Mode.DELETION))


def _paths(location: Location) -> tuple[Path, ...]:
    return tuple(file.path for file in location.files)


def validate_headers(files: Sequence[Path], columns: Sequence[str]) -> None:
    """Validates the headers of CSV files against each other, and against the columns of a schema.

    Args:
        files: Local CSV files of one import.
        columns: The columns that they must have; none if there is no schema.

    Raises:
        ValidationError: If a file's header cannot be read, differs from another's, or lacks a column of the schema
            (Amazon Personalize Developer Guide, "Preparing training data": identical headers, all columns of the
            schema).
    """
    headers = {file: _read_header(file) for file in files}
    if not headers:
        return
    first, header = next(iter(headers.items()))
    for file, other in headers.items():
        if other != header:
            raise ValidationError(
                f"all files of a folder must have the same header, got {_excerpt(header)} in {first.name!r} and "
                f"{_excerpt(other)} in {file.name!r}"
            )
    missing = [column for column in columns if column not in header]
    if missing:
        raise ValidationError(
            f"a CSV header must have all columns of the dataset's schema, got {_excerpt(header)} in {str(first)!r}, "
            f"which lacks {', '.join(missing)}; add them or change the schema"
        )


def _read_header(file: Path) -> list[str]:
    with file.open("rb") as stream:
        line = stream.readline(MAX_LINE_BYTES)
    try:
        if found := format_of(line):
            raise ValidationError(f"a CSV file must be uncompressed text, got {str(file)!r}: {found}; {CONVERT_HINT}")
        return line.decode("utf-8-sig").rstrip("\r\n").split(",")
    except UnicodeDecodeError as error:
        raise ValidationError(
            f"a CSV file must be encoded in UTF-8, got {str(file)!r}: {error}; {CONVERT_HINT}"
        ) from error


def _excerpt(header: Sequence[str]) -> str:
    return escape_control_characters(excerpt(",".join(header), _MAX_EXCERPT))


def _report_findings(job: Construct, report: Report) -> None:
    """Raises an error that lists the errors, or else adds a warning that lists the warnings."""
    if report.errors:
        rest = "" if report.is_complete else "; the rest was not read, because there are so many"
        rules = {finding.rule for finding in report.findings}
        hint = f"\n{CONVERT_HINT}" if CONVERTIBLE_RULES & rules else ""
        raise ValidationError(
            f"the data of {job.node.path} would be refused, got {_count(report.errors, Severity.ERROR)}{rest}:"
            f"{_list_findings(report, Severity.ERROR)}{hint}"
        )
    if report.warnings:
        message = f"the data is accepted, but {_count(report.warnings, Severity.WARNING)}:"
        add_warning(job, "data", message + _list_findings(report, Severity.WARNING))


def _count(number: int, severity: Severity) -> str:
    return f"{number:,} {severity.value}{'' if number == 1 else 's'}"


def _list_findings(report: Report, severity: Severity) -> str:
    """Returns the first findings as lines, each with the line break before it."""
    findings = [str(finding) for finding in report.findings if finding.severity is severity]
    shown = findings[:_MAX_FINDINGS_SHOWN]
    if len(findings) > len(shown):
        shown.append(f"and {len(findings) - len(shown)} more kinds; `data-jobs check` shows them")
    return "".join(f"\n  {line}" for line in shown)
