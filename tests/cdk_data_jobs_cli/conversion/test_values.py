"""Values are spelt as the service reads them, or are errors that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from cdk_data_jobs_check import Column
from cdk_data_jobs_cli.conversion.report import Severity
from cdk_data_jobs_cli.conversion.times import TimeOptions
from cdk_data_jobs_cli.conversion.values import ColumnConverter

if TYPE_CHECKING:
    from cdk_data_jobs_cli.conversion.outcome import Outcome


def convert(value: str, *types: str, name: str = "X", milliseconds: bool = False, zone: str = "") -> Outcome:
    column = Column(name=name, types=frozenset(types))
    times = TimeOptions(milliseconds=milliseconds, zone=ZoneInfo(zone) if zone else None)
    converter = ColumnConverter(column, "Interactions", times=times)
    converted = converter.convert(value)
    # The expressions for values that need no change and the conversion agree.
    assert bool(converter.match_all_unchanged(f"{value}\n" * 2)) == bool(converter.match_unchanged(value))
    if converter.match_unchanged(value):
        assert converted == (value, (), None)
    if not converted.problem and not milliseconds and not {"quote", "backslash"} & {*converted.changes}:
        assert converter.convert(converted.value) == (converted.value, (), None)
    return converted


@pytest.mark.parametrize("null", ["None", "NULL", "null", "NaN", "nan", "NaT", "<NA>", r"\N"])
@pytest.mark.parametrize("kind", ["string", "int", "float", "boolean"])
def test_a_null_is_empty_where_the_field_may_be_null(null: str, kind: str) -> None:
    assert convert(null, kind, "null") == ("", ("null",), None)


@pytest.mark.parametrize("kind", ["int", "long", "float", "double", "boolean"])
def test_a_null_is_an_error_where_the_field_may_not_be_null(kind: str) -> None:
    for value in ("", "NaN"):
        problem = convert(value, kind).problem

        assert problem
        assert (problem.severity, problem.rule) == (Severity.ERROR, "empty")


def test_a_string_that_looks_like_null_is_kept_where_it_may_not_be_null() -> None:
    value, _, problem = convert("null", "string", name="ITEM_ID")

    assert problem
    assert (value, problem.severity, problem.rule) == ("null", Severity.WARNING, "kept-null")


@pytest.mark.parametrize(
    ("value", "expected"),
    [*((one, "true") for one in ("True", "1", "yes", "T", "1.0")), *((one, "false") for one in ("FALSE", "0", "n"))],
)
def test_a_boolean_is_true_or_false(value: str, expected: str) -> None:
    assert convert(value, "boolean") == (expected, ("boolean",), None)


@pytest.mark.parametrize(("value", "expected"), [("30.0", "30"), ("-1.", "-1"), ("1.735690635e+09", "1735690635")])
@pytest.mark.parametrize("kind", ["int", "long"])
def test_a_whole_float_of_an_integer_field_is_an_integer(value: str, expected: str, kind: str) -> None:
    assert convert(value, kind) == (expected, ("whole-float",), None)


@pytest.mark.parametrize("value", ["30.5", "old", "1,000", "1e400", "3000000000.0"])
def test_what_is_no_integer_is_an_error(value: str) -> None:
    problem = convert(value, "int", "null").problem

    assert problem
    assert problem.severity is Severity.ERROR


def test_a_float_that_may_have_lost_digits_is_no_integer() -> None:
    problem = convert("9007199254740993.0", "long").problem

    assert problem
    assert "may have lost digits" in problem.message


@pytest.mark.parametrize("kind", ["int", "long"])
@pytest.mark.parametrize("value", ["9007199254740992.0", "1e+16"])
def test_a_decimal_has_all_its_digits_and_a_float_may_not(value: str, kind: str) -> None:
    assert convert("9007199254740993.00", "long") == ("9007199254740993", ("whole-float",), None)
    assert convert(value, kind)[0] == value


@pytest.mark.parametrize("milliseconds", [True, False])
@pytest.mark.parametrize("value", ["1.73569E+12", "1.73569E+09", "1.7356906E+09", "-1.73569e+09"])
def test_what_excel_has_rounded_is_an_error(value: str, milliseconds: bool) -> None:
    outcome = convert(value, "long", name="TIMESTAMP", milliseconds=milliseconds)

    assert outcome.problem
    assert (outcome.value, outcome.problem.severity) == (value, Severity.ERROR)
    assert "which is rounded" in outcome.problem.message


@pytest.mark.parametrize(("value", "expected"), [("1.73569E9", "1735690000"), ("1.5e3", "1500"), ("1e5", "100000")])
def test_what_may_be_rounded_is_a_warning(value: str, expected: str) -> None:
    # Spark writes doubles so, without zeros at the end.
    written, changes, problem = convert(value, "long")

    assert problem
    assert (written, changes, problem.severity, problem.rule) == (
        expected,
        ("whole-float",),
        Severity.WARNING,
        "rounded",
    )


@pytest.mark.parametrize("value", ["1.2345678901234568e+18", "2.0", "1.0000000001e+10", "1e+16", "1.5E9"])
def test_an_id_that_was_written_as_a_float_is_a_warning(value: str) -> None:
    written, changes, problem = convert(value, "string", name="ITEM_ID")

    assert problem
    assert (written, changes, problem.severity, problem.rule) == (value, (), Severity.WARNING, "float-string")


@pytest.mark.parametrize("value", ["12E5", "2.5.0", "1.50", "v2.0", "2"])
def test_an_id_that_only_resembles_a_float_is_none(value: str) -> None:
    assert convert(value, "string", name="ITEM_ID") == (value, (), None)


def test_quotes_after_a_space_are_a_warning() -> None:
    for value in (' "b c"', '  "b" '):
        problem = convert(value, "string", name="NOTE").problem

        assert problem
        assert (problem.severity, problem.rule) == (Severity.WARNING, "stray-quote")
    assert convert(' "b" or "c"', "string", name="NOTE").problem is None


def test_quotes_and_backslashes_are_changes() -> None:
    assert convert('a "b"\\c', "string", name="NOTE") == ('a "b"\\c', ("quote", "backslash"), None)


def test_nul_is_an_error() -> None:
    problem = convert("a\0", "string").problem

    assert problem
    assert (problem.severity, problem.rule) == (Severity.ERROR, "nul")


def test_the_null_of_sql_is_never_kept_as_a_string() -> None:
    problem = convert(r"\N", "string", name="ITEM_ID").problem

    assert problem
    assert (problem.severity, problem.rule) == (Severity.ERROR, "empty")
    assert r"got '\N'" in problem.message


def test_a_number_of_a_string_or_float_field_stays_as_it_is() -> None:
    assert convert("30.0", "string") == ("30.0", (), None)
    assert convert("30.0", "float") == ("30.0", (), None)


def test_a_line_break_is_a_space() -> None:
    assert convert("a\r\nb\nc\rd", "string") == ("a b c d", ("line-break",), None)


def test_spaces_around_a_number_are_removed_but_those_of_a_string_stay() -> None:
    assert convert(" 30 ", "int") == ("30", ("spaces",), None)
    assert convert(" a ", "string", name="NOTE") == (" a ", (), None)


@pytest.mark.parametrize(
    "value",
    [
        "2025-01-01T00:17:15Z",
        "2025-01-01 00:17:15.000000+0000",
        "2025-01-01 01:17:15.123456789+01:00",
        "2024-12-31 19:17:15-05",
        "2025-01-01 00:17:15 UTC",
    ],
)
def test_a_time_with_a_zone_is_in_seconds(value: str) -> None:
    assert convert(value, "long", name="TIMESTAMP") == ("1735690635", ("iso-time",), None)


@pytest.mark.parametrize("value", ["2025-01-01T00:17:15", "2025-01-01 00:17:15.5", "2025-01-01"])
def test_a_time_without_a_zone_is_an_error_that_says_so(value: str) -> None:
    problem = convert(value, "long", name="TIMESTAMP").problem

    assert problem
    assert problem.severity is Severity.ERROR
    assert "export it with its time zone" in problem.message


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2025-01-01T00:17:15", "UTC", "1735690635"),
        ("2025-01-01 01:17:15.5", "Europe/Berlin", "1735690635"),
        ("2025-07-01 02:00", "Europe/Berlin", "1751328000"),
        ("2025-01-01", "UTC", "1735689600"),
        ("2025-01-01T00:17:15Z", "Europe/Berlin", "1735690635"),
    ],
)
def test_a_time_without_a_zone_has_the_one_that_is_given(value: str, zone: str, expected: str) -> None:
    for kind in ("long", "float"):
        assert convert(value, kind, name="CREATION_TIMESTAMP", zone=zone) == (expected, ("iso-time",), None)


@pytest.mark.parametrize("value", ["2025-03-30 02:30:00", "2025-10-26 02:30:00"])
def test_a_time_at_which_clocks_change_is_a_warning(value: str) -> None:
    written, _, problem = convert(value, "long", name="TIMESTAMP", zone="Europe/Berlin")

    assert problem
    assert (problem.severity, problem.rule) == (Severity.WARNING, "ambiguous-time")
    assert written in ("1743298200", "1761438600")
    assert convert(f"{value}+01:00", "long", name="TIMESTAMP", zone="Europe/Berlin").problem is None


def test_times_of_float_fields_are_seconds_too() -> None:
    for value, milliseconds in (("2025-01-01T00:17:15Z", False), ("1735690635123", True)):
        outcome = convert(value, "float", name="CREATION_TIMESTAMP", milliseconds=milliseconds)

        assert (outcome.value, outcome.problem) == ("1735690635", None)
    assert convert("1735690635.5", "float", name="CREATION_TIMESTAMP").value == "1735690635.5"


def test_a_time_that_does_not_exist_is_an_error() -> None:
    problem = convert("2025-02-30T00:00:00Z", "long", name="TIMESTAMP").problem

    assert problem
    assert problem.severity is Severity.ERROR


def test_milliseconds_are_seconds_only_if_that_is_said() -> None:
    for value in ("1735690635123", "1735690635123.0"):
        assert convert(value, "long", name="TIMESTAMP", milliseconds=True)[::2] == ("1735690635", None)
        problem = convert(value, "long", name="TIMESTAMP").problem

        assert problem
        assert "give --milliseconds" in problem.message


def test_seconds_are_an_error_if_times_are_said_to_be_milliseconds() -> None:
    problem = convert("1735690635", "long", name="TIMESTAMP", milliseconds=True).problem

    assert problem
    assert "leave the option out" in problem.message
    assert convert("2025-01-01T00:17:15Z", "long", name="TIMESTAMP", milliseconds=True).value == "1735690635"
    assert convert("1735690635123", "long", name="VIEWS", milliseconds=True) == ("1735690635123", (), None)


def test_what_the_checker_warns_of_is_a_warning() -> None:
    problem = convert(" u1", "string", name="USER_ID").problem

    assert problem
    assert (problem.severity, problem.rule) == (Severity.WARNING, "id-spaces")


def test_a_value_that_was_not_decoded_is_an_error() -> None:
    problem = convert("caf\udce9", "string").problem

    assert problem
    assert "got the byte 0xe9 in" in problem.message
    assert "--encoding" in problem.message


@pytest.mark.parametrize("outer", ["\u00a0", "\ufeff", "\u200b", "\t", " "])
def test_what_is_not_seen_around_an_id_is_a_warning(outer: str) -> None:
    for value in (f"{outer}u1", f"u1{outer}"):
        outcome = convert(value, "string", name="USER_ID")

        assert outcome.value == value
        assert outcome.problem is not None
        assert (outcome.problem.severity, outcome.problem.rule) == (Severity.WARNING, "id-spaces")


@pytest.mark.parametrize("offset", ["+01:99", "+24:00", "-0160"])
def test_an_offset_that_is_none_is_not_taken_for_one(offset: str) -> None:
    outcome = convert(f"2025-01-01T00:00:00{offset}", "long", name="TIMESTAMP")

    assert outcome.problem is not None
    assert outcome.problem.rule == "timestamp"


def test_a_far_time_is_not_called_milliseconds() -> None:
    outcome = convert("9999-12-31T23:59:59Z", "long", name="TIMESTAMP")

    assert outcome.problem is not None
    assert "--milliseconds" not in outcome.problem.message
    assert "before the year 5138" in outcome.problem.message
