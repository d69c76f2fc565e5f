"""Schemas of datasets, by the rules that `data-jobs check` has, too."""

from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema import Schema, SchemaError
from cdk_data_jobs_local.services.personalize.responses import invalid


def parse_schema(document: str, domain: str | None) -> Schema:
    """Reads an Avro schema.

    Args:
        document: The schema as JSON, as given to CreateSchema.
        domain: The domain of the dataset groups that it is for, if they have one.

    Raises:
        ServiceError: InvalidInputException, if it breaks a rule.
    """
    try:
        return Schema.parse(document, domain)
    except SchemaError as error:
        [first, *_] = (violation for violation in error.violations if violation.severity is Severity.ERROR)
        raise invalid(f"The schema is invalid: {first.message}") from error


def check_replacement(old: Schema, new: Schema) -> None:
    """Checks that a dataset with one schema may get another one.

    Source: the developer guide's "Replacing a dataset's schema to add new columns".

    Raises:
        ServiceError: InvalidInputException.
    """
    if old.dataset_type not in ("Items", "Users"):
        raise invalid(f"The schema of a dataset of type {old.dataset_type} cannot be replaced")
    if (new.dataset_type, new.domain) != (old.dataset_type, old.domain):
        raise invalid(f"The schema is not for a dataset of type {old.dataset_type.upper()}")
    fields = {column.name: column for column in new.columns}
    changed = [column.name for column in old.columns if fields.get(column.name) != column]
    if changed:
        raise invalid(f"The new schema must keep the fields {', '.join(changed)} as they are")
    added = [column.name for column in new.columns if column.name not in old.names and "null" not in column.types]
    if added:
        raise invalid(f"The new fields {', '.join(added)} must support null data")
