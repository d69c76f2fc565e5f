"""The expressions for numbers match what is valid, in each form in which it may be written, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_check import Column
from cdk_data_jobs_check.column_rules import ColumnRules
from cdk_data_jobs_check.number_patterns import ANY_FLOAT, PLAIN_NUMBERS, VALID_NUMBERS, timestamp_pattern

ZEROS = st.integers(0, 100).map("0".__mul__)
SIGNS = st.sampled_from(["", "+", "-"])
FLOAT_FORMATS = ("{!r}", "{:e}", "{:E}", "{:f}", "{:g}", "{:.9g}", "{:.17g}", "{:.30e}", "{:.50f}")


def rules_of(name: str, avro_type: str) -> ColumnRules:
    return ColumnRules(Column(name=name, types=frozenset({avro_type})), "Items")


@pytest.mark.parametrize("patterns", [VALID_NUMBERS, PLAIN_NUMBERS], ids=["valid", "plain"])
@pytest.mark.parametrize("avro_type", VALID_NUMBERS)
@given(st.data())
def test_numbers_that_match_are_valid(avro_type: str, patterns: dict[str, str], data: st.DataObject) -> None:
    value = data.draw(st.from_regex(patterns[avro_type].replace("(?<=-)", "(?!)"), fullmatch=True))

    assert rules_of("PRICE", avro_type).check(value) is None


@given(st.from_regex(ANY_FLOAT, fullmatch=True))
def test_numbers_of_any_size_are_too_large_at_most(value: str) -> None:
    violation = rules_of("PRICE", "double").check(value)

    assert violation is None or violation.rule == "float-range"


@pytest.mark.parametrize("may_be_far", [False, True])
@pytest.mark.parametrize("avro_type", ["long", "double"])
@given(st.data())
def test_times_that_match_are_valid_or_too_far_at_most(avro_type: str, may_be_far: bool, data: st.DataObject) -> None:
    pattern = timestamp_pattern(may_be_far=may_be_far, may_have_fraction=avro_type == "double")
    violation = rules_of("TIMESTAMP", avro_type).check(data.draw(st.from_regex(pattern, fullmatch=True)))

    assert violation is None or (may_be_far and violation.rule == "implausible-time")


@pytest.mark.parametrize(("avro_type", "bits"), [("int", 32), ("long", 64)])
@given(st.data())
def test_every_whole_number_matches_if_and_only_if_it_fits(avro_type: str, bits: int, data: st.DataObject) -> None:
    limit = 2 ** (bits - 1)
    near = st.sampled_from([limit, limit // 10]).flatmap(lambda size: st.integers(size - 1000, size + 1000))
    number = data.draw(st.integers(-limit, limit - 1) | near | near.map(lambda size: -size))
    sign = data.draw(st.sampled_from(["", "+"])) if number >= 0 else "-"
    written = f"{sign}{data.draw(ZEROS)}{abs(number)}"

    assert bool(re.fullmatch(VALID_NUMBERS[avro_type], written)) == (-limit <= number < limit)


@pytest.mark.parametrize(("avro_type", "width"), [("float", 32), ("double", 64)])
@given(st.data())
def test_every_float_matches_as_programs_write_it(avro_type: str, width: int, data: st.DataObject) -> None:
    value = data.draw(st.floats(width=width, allow_nan=False, allow_infinity=False))
    written = data.draw(st.sampled_from(FLOAT_FORMATS)).format(value)

    assert re.fullmatch(VALID_NUMBERS[avro_type], written), written


@pytest.mark.parametrize("avro_type", ["long", "double"])
@given(st.data())
def test_every_time_matches_as_programs_write_it(avro_type: str, data: st.DataObject) -> None:
    seconds = data.draw(st.integers(10**8, 10**10 - 10**5))  # later ones may be rounded up
    forms = ("{}",) if avro_type == "long" else ("{}", "{}.0", "{}.123456789", "{:.1f}", "{:.20f}", "{:.17e}", "{:E}")
    form = data.draw(st.sampled_from(forms))
    written = data.draw(ZEROS) + form.format(float(seconds) if ":" in form else seconds)
    pattern = timestamp_pattern(may_be_far=False, may_have_fraction=avro_type == "double")

    assert re.fullmatch(pattern, written), written


@pytest.mark.parametrize(
    ("avro_type", "value"),
    [
        ("int", "2147483647"),
        ("int", "-2147483648"),
        ("int", "0000000042"),
        ("long", "9223372036854775807"),
        ("long", "-9223372036854775808"),
        ("long", "000000000042"),
        ("float", "3.4028234663852886e+38"),
        ("float", "340282346638528859811704183484516925440.0"),
        ("float", "1" + "0" * 25 + ".0"),
        ("float", "1.5e+008"),
        ("double", "1.7976931348623157e+308"),
        ("double", f"{1.7976931348623157e308:f}"),
        ("double", "0.1" + "0" * 50),
    ],
)
def test_largest_and_padded_numbers_match(avro_type: str, value: str) -> None:
    assert re.fullmatch(VALID_NUMBERS[avro_type], value)
    assert rules_of("PRICE", avro_type).check(value) is None


@pytest.mark.parametrize("value", ["0001735690635.5", "17.3569e8", "1.73569063512345678E9", "1735690635e0", "1.7e+009"])
def test_unusual_forms_of_times_match(value: str) -> None:
    assert re.fullmatch(timestamp_pattern(may_be_far=False, may_have_fraction=True), value)
    assert rules_of("CREATION_TIMESTAMP", "float").check(value) is None


@pytest.mark.parametrize("value", ["9999999999.99999999", "9.99999999999999999999e9"])
def test_a_time_that_is_rounded_to_another_number_of_digits_does_not_match(value: str) -> None:
    assert not re.fullmatch(timestamp_pattern(may_be_far=False, may_have_fraction=True), value)
    assert rules_of("CREATION_TIMESTAMP", "float").check(value)
