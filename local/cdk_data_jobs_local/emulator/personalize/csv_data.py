"""What is in the CSV files at an S3 location, and does it fit the schema?

Source: the developer guide's "Data format guidelines": CSV, UTF-8, text in double quotes with backslash escapes, the
same header in all files of a folder. Of a folder, an import reads only the first level.
"""

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from cdk_data_jobs_local.emulator.access import NotFoundError, RoleSession
from cdk_data_jobs_local.emulator.jobs import JobFailedError
from cdk_data_jobs_local.emulator.personalize.schemas import RecordSchema

# A field may be as long as the service allows a text to be, with room to tell a longer one from a broken file.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True)
class Location:
    """A place in S3: a file, or a folder if the key ends in `/` (or is empty: the whole bucket's first level)."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Take `s3://bucket/key` apart."""
        parts = urlsplit(url, allow_fragments=False)
        key = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.netloc, key)

    def csv_keys(self, session: RoleSession) -> list[str]:
        """The keys of the CSV files: this one, or those at the folder's first level.

        Raises:
            AccessDeniedError: listing the bucket is not allowed.
            NotFoundError: there is no such bucket.
        """
        keys = session.list_keys(self.bucket, self.key)
        if self.key and not self.key.endswith("/"):
            return [key for key in keys if key == self.key]
        return [key for key in keys if key.lower().endswith(".csv") and "/" not in key[len(self.key) :]]

    def url(self, key: str) -> str:
        """The URL of an object in this location's bucket."""
        return f"s3://{self.bucket}/{key}"


def header(session: RoleSession, bucket: str, key: str) -> list[str]:
    """The names in the first line of a CSV file.

    Raises:
        AccessDeniedError: reading the object is not allowed.
        NotFoundError: there is no such object.
    """
    with session.open(bucket, key) as stream:
        line = stream.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    return [name.strip() for name in line.split(",")]


def rows(session: RoleSession, location: Location, schema: RecordSchema) -> Iterator[dict[str, str]]:
    """The rows at a location, each with the schema's columns.

    Raises:
        AccessDeniedError: reading is not allowed.
        JobFailedError: a file is gone, lacks a column, or has a row that does not fit the schema.
    """
    keys = location.csv_keys(session)
    if not keys:
        raise JobFailedError("Invalid Data location.")
    for key in keys:
        try:
            yield from _rows_of_file(session, location, key, schema)
        except NotFoundError as error:
            raise JobFailedError("Invalid Data location.") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise JobFailedError(f"{location.url(key)} is not a CSV file in UTF-8: {error}") from error


def _rows_of_file(session: RoleSession, location: Location, key: str, schema: RecordSchema) -> Iterator[dict[str, str]]:
    with session.open(location.bucket, key) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, doublequote=False, escapechar="\\")
        names = [name.strip() for name in next(reader, [])]
        missing = schema.missing_columns(names)
        if missing:
            raise JobFailedError(missing_columns(missing))
        positions = [(name, names.index(name)) for name in schema.names]
        for values in reader:
            if not values:
                continue
            where = f"(line {reader.line_num} of {location.url(key)})"
            if len(values) != len(names):
                raise JobFailedError(f"Expected {len(names)} columns, got {len(values)} {where}")
            row = {name: values[position] for name, position in positions}
            problem = schema.problem(row)
            if problem:
                raise JobFailedError(f"{problem} {where}")
            yield row


def missing_columns(names: list[str]) -> str:
    """The service's words for a CSV header that lacks columns."""
    return f"Input csv is missing the following columns: [{', '.join(names)}]"
