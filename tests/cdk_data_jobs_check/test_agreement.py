"""The checker and the emulator of Amazon Personalize agree on schemas and files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import Mode, Schema, check_files
from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.schemas import RecordSchema
from cdk_data_jobs_local.services.personalize.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Report

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
# The emulator refuses violations of these rules, the checker only warns: the guide does not say that they are refused.
WARNINGS_ONLY = {"too-long", "backslash"}


def refusal(content: bytes, schema: str) -> str | None:
    """Returns why the emulator refuses an import of the content; none if it imports it."""
    record = RecordSchema.parse(schema)
    try:
        csv_data.check_header(io.BytesIO(content), record.names)
        csv_data.check(io.BytesIO(content), record, "s3://data/items.csv")
    except JobFailedError as error:
        return str(error)
    return None


STRING = {"type": "string"}
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=500)
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
def test_what_the_emulator_refuses_is_found(check_content: Callable[..., Report], generated: tuple[str, bytes]) -> None:
    schema, content = generated
    report = check_content(content, Schema.parse(schema))
    reason = refusal(content, schema)

    warned = {
        one.rule for one in report.findings if one.name is None or "string" in FIELDS.get(one.name, STRING)["type"]
    }
    assert reason is None or report.errors or WARNINGS_ONLY & warned


ITEMS = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "fields": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "PAGES", "type": "int"},
            {"name": "CREATION_TIMESTAMP", "type": "long"},
            {"name": "TITLE", "type": ["string", "null"]},
        ],
    }
)
HEADER = "ITEM_ID,PAGES,CREATION_TIMESTAMP,TITLE\n"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("PAGES,ITEM_ID,CREATION_TIMESTAMP,TITLE\n1,i1,1735690635,\n", "column-order"),
        (HEADER.replace("\n", ",TITLE\n") + "i1,1,1735690635,,\n", "doubled-column"),
        (HEADER + "i1, 1,1735690635,\n", "type"),
        (HEADER + "i1,1_000,1735690635,\n", "type"),
        (HEADER + "i1,9999999999,1735690635,\n", "range"),
        (HEADER + "i1,1,1735690635000,\n", "milliseconds"),
        (HEADER + 'i1,1,1735690635,"a ""title"""\n', "quotes"),
        (HEADER + 'i1,1,1735690635,"a title\n', "quotes"),
        (HEADER + 'i1,1,1735690635,"a\ntitle"\n', "line-break"),
        (HEADER + "i1,1,1735690635,\ri2,1,1735690635,\n", "number-of-values"),
    ],
)
def test_some_mistakes_that_the_guide_forbids_are_accepted_by_the_emulator(
    check_content: Callable[..., Report], content: str, rule: str
) -> None:
    report = check_content(content, Schema.parse(ITEMS))

    assert (list(report.rules), report.ok) == ([rule], False)
    assert refusal(content.encode(), ITEMS) is None


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("Interactions", ["USER_ID", "ITEM_ID", "TIMESTAMP"]),
        ("Users", ["USER_ID", "AGE"]),
        ("Items", ["ITEM_ID", "PRICE"]),
        ("Actions", ["ACTION_ID", "PLACE"]),
        ("Action_Interactions", ["USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"]),
        ("ActionInteractions", ["USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"]),
    ],
)
def test_the_same_schemas_are_accepted(name: str, required: list[str]) -> None:
    fields = [{"name": column, "type": "long" if column == "TIMESTAMP" else "string"} for column in required]
    schema = json.dumps({"type": "record", "name": name, "fields": fields})
    incomplete = [
        json.dumps({"type": "record", "name": name, "fields": [one for one in fields if one is not missing]})
        for missing in fields
    ]

    assert list(Schema.parse(schema).names) == RecordSchema.parse(schema).names
    for document in incomplete:
        with pytest.raises(ValueError, match="must have"):
            Schema.parse(document)
        with pytest.raises(Exception, match="requires"):
            RecordSchema.parse(document)


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
    assert refusal(path.read_bytes(), schema) is None
