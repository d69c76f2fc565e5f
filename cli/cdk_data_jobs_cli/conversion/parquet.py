"""Reads Parquet files in batches of rows, with pyarrow, which is needed for them alone."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from cdk_data_jobs_cli.conversion.batches import BATCH_ROWS, Batch, InputFile, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_parquet(stream: IO[bytes], file: InputFile) -> Iterator[Batch]:
    """Yields the rows of a Parquet file.

    Args:
        stream: The file.
        file: Takes what is odd about it.

    Raises:
        UnreadableError: If it cannot be read, or has not all columns.
    """
    if not stream.seekable():
        raise UnreadableError("Parquet must be a file, got a pipe; its end is read first", "parquet")
    try:
        import pyarrow as pa  # noqa: PLC0415 - it is optional, and as big as the rest of the project
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnreadableError("Parquet needs pyarrow: pip install pyarrow", "parquet") from error
    try:
        # Without buffers for whole row groups.
        reader = parquet.ParquetFile(stream, pre_buffer=False)
        names = reader.schema_arrow.names
        picked = [names[index] for index in file.pick(names)]
        line = 1
        for batch in reader.iter_batches(BATCH_ROWS, columns=picked):
            columns = [_strings(pa, name, batch.column(name)) for name in picked]
            yield Batch(range(line, line + batch.num_rows), columns)
            line += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError(f"a file must be Parquet that pyarrow can read: {error}", "parquet") from error


def _strings(pa: Any, name: str, values: Any) -> list[str]:  # noqa: ANN401 - pyarrow is optional
    """Returns the values of a column as strings, empty for null; times that have a zone in UTC."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_nested(values.type):
        message = f"the column {name} must have strings, numbers, booleans or times, got {values.type}"
        raise UnreadableError(f"{message}; join lists by |", "type")
    if pa.types.is_timestamp(values.type) and values.type.tz:
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    strings: list[str] = values.cast(pa.string()).fill_null("").to_pylist()
    return strings
