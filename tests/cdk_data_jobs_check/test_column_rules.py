"""How a value is checked by the rules of its column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_check import Column
from cdk_data_jobs_check.column_rules import ColumnRules
from cdk_data_jobs_check.records import parse_record
from cdk_data_jobs_check.spellings import INVISIBLE
from cdk_data_jobs_check.value_patterns import ANY_VALUE, TOLERABLE

if TYPE_CHECKING:
    from cdk_data_jobs_check.findings import Violation

SPECIAL = '",\\\x00\r\n'


def violation(name: str, value: str, *types: str, dataset_type: str = "Users", **attributes: bool) -> Violation | None:
    """Returns the violation by a value of a column in this dataset."""
    return ColumnRules(Column(name=name, types=frozenset(types or ("string",)), **attributes), dataset_type).check(
        value
    )


def rule(name: str, value: str, *types: str, dataset_type: str = "Users", **attributes: bool) -> tuple[str, str] | None:
    """Returns the severity and the rule of that violation."""
    found = violation(name, value, *types, dataset_type=dataset_type, **attributes)
    return (found.severity.value, found.rule) if found else None


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("0", "int", None),
        ("-007", "int", None),
        ("2147483647", "int", None),
        ("2147483648", "int", ("error", "range")),
        ("-2147483649", "int", ("error", "range")),
        ("2147483648", "long", None),
        ("9223372036854775807", "long", None),
        ("9223372036854775808", "long", ("error", "range")),
        ("9" * 500, "long", ("error", "range")),
        ("1.0", "int", ("error", "type")),
        (" 1", "int", ("error", "type")),
        ("1_000", "long", ("error", "type")),
        ("٣", "int", ("error", "type")),
        ("1", "float", None),
        ("-.5e-3", "float", None),
        ("5.", "double", None),
        ("1" * 300 + ".5", "double", None),
        ("1,5", "float", ("error", "type")),
        ("€5", "float", ("error", "type")),
        ("NaN", "float", ("warning", "not-a-number")),
        ("-inf", "double", ("warning", "not-a-number")),
        ("2147483647".zfill(50), "int", None),
        ("-" + "2147483648".zfill(900), "int", None),
        ("2147483648".zfill(50), "int", ("error", "range")),
        ("0" * 100, "long", None),
        ("3.4e38", "float", None),
        ("3.402823466385289e+38", "float", None),
        ("1e+05", "float", None),
        ("1" * 38, "float", None),
        ("1e39", "float", ("warning", "float-range")),
        ("-1e39", "float", ("warning", "float-range")),
        ("1" * 40, "float", ("warning", "float-range")),
        ("1e39", "double", None),
        ("1.7e308", "double", None),
        ("1e400", "double", ("warning", "float-range")),
        ("true", "boolean", None),
        ("True", "boolean", ("warning", "boolean-case")),
        ("FALSE", "boolean", ("warning", "boolean-case")),
        ("yes", "boolean", ("error", "type")),
        ("x" * 1001, "int", ("error", "type")),
        ("x" * 1001, "float", ("error", "type")),
        ("9" * 100_000 + "x", "double", ("error", "type")),
        ("yes" * 400, "boolean", ("error", "type")),
        ("9" * 1001, "long", ("error", "range")),
        ("1" * 1001 + ".5", "double", ("warning", "float-range")),
        ("0" * 1001 + ".5", "double", ("warning", "string-length")),
    ],
)
def test_a_value_must_be_of_its_type(value: str, type_: str, expected: tuple[str, str] | None) -> None:
    assert rule("AGE", value, type_) == expected


def test_one_of_several_types_is_enough() -> None:
    assert rule("AGE", "1e39", "int", "float") == ("warning", "float-range")
    assert rule("AGE", "True", "int", "boolean") == ("warning", "boolean-case")
    assert rule("AGE", "1.5", "int", "float") is None
    assert rule("AGE", "old", "int", "float") == ("error", "type")
    assert rule("AGE", "old", "int", "string") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1735690635", None),
        ("+1735690635", None),
        ("881250949", None),
        ("86400", ("warning", "implausible-time")),
        ("-1", ("warning", "implausible-time")),
        ("17356906350", ("warning", "implausible-time")),
        ("1735690635123", ("error", "milliseconds")),
        ("-1735690635123", ("error", "milliseconds")),
        ("0001735690635", None),
        ("0000000086400", ("warning", "implausible-time")),
        ("1735690635.5", ("error", "timestamp")),
        ("1.735e9", ("error", "timestamp")),
        ("2025-01-01T00:17:15Z", ("error", "timestamp")),
        ("9" * 1001, ("error", "milliseconds")),
        ("x" * 1001, ("error", "timestamp")),
    ],
)
@pytest.mark.parametrize(
    "name", ["TIMESTAMP", "CREATION_TIMESTAMP", "EXPIRATION_TIMESTAMP", "ACTION_EXPIRATION_TIMESTAMP"]
)
def test_a_timestamp_must_be_in_seconds(name: str, value: str, expected: tuple[str, str] | None) -> None:
    assert rule(name, value, "long") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1735690635", None),
        ("1735690635.0", None),
        ("1735690635.5", None),
        ("1.735690635e9", None),
        ("1735690635123.0", ("error", "milliseconds")),
        ("1.735690635123e12", ("error", "milliseconds")),
        ("1e999999999999", ("error", "milliseconds")),
        ("86400.0", ("warning", "implausible-time")),
        ("-1735690635.5", ("warning", "implausible-time")),
        ("yesterday", ("error", "timestamp")),
        ("nan", ("error", "timestamp")),
        ("", ("error", "empty")),
    ],
)
@pytest.mark.parametrize("kind", ["float", "double"])
def test_a_timestamp_of_a_float_type_may_have_a_fraction(
    kind: str, value: str, expected: tuple[str, str] | None
) -> None:
    assert rule("CREATION_TIMESTAMP", value, kind, dataset_type="Items") == expected


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ("1735690635123", "must be a Unix time in seconds, got '1735690635123', .* like milliseconds", "by 1,000"),
        ("1735690635123456", "like microseconds", "by 1,000,000"),
        ("1735690635123456789", "like nanoseconds", "by 1,000,000,000"),
    ],
)
def test_the_unit_of_a_timestamp_is_reported(value: str, message: str, hint: str) -> None:
    found = violation("TIMESTAMP", value, "long")

    assert found
    assert re.search(message, found.message)
    assert found.hint == f"divide it {hint}"


def test_only_documented_columns_are_timestamps() -> None:
    assert rule("SEEN_TIMESTAMP", "1735690635123", "long") is None
    assert rule("TIMESTAMP", "1735690635123", "string") is None


@pytest.mark.parametrize(
    ("name", "dataset_type", "length", "expected"),
    [
        ("USER_ID", "Users", 256, ("error", "id-length")),
        ("ITEM_ID", "Interactions", 256, ("error", "id-length")),
        ("ACTION_ID", "Actions", 256, ("error", "id-length")),
        ("EVENT_TYPE", "Interactions", 256, ("warning", "event-type-length")),
        ("IMPRESSION", "Interactions", 1000, ("error", "category-length")),
        ("TITLE", "Items", 1000, ("error", "category-length")),
        ("NOTE", "Users", 1000, ("warning", "string-length")),
    ],
)
def test_a_string_has_a_maximum_length(name: str, dataset_type: str, length: int, expected: tuple[str, str]) -> None:
    assert rule(name, "x" * length, dataset_type=dataset_type) is None
    assert rule(name, "x" * (length + 1), dataset_type=dataset_type) == expected


def test_categories_and_unstructured_text_have_limits_of_their_own() -> None:
    assert rule("GENRE", "x" * 1001, categorical=True) == ("error", "category-length")
    assert rule("DESCRIPTION", "x" * 20_000, dataset_type="Items", textual=True) is None
    assert rule("DESCRIPTION", "x" * 20_001, dataset_type="Items", textual=True) == ("warning", "text-length")


@pytest.mark.parametrize("name", ["USER_ID", "ITEM_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"])
def test_a_required_value_is_not_empty(name: str) -> None:
    found = violation(name, "", "long" if name == "TIMESTAMP" else "string")

    assert found
    assert (found.rule, found.hint) == ("empty", "fill it in, or leave the row out")


def test_an_event_type_may_be_empty_if_the_schema_says_so_which_has_a_warning_of_its_own() -> None:
    assert rule("EVENT_TYPE", "", "string", "null", dataset_type="Interactions") is None


def test_other_values_may_be_missing_if_the_schema_says_so() -> None:
    assert rule("AGE", "", "int", "null") is None
    assert rule("AGE", "", "int") == ("error", "empty")
    assert rule("NOTE", "", "string") == ("error", "empty")


@pytest.mark.parametrize("character", INVISIBLE)
def test_spaces_and_other_invisible_characters_around_ids_are_reported(character: str) -> None:
    for value in (f"{character}reader", f"reader{character}"):
        assert rule("USER_ID", value) == ("warning", "id-spaces")
        assert rule("NOTE", value) is None
    assert rule("USER_ID", f"a{character}reader") is None


def test_the_invisible_character_around_an_id_is_named() -> None:
    found = violation("USER_ID", "reader\xa0")

    assert found
    assert found.message == "USER_ID begins or ends with the invisible character U+00A0, got 'reader\xa0'"


COLUMNS = st.builds(
    Column,
    name=st.sampled_from(["USER_ID", "TIMESTAMP", "EVENT_TYPE", "NOTE"]),
    types=st.sets(st.sampled_from(["string", "int", "long", "float", "double", "boolean"]), min_size=1).flatmap(
        lambda kinds: st.sampled_from([frozenset(kinds), frozenset({*kinds, "null"})])
    ),
    categorical=st.booleans(),
    textual=st.booleans(),
)
VALUES = (
    st.text(st.characters(exclude_characters=SPECIAL, exclude_categories=["Cs"]), max_size=8)
    | st.text(st.sampled_from(["a", *INVISIBLE]), max_size=3)
    | st.from_regex(r"[+-]?[0-9]{0,20}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,2})?", fullmatch=True)
    | st.sampled_from(["true", "FALSE", "x" * 256, "x" * 257, "x" * 1000, "x" * 1001, "x" * 20_000, "x" * 20_001])
)


@given(COLUMNS, VALUES)
def test_what_the_expression_matches_is_valid(column: Column, value: str) -> None:
    rule = ColumnRules(column, "Items")

    for quoted in (value, f'"{value}"'):
        if re.fullmatch(rule.pattern, quoted):
            assert rule.check(value) is None
    if not {*INVISIBLE} & {*value} and re.fullmatch(rule.plain_pattern(","), value):
        assert rule.check(value) is None


SPELLINGS = VALUES | st.text(st.sampled_from('a,"\\ 0'), max_size=12) | st.sampled_from(["nan", "-86400", "86400.5"])


@given(COLUMNS, SPELLINGS, st.sets(st.sampled_from(sorted(TOLERABLE))))
def test_what_a_tolerant_expression_matches_violates_only_tolerated_rules(
    column: Column, spelling: str, tolerated: set[str]
) -> None:
    rule = ColumnRules(column, "Items")

    for quoted in (spelling, f'"{spelling}"'):
        if re.fullmatch(rule.tolerant_pattern(tolerated), quoted):
            (value,) = parse_record(f"{quoted}\n", 0, 1).values
            violation = rule.check(value.content)
            violated = {one.rule for one in value.violations} | ({violation.rule} if violation else set())
            assert violated <= tolerated


@given(st.text(st.sampled_from('a,\n"\\'), max_size=12), st.integers(1, 12))
def test_a_string_with_escapes_is_matched_up_to_its_quote_and_no_further(value: str, max_length: int) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    rule = ColumnRules(Column(name="NOTE", types=frozenset({"string"})), "Users")
    pattern = rule.pattern.replace("1000", str(max_length))
    match = re.match(pattern, f'"{escaped}",end"\n')

    if match:
        assert match.group() == f'"{escaped}"'
        assert 1 <= len(value) <= max_length
        assert "\n" not in value
    elif value and "\n" not in value:
        assert len(escaped) > max_length or escaped.endswith("\\")


@pytest.mark.parametrize(
    ("name", "type_", "raw"),
    [
        ("ITEM_ID", "string", r'"CORP\\user"'),
        ("ITEM_ID", "string", r'"12\" single"'),
        ("ITEM_ID", "string", r'"\\"'),
        ("PLACE", "string", r'"C:\\data\\"'),
        ("CREATION_TIMESTAMP", "long", "+1735690635"),
        ("CREATION_TIMESTAMP", "float", "1.735690635e+09"),
        ("CREATION_TIMESTAMP", "float", "9.9E8"),
        ("PRICE", "float", "1.5e+25"),
        ("PRICE", "float", "9.99e37"),
        ("PRICE", "float", "1e30"),
    ],
)
def test_usual_forms_of_valid_values_are_matched_and_so_need_no_parsing(name: str, type_: str, raw: str) -> None:
    rules = ColumnRules(Column(name=name, types=frozenset({type_})), "Items")

    assert re.fullmatch(f"{rules.pattern},", f"{raw},")
    assert rules.check(raw.strip('"').replace("\\\\", "\\").replace('\\"', '"')) is None


@pytest.mark.parametrize("value", ["", "a b", '"a,b"', r'"a\"b"', "x" * 5000])
def test_columns_that_are_not_in_the_schema_may_have_any_value(value: str) -> None:
    assert re.fullmatch(ANY_VALUE, value)
