"""Reads a CSV file in one way, and tells how long that took: `python readers.py WAY FILE [SCHEMA]`.

It runs in a process of its own, in an environment that has the way's package, and prints seconds, those of processors,
rows, and the most memory that the process had, in bytes. Imports are not counted as time.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def check() -> Callable[[str], int]:
    """`data-jobs check`: every value against the schema."""
    from pathlib import Path  # noqa: PLC0415

    from cdk_data_jobs_check import Schema, check_files  # noqa: PLC0415

    schema = Schema.read(Path(sys.argv[3]))
    return lambda file: check_files([file], schema).rows


def csv_reader() -> Callable[[str], int]:
    """The standard library's reader, row by row."""
    import csv  # noqa: PLC0415

    def read(file: str) -> int:
        with open(file, encoding="utf-8", newline="") as stream:  # noqa: PTH123 - the way of its documentation
            return sum(1 for _ in csv.reader(stream)) - 1

    return read


def pandas() -> Callable[[str], int]:
    """pandas, with its own parser."""
    import pandas as pd  # noqa: PLC0415

    return lambda file: len(pd.read_csv(file))


def polars() -> Callable[[str], int]:
    """polars, into memory."""
    import polars as pl  # noqa: PLC0415

    return lambda file: pl.read_csv(file).height


def pyarrow() -> Callable[[str], int]:
    """pyarrow, batch by batch."""
    from pyarrow import csv  # noqa: PLC0415

    return lambda file: sum(batch.num_rows for batch in csv.open_csv(file))


def duckdb() -> Callable[[str], int]:
    """DuckDB, which reads every value to find the largest of each column."""
    import duckdb as db  # noqa: PLC0415

    query = "select count(*), max(columns(*)) from read_csv('{}')"
    return lambda file: int(db.sql(query.format(file)).fetchall()[0][0])


def most_memory() -> int:
    """The most memory that this process had. What getrusage tells may be its parent's (proc(5), VmHWM)."""
    with open("/proc/self/status", encoding="utf-8") as status:  # noqa: PTH123 - as short as can be
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


WAYS = {way.__name__: way for way in (check, csv_reader, pandas, polars, pyarrow, duckdb)}

if __name__ == "__main__":
    way = WAYS[sys.argv[1]]()
    began, used = time.perf_counter(), time.process_time()
    rows = way(sys.argv[2])
    seconds, used = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"seconds": seconds, "processor": used, "rows": rows, "peak": most_memory()}))
