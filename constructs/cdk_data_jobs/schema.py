"""Whether local CSV files have the columns of a dataset's schema."""

import json
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Token
from aws_cdk.aws_personalize import CfnDataset, CfnSchema
from aws_cdk.interfaces.aws_personalize import IDatasetRef

from cdk_data_jobs.checks import ValidationError
from cdk_data_jobs.tokens import target_of


def check_columns(files: Sequence[Path], dataset: IDatasetRef) -> None:
    """Checks the headers of CSV files against each other, and against the dataset's schema if the app declares it.

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
        with file.open(encoding="utf-8") as lines:
            return lines.readline().rstrip("\r\n").split(",")
    except UnicodeDecodeError as error:
        raise ValidationError(f"a CSV file must be encoded in UTF-8, got {str(file)!r}: {error}") from error


def _columns(dataset: IDatasetRef) -> list[str]:
    """Returns the columns of a dataset whose schema is a literal in the app, else none."""
    if not isinstance(dataset, CfnDataset):
        return []
    schema = target_of(dataset.schema_arn)
    if not isinstance(schema, CfnSchema) or Token.is_unresolved(schema.schema):
        return []
    try:
        return [field["name"] for field in json.loads(schema.schema)["fields"]]
    except (ValueError, LookupError, TypeError):
        return []  # the service judges the schema
