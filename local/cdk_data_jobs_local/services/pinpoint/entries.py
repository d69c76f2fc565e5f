"""What the service says of the files of an import; what they are judged by are the rules that `data-jobs check` has."""

import json
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from cdk_data_jobs_check.entry_files import UnreadableFileError
from cdk_data_jobs_check.pinpoint.entries import read_entries
from cdk_data_jobs_local.services.pinpoint.responses import bad_request

# What a parser that the service was seen to use expects, by what Python's calls the same fault.
_EXPECTED = {
    "Expecting property name enclosed in double quotes": "double-quote to start field name",
    "Expecting ':' delimiter": "a colon to separate field name and value",
    "Expecting ',' delimiter": "comma to separate Object entries",
}


class FileError(Exception):
    """A file as a whole cannot be read; the message says why."""


class Entry(NamedTuple):
    """One endpoint definition or user id: the line it is on, and what it says, or the problem with it."""

    line: int
    definition: dict[str, Any]
    problem: str | None = None


def check_first_line(stream: IO[bytes]) -> None:
    """Checks that the first line of a JSON file can be parsed.

    Source: aws/aws-sdk-ruby issue 2962, which shows the response to one such line. That the first line is looked at,
    and what is said of other faults, is inferred.

    Raises:
        ServiceError: BadRequestException.
    """
    line = stream.readline().decode("utf-8-sig", errors="replace").strip()
    if not line:
        return
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        source = f'(String)"{line}"; line: 1, column: {error.colno + 1}'
        found = line[error.pos : error.pos + 1]
        if not found:
            raise bad_request(f"Unexpected end-of-input\n at [Source: {source}].") from error
        expected = _EXPECTED.get(error.msg, "a valid value")
        raise bad_request(
            f"Unexpected character ('{found}' (code {ord(found)})): was expecting {expected}\n at [Source: {source}]."
        ) from error


def entries(stream: IO[bytes], data_format: str) -> Iterator[Entry]:
    """Yields the entries of a file.

    Args:
        stream: The file.
        data_format: `CSV` or `JSON`.

    Raises:
        FileError: It is not of this format in UTF-8, or its header names what an endpoint does not have.
    """
    try:
        for entry in read_entries(stream, data_format):
            if entry.definition is not None:
                yield Entry(entry.line, entry.definition, entry.error and entry.error.message)
    except UnreadableFileError as error:
        raise FileError(str(error)) from error
