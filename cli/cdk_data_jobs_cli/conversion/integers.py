"""Converts numbers that other programs write as floats to integers, if no digit may be lost."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_cli.conversion.outcome import Outcome, error, warning

_FLOAT = re.compile(r"[+-]?([0-9]{1,40}(?:\.[0-9]{0,40})?)(?:[eE]([+-]?)[0-9]{1,2})?")
_MAX_EXACT = 2**53  # beyond it, a float no longer tells one integer from the next
_MAX_DIGITS = len(str(_MAX_EXACT))
_WRITTEN_AS_FLOAT = re.compile(r"[+-]?[0-9]+(?:\.0|(?:\.[0-9]+)?[eE][+-]?[0-9]+)")


def without_exponent(number: str) -> str:
    """Returns a number that was not rounded, without an exponent if it is a whole one of which no digit may be lost.

    Args:
        number: A number of JSON or Parquet, whose exponent is only the shortest way to write it, unlike one of Excel.
    """
    if "e" not in number.lower():
        return number
    try:
        value = Decimal(number)
    except InvalidOperation:  # an exponent of more than 18 digits
        return number
    is_exact = value.adjusted() < _MAX_DIGITS and value == int(value) and abs(value) < _MAX_EXACT
    return str(int(value)) if is_exact else number


def to_integer(name: str, value: str) -> Outcome:
    """Returns what becomes of a value of an integer column; it is unchanged if it is no whole float.

    Args:
        name: The column's name.
        value: The value.
    """
    match = _FLOAT.fullmatch(value)
    if value.lstrip("+-").isdecimal() or not match:
        return Outcome(value)
    number = Decimal(value)
    if number != number.to_integral_value():
        return Outcome(value)
    # A decimal, such as 1.00, has all its digits.
    if abs(number) >= _MAX_EXACT and _WRITTEN_AS_FLOAT.fullmatch(value):
        message = f"{name} must be an integer, got {excerpt(value)}, a float that may have lost digits"
        return Outcome(value, problem=error(Violation("type", message, "export the column as integers")))
    integer = str(int(number))
    mantissa, sign = match.groups()
    digits = len(mantissa.replace(".", "").lstrip("0"))
    if sign is None or digits >= len(integer.lstrip("-")):
        return Outcome(integer, ("whole-float",))
    # Excel and C write 1.73569E+12 for 1735689612345, and Java 1.73569E9 for 1735690000 alone.
    if sign:
        message = f"{name} must be an integer, got {excerpt(value)}, which is rounded"
        return Outcome(value, problem=error(Violation("type", message, "show all digits where it was exported")))
    message = f"{name} has {excerpt(value)}, which is {integer} if it was not rounded; make sure that it was not"
    return Outcome(integer, ("whole-float",), warning("rounded", message))
