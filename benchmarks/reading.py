"""How many rows a second does `data-jobs check` read, beside CSV readers, and in how much memory?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Sample, Table, Target, in_turns, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_TIMES_AS_LONG = 2
CONSTANT = 1.1  # times as much memory for many times as many rows

PACKAGES = ("duckdb", "pandas", "polars", "pyarrow")
CHECK, CSV_READER = "`data-jobs check`", "csv.reader"
WAYS = {
    CHECK: "check",
    CSV_READER: "csv_reader",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "pyarrow",
    "DuckDB": "duckdb",
}
MEGABYTE = 1024 * 1024
TEXT = """\
Interactions of three columns, from a file that was just written. `data-jobs check` checks every value. The readers
convert all strings and numbers, and pandas, polars and DuckDB keep them in memory; those that can use all processors,
so processor time is given too. The readers are installed into a temporary environment. Each reads in a process of its
own; the memory is that process's maximum, with its packages. `data-jobs check` and csv.reader use one processor."""

Figures = dict[str, Sample]
"""Seconds, seconds of processors, and bytes of memory, by `seconds`, `processor` and `peak`."""


def environment_of_readers(folder: Path) -> Path | None:
    """The interpreter of an environment with the readers; none if they cannot be installed."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip's
    if done.returncode != 0:
        print(f"the readers cannot be installed: {done.stderr.strip()}", file=sys.stderr)
        return None
    return python


def read(runs: int, file: Path, schema: Path, other: Path | None) -> Mapping[str, Figures]:
    """Reads a file in all ways that there are, some times.

    Args:
        runs: How many times.
        file: The file.
        schema: Its schema.
        other: The interpreter that has the readers, if there is one.
    """
    ways: Sequence[str] = [way for way in WAYS if other or way in (CHECK, CSV_READER)]
    measured: dict[str, list[dict[str, float]]] = {way: [] for way in ways}

    def once(way: str) -> float:
        own = way in (CHECK, CSV_READER) or other is None
        command = [sys.executable if own else str(other), str(Path(__file__).with_name("readers.py")), WAYS[way]]
        done = subprocess.run(  # noqa: S603 - a script of this folder
            [*command, str(file), str(schema)], capture_output=True, text=True, check=True
        )
        measured[way].append(json.loads(done.stdout))
        return measured[way][-1]["seconds"]

    in_turns(runs, ways, once)
    names = ("seconds", "processor", "peak", "rows")
    return {
        way: {name: Sample(tuple(one[name] for one in values)) for name in names} for way, values in measured.items()
    }


def targets(read: Mapping[int, Mapping[str, Figures]]) -> list[Target]:
    """What is wanted of `data-jobs check`, for each number of rows."""
    least, most = (read[count][CHECK]["peak"].median for count in (min(read), max(read)))
    return [
        *(_speed_target(count, figures) for count, figures in read.items()),
        Target(
            figure=f"its memory for {max(read):,} rows, against {min(read):,}",
            wanted=f"constant: at most {CONSTANT} x",
            got=f"{ratio(most, least)}, {most / MEGABYTE:.0f} MB",
            met=most <= CONSTANT * least,
            because=f"it is {(most - least) / (max(read) - min(read)):.1f} bytes more for each row more",
        ),
    ]


def _speed_target(count: int, read: Mapping[str, Figures]) -> Target:
    checked, fastest = read[CHECK], fastest_of(read)
    seconds, processor = checked["seconds"].median, checked["processor"].median
    others = min(figures["processor"].median for way, figures in read.items() if way != CHECK)
    return Target(
        figure=f"{CHECK} of {count:,} rows, against the fastest reader",
        wanted=f"at most {MOST_TIMES_AS_LONG} x the time of {fastest}",
        got=f"{ratio(seconds, read[fastest]['seconds'].median)}, {count / seconds:,.0f} rows a second",
        met=seconds <= MOST_TIMES_AS_LONG * read[fastest]["seconds"].median,
        because=(
            f"{fastest} is compiled and uses {os.cpu_count()} processors, and checks nothing; of processors' time it "
            f"takes {ratio(processor, others)}, and {ratio(seconds, read[CSV_READER]['seconds'].median)} the time of "
            f"{CSV_READER}"
        ),
    )


def fastest_of(read: Mapping[str, Figures]) -> str:
    """The reader that is the fastest, other than the check."""
    return min((way for way in read if way != CHECK), key=lambda way: read[way]["seconds"].median)


def table(read: Mapping[int, Mapping[str, Figures]]) -> Table:
    """What was measured."""
    rows: list[list[object]] = []
    for count, ways in read.items():
        checked = ways[CHECK]["seconds"].median
        for way, figures in ways.items():
            speeds = Sample(tuple(count / seconds / 1e6 for seconds in figures["seconds"].values))
            rows.append(
                [
                    way,
                    f"{count:,}",
                    ratio(figures["seconds"].median, checked),
                    f"{speeds:.2f}",
                    f"{figures['processor']:.2f}",
                    f"{figures['peak'].median / MEGABYTE:.0f}",
                ]
            )
    columns = ["", "rows", "time, x the check's", "million rows a second", "seconds of processors", "megabytes at most"]
    return Table(columns, rows)
