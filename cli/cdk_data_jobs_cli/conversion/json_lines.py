"""Reads files with a JSON object on each line, in batches of rows."""

from __future__ import annotations

import functools
import itertools
import json
from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_cli.conversion.input_file import Batch, InputFile
from cdk_data_jobs_cli.conversion.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_KEYS = 256  # sets of keys that are kept


def read_json_lines(stream: IO[str], file: InputFile) -> Iterator[Batch]:
    """Yields the rows of a file of JSON lines, which may leave out keys whose values are null.

    Args:
        stream: The file.
        file: Takes what is odd about it.

    Raises:
        UnreadableError: If no row has a column that may not be null, or a column has several names.
    """
    names: dict[str, None] = {}

    @functools.lru_cache(_MAX_KEYS)
    def keys_of(keys: tuple[str, ...]) -> list[str | None]:
        indices = file.match(keys).indices
        if len(names) < _MAX_KEYS:
            names.update(dict.fromkeys(keys))
        return [keys[indices[field]] if field in indices else None for field in file.fields]

    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, row in _objects(source, file):
            values = (None if key is None else row[key] for key in keys_of((*row,)))
            try:
                yield line, [value if isinstance(value, str) else _to_string(value) for value in values]
            except ValueError as error:
                file.reject("type", str(error), line, row)

    source = Lines(stream)
    for batch in filter(None, source.in_batches(rows())):
        # Rows are shorter if the file's fields are those of the rows so far.
        columns = [*itertools.zip_longest(*(row for _, row in batch), fillvalue="")]
        yield Batch([line for line, _ in batch], columns)
    file.require_fields([*names])


def _objects(source: Lines, file: InputFile) -> Iterator[tuple[int, dict[str, Any]]]:
    # Numbers stay as they are written, so that none loses digits.
    decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str).decode
    for line in source:
        try:
            row = decode(line)
        except (ValueError, RecursionError) as error:
            if not line.isspace():
                file.reject("json", f"a line must be a JSON object: {error}", source.number, line.rstrip("\r\n"))
            continue
        if isinstance(row, dict):
            yield source.number, row
        else:
            message = f"a line must be a JSON object, got {excerpt(line.strip())}"
            file.reject("json", message, source.number, row)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"a key must be there once, got {excerpt(doubled)} more than once")
    return row


def _to_string(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    got = excerpt(json.dumps(value))
    raise ValueError(f"a value must be a string, a number, a boolean or null, got {got}; join lists by |")
