"""JSON lines are read as they were meant, or are errors with their line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import check_files
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Schema

    Convert = Callable[..., tuple[str, Report]]

EVENT = '{"USER_ID": "u1", "ITEM_ID": "i1", "TIMESTAMP": 1735690635}\n'


def errors(report: Report) -> list[tuple[str, str, list[int]]]:
    return [(one.rule, one.message, one.lines) for one in report.findings if one.severity is Severity.ERROR]


def test_json_keeps_all_digits_and_may_leave_out_nulls(convert: Convert, schema: Schema) -> None:
    content = (
        '{"userId": 12, "since": 1735690635, "score": 0.30000000000000004, "OLD": true, "AGE": 30.0}\n\n'
        '{"userId": "u2", "since": 1, "NOTE": "a\\nb", "AGE": null, "score": NaN, "OLD": false, "more": [1]}\n'
    )
    converted, report = convert(content, schema)

    assert converted.splitlines()[1:] == ["12,30,0.30000000000000004,true,1735690635,", "u2,,,false,1,a b"]
    assert ("extra-column", None) in [(finding.rule, finding.column) for finding in report.findings]


def test_numbers_with_an_exponent_are_exact_and_strings_are_not(convert: Convert, schema: Schema) -> None:
    content = '{{"USER_ID": 1e5, "SCORE": 1.5e3, "OLD": true, "SINCE": {}, "NOTE": "1e5"}}\n'
    converted, _ = convert(content.format("1.735690635E9"), schema)
    nothing, report = convert(content.format('"1.7356906e+09"'), schema)
    inexact = convert(content.format("1e17"), schema)[1]

    assert converted.splitlines()[1:] == ["1e5,,1500,true,1735690635,1e5"]
    assert (nothing, [rule for rule, *_ in errors(report)]) == ("", ["type"])
    assert "which is rounded" in errors(report)[0][1]
    assert "may have lost digits" in errors(inexact)[0][1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,25})?", fullmatch=True))
@example("1e9999999999999999999")
@example("1e-9999999999999999999")
@example("0e9999999999999999999")
def test_a_number_of_any_size_is_converted_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, schema: Schema, number: str
) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    row = {"USER_ID": "u1", "AGE": 1, "SCORE": 1, "OLD": True, "SINCE": 1, "NOTE": "a"}
    rows = [json.dumps({**row, name: "@"}).replace('"@"', number) for name in row]
    source = folder / "users.jsonl"
    source.write_text("\n".join([json.dumps(row), *rows]))
    report = convert_files([source], folder / "out.csv", schema, rejected=folder / "rejected.jsonl")

    assert len((folder / "out.csv").read_text().splitlines()[1:]) + report.rejected == 1 + len(rows)
    assert check_files([folder / "out.csv"], schema).errors == 0


def test_a_field_that_may_be_null_may_be_left_out_throughout(convert: Convert, schema: Schema) -> None:
    content = '{"USER_ID": "u1", "SCORE": 1, "OLD": true, "SINCE": 1, "NOTES": "a"}\n' * 2
    converted, report = convert(content, schema)

    assert converted.splitlines()[1:] == ["u1,,1,true,1,"] * 2
    [warning] = [one for one in report.findings if one.severity is Severity.WARNING]
    assert "no row has AGE, NOTE, which stay empty, got 'USER_ID,SCORE,OLD,SINCE,NOTES'" in warning.message


def test_a_required_field_that_no_object_has_is_missing(convert: Convert, schema: Schema) -> None:
    nothing, report = convert('{"USER_ID": "u1", "SCORE": 1, "SINCES": 1}\n', schema)

    assert nothing == ""
    assert {rule for rule, *_ in errors(report)} == {"empty", "missing-column"}
    assert any("none for SINCE, got" in message for _, message, _ in errors(report))


def test_a_blank_line_is_none(convert: Convert, events: Schema) -> None:
    assert convert(f"\n \n{EVENT}\n{EVENT}", events)[0].count("\n") == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"USER_ID": "u1"\n}', "a line must be a JSON object: "),
        ('{"USER_ID": "u1", "ITEM_ID": "i1"}', "TIMESTAMP must not be empty"),
        ('{"USER_ID": "u1", "ITEM_ID": ["i1"], "TIMESTAMP": 1735690635}', "got '[\"i1\"]'"),
        ('{"USER_ID": "u1", "ITEM_ID": "\\ud800", "TIMESTAMP": 1735690635}', "got half of a character"),
        ('{"USER_ID": "u1", "ITEM_ID": "\\u0000", "TIMESTAMP": 1735690635}', "must be a text without NUL"),
        ('{"USER_ID": "u1", "ITEM_ID": "i1", "ITEM_ID": "i2", "TIMESTAMP": 1}', "got 'ITEM_ID' more than once"),
        (f"{EVENT}{EVENT.replace('ITEM_ID', 'itemId')}", "one column for ITEM_ID, got 'ITEM_ID', 'itemId'"),
        (f"{EVENT}[1]\n", "a line must be a JSON object, got '[1]'"),
        (EVENT + "[" * 100_000, "a line must be a JSON object: "),
    ],
)
def test_what_cannot_be_read_says_why(convert: Convert, events: Schema, content: str, message: str) -> None:
    nothing, report = convert(content, events)

    assert nothing == ""
    assert message in errors(report)[0][1]


def test_all_lines_that_cannot_be_read_are_counted(convert: Convert, events: Schema) -> None:
    _, report = convert(f"{EVENT}{{no\n{EVENT}[]\n{{\n", events)

    assert [(rule, lines) for rule, _, lines in errors(report)] == [("json", [2, 4, 5])]
    assert (report.rows, report.rejected, report.is_complete) == (5, 3, True)
