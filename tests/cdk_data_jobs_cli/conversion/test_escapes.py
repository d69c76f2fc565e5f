r"""With `--backslash`, the escapes of MySQL and PostgreSQL are decoded, and others are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Schema

    Convert = Callable[..., tuple[str, Report]]

HEADER = "USER_ID\tAGE\tSCORE\tOLD\tSINCE\tNOTE\n"
BACKSLASH = InputOptions(backslash=True)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (r"a\tb", "a\tb"),
        (r"a\nb", "a b"),
        ("a\\\nb", "a b"),
        (r"a\rb", "a b"),
        (r"a\\tb", r'"a\\tb"'),
        (r"a\\", r'"a\\"'),
        (r"a\\N", r'"a\\N"'),
        ("a\\\tb", "a\tb"),
        (r"\"a\"", r'"\"a\""'),
        (r"\N", ""),
        (r'"a,\N,b"', r'"a,\\N,b"'),
    ],
)
def test_an_escape_is_decoded(convert: Convert, schema: Schema, note: str, expected: str) -> None:
    converted, _ = convert(f"{HEADER}u1\t\\N\t\\N\tt\t1\t{note}\n", schema, options=BACKSLASH)

    assert converted.splitlines()[1:] == [f"u1,,,true,1,{expected}"]


def test_an_unknown_escape_is_an_error(convert: Convert, schema: Schema) -> None:
    _, report = convert(f"{HEADER}u1\t1\t1\tt\t1\tC:\\dir\n", schema, options=BACKSLASH)

    [error] = [one for one in report.findings if one.severity is Severity.ERROR]
    assert (error.rule, error.lines) == ("backslash", [2])
    assert "leave out --backslash" in error.message


@pytest.mark.parametrize(("note", "count"), [(r'"\N"', 1), (r"\N", 0), (r'"a\"\N\"b"', 0), (r"\\N", 1)])
def test_a_text_that_is_taken_for_null_is_a_warning(convert: Convert, schema: Schema, note: str, count: int) -> None:
    _, report = convert(f"{HEADER}u1\t1\t1\tt\t1\t{note}\n", schema, options=BACKSLASH)

    warnings = {one.rule: one.count for one in report.findings if one.severity is Severity.WARNING}
    assert warnings.get("backslash", 0) == count


def test_nul_is_an_error(convert: Convert, schema: Schema) -> None:
    _, report = convert(f"{HEADER}u1\t1\t1\tt\t1\ta\\0b\n", schema, options=BACKSLASH)

    assert report.count(Severity.ERROR) == 1


def test_a_required_value_is_not_null(convert: Convert, schema: Schema) -> None:
    _, report = convert(f"{HEADER}\\N\t1\t1\tt\t1\ta\n", schema, options=BACKSLASH)

    assert [one.message for one in report.findings if one.severity is Severity.ERROR] == [
        r"USER_ID must not be empty, got '\N'; fill it in, or leave the row out"
    ]
