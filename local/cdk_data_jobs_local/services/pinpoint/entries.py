"""Endpoint definitions in files.

Source: the user guide's "Importing segments": CSV with a header in dot notation (`User.UserAttributes.Age`), or a JSON
object a line, in the spelling of the API's EndpointBatchItem; UTF-8, not compressed.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from cdk_data_jobs_local.services.core.model import ServiceModel
from cdk_data_jobs_local.services.pinpoint.responses import bad_request

# What a parser that the service was seen to use expects, by what Python's calls the same fault.
_EXPECTED = {
    "Expecting property name enclosed in double quotes": "double-quote to start field name",
    "Expecting ':' delimiter": "a colon to separate field name and value",
    "Expecting ',' delimiter": "comma to separate Object entries",
}


class FileError(Exception):
    """A file as a whole cannot be read; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One endpoint definition: the line it is on, and what it says, or the problem with it."""

    line: int
    definition: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class _Column:
    """A column of a CSV file: where its values go, and the shape that they have there."""

    name: str
    path: tuple[str, ...]
    shape: Shape


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


class EntryReader:
    """Reads endpoint definitions, and checks them against the service's model."""

    def __init__(self, model: ServiceModel) -> None:
        """Creates it."""
        self._model = model
        self._shape: StructureShape = model.botocore.shape_for("EndpointBatchItem")

    def entries(self, stream: IO[bytes], data_format: str) -> Iterator[Entry]:
        """Returns the entries of a file.

        Args:
            stream: The file.
            data_format: `CSV` or `JSON`.

        Raises:
            FileError: It is not in UTF-8, or its header names what an endpoint does not have.
        """
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        read = self._json if data_format == "JSON" else self._csv
        try:
            for line, definition, problem in read(text):
                yield Entry(line, definition, problem or self._model.problem(self._shape, definition))
        except (UnicodeDecodeError, csv.Error) as error:
            raise FileError(f"it is not {data_format} in UTF-8: {error}") from error

    def _json(self, text: Iterable[str]) -> Iterator[tuple[int, dict[str, Any], str | None]]:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                definition = json.loads(line)
            except ValueError as error:
                yield number, {}, f"it is not JSON: {error}"
                continue
            is_object = isinstance(definition, dict)
            yield number, definition if is_object else {}, None if is_object else "it is not a JSON object"

    def _csv(self, text: Iterable[str]) -> Iterator[tuple[int, dict[str, Any], str | None]]:
        reader = csv.reader(text)
        columns = [self._column(name.strip()) for name in next(reader, [])]
        for values in reader:
            if not values:
                continue
            if len(values) != len(columns):
                yield reader.line_num, {}, f"it has {len(values)} columns instead of {len(columns)}"
                continue
            yield reader.line_num, *_definition(columns, values)

    def _column(self, name: str) -> _Column:
        shape: Shape = self._shape
        path: list[str] = []
        rest = name.split(".")
        while rest and isinstance(shape, (StructureShape, MapShape)):
            if isinstance(shape, MapShape):
                # What is left is a key of the user's own choice.
                path.append(".".join(rest))
                rest, shape = [], shape.value
            elif rest[0] in shape.members:
                path.append(rest[0])
                shape = shape.members[rest.pop(0)]
            else:
                break
        if rest or isinstance(shape, (StructureShape, MapShape)):
            raise FileError(f"its header has the column {name}, which an endpoint does not have")
        return _Column(name, tuple(path), shape)


def _definition(columns: list[_Column], values: list[str]) -> tuple[dict[str, Any], str | None]:
    definition: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        if not value:
            continue
        target = definition
        for name in column.path[:-1]:
            target = target.setdefault(name, {})
        name = column.path[-1]
        if isinstance(column.shape, ListShape):
            target.setdefault(name, []).append(value)
        elif column.shape.type_name in ("double", "float"):
            try:
                target[name] = float(value)
            except ValueError:
                return {}, f"{column.name} must be a number, got {value}"
        else:
            target[name] = value
    return definition, None
