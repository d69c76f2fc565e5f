"""Rows that are written are read as they were, and pass the check."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import line_chunks
from cdk_data_jobs_check.reading import read_names, read_rows, write_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Report, Schema

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=20)


@pytest.mark.parametrize("size", [1, 2**16])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts, texts)))
def test_any_text_survives_writing_and_reading(
    monkeypatch: pytest.MonkeyPatch, size: int, rows: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(line_chunks, "_CHUNK_BYTES", size)
    stream = io.BytesIO("".join(map(write_row, [("A", "B"), *rows])).encode())

    assert read_names(stream) == ["A", "B"]
    assert [tuple(row) for row in read_rows(stream, 2)] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, max_size=3))
def test_what_is_written_passes_the_check(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], notes: list[str]
) -> None:
    rows: list[list[Any]] = [["USER_ID", "NOTE"], *(["u1", note] for note in notes)]
    report = check_content(
        "".join(map(write_row, rows)), make_schema("Users", USER_ID="string", NOTE=["string", "null"])
    )

    assert set(report.violation_counts) <= {"no-rows"}


def test_a_header_is_read_without_a_byte_order_mark_quotes_and_spaces() -> None:
    assert read_names(io.BytesIO('\ufeff"A", B\r\n1,2'.encode())) == ["A", "B"]


def test_blank_lines_are_no_rows() -> None:
    assert [*read_rows(io.BytesIO(b"\n1,2\r\n\r\n3,4"), 2)] == [["1", "2"], ["3", "4"]]
