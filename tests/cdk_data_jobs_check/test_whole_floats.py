"""Integers that are written as floats, and whether they are those that were meant."""

from __future__ import annotations

import pytest

from cdk_data_jobs_check.whole_floats import Exactness, parse_whole_float


@pytest.mark.parametrize(
    ("value", "integer", "exactness"),
    [
        ("30.0", "30", Exactness.EXACT),
        ("-30.", "-30", Exactness.EXACT),
        ("1735690635E+0", "1735690635", Exactness.EXACT),
        ("9007199254740993.00", "9007199254740993", Exactness.EXACT),
        ("1.73569E9", "1735690000", Exactness.PROBABLE),
        ("1.73569E+12", "1735690000000", Exactness.ROUNDED),
        ("9007199254740993.0", "9007199254740993", Exactness.IMPRECISE),
    ],
)
def test_a_float_may_be_an_integer(value: str, integer: str, exactness: Exactness) -> None:
    assert parse_whole_float(value) == (integer, exactness)


@pytest.mark.parametrize("value", ["30", "+30", "0.5", "1E-3", "nan", "", ".5", "1,0", "1E400"])
def test_other_values_are_no_such_integers(value: str) -> None:
    assert parse_whole_float(value) is None
