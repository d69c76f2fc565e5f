"""What is in the CSV files at an S3 location, does it fit the schema, and how are such files written?

Source: the developer guide's "Data format guidelines": CSV, UTF-8, text in double quotes with backslash escapes, the
same header in all files of a folder.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cdk_data_jobs_local.emulator.access import RoleSession
from cdk_data_jobs_local.emulator.jobs import JobFailedError
from cdk_data_jobs_local.emulator.location import Location
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema

# A field may be as long as the service allows a text to be, with room to tell a longer one from a broken file.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
_SPECIAL = re.compile(r'[",\\\r\n]')


def check_header(session: RoleSession, location: Location, keys: Iterable[str], columns: Sequence[str]) -> None:
    """Make sure that the headers of CSV files have all columns.

    Raises:
        AccessDeniedError: reading an object is not allowed.
        NotFoundError: there is no such object.
        JobFailedError: a column is missing.
    """
    for key in keys:
        with session.open(location.bucket, key) as stream:
            line = stream.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
        _check_columns([name.strip() for name in line.split(",")], columns)


def rows(
    session: RoleSession, location: Location, keys: Iterable[str], columns: Sequence[str]
) -> Iterator[tuple[dict[str, str], str]]:
    """The rows of CSV files, each with the columns asked for, and where it stands.

    Raises:
        AccessDeniedError: reading is not allowed.
        NotFoundError: a file is gone.
        JobFailedError: a file lacks a column or is broken.
    """
    for key in keys:
        try:
            yield from _rows_of_file(session, location, key, columns)
        except (UnicodeDecodeError, csv.Error) as error:
            raise JobFailedError(f"{location.url(key)} is not a CSV file in UTF-8: {error}") from error


def fitting(found: Iterable[tuple[dict[str, str], str]], schema: RecordSchema) -> Iterator[dict[str, str]]:
    """The rows, as long as each fits the schema.

    Raises:
        JobFailedError: one does not.
    """
    for row, where in found:
        problem = schema.problem(row)
        if problem:
            raise JobFailedError(f"{problem} {where}")
        yield row


def text(columns: Sequence[str], found: Iterable[Mapping[str, str]]) -> str:
    """A CSV file: the header, then the rows."""
    lines = [",".join(columns), *(",".join(_field(row[name]) for name in columns) for row in found)]
    return "\n".join(lines) + "\n"


def _rows_of_file(
    session: RoleSession, location: Location, key: str, columns: Sequence[str]
) -> Iterator[tuple[dict[str, str], str]]:
    with session.open(location.bucket, key) as stream:
        reader = csv.reader(
            io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), doublequote=False, escapechar="\\"
        )
        names = [name.strip() for name in next(reader, [])]
        _check_columns(names, columns)
        positions = [(name, names.index(name)) for name in columns]
        for values in reader:
            if not values:
                continue
            where = f"(line {reader.line_num} of {location.url(key)})"
            if len(values) != len(names):
                raise JobFailedError(f"Expected {len(names)} columns, got {len(values)} {where}")
            yield {name: values[position] for name, position in positions}, where


def _check_columns(names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise JobFailedError(f"Input csv is missing the following columns: [{', '.join(missing)}]")


def _field(value: str) -> str:
    if not _SPECIAL.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
