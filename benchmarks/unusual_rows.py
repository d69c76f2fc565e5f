"""How fast does `data-jobs check` read rows that its fast expression for plain values does not match?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Sample, Table, Target, in_turns, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MEGABYTE = 10**6
SIZE = 50 * MEGABYTE
LEAST_PART = 1 / 5  # of the speed of plain rows

_QUOTE = ("", '"')
PLAIN = "plain values"
COLUMNS = {
    "ITEM_ID": "string",
    "TITLE": "string",
    "PRICE": "float",
    "PAGES": "int",
    "EAN": "long",
    "CREATION_TIMESTAMP": "float",
}


def _row(row: int, **values: str) -> str:
    """Returns a row of plain values, but for those that are given."""
    plain = (f"i{row}", f"title{row}", f"{row % 100}.5", f"{row % 900}", f"{row}", "1735690635.5")
    return ",".join({**dict(zip(COLUMNS, plain, strict=True)), **values}.values())


ROWS: Mapping[str, Callable[[int], str]] = {
    PLAIN: _row,
    "values in quotes, with spaces": lambda row: _row(row, ITEM_ID=f'"i{row}"', TITLE=f'"the title {row}"'),
    "escaped backslashes in ids": lambda row: _row(row, ITEM_ID=f'"SHOP\\\\i{row}"'),
    "escaped quotes": lambda row: _row(row, TITLE=f'"the \\"title\\" {row}"'),
    "doubled quotes, a warning each": lambda row: _row(row, TITLE=f'"the ""title"" {row}"'),
    "NaN, a warning each": lambda row: _row(row, PRICE="NaN"),
    "spaces around ids, a warning each": lambda row: _row(row, ITEM_ID=f"i{row} "),
    "the largest numbers of 32 bits": lambda row: _row(row, PAGES=f"{2**31 - 1 - row % 1000}"),
    "the least numbers of 64 bits": lambda row: _row(row, EAN=f"{row - 2**63}"),
    "numbers with zeros before them": lambda row: _row(row, PAGES=f"{row:010d}", EAN=f"{row:020d}"),
    "numbers of 50 decimals": lambda row: _row(row, PRICE=f"{row + 0.1:.50f}"),
    "numbers of 26 digits": lambda row: _row(row, PRICE=f"{row + 10**25}.0"),
    "times with zeros before them": lambda row: _row(row, CREATION_TIMESTAMP="0001735690635"),
    "times with exponents": lambda row: _row(row, CREATION_TIMESTAMP=f"17.3569{row % 1000:03d}e8"),
    "times of 17 decimals with exponents": lambda row: _row(row, CREATION_TIMESTAMP="1.73569063512345678E9"),
    "an open quote in each hundredth row": lambda row: _row(row, TITLE=f"{_QUOTE[row % 100 == 0]}title{row}"),
    "an open quote in each row": lambda row: _row(row, TITLE=f'"title{row}'),
}
MANY, MANY_COLUMNS = "1,000 columns, 994 of them not in the schema", 1000
TEXT = """\
`data-jobs check` of files of 50 MB with rows of which each, or each hundredth, is not plain. A check stops at 100,000
errors, which an open quote in each row reaches after some megabytes."""


def measure(folder: Path, runs: int) -> tuple[list[Target], Table]:
    """Measures.

    Args:
        folder: Where the files go.
        runs: How many times.
    """
    schema = folder / "items.json"
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    schema.write_text(json.dumps({"type": "record", "name": "Items", "fields": fields, "version": "1.0"}))
    more = [f"C{number}" for number in range(MANY_COLUMNS - len(COLUMNS))]
    rows = {kind: _write(folder / f"{number}.csv", [], row) for number, (kind, row) in enumerate(ROWS.items())}
    rows[MANY] = _write(folder / f"{len(ROWS)}.csv", more, lambda row: ",".join([ROWS[PLAIN](row), *more]))
    files = {kind: folder / f"{number}.csv" for number, kind in enumerate(rows)}
    done: dict[str, dict[str, float]] = {}

    def check(kind: str) -> float:
        """Returns the seconds for a megabyte."""
        command = [sys.executable, str(Path(__file__).with_name("readers.py")), "check", str(files[kind]), str(schema)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
        done[kind] = json.loads(printed)
        return done[kind]["seconds"] / (SIZE / MEGABYTE * done[kind]["rows"] / rows[kind])

    measured = in_turns(runs, files, check)
    speeds = {kind: Sample(tuple(1 / seconds for seconds in sample.values)) for kind, sample in measured.items()}
    table = [
        [
            kind,
            ratio(speed.median, speeds[PLAIN].median),
            f"{speed:.0f}",
            f"{done[kind]['seconds']:.1f}",
            f"{done[kind]['peak'] / 2**20:.0f}",
        ]
        for kind, speed in speeds.items()
    ]
    columns = ["rows with", "speed, x that of plain values", "megabytes a second", "seconds", "megabytes of memory"]
    return [_target(kind, speeds, done[kind]["seconds"]) for kind in speeds if kind != PLAIN], Table(
        columns, table, TEXT
    )


def _write(path: Path, more: list[str], row: Callable[[int], str]) -> int:
    """Writes a file, and returns how many rows it has."""
    with path.open("w", encoding="utf-8") as file:
        written = file.write(",".join([*COLUMNS, *more]) + "\n")
        number = 0
        while written < SIZE:
            written += file.write(row(number) + "\n")
            number += 1
    return number


def _target(kind: str, speeds: Mapping[str, Sample], seconds: float) -> Target:
    speed, plain = speeds[kind].median, speeds[PLAIN].median
    return Target(
        figure=f"`data-jobs check` of rows with {kind}",
        wanted=f"at least {LEAST_PART} x the speed of plain rows",
        got=f"{ratio(speed, plain)}, {speed:.0f} MB a second",
        met=speed >= LEAST_PART * plain,
        because=f"each such row is parsed by itself; as the check stops at 100,000 errors, it takes {seconds:.1f} s",
    )
