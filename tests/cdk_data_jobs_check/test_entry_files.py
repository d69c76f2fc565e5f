"""Files with an entry on each line: what of their form is read, and what is a violation."""

from __future__ import annotations

import io
from typing import Any

import pytest

from cdk_data_jobs_check.entry_files import EntryFile, UnreadableFileError
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES


def rows(content: bytes) -> list[tuple[int, Any]]:
    return [(line.number, line.content) for line in EntryFile(io.BytesIO(content), "ses").rows()]


def test_rows_are_csv_as_rfc_4180_has_it() -> None:
    content = b'a,b\r\n"1,2","say ""no"""\r\n{"c": 1},"x\ny"\r\n3,4'

    assert rows(content) == [(1, ["a", "b"]), (2, ["1,2", 'say "no"']), (3, ['{"c": 1}', "x\ny"]), (5, ["3", "4"])]


def test_the_line_is_that_at_which_an_entry_begins() -> None:
    lines = [*EntryFile(io.BytesIO(b'a,b\n"1\n2",3\n\n4\n5,6\n'), "ses").rows()]

    assert [(line.number, [one.rule for one in line.violations]) for line in lines] == [
        (1, []),
        (2, []),
        (4, ["ses-blank-line"]),
        (5, ["ses-csv"]),
        (6, []),
    ]


@pytest.mark.parametrize(
    ("content", "line", "rule"),
    [
        (b'a,b\n1,"2\n3,4\n', 2, "ses-csv"),
        (b'a,b\n1,"2"3\n', 2, "ses-csv"),
        (b"a,b\r1,2\r", 1, "ses-csv"),
        (b"a,b\n" + b"x" * (MAX_LINE_BYTES + 1), 2, "ses-file-format"),
        (b"\x1f\x8b\x08", 1, "ses-file-format"),
        ("a,b\n".encode("utf-16"), 1, "ses-file-format"),
    ],
    ids=["open-quote", "stray-quote", "carriage-returns", "long-line", "gzip", "UTF-16"],
)
def test_a_file_that_is_no_csv_is_not_read_further(content: bytes, line: int, rule: str) -> None:
    with pytest.raises(UnreadableFileError) as error:
        rows(content)

    assert (error.value.line, [one.rule for one in error.value.violations]) == (line, [rule])


def test_a_line_may_have_a_megabyte() -> None:
    longest = b"x" * MAX_LINE_BYTES

    assert [number for number, _content in rows(longest + b"\n" + longest)] == [1, 2]


def test_a_file_with_nothing_but_a_byte_order_mark_is_blank() -> None:
    (line,) = EntryFile(io.BytesIO(b"\xef\xbb\xbf"), "ses").objects()

    assert (line.is_blank, [one.rule for one in line.violations]) == (True, ["ses-byte-order-mark", "ses-blank-line"])


def test_other_encodings_end_a_file_only_if_the_guide_forbids_them() -> None:
    content = b'{"a": "\xfc"}\n{"a": 1}\n'
    read = [*EntryFile(io.BytesIO(content), "ses").objects()]

    assert [(line.content, [one.rule for one in line.violations]) for line in read] == [
        ({"a": "\ufffd"}, ["ses-utf-8"]),
        ({"a": 1}, []),
    ]
    with pytest.raises(UnreadableFileError):
        [*EntryFile(io.BytesIO(content), "pinpoint").objects()]


@pytest.mark.parametrize("line", [b"{", b"[1]x", b'{"a": NaN}', b"[" * 100_000, b'"a"'])
def test_a_line_that_is_no_object_is_a_violation_and_the_next_is_read(line: bytes) -> None:
    read = [*EntryFile(io.BytesIO(b"{}\n" + line + b'\n{"a": 1}\n'), "ses").objects()]

    assert [one.content for one in read] == [{}, None, {"a": 1}]
    assert [one.rule for one in read[1].violations] == ["ses-json"]


def test_a_doubled_key_is_a_violation_at_any_depth() -> None:
    content = b'{"a": 1, "a": 2}\n{"a": {"b": 1, "b": 1}}\n{"a": {"b": 1}, "b": 1}\n'
    read = [*EntryFile(io.BytesIO(content), "ses").objects()]

    assert [[one.rule for one in line.violations] for line in read] == [["ses-doubled-key"], ["ses-doubled-key"], []]
    assert [line.content for line in read] == [{"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}, "b": 1}]
