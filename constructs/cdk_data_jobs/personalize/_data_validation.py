"""Validation of data at synthesis: of imports against the schema of their dataset, of deletions as lists of users."""

from pathlib import Path

from aws_cdk.interfaces.aws_personalize import IDatasetRef
from constructs import Construct

from cdk_data_jobs._job.data_findings import report_findings
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize._check_cache import check_files_cached
from cdk_data_jobs.personalize._dataset_schemas import find_schema, other_domains, warns_of_schema
from cdk_data_jobs_check import DELETION_SCHEMA, Mode, check_headers

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

    Without a schema, and if the source's `check` is False, these are the headers of the files.

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
    if (domains := other_domains(dataset)) and not warns_of_schema(dataset):
        warn_other_domain(job, *domains)
    if schema and location.files and location.check is not False:
        report = check_files_cached(_paths(location), schema, Mode.INCREMENTAL if incremental else Mode.FULL)
        report_findings(job, report, convertible=CONVERTIBLE_RULES)
    elif location.check:
        raise ValidationError(
            "check=True needs the dataset's schema, as a literal of a CfnSchema in this app whose attr_schema_arn the "
            f"CfnDataset has, got {dataset.node.path} without one; name a file with the schema: "
            "DataSource.from_asset(..., schema='schema.json')"
        )
    else:
        report_findings(job, check_headers(_paths(location), schema), convertible=CONVERTIBLE_RULES)


def warn_other_domain(scope: Construct, of_schema: str | None, of_group: str | None) -> None:
    """Warns that a schema has another domain than the dataset group of its dataset.

    Args:
        scope: The construct that gets the warning.
        of_schema: The domain of the schema.
        of_group: The domain of the group.
    """
    add_warning(
        scope,
        "schemaDomain",
        "a schema should have the domain of the dataset group that its dataset is in (Amazon Personalize API "
        f"Reference, CreateSchema), got {of_schema or 'none'} for the schema and {of_group or 'none'} for the group",
    )


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
        report = check_files_cached(_paths(location), DELETION_SCHEMA, Mode.DELETION)
        report_findings(job, report, convertible=CONVERTIBLE_RULES)


def _paths(location: Location) -> tuple[Path, ...]:
    return tuple(file.path for file in location.files)
