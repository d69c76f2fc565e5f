"""Reads Parquet files in batches of rows, with pyarrow, which is needed for them alone."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_cli.conversion.input_file import BATCH_CHARACTERS, BATCH_ROWS, Batch, InputFile, UnreadableError
from cdk_data_jobs_cli.conversion.integers import without_exponent

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUFFER_BYTES = 2**20


def read_parquet(stream: IO[bytes], file: InputFile) -> Iterator[Batch]:
    """Yields the rows of a Parquet file.

    Args:
        stream: The file, which must be seekable, because its end is read first.
        file: Takes what is odd about it.

    Raises:
        UnreadableError: If it cannot be read, or has not all columns.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - it is optional, and as big as the rest of the project
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnreadableError("Parquet needs pyarrow: pip install pyarrow", "parquet") from error
    try:
        # With a small buffer, because otherwise whole columns of a row group are in memory.
        reader = parquet.ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER_BYTES)
        names = reader.schema_arrow.names
        indices = file.column_indices(names)
        columns = dict(zip(file.fields, (names[index] for index in indices), strict=True))
        _report_floats(pa, reader.schema_arrow, columns, file)
        line = 1
        for batch in reader.iter_batches(_batch_rows(reader.metadata), columns=[*columns.values()]):
            yield Batch(
                range(line, line + batch.num_rows),
                [
                    _strings(pa, name, batch.column(name), is_string=file.is_string(field))
                    for field, name in columns.items()
                ],
            )
            line += batch.num_rows
            if file.size:
                file.position = file.size * line // (reader.metadata.num_rows + 1)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError(f"a file must be Parquet that pyarrow can read: {error}", "parquet") from error


def _batch_rows(metadata: Any) -> int:  # noqa: ANN401 - pyarrow is optional
    """Returns how many rows to read at once, so that memory does not depend on their lengths."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    row_bytes = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(BATCH_ROWS, BATCH_CHARACTERS // max(row_bytes, 1)))


def _report_floats(pa: Any, schema: Any, columns: dict[str, str], file: InputFile) -> None:  # noqa: ANN401
    for field, name in columns.items():
        type_ = schema.field(name).type
        if pa.types.is_floating(type_) and file.is_string(field):
            message = (
                f"{field} has floats and is a string in the schema: other programs may write 2.0 for 2, and large "
                "numbers lose digits; export it as strings or integers"
            )
            file.report_warning("float-string", message, column=field)
        elif pa.types.is_floating(type_) and not pa.types.is_float64(type_) and file.is_integer(field):
            message = (
                f"{field} has floats of less than 64 bits and is an integer in the schema: numbers of more than 7 "
                "digits may have lost some; export it as integers"
            )
            file.report_warning("float-precision", message, column=field)


def _strings(pa: Any, name: str, values: Any, *, is_string: bool) -> list[str]:  # noqa: ANN401
    """Returns the values of a column as strings, empty for null; times that have a zone in UTC.

    Doubles are exact, and need no exponent unless their field is a string.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    # As a string, a duration is a number without its unit.
    if (is_duration := pa.types.is_duration(values.type)) or pa.types.is_nested(values.type):
        message = f"the column {name} must have strings, numbers, booleans or times, got {values.type}"
        hint = "make numbers of durations, such as seconds" if is_duration else "join lists by |"
        raise UnreadableError(f"{message}; {hint}", "type")
    if pa.types.is_timestamp(values.type) and values.type.tz:
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    strings: list[str] = values.cast(pa.string()).fill_null("").to_pylist()
    return [*map(without_exponent, strings)] if pa.types.is_float64(values.type) and not is_string else strings
