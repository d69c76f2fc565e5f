"""SQL, given as a string or in a file that is read at synthesis."""

import os
from pathlib import Path

from cdk_data_jobs._storage.local_files import describe_missing
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError


def read_sql(value: str | os.PathLike[str], argument: str) -> str:
    """Returns SQL.

    Args:
        value: The SQL, or the path of a UTF-8 file that has it, which is not a string: `Path("views.sql")`.
        argument: The argument's name, for the message.

    Raises:
        ValidationError: If it is neither, or empty, or the file cannot be read.
    """
    if isinstance(value, os.PathLike):
        sql = _read(Path(value), argument)
    elif isinstance(value, str):
        sql = value
    else:
        raise ValidationError(
            f"{argument} must be a string of SQL, or the Path of a file with SQL, got {type(value).__name__}"
        )
    if not is_unresolved(sql) and not sql.strip():
        where = f"the empty file {os.fspath(value)!r}" if isinstance(value, os.PathLike) else "an empty string"
        raise ValidationError(f"{argument} must have SQL, got {where}")
    return sql


def _read(file: Path, argument: str) -> str:
    if not file.is_file():
        raise ValidationError(f"{argument} must be a file with SQL, got {str(file)!r}: {describe_missing(file)}")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValidationError(
            f"{argument} must be a file in UTF-8, got {str(file)!r}: {error}; save it in UTF-8"
        ) from error
