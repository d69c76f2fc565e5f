"""Files that are not UTF-8 CSV are named for what they are, and files that may be it are not."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_check.file_formats import description_of, format_of
from cdk_data_jobs_check.reading import write_row

HEADER = "USER_ID,AGE\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(HEADER.encode(), mtime=0), "gzip"),
        (bz2.compress(HEADER.encode()), "bzip2"),
        (bz2.compress(b""), "bzip2"),
        (lzma.compress(HEADER.encode()), "xz"),
        (b"(\xb5/\xfd\x04", "Zstandard"),
        (b"PAR1\x15\x04\x15\n", "Parquet"),
        (b"ORC\n", "ORC"),
        (b"ORC\x1b\x00\x00\n", "ORC"),
        (b"Obj\x01\x04\x16avro.schema", "Avro"),
        (b"PK\x03\x04\x14", "ZIP or Excel"),
        (b"\xd0\xcf\x11\xe0\xa1", "Excel"),
        *((HEADER.encode(encoding), "UTF-16") for encoding in ("utf-16", "utf-16-le", "utf-16-be")),
        *((HEADER.encode(encoding), "UTF-32") for encoding in ("utf-32", "utf-32-le", "utf-32-be")),
        (b"\xfe\xff" + HEADER.encode("utf-16-be"), "UTF-16"),
        (b"\x00\x00\xfe\xff" + HEADER.encode("utf-32-be"), "UTF-32"),
        *((json.dumps(value).encode(), "JSON") for value in ({"USER_ID": "u1"}, [{"A": 1}], ["A"], [], [1], [None])),
        (b"[\n", "JSON"),
        (b'{ "A": 1}', "JSON"),
    ],
)
def test_a_format_is_recognized(content: bytes, name: str) -> None:
    assert format_of(content.partition(b"\n")[0] + b"\n" if b"\n" in content else content) == name


@pytest.mark.parametrize(
    "header", ["PAR1,USER_ID\n", "PAR1\n", "BZh,USER_ID\n", "BZh9\n", "ORC,USER_ID\n", "ORCHARD\n", "[user_id],[age]\n"]
)
def test_a_header_that_begins_like_a_format_is_none(header: str) -> None:
    assert format_of(header.encode()) == ""


names = st.text(st.sampled_from("PAR1BZhORCbj9 _é"), min_size=1).filter(lambda name: name != "ORC")


@given(st.lists(names, min_size=1))
def test_no_header_of_printable_names_is_taken_for_another_format(header: list[str]) -> None:
    assert format_of(write_row(header).encode()) == ""


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("a.csv.gz", "gzip"),
        ("b.XLSX", "Excel"),
        ("a.orc", "ORC"),
        ("_SUCCESS", "a marker of a tool such as Spark"),
        (".DS_Store", "a hidden file"),
        (".part-0.csv.crc", "a checksum file of Hadoop or Spark"),
        ("README", "a file without a suffix"),
        ("notes.md", "a .md file"),
        ("a.csv.2024-01-01", "a file of another kind"),
        ("a.csv.1", "a file of another kind"),
    ],
)
def test_a_file_is_described_by_its_name(name: str, description: str) -> None:
    assert description_of(PurePath(name)) == description
