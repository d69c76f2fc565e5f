"""Converts numbers that other programs write as floats to integers, if no digit may be lost."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.whole_floats import MAX_EXACT, Exactness, parse_whole_float
from cdk_data_jobs_cli.conversion.outcome import Outcome, error, warning

_MAX_DIGITS = len(str(MAX_EXACT))


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
    is_exact = value.adjusted() < _MAX_DIGITS and value == int(value) and abs(value) < MAX_EXACT
    return str(int(value)) if is_exact else number


def to_integer(name: str, value: str) -> Outcome:
    """Returns what becomes of a value of an integer column; it is unchanged if it is no whole float.

    Args:
        name: The column's name.
        value: The value.
    """
    whole = parse_whole_float(value)
    if not whole:
        return Outcome(value)
    if whole.exactness is Exactness.IMPRECISE:
        message = f"{name} must be an integer, got {excerpt(value)}, a float that may have lost digits"
        return Outcome(value, problem=error(Violation("type", message, "export the column as integers")))
    if whole.exactness is Exactness.ROUNDED:
        message = f"{name} must be an integer, got {excerpt(value)}, which is rounded"
        return Outcome(value, problem=error(Violation("type", message, "show all digits where it was exported")))
    if whole.exactness is Exactness.EXACT:
        return Outcome(whole.integer, ("whole-float",))
    message = f"{name} has {excerpt(value)}, which is {whole.integer} if it was not rounded; make sure that it was not"
    return Outcome(whole.integer, ("whole-float",), warning("rounded", message))
