"""Reads files with a JSON object on each line, in batches of rows."""

from __future__ import annotations

import functools
import itertools
import json
from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_cli.conversion.input_file import Batch, InputFile, JsonText
from cdk_data_jobs_cli.conversion.integers import without_exponent
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
    def keys_of(keys: tuple[str, ...]) -> list[tuple[str | None, bool]]:
        """Returns the key of each field, if there is one, and whether the field is a string."""
        indices = file.match(keys).indices
        if len(names) < _MAX_KEYS:
            names.update(dict.fromkeys(keys))
        return [(keys[indices[field]] if field in indices else None, file.is_string(field)) for field in file.fields]

    def rows() -> Iterator[tuple[int, list[str], JsonText]]:
        for line, row, text in _objects(source, file):
            keys = keys_of((*row,))
            try:
                values = ["" if key is None else _to_string(row[key], is_string=is_string) for key, is_string in keys]
            except ValueError as error:
                file.reject("type", str(error), line, text)
            else:
                yield line, values, text

    source = Lines(stream)
    for batch in filter(None, source.in_batches(rows())):
        # Rows are shorter if the file's fields are those of the rows so far.
        columns = [*itertools.zip_longest(*(row for _, row, _ in batch), fillvalue="")]
        yield Batch([line for line, *_ in batch], columns, [text for *_, text in batch])
    file.require_fields([*names])


def _objects(source: Lines, file: InputFile) -> Iterator[tuple[int, dict[str, Any], JsonText]]:
    # Numbers stay as they are written, so that none loses digits.
    decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=_Float, parse_int=str, parse_constant=str).decode
    for line in source:
        text = JsonText(line.strip())
        try:
            row = decode(line)
        except (ValueError, RecursionError) as error:
            if not line.isspace():
                file.reject("json", f"a line must be a JSON object: {error}", source.number, line.rstrip("\r\n"))
            continue
        if isinstance(row, dict):
            yield source.number, row, text
        else:
            message = f"a line must be a JSON object, got {excerpt(line.strip())}"
            file.reject("json", message, source.number, text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"a key must be there once, got {excerpt(doubled)} more than once")
    return row


class _Float(str):
    """A number with a decimal point or an exponent, as it is written."""

    __slots__ = ()


def _to_string(value: Any, *, is_string: bool) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return without_exponent(value) if isinstance(value, _Float) and not is_string else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        got = excerpt(json.dumps(value))
    except RecursionError:
        got = "one that is nested too deeply"
    raise ValueError(f"a value must be a string, a number, a boolean or null, got {got}; join lists by |")
