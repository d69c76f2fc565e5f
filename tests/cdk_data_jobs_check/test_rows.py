"""How the rows of a file are checked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import DELETION_SCHEMA, Mode, check_files, line_chunks
from cdk_data_jobs_check.column_rules import rules_by_column
from cdk_data_jobs_check.findings import MAX_ERRORS
from cdk_data_jobs_check.rows import MAX_WARNINGS
from cdk_data_jobs_check.spellings import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_check import Report, Schema

    Summarize = Callable[[Report], list[tuple[Any, ...]]]

HEADER = "USER_ID,AGE,MEMBER,NOTE\n"
GOOD = "u1,30,true,\n"


@pytest.mark.parametrize(
    "row",
    [
        "u1,30,true,a note\n",
        "u1,,,\n",
        'u1,"30","true","a, note"\n',
        'u1,,,"he said \\"no\\""\n',
        'u1,,,"C:\\\\new"\n',
        'u1,,,""\n',
        "größe,30,true,日本\n",
        "u1,30,true,a|b\r\n",
        "u1,30,true,no line end",
        "u1,30,true,'single' quotes\n",
    ],
)
def test_valid_rows_are_counted_and_not_reported(check_content: Callable[..., Report], row: str) -> None:
    report = check_content(HEADER + GOOD + row)

    assert (report.rows, report.findings) == (2, ())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("u1,old,true,\n", (4, "AGE", "error", "type")),
        (",30,true,\n", (1, "USER_ID", "error", "empty")),
        ('"",30,true,\n', (1, "USER_ID", "error", "empty")),
        ("u1,30,true\n", (None, None, "error", "number-of-values")),
        ("u1,30,true,a, note\n", (None, None, "error", "number-of-values")),
        ('u1,30,true,"a ""quoted"" note"\n', (12, "NOTE", "warning", "doubled-quote")),
        ('u1,30,true,"a" note\n', (12, "NOTE", "warning", "stray-quote")),
        ('u1,30,true, "a note"\n', (12, "NOTE", "warning", "stray-quote")),
        ('u1,30,true,12" long\n', (12, "NOTE", "warning", "stray-quote")),
        ("u1,30,true,C:\\new\n", (12, "NOTE", "warning", "backslash")),
        ('u1,30,true,"C:\\new"\n', (12, "NOTE", "warning", "backslash")),
        ('u1,30,true,"a\\\\\\new"\n', (12, "NOTE", "warning", "backslash")),
        ("u1,30,true,C:\\dir\\\n", (12, "NOTE", "warning", "backslash")),
        ("u1\\,30,true,a\n", (1, "USER_ID", "warning", "backslash")),
        ("u1\\,1,30,true,a\n", (1, "USER_ID", "warning", "backslash")),
        ("u1\\,1,30,true,a,b\n", (None, None, "error", "number-of-values")),
        ('u1,30,true,"a\nb"\n', (12, "NOTE", "error", "line-break")),
        ('u1,30,true,"a\r\nb"\r\n', (12, "NOTE", "error", "line-break")),
        ('u1,30,true,"open\n', (12, "NOTE", "error", "unclosed-quote")),
        ('u1\\,1,30,"open\n', (10, "MEMBER", "error", "unclosed-quote")),
        ("u1,30,true,a\x00b\n", (12, "NOTE", "warning", "nul")),
        ('u1,30,true,"a\x00b"\n', (12, "NOTE", "warning", "nul")),
        ("u1,30,true,a\rb\n", (12, "NOTE", "warning", "carriage-return")),
        ('u1,30,true,"a"\rb\n', (12, "NOTE", "warning", "stray-quote")),
        ("\n", (None, None, "warning", "blank-line")),
        ("\r\n", (None, None, "warning", "blank-line")),
        ("  \n", (None, None, "error", "number-of-values")),
    ],
)
def test_a_bad_row_is_reported_with_its_location_and_the_others_are_read(
    check_content: Callable[..., Report], summarize: Summarize, row: str, expected: tuple[Any, ...]
) -> None:
    report = check_content(HEADER + GOOD * 2 + row + GOOD + "u1,1,perhaps,\n")

    assert summarize(report)[0] == (4, *expected)
    assert summarize(report)[-1] == (4 + row.count("\n") + 1, 6, "MEMBER", "error", "type")
    assert report.rows == 5 - (not row.strip("\r\n"))


def test_values_after_a_line_break_have_the_line_and_column_where_they_stand(
    check_content: Callable[..., Report], summarize: Summarize, items: Schema
) -> None:
    report = check_content('ITEM_ID,GENRE,PRICE,PAGES,DESCRIPTION\ni1,"a\nb",dear,many,\ni2,,,5,\n', items)

    assert summarize(report) == [
        (2, 4, "GENRE", "error", "line-break"),
        (3, 4, "PRICE", "error", "type"),
        (3, 9, "PAGES", "error", "type"),
    ]


def test_columns_are_counted_in_characters(check_content: Callable[..., Report], summarize: Summarize) -> None:
    assert summarize(check_content(HEADER + '"größe,日本",x,,\n')) == [(2, 12, "AGE", "error", "type")]


@pytest.mark.parametrize("after", ['u2,1,,"b"\n', 'u2,1,,b\n"u3",x,,\n'])
def test_a_quote_that_is_not_closed_affects_its_line_only(
    check_content: Callable[..., Report], summarize: Summarize, after: str
) -> None:
    report = check_content(HEADER + 'u1,30,,"open\n' + after + GOOD)

    assert summarize(report)[0] == (2, 8, "NOTE", "error", "unclosed-quote")
    assert report.rows == 2 + after.count("\n")


def test_a_quote_that_is_not_closed_does_not_swallow_the_rest_of_a_big_file(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    report = check_content(HEADER + 'u1,30,,"open\n' + GOOD * 50_000 + "u1,x,,\n")

    assert summarize(report) == [(2, 8, "NOTE", "error", "unclosed-quote"), (50_003, 4, "AGE", "error", "type")]
    assert report.rows == 50_002


def test_quotes_that_are_not_closed_in_any_row_are_counted_fast(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    began = time.process_time()
    report = check_content(HEADER + 'u1,30,,"open\n' * 90_000 + 'u2,x,,"closed"\nu3,30,,"open\n')

    assert time.process_time() - began < 0.7  # a second and a half, if each is parsed by itself
    assert summarize(report) == [(2, 8, "NOTE", "error", "unclosed-quote"), (90_002, 4, "AGE", "error", "type")]
    assert (report.rows, report.findings[0].count) == (90_002, 90_001)


def test_quotes_that_are_not_closed_behind_the_last_column_are_counted(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    report = check_content(HEADER + 'u1,30,,,"open\n' * 3)

    assert summarize(report) == [(2, 9, None, "error", "unclosed-quote")]
    assert report.findings[0].count == 3


def test_the_first_of_many_quotes_that_are_not_closed_is_named_where_the_row_before_is_not_utf_8(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    rows = HEADER.encode() + 'größe,30,,"open\n'.encode("latin-1") + b'u2,30,,"open at last\n' * 3
    report = check_content(rows + 'größe,30,,"open\nu3,30,,"geöffnet\nu4,30,,"open\n'.encode("latin-1"))

    assert summarize(report) == [(2, 3, None, "error", "utf-8"), (3, 8, "NOTE", "error", "unclosed-quote")]
    assert report.findings[1].message == "a quote must be closed on its line, got '\"open at last'"
    assert (report.rows, report.findings[0].count, report.findings[1].count) == (7, 3, 4)


def test_bytes_that_are_not_utf_8_are_reported_line_by_line(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    report = check_content((HEADER + "größe,1,,\ngood,1,,\nx,Ä,,\n").encode("latin-1") + "gut,1,,ä\n".encode())

    assert summarize(report) == [(2, 3, None, "error", "utf-8")]
    assert report.findings[0].count == 2
    assert report.findings[0].message.endswith("got the byte 0xf6")
    assert report.rows == 4


def test_a_broken_character_is_reported_although_all_else_is_valid(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    report = check_content((HEADER + "größe,1,,\n").encode("latin-1"))

    assert summarize(report) == [(2, 3, None, "error", "utf-8")]


def test_a_line_that_never_ends_is_reported_and_the_next_is_read(
    check_content: Callable[..., Report], summarize: Summarize
) -> None:
    report = check_content(HEADER + GOOD + "x" * 3_000_000 + "\nu1,old,,\nu2,1,,")

    assert summarize(report) == [
        (3, None, None, "warning", "line-length"),
        (3, 1, "USER_ID", "error", "id-length"),
        (4, 4, "AGE", "error", "type"),
    ]
    assert report.rows == 4


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_the_chunks_makes_no_difference(
    check_content: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    content = HEADER + (GOOD + 'u1,30,,"a\nb"\n' + "größe,x,,\n" + 'u2,,,"open\n') * 5 + 'u3,,,"open until the end\nx'
    whole = check_content(content)
    monkeypatch.setattr(line_chunks, "_CHUNK_BYTES", size)

    assert check_content(content) == whole
    assert whole.rows == 22
    assert whole.violation_counts == {"line-break": 5, "type": 5, "unclosed-quote": 6, "number-of-values": 1}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(st.sampled_from(["u1", ",", '"', '""', "\\", "\n", "a" * 40]), max_size=40).map("".join),
    st.integers(1, 40),
)
def test_any_content_has_the_same_findings_in_chunks_of_any_size(
    check_content: Callable[..., Report], content: str, size: int
) -> None:
    whole = check_content(HEADER + content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_chunks, "_CHUNK_BYTES", size)

        assert check_content(HEADER + content) == whole


@pytest.mark.parametrize("after", ["", 'u3,1,,"books"\n', 'u3,1,,"12 inch""\n'])
def test_a_quote_that_only_a_doubled_one_could_close_is_unclosed_whatever_follows(
    check_content: Callable[..., Report], summarize: Summarize, after: str
) -> None:
    report = check_content(HEADER + 'u2,1,,"12 inch""\n' + GOOD + after)

    assert summarize(report)[0] == (2, 7, "NOTE", "error", "unclosed-quote")


def test_a_quote_far_behind_the_start_of_its_record_has_the_same_finding_in_chunks_of_any_size(
    check_content: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = HEADER + "u" * 60_000 + ',1,,"open\n' + GOOD * 8_000 + '"\n'
    whole = check_content(content)
    monkeypatch.setattr(line_chunks, "_CHUNK_BYTES", 1000)

    assert check_content(content) == whole


VALUES = st.sampled_from(["u1", "7", "1735690635", "true", "größe", ""])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=500)
@given(st.lists(st.lists(VALUES, min_size=4, max_size=4) | st.lists(VALUES, max_size=6), min_size=1, max_size=4))
def test_lines_of_values_and_commas_are_good_if_each_of_their_values_is(
    check_content: Callable[..., Report], users: Schema, rows: list[list[str]]
) -> None:
    rules = rules_by_column(users).values()
    report = check_content(HEADER + "".join(",".join(values) + "\n" for values in rows))

    good = [
        len(values) == len(rules) and not any(rule.check(one) for rule, one in zip(rules, values, strict=True))
        for values in rows
    ]
    assert (report.findings == ()) == all(good)
    assert report.rows == sum(any(values[:1]) or len(values) > 1 for values in rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(st.sampled_from('u1,"\\\n\r\x00é '), max_size=40))
def test_any_content_is_read_to_its_end(check_content: Callable[..., Report], content: str) -> None:
    bad = "\nlast,x,,"
    report = check_content(HEADER + content + bad)

    last = report.findings[-1]
    assert (last.line, last.rule) == (2 + content.count("\n") + 1, "type") or '"' in content


WARNINGS = {
    "backslash": (r"u1,1,true,C:\new", r'u1,1,true,"C:\new"'),
    "doubled-quote": ('u1,1,true,"a ""note"" b"', 'u1,1,true,"""note"" b"', 'u1,1,true,"a ""note"""', 'u1,1,true,""""'),
    "id-spaces": ("u1 ,1,true,note", '" u1",1,true,note', '"u1 ",1,true,note'),
    "stray-quote": ('u1,1,true,5" disk',),
    "string-length": (f"u1,1,true,{'x' * 1001}", f'u1,1,true,"{"x" * 1001}"'),
}


@pytest.mark.parametrize(("warning", "row"), [(rule, row) for rule, rows in WARNINGS.items() for row in rows])
def test_warnings_are_counted_up_to_a_limit_and_all_else_to_the_end(
    check_content: Callable[..., Report], warning: str, row: str
) -> None:
    others = 'u1,old,true,note\nu2,1,true,"a\x00b"\n,1,true,note\n'
    report = check_content(HEADER + f"{row}\n" * 3000 + others)
    counts = {one.rule: (one.count, one.is_lower_bound) for one in report.findings}

    assert report.rows == 3003
    assert counts[warning][0] in range(MAX_WARNINGS, MAX_WARNINGS + 3)
    assert counts[warning][1]
    assert (counts["type"], counts["nul"], counts["empty"]) == ((1, False),) * 3
    assert str(report.findings[0]).endswith(f"times or more) [{warning}]")


@pytest.mark.parametrize(
    ("warning", "kind", "value"),
    [
        ("implausible-time", "long", "86400"),
        ("float-range", "float", "1e39"),
        ("float-range", "double", "1e400"),
        ("boolean-case", "boolean", "True"),
        ("implausible-time", "float", "-86400.5"),
        ("not-a-number", "float", "nan"),
    ],
)
def test_warnings_for_numbers_are_counted_up_to_a_limit(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], warning: str, kind: str, value: str
) -> None:
    name = "CREATION_TIMESTAMP" if warning == "implausible-time" else "PRICE"
    schema = make_schema("Items", ITEM_ID="string", PAGES="int", **{name: kind})
    report = check_content(f"ITEM_ID,PAGES,{name}\n" + f"i1,1,{value}\n" * 3000 + f"i1,x,{value}\ni1,1,x\n", schema)

    assert report.warnings == report.violation_counts[warning]
    assert report.warnings in range(MAX_WARNINGS, MAX_WARNINGS + 3)
    assert (report.rows, report.errors) == (3002, 2)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("float", "111111111"),
        (["float", "double"], "1.5"),
        (["int", "long"], "100"),
        ("string", "note"),
        ("string", '"a note"'),
        ("string", '"a \\"note\\""'),
        ("boolean", "true"),
        (["null", "string"], '""'),
        (["null", "float"], ""),
    ],
)
@pytest.mark.parametrize("warnings", [False, True])
def test_a_row_that_is_invalid_takes_no_longer_for_many_columns(
    check_content: Callable[..., Report],
    make_schema: Callable[..., Schema],
    kind: str | list[str],
    value: str,
    warnings: bool,
) -> None:
    names = [f"C{number}" for number in range(90)]
    schema = make_schema("Items", ITEM_ID="string", **{name: {"type": kind} for name in names}, LAST="int")
    header = ",".join(["ITEM_ID", *names, "LAST"]) + "\n"
    tolerated = {"float": "nan", "string": '"a ""b"""'}.get(kind if isinstance(kind, str) else "", value)
    row = ",".join(["i1", *[value] * 90])
    before = ",".join(["i1", *[tolerated] * 90, "1\n"]) * (MAX_WARNINGS + 5) if warnings else ""
    began = time.process_time()
    report = check_content(header + before + f"{row},x\n{row},1\n" * 20, schema)

    assert report.violation_counts["type"] == 20
    assert time.process_time() - began < (20 if warnings else 4)


@pytest.mark.parametrize(
    "value", ['"a"",{long}"', '"a"""{long}"', '"a ""{long}"" b"', '"{long}"""', '"""{long}"', '"a"" ""{long}"']
)
def test_a_value_with_doubled_quotes_that_is_too_long_is_always_found(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], value: str
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE={"type": "string", "categorical": True})
    rows = [f'u{number},"a ""note"" {number}"\n' for number in range(MAX_WARNINGS + 10)]
    report = check_content(f"USER_ID,NOTE\n{''.join(rows)}u0,{value.format(long='x,' * 600)}\n", schema)

    assert report.violation_counts.keys() & {"category-length", "number-of-values", "unclosed-quote"}


def test_a_check_stops_at_a_hundred_thousand_errors(write: Callable[..., Path], users: Schema) -> None:
    bad, good = write(HEADER + ",1,true,\n" * 150_000, "a.csv"), write(HEADER + GOOD, "b.csv")
    report = check_files([bad, good], users)
    (finding,) = report.findings

    assert MAX_ERRORS <= finding.count < 150_000
    assert report.rows < 150_000
    assert (report.is_complete, finding.is_lower_bound) == (False, True)
    assert check_files([good], users).is_complete


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["", "\r", "\r\r", "u1,1,true,note", "u1,old,true,note", "u1,1,true,größe\r"])))
def test_blank_lines_are_counted_and_are_no_rows(check_content: Callable[..., Report], lines: list[str]) -> None:
    report = check_content(HEADER + "".join(f"{line}\n" for line in lines))
    blank = [number for number, line in enumerate(lines, 2) if not line.strip("\r")]
    found = [(one.line, one.count) for one in report.findings if one.rule == "blank-line"]

    assert found == ([(blank[0], len(blank))] if blank else [])
    assert report.rows == len(lines) - len(blank)
    assert report.violation_counts.get("type", 0) == lines.count("u1,old,true,note")


def test_a_blank_line_in_a_file_of_one_column_is_no_row(check_content: Callable[..., Report]) -> None:
    report = check_content("NOTE\na\n\nb\n")

    assert (report.rows, report.violation_counts) == (2, {"missing-column": 1, "blank-line": 1})


@pytest.mark.parametrize("value", ["a\x00b", '"a\x00b"', "a\rb", '"a ""b"""', '5" disk'])
@pytest.mark.parametrize("header", ["USER_ID,MORE\n", "USER_ID,NOTE\n"])
def test_a_warning_in_each_row_is_no_more_counted_in_any_column(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], header: str, value: str
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE=["string", "null"])
    report = check_content(header + f"u1,{value}\n" * 3000 + ",\n", schema)
    warnings = [one for one in report.findings if one.column in ("MORE", "NOTE")]

    assert report.rows == 3001
    assert [(one.count, one.is_lower_bound) for one in warnings] == [(MAX_WARNINGS, True)] * len(warnings)
    assert report.violation_counts["empty"] == 1


@pytest.mark.parametrize("warning", ["a\x00b", "a\rb"])
def test_what_is_not_counted_any_more_hides_nothing_else(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], warning: str
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE="string")
    report = check_content("USER_ID,NOTE\n" + f"u1,{warning}\n" * 3000 + "u1,\r\nu2," + "x" * 1001 + "\r\n", schema)

    assert (report.violation_counts["empty"], report.violation_counts["string-length"]) == (1, 1)


@pytest.mark.parametrize("row", ["u1", "u1 u2", '"u1"', "größe"])
@pytest.mark.parametrize("character", INVISIBLE)
def test_invisible_characters_around_ids_are_found_among_all_kinds_of_rows(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], row: str, character: str
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE="string")
    for odd in (f"{character}u3", f"u3{character}"):
        report = check_content(f"USER_ID,NOTE\n{row},a\n{odd},b\n{row},c\n", schema)

        assert (report.rows, report.violation_counts) == (3, {"id-spaces": 1})


@pytest.mark.parametrize("before", ["", "u1,a\n", 'u1,"a, b"\n', "u1,größe\n"])
@pytest.mark.parametrize(
    "header", ["USER_ID,NOTE\n", "USER_ID, NOTE\r\n", '"USER_ID","NOTE"\n', "\ufeffUSER_ID,NOTE\n", "USER_ID,NOTE"]
)
def test_a_header_that_comes_again_is_a_warning(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], header: str, before: str
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE="string")
    report = check_content(f"USER_ID,NOTE\n{before}{header}", schema)
    [finding] = [one for one in report.findings if one.rule == "repeated-header"]

    assert (report.ok, report.rows) == (True, before.count("\n") + 1)
    assert finding.line == report.rows + 1


def test_a_header_that_comes_again_is_named_beside_the_errors_that_it_makes(
    check_content: Callable[..., Report],
) -> None:
    report = check_content(HEADER + GOOD + HEADER + GOOD)

    assert report.violation_counts == {"repeated-header": 1, "type": 2}


def test_a_header_of_one_column_may_come_again(check_content: Callable[..., Report]) -> None:
    report = check_content("USER_ID\nu1\nUSER_ID\n", DELETION_SCHEMA, Mode.DELETION)

    assert report.violation_counts == {"repeated-header": 1}


LONG = "x" * 2**21


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"u1,i,{LONG}\n", {"line-length": 1}),
        (f'u1,"i",{LONG}\n', {"line-length": 1}),
        (f"u1,{'größe' * 2**19},more\n", {"line-length": 1, "string-length": 1}),
        (f'u1,"{LONG}",more\n', {"line-length": 1, "string-length": 1}),
        (f"{LONG},i,more\n", {"line-length": 1, "id-length": 1}),
        (f",i,{LONG}\n", {"line-length": 1, "empty": 1}),
        (f"u1,i,more,{LONG}\n", {"line-length": 1, "number-of-values": 1}),
    ],
    ids=["extra", "quoted", "not ASCII", "string", "id", "empty", "values"],
)
def test_of_a_line_that_is_too_long_the_start_is_checked(
    check_content: Callable[..., Report], make_schema: Callable[..., Schema], row: str, expected: dict[str, int]
) -> None:
    schema = make_schema("Users", USER_ID="string", NOTE="string")
    report = check_content(f"USER_ID,NOTE,MORE\nu0,a,b\n{row}u2,c,d\n", schema)

    assert (report.rows, report.is_complete) == (3, True)
    assert report.ok == (expected.keys() <= {"line-length", "string-length"})
    assert report.violation_counts == {**expected, "extra-column": 1}
