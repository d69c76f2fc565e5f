"""How the header of a file is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check.header import parse_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Report, Schema

ROW = b"u1,30,true,\n"


def test_the_schemas_columns_in_the_schemas_order_are_right(check_content: Callable[..., Report]) -> None:
    report = check_content("USER_ID,AGE,MEMBER,NOTE\nu1,30,true,\n")

    assert (report.ok, report.rows, report.findings) == (True, 1, ())


@pytest.mark.parametrize(
    ("header", "rules"),
    [
        ("USER_ID,AGE,MEMBER", [("error", "missing-column")]),
        ("USER_ID,AGE,NOTE,MEMBER", [("warning", "column-order")]),
        ("USER_ID,AGE,MEMBER,NOTE,MORE", [("warning", "extra-column")]),
        ("USER_ID,MORE,AGE,MEMBER,NOTE", [("warning", "extra-column")]),
        ("USER_ID,AGE,MEMBER,NOTE,AGE", [("warning", "duplicate-column")]),
        ("USER_ID,age,MEMBER,NOTE", [("error", "missing-column"), ("warning", "extra-column")]),
        ('"USER_ID","AGE","MEMBER","NOTE"', [("error", "quoted-header")]),
        ("USER_ID, AGE,MEMBER,NOTE", [("warning", "header-spaces")]),
        ("\ufeffUSER_ID,AGE,MEMBER,NOTE", [("warning", "byte-order-mark")]),
        ("USER_ID;AGE;MEMBER;NOTE", [("error", "header")]),
        ("u1,30,true,", [("error", "header")]),
        ("user_id,age,member,note", [("error", "header")]),
        ("", [("error", "header")]),
        ("USER_ID,AGE,MEMBER,NOTE\r", [("error", "line-end")]),
        ("USER_ID,AGE\x00,MEMBER,NOTE", [("error", "line-end")]),
    ],
)
def test_a_wrong_header_is_reported(
    check_content: Callable[..., Report], header: str, rules: list[tuple[str, str]]
) -> None:
    report = check_content(f"{header}\r\n")

    found = [(one.severity.value, one.rule) for one in report.findings if one.line == 1]
    assert found == rules
    assert all(one.character is None for one in report.findings)


def test_windows_line_ends_are_right(check_content: Callable[..., Report]) -> None:
    assert check_content("USER_ID,AGE,MEMBER,NOTE\r\nu1,30,true,\r\n").findings == ()


def test_missing_columns_are_named_and_those_in_another_case(check_content: Callable[..., Report]) -> None:
    (missing, _extra) = check_content("USER_ID,age,MEMBER\n" + "u1,30,true\n").findings

    assert missing.message == (
        "a header must have all columns of the schema, USER_ID,AGE,MEMBER,NOTE, got 'USER_ID,age,MEMBER'"
    )
    assert missing.hint == "add AGE, NOTE, or change the schema; the case of letters counts, as in age"


def test_names_that_are_all_in_another_case_are_pointed_out(check_content: Callable[..., Report]) -> None:
    (finding,) = check_content("user_id,age\nu1,30\n").findings

    assert finding.hint == (
        "write the names of the schema's columns there; the case of letters counts, as in user_id, age"
    )


def test_a_header_is_parsed_without_a_schema_as_well() -> None:
    header = parse_header(b'\xef\xbb\xbf" USER_ID ", AGE,AGE\r\n')

    assert header.names == ("USER_ID", "AGE", "AGE")
    assert [violation.rule for violation in header.violations] == [
        "byte-order-mark",
        "quoted-header",
        "header-spaces",
        "duplicate-column",
    ]
    assert header.is_readable


def test_rows_below_a_header_that_lacks_columns_are_checked_as_far_as_they_go(
    check_content: Callable[..., Report],
) -> None:
    report = check_content("USER_ID,AGE\nu1,old\n")

    assert [(one.line, one.rule) for one in report.findings] == [(1, "missing-column"), (2, "type")]


def test_rows_without_a_header_are_not_checked(check_content: Callable[..., Report]) -> None:
    (finding,) = check_content("u1,30,true,x\nu2,old,true,x\n").findings

    assert (finding.line, finding.rule) == (1, "header")


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ("USER_ID,AGE,MEMBER,Größe\n".encode("latin-1"), "got 'utf-8' codec can't decode"),
    ],
)
def test_a_header_in_another_encoding_is_reported(
    check_content: Callable[..., Report], content: bytes, got: str
) -> None:
    (finding,) = check_content(content + ROW).findings

    assert finding.rule == "utf-8"
    assert got in finding.message


def test_an_endless_header_is_reported(check_content: Callable[..., Report]) -> None:
    (finding,) = check_content("USER_ID," * 1_000_000).findings

    assert (finding.line, finding.rule) == (1, "header")
    assert finding.message.endswith("got 131,073 columns")


def test_control_characters_of_a_header_are_not_printed(check_content: Callable[..., Report], users: Schema) -> None:
    report = check_content("USER_ID,\x1b[2J,AGE\n", users)

    lines = [str(one) for one in report.findings]
    assert lines
    assert not any("\x1b" in line for line in lines)
