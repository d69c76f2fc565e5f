"""How many rows a second are checked, and imported by the AWS on this machine, and in how much memory?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import importing, reading, unusual_rows
from benchmarks.offline import COLUMNS, csv_file
from benchmarks.results import Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROWS = (100_000, 1_000_000, 3_000_000)


def measure(folder: Path, runs: int, rows: Sequence[int]) -> Section:
    """Measures.

    Args:
        folder: Where files and the environment of the readers go.
        runs: How many times.
        rows: How many rows; at least two numbers, so that it is seen what more of them take.
    """
    files = {count: folder / f"{count}.csv" for count in rows}
    for count, file in files.items():
        file.write_bytes(csv_file(count))
    schema = folder / "schema.json"
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    namespace = "com.amazonaws.personalize.schema"
    avro = {"type": "record", "name": "Interactions", "namespace": namespace, "fields": fields, "version": "1.0"}
    schema.write_text(json.dumps(avro), encoding="utf-8")
    readers = reading.environment_of_readers(folder / "readers")
    read = {count: reading.read(runs, file, schema, readers) for count, file in files.items()}
    imported = {
        count: importing.import_some_times(runs, file.read_bytes(), count)
        for count, file in files.items()
        if count <= importing.MOST_TO_IMPORT
    }
    unusual_targets, unusual = unusual_rows.measure(folder, runs)
    text = reading.TEXT if readers else f"{reading.TEXT} They could not be installed here: csv.reader stands alone."
    return Section(
        title="Rows",
        text=text,
        targets=[*reading.targets(read), *unusual_targets, *importing.targets(imported, read)],
        tables=[reading.table(read), unusual, importing.table(imported, read)],
    )
