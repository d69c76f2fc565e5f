"""What a file is is told by how it begins, however it arrives."""

from __future__ import annotations

import gzip
import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Schema

    Convert = Callable[..., tuple[str, Report]]

ROWS = "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,1735690635\n"
JSON = '{"USER_ID": "u1", "ITEM_ID": "i1", "TIMESTAMP": 1735690635}\n'


class SlowPipe(io.RawIOBase):
    """A pipe whose content arrives byte by byte."""

    def __init__(self, content: bytes) -> None:
        self.content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        content = self.content.read(1)
        buffer[: len(content)] = content
        return len(content)


def read_from_a_pipe(content: bytes, schema: Schema, folder: Path) -> tuple[str, Report]:
    pipe = DataFile("<stdin>", PurePosixPath("<stdin>"), None, lambda: io.BufferedReader(SlowPipe(content)))
    report = convert_files([pipe], folder / "out.csv", schema)
    return (folder / "out.csv").read_text() if report.files else "", report


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        ROWS.encode("utf-16"),
        ROWS.encode("utf-16-le"),
        JSON.encode(),
        f"\n{JSON}".encode(),
        gzip.compress(ROWS.encode(), mtime=0),
        gzip.compress(JSON.encode("utf-16"), mtime=0),
    ],
    ids=["csv", "utf-16", "utf-16-le", "json", "blank-json", "gzip", "gzip-json"],
)
def test_a_pipe_may_be_slow(content: bytes, events: Schema, tmp_path: Path) -> None:
    assert read_from_a_pipe(content, events, tmp_path)[0] == ROWS


def test_the_given_encoding_comes_before_what_a_file_without_a_mark_looks_like(
    convert: Convert, events: Schema
) -> None:
    assert convert(ROWS.encode("utf-32-le"), events, options=InputOptions(encoding="utf-32-le"))[0] == ROWS
    assert convert(ROWS.encode("utf-32"), events, options=InputOptions(encoding="utf-32"))[0] == ROWS


def test_a_header_may_begin_with_a_bracket(convert: Convert, events: Schema) -> None:
    assert convert(ROWS.replace("USER_ID", "[USER_ID]"), events)[0] == ROWS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    st.sampled_from(["set", "COPY", "Insert Into", "CREATE TABLE", "pragma", "Select", "--"]),
    st.lists(st.sampled_from(["No", "count", "FROM", "to", "into", "cart", "table", "values"]), max_size=4),
)
@example("copy", ["count", "FROM", "cart"])
def test_a_header_may_have_words_of_sql(convert: Convert, events: Schema, keyword: str, words: list[str]) -> None:
    name = " ".join([keyword, *words]) if keyword != "--" else keyword

    assert convert(f"{name},USER_ID,ITEM_ID,TIMESTAMP\n1,u1,i1,1735690635\n", events)[0] == ROWS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"USER_ID": "u1"}]', "got an array"),
        ("[\n", "got an array"),
        ("-- PostgreSQL database dump\n\nSET x = 0;\n", "got SQL; load the dump into a database"),
        ("/*!40101 SET NAMES utf8 */;\n", "got SQL"),
        ("INSERT INTO users VALUES (1);\n", "got SQL"),
        ('insert into "a b".users (user_id,\n age) values\n (1, 2);\n', "got SQL"),
        ("CREATE TABLE IF NOT EXISTS `users` (\n  `user_id` varchar(9)\n);\n", "got SQL"),
        ("COPY public.users (user_id, age) FROM stdin;\nu1\t1\n", "got SQL"),
        ("SET statement_timeout = 0;\n", "got SQL"),
        ("PRAGMA foreign_keys=OFF;\n", "got SQL"),
    ],
)
def test_what_is_no_table_is_named(convert: Convert, events: Schema, content: str, message: str) -> None:
    nothing, report = convert(content, events)

    assert nothing == ""
    assert message in report.findings[0].message
    assert (report.is_complete, report.findings[0].severity) == (False, Severity.ERROR)
