"""A file is checked as if each row was parsed, wherever the pieces in which it is read begin and end."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.schemas import RecordSchema

URL = "s3://data/items.csv"
FIELDS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "PRICE", "type": ["null", "float"]},
    {"name": "PAGES", "type": "int"},
    {"name": "OLD", "type": ["boolean", "string", "null"]},
]
SCHEMA = RecordSchema.parse(json.dumps({"type": "record", "name": "Items", "fields": FIELDS}))
HEADERS = ["ITEM_ID,PRICE,PAGES,OLD", "PAGES,MORE,OLD,ITEM_ID,PRICE", "ITEM_ID,PRICE,PAGES,OLD,OLD", "OLD"]
ROWS = [
    "a,1.5,2,true",
    "b,,30,",
    '"c","2","3","x y"',
    '"c,d",,-3,"say \\"no\\""',
    '"e\nf",1.,4,',
    "g\\,h,1,1,",
    "1,m,x,i,1.5",
    "2,,,j,",
    "3,,true,k,2\r",
    "",
    "l,1,1",
    "m,cheap,1,",
    ",1,1,1",
    "n\ro,1,1,1",
    f"{'p' * 257},1,1,1",
]


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files of which many rows fit and some do not."""
    fitting = st.sampled_from(ROWS[:3])
    rows = draw(
        st.lists(fitting | fitting | st.sampled_from(ROWS) | st.text('a1,"\\\n\r .\x00', max_size=9), max_size=9)
    )
    return "\n".join([draw(st.sampled_from(HEADERS)), *rows]) + draw(st.sampled_from(["", "\n", "\r\n", "\r"]))


def parsed(content: bytes) -> int | str:
    """How many rows the file has, or what is wrong with the first bad one."""
    count = 0
    try:
        for row, at in csv_data.rows(io.BytesIO(content), SCHEMA.names, URL):
            if problem := SCHEMA.problem(row):
                return f"{problem} (line {at} of {URL})"
            count += 1
    except JobFailedError as error:
        return str(error)
    return count


def checked(content: bytes) -> int | str:
    try:
        return csv_data.check(io.BytesIO(content), SCHEMA, URL)
    except JobFailedError as error:
        return str(error)


@pytest.mark.parametrize("size", [1, 20, 2**16])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(files())
@example("ITEM_ID,PRICE,PAGES,OLD\na,1,1\nb,1,1,1,1\n")  # together as many commas as they should have
@example("ITEM_ID,PRICE,PAGES,OLD\na,1,1,x\n\nb,,1,x\n")
def test_what_is_checked_quickly_is_checked_as_well(monkeypatch: pytest.MonkeyPatch, size: int, text: str) -> None:
    monkeypatch.setattr(csv_data, "_CHUNK", size)

    assert checked(text.encode()) == parsed(text.encode())


@pytest.mark.parametrize("size", [1, 2**16])
def test_plain_lines_are_not_parsed(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(csv_data, "_CHUNK", size)
    monkeypatch.setattr(csv_data, "_rows", None)

    assert checked("\n".join([HEADERS[0], *ROWS[:3] * 2000, ""]).encode()) == 6000
