"""Whatever table is written in whatever dialect: its conversion is accepted, and has the same values."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import Schema, check_files
from cdk_data_jobs_check.reading import read_names, read_rows
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES: dict[str, Any] = {
    "ITEM_ID": "string",
    "PAGES": ["null", "int"],
    "PRICE": ["float", "null"],
    "OLD": ["boolean", "null"],
    "CREATION_TIMESTAMP": "long",
    "TITLE": ["string", "null"],
}
FIELDS = [{"name": name, "type": types} for name, types in TYPES.items()]
SCHEMA = Schema.parse(json.dumps({"type": "record", "name": "Items", "fields": FIELDS}))
NULLS = {"None", "NULL", "Null", "null", "NaN", "nan", "NaT", "<NA>", r"\N"}
SPELLINGS = {
    "ITEM_ID": ["ITEM_ID", "itemId", "Item ID", "item-id"],
    "OLD": ["old", "Old"],
    "CREATION_TIMESTAMP": ["creation timestamp", "creationTimestamp"],
}

Row = dict[str, Any]
# Before Python 3.13, csv does not quote a value for a carriage return alone, which then ends the line.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
tricky = st.sampled_from(
    [
        'say "no"',
        '"',
        "\\",
        "ends in \\",
        '\\"',
        "a,b;c\td|e",
        "a\nb",
        "a\r\nb",
        "a\rb",
        "a\\\\b",
        "\\N",
        "None",
        "é",
        "",
    ]
)
rows = st.fixed_dictionaries(
    {
        "ITEM_ID": (texts | tricky).filter(lambda text: text not in {"", *NULLS}),
        "PAGES": st.none() | st.integers(-(2**31), 2**31 - 1),
        "PRICE": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "OLD": st.none() | st.booleans(),
        "CREATION_TIMESTAMP": st.integers(100_000_000, 9_999_999_999),
        "TITLE": st.none() | texts | tricky,
    }
)


@st.composite
def spelt(draw: st.DrawFn, row: Row) -> list[str]:
    """A row as some tool writes it as text."""
    values = []
    for value in (row[field] for field in TYPES):
        if value is None:
            values.append(draw(st.sampled_from(["", *sorted(NULLS)])))
        elif isinstance(value, bool):
            values.append(draw(st.sampled_from(["True", "1", "yes", "t"] if value else ["False", "0", "no", "FALSE"])))
        elif isinstance(value, int):
            values.append(draw(st.sampled_from([str(value), f"{value}.0"])))
        else:
            values.append(str(value))
    return values


def write_json_lines(draw: st.DrawFn, names: list[str], table: list[Row]) -> tuple[bytes, InputOptions]:
    del draw
    lines = (
        json.dumps({name: row[field] for name, field in zip(names, TYPES, strict=True)}, ensure_ascii=False)
        for row in table
    )
    return "".join(f"{line}\n" for line in lines).encode(), InputOptions()


def write_csv(draw: st.DrawFn, names: list[str], table: list[Row]) -> tuple[bytes, InputOptions]:
    backslash = draw(st.booleans())
    order = draw(st.permutations(range(len(names) + 1)))
    stream = io.StringIO(newline="")
    delimiter = draw(st.sampled_from(",;\t|"))
    stream.write(draw(st.sampled_from(["", "\n", f"sep={delimiter}\n"])))
    writer = csv.writer(
        stream,
        delimiter=delimiter,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r\r\n"])),
        doublequote=not backslash,
        escapechar="\\" if backslash else None,
    )
    for row in [names, *(draw(spelt(row)) for row in table)]:
        whole = [*row, "more"]
        writer.writerow([whole[index] for index in order])
    return stream.getvalue().encode(draw(st.sampled_from(ENCODINGS))), InputOptions(backslash=backslash)


def write_parquet(draw: st.DrawFn, names: list[str], table: list[Row]) -> tuple[bytes, InputOptions]:
    import pyarrow as pa  # noqa: PLC0415 - it may be missing
    from pyarrow import parquet  # noqa: PLC0415

    is_time = draw(st.booleans())
    times = pa.timestamp("ms", "Europe/Berlin") if is_time else pa.int64()
    types = [pa.string(), pa.int32(), pa.float64(), pa.bool_(), times, pa.string()]
    given = [{**row, "CREATION_TIMESTAMP": row["CREATION_TIMESTAMP"] * (1000 if is_time else 1)} for row in table]
    columns = [pa.array([row[field] for row in given], type_) for field, type_ in zip(TYPES, types, strict=True)]
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns, names), stream)
    return stream.getvalue(), InputOptions()


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]
WRITERS: list[Callable[[st.DrawFn, list[str], list[Row]], tuple[bytes, InputOptions]]] = [write_csv, write_json_lines]
if importlib.util.find_spec("pyarrow"):
    WRITERS.append(write_parquet)


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Row], bytes, InputOptions]:
    table = draw(st.lists(rows, min_size=1, max_size=4))
    names = [draw(st.sampled_from(SPELLINGS.get(field, [field]))) for field in TYPES]
    content, dialect = draw(st.sampled_from(WRITERS))(draw, names, table)
    return table, gzip.compress(content) if draw(st.booleans()) and content[:4] != b"PAR1" else content, dialect


def expected(value: object) -> object:
    if isinstance(value, str):
        return "" if value in NULLS else re.sub("\r\n|\r|\n", " ", value)
    return value


def parsed(field: str, value: str) -> object:
    if not value and "null" in TYPES[field]:
        return "" if field == "TITLE" else None
    kind = {"ITEM_ID": str, "TITLE": str, "PRICE": float, "OLD": {"true": True, "false": False}.__getitem__}
    return kind.get(field, int)(value)


@settings(max_examples=200, deadline=None)
@given(files())
def test_the_conversion_of_any_table_is_accepted_and_has_its_values(
    generated: tuple[list[Row], bytes, InputOptions],
) -> None:
    table, content, dialect = generated
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "source"), Path(folder, "items.csv")
        source.write_bytes(content)
        report = convert_files([str(source)], output, SCHEMA, options=dialect)

        assert report.count(Severity.ERROR) == 0, [*map(str, report.findings)]
        checked = check_files([output], SCHEMA)
        with output.open("rb") as stream:
            names = read_names(stream)
            converted = [*read_rows(stream, len(names))]

        again = Path(folder, "again.csv")
        convert_files([str(output)], again, SCHEMA, options=InputOptions(backslash=True))

        assert again.read_bytes() == output.read_bytes()

    assert checked.ok, checked.findings
    assert set(checked.violation_counts) <= {"float-range", "id-spaces"}
    assert names == [*TYPES]
    assert [{name: parsed(name, value) for name, value in zip(names, row, strict=True)} for row in converted] == [
        {name: expected(value) if value is not None or name != "TITLE" else "" for name, value in row.items()}
        for row in table
    ]
