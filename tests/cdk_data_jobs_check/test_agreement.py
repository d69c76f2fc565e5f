"""The checker and the emulator of Amazon Personalize agree on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import Mode, Schema, check_files
from cdk_data_jobs_check.reading import read_names, read_rows
from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.schemas import parse_schema
from cdk_data_jobs_local.services.personalize.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


def refusal(path: Path, schema: str, mode: Mode = Mode.FULL) -> str | None:
    """Returns why the emulator refuses an import of a file; none if it imports it."""
    parsed = parse_schema(schema, None)
    try:
        with path.open("rb") as stream:
            csv_data.check_header(stream, parsed)
        csv_data.check({path: "s3://data/items.csv"}, parsed, mode)
    except JobFailedError as error:
        return str(error)
    return None


FIELDS: dict[str, dict[str, Any]] = {
    "GENRE": {"type": ["null", "string"], "categorical": True},
    "TITLE": {"type": "string"},
    "DESCRIPTION": {"type": ["null", "string"], "textual": True},
    "PRICE": {"type": ["float", "null"]},
    "PAGES": {"type": "int"},
    "CREATION_TIMESTAMP": {"type": "long"},
    "EVENT_TYPE": {"type": "string"},
    "OLD": {"type": ["boolean", "null"]},
    "ANY": {"type": ["int", "string"]},
}
GOOD = ["i1", "", "a|b", "1.5", "30", "-1", "1735690635", "true", '"a, b"', '"say \\"no\\""', '"\\\\"', "größe", '""']
BAD = [
    " ",
    "x y",
    "nan",
    "1_0",
    "1e5",
    "9999999999",
    "1735690635123",
    "a\\,b",
    '"a ""b"""',
    '"a',
    '"a\nb"',
    'a"b',
    "\\",
]
LONG = [character * length for character in ("x", "9") for length in (256, 257, 1000, 1001, 20_000, 20_001)]


@st.composite
def imports(draw: st.DrawFn) -> tuple[str, bytes]:
    """Generates a schema and a file for it, with some mistakes or none."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=4, unique=True))
    fields = [{"name": "ITEM_ID", "type": "string"}, *({"name": name, **FIELDS[name]} for name in names)]
    header = draw(st.just(["ITEM_ID", *names]) | st.permutations(["ITEM_ID", *names]))
    extra = draw(st.sampled_from([[], [], [], ["MORE"]]))
    values = st.sampled_from(GOOD) | st.sampled_from(GOOD) | st.sampled_from(BAD) | st.sampled_from(LONG)
    width = len(header) + len(extra)
    rows = draw(st.lists(st.lists(values, min_size=width - (width > 2), max_size=width), max_size=3))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    start = draw(st.sampled_from(["", "", "\ufeff"]))
    content = start + end.join([",".join([*header, *extra]), *map(",".join, rows), *draw(st.sampled_from([[], [""]]))])
    encoded = content.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1"])), "replace")
    return json.dumps({"type": "record", "name": "Items", "fields": fields}), encoded


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(imports())
@example(
    ('{"type":"record","name":"Items","fields":[{"name":"ITEM_ID","type":"string"},{"name":"A","type":"int"}]}', b"")
)
@example(
    (
        '{"type":"record","name":"Items","fields":[{"name":"ITEM_ID","type":"string"},{"name":"PAGES","type":"int"}]}',
        b"ITEM_ID,PAGES\ni1," + b"x" * 1001,
    )
)
def test_the_emulator_refuses_a_file_if_and_only_if_it_has_an_error(
    write: Callable[..., Path], generated: tuple[str, bytes]
) -> None:
    schema, content = generated
    path = write(content)
    report = check_files([path], Schema.parse(schema))

    assert (refusal(path, schema) is None) == report.ok
    if report.ok:
        with path.open("rb") as stream:
            names = read_names(stream)
            rows = [*read_rows(stream, len(names))]
        assert len(rows) == report.rows
        assert {len(row) for row in rows} <= {len(names)}


def test_the_emulator_imports_a_row_that_is_too_long_to_be_checked_in_full(write: Callable[..., Path]) -> None:
    fields = [{"name": "ITEM_ID", "type": "string"}, {"name": "TITLE", "type": "string"}]
    schema = json.dumps({"type": "record", "name": "Items", "fields": fields})
    path = write(f"ITEM_ID,MORE,TITLE\ni1,{'größe' * 2**19},a\n")

    assert check_files([path], Schema.parse(schema)).ok
    assert refusal(path, schema) is None
    with path.open("rb") as stream:
        assert [row[::2] for row in read_rows(stream, len(read_names(stream)))] == [["i1", "a"]]


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_the_same_number_of_interactions_is_enough(tmp_path: Path, mode: Mode) -> None:
    minimum = Settings().minimum_interactions
    schema = Schema.parse(
        json.dumps(
            {
                "type": "record",
                "name": "Interactions",
                "fields": [
                    {"name": "USER_ID", "type": "string"},
                    {"name": "ITEM_ID", "type": "string"},
                    {"name": "TIMESTAMP", "type": "long"},
                ],
            }
        )
    )
    for rows in (minimum - 1, minimum):
        (tmp_path / f"{rows}.csv").write_text("USER_ID,ITEM_ID,TIMESTAMP\n" + "u1,i1,1735690635\n" * rows)

    assert not check_files([tmp_path / f"{minimum - 1}.csv"], schema, mode=mode).ok
    assert check_files([tmp_path / f"{minimum}.csv"], schema, mode=mode).ok


@pytest.mark.parametrize("name", ["interactions", "items", "users"])
def test_the_data_of_the_examples_is_valid(name: str) -> None:
    types = {
        "interactions": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"},
        "items": {"ITEM_ID": "string", "GENRE": "string", "PRICE": "float"},
        "users": {"USER_ID": "string", "AGE_GROUP": "string"},
    }[name]
    fields = [{"name": column, "type": type_} for column, type_ in types.items()]
    schema = json.dumps({"type": "record", "name": name.capitalize(), "fields": fields})
    path = EXAMPLES / f"{name}.csv"

    assert check_files([path], Schema.parse(schema)).findings == ()
    assert refusal(path, schema) is None
