"""Recognizes integers that other programs write as floats, and whether digits of these may be lost."""

from __future__ import annotations

import enum
import re
from decimal import Decimal
from typing import NamedTuple

MAX_EXACT = 2**53
"""From this number on, a float no longer tells one integer from the next."""

_FLOAT = re.compile(r"[+-]?([0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE]([+-]?)[0-9]{1,2})?")
_WRITTEN_AS_FLOAT = re.compile(r"[+-]?[0-9]+(?:\.0|(?:\.[0-9]+)?[eE][+-]?[0-9]+)")


class Exactness(enum.Enum):
    """Whether a float is the integer that was meant."""

    EXACT = "exact"
    PROBABLE = "probable"
    """It is written as Java writes 1735690000, 1.73569E9, and a rounded number could be."""

    ROUNDED = "rounded"
    """It is written as Excel and C write a number that they have rounded, such as 1.73569E+12."""

    IMPRECISE = "imprecise"
    """It is so large that a float may have lost digits."""


class WholeFloat(NamedTuple):
    """An integer that is written as a float.

    Attributes:
        integer: The integer.
        exactness: Whether it is the one that was meant.
    """

    integer: str
    exactness: Exactness


def parse_whole_float(value: str) -> WholeFloat | None:
    """Returns which integer a float is; None if it has a fraction, or the value is no float.

    Args:
        value: The value. An integer that is written as one is no float.
    """
    match = _FLOAT.fullmatch(value)
    if value.lstrip("+-").isdecimal() or not match:
        return None
    number = Decimal(value)
    if number != number.to_integral_value():
        return None
    integer = str(int(number))
    # A decimal, such as 1.00, has all its digits.
    if abs(number) >= MAX_EXACT and _WRITTEN_AS_FLOAT.fullmatch(value):
        return WholeFloat(integer, Exactness.IMPRECISE)
    mantissa, sign = match.groups()
    digits = len(mantissa.replace(".", "").lstrip("0"))
    if sign is None or digits >= len(integer.lstrip("-")):
        return WholeFloat(integer, Exactness.EXACT)
    return WholeFloat(integer, Exactness.ROUNDED if sign else Exactness.PROBABLE)
