"""What the values of a column are, as far as a proposed schema needs it, in memory that does not grow with them."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from cdk_data_jobs_check.column_rules import FRACTION, INTEGER, NAN_OR_INFINITY
from cdk_data_jobs_check.number_patterns import MIN_MILLISECONDS_DIGITS
from cdk_data_jobs_check.schema_rules import MAX_STRING_LENGTH
from cdk_data_jobs_check.spellings import (
    FALSE_SPELLINGS,
    ISO_TIME,
    NULL_SPELLINGS,
    SQL_NULL,
    TRUE_SPELLINGS,
)
from cdk_data_jobs_check.whole_floats import Exactness, parse_whole_float

MAX_CATEGORIES = 1000
"""Different values, or parts of values between `|`, that are counted; a column with more is not proposed as
categorical. The limit is this library's: the guide's pages on schemas name none."""

KINDS = frozenset({"boolean", "int", "long", "float", "time", "local time", "seconds", "whole seconds"})
"""What values may be, besides strings: what `data-jobs convert` writes as a value of a type; a time in ISO 8601 with a
time zone, or such a time or date with or without; a number that it takes for a Unix time of any unit, or such an
integer."""

_INT, _LONG = range(-(2**31), 2**31), range(-(2**63), 2**63)
_MAX_LONG_CHARACTERS = 20  # with a sign; longer ones have leading zeros, or need more than 64 bits
_MAX_FLOAT_DIGITS = 7  # a float of 32 bits keeps so many
_NULLS = frozenset(NULL_SPELLINGS)
_BOOLEANS = TRUE_SPELLINGS | FALSE_SPELLINGS
_UNDECODED = re.compile("[\x00\ud800-\udfff]")  # NUL, and how Python keeps bytes that are not of the encoding
_FIRST_FAR_DATE = str(dt.date(1970, 1, 1) + dt.timedelta(seconds=10 ** (MIN_MILLISECONDS_DIGITS - 1)))
_WHOLE_FLOAT = re.compile(r"([+-]?[0-9]{1,15})\.0*")  # of so few digits a float has lost none

# Lines of values that need no look at each.
_DECIMAL_KINDS = {"float", "seconds"}
_INTEGERS = re.compile(r"(?:-?(?:0|[1-9][0-9]{0,17})\n)*")
_SHORT_DECIMALS = re.compile(r"(?:-?[0-9]{1,4}(?:\.[0-9]{1,3})?\n)*")


class ColumnProfile:
    r"""The values of one column.

    Attributes:
        filled_count: How many there are that are neither empty nor null.
        empty_count: How many are empty.
        null_count: How many are spelt as null, such as `NULL` and `NaN`.
        null_example: The first of these; empty without one.
        has_sql_null: Whether one of these is `\N`, which is no string either.
        distinct: The different values, up to one more than `MAX_CATEGORIES`.
        has_duplicates: Whether a value was there twice, as far as the different ones are known.
        categories: The parts of the different values between `|`, up to one more than `MAX_CATEGORIES`.
        category_count: How many parts there are in all values.
        total_length: The length of all values together, in characters.
        max_length: The length of the longest, in characters.
        minimum: The smallest number; None without one.
        maximum: The largest number; None without one.
        far_time_example: The first time in ISO 8601 whose seconds are taken for milliseconds; empty without one.
        has_fractions: Whether a number has a fraction.
        has_whole_floats: Whether an integer is written as a float, such as `30.0`.
        has_leading_zeros: Whether a whole number begins with a zero, which a number loses.
        has_nan_or_infinity: Whether a value is NaN or infinite, and not spelt as null.
        has_spaces: Whether there are spaces around a value that is no string.
        has_blanks: Whether a value has nothing but spaces, or null between them: nothing, unless it is a string.
        undecoded_example: The first value that is not of the file's encoding, or has NUL; empty without one.
        has_line_breaks: Whether there is a line break in a value.
        unescaped: The characters of values, of `"` and a backslash, that are not escaped as an import reads them.
    """

    def __init__(self, *, is_escaped: bool = False) -> None:
        """Creates it without values.

        Args:
            is_escaped: Whether quotes and backslashes in values are escaped by a backslash. By default quotes are
                doubled, or the values are of no CSV file.
        """
        self.filled_count = 0
        self.empty_count = 0
        self.null_count = 0
        self.null_example = ""
        self.has_sql_null = False
        self.distinct: set[str] = set()
        self.has_duplicates = False
        self.categories: set[str] = set()
        self.category_count = 0
        self.total_length = 0
        self.max_length = 0
        self.minimum: float | None = None
        self.maximum: float | None = None
        self.far_time_example = ""
        self.has_fractions = False
        self.has_whole_floats = False
        self.has_leading_zeros = False
        self.has_nan_or_infinity = False
        self.has_spaces = False
        self.has_blanks = False
        self.undecoded_example = ""
        self.has_line_breaks = False
        self.unescaped: set[str] = set()
        self._escapable = () if is_escaped else ('"', "\\")
        self._examples: dict[frozenset[str], str] = {}  # the first value of each combination of kinds
        self._common_kinds = KINDS
        self._has_many_digits = False

    @property
    def row_count(self) -> int:
        """How many values there are, with those that are empty or null."""
        return self.filled_count + self.missing_count

    @property
    def missing_count(self) -> int:
        """How many values are empty or null."""
        return self.empty_count + self.null_count

    @property
    def has_multiple_categories(self) -> bool:
        """Whether a value has a `|`."""
        return self.category_count > self.filled_count

    @property
    def exceeds_float_precision(self) -> bool:
        """Whether a number has more digits than a float of 32 bits keeps."""
        return self._has_many_digits or any(
            abs(number) >= 10**_MAX_FLOAT_DIGITS for number in (self.minimum, self.maximum) if number is not None
        )

    def is_of(self, *kinds: str) -> bool:
        """Returns whether there are values, and each is of one of some kinds.

        Args:
            kinds: The kinds, of `KINDS`.
        """
        return bool(self._examples) and not any(found.isdisjoint(kinds) for found in self._examples)

    def has(self, kind: str) -> bool:
        """Returns whether a value is of a kind, unless a value is of none.

        Args:
            kind: The kind, of `KINDS`.
        """
        return any(kind in found for found in self._examples)

    def exception_to(self, *kinds: str) -> str:
        """Returns a value, of which there is one, that is of none of some kinds, if there is such a one.

        Args:
            kinds: The kinds, of `KINDS`.
        """
        return next((value for found, value in self._examples.items() if found.isdisjoint(kinds)), min(self.distinct))

    def add(self, values: Sequence[str]) -> None:
        """Adds values.

        Args:
            values: The values, without quotes and escapes.
        """
        filled = [value for value in values if value]
        self.empty_count += len(values) - len(filled)
        if not _NULLS.isdisjoint(filled):
            filled = self._without_nulls(filled)
        if not filled:
            return
        lines = "\n".join([*filled, ""])
        self.filled_count += len(filled)
        self.category_count += len(filled) + lines.count("|")
        self.total_length += len(lines) - len(filled)
        self.max_length = max(self.max_length, *map(len, filled))
        self.has_line_breaks = self.has_line_breaks or lines.count("\n") > len(filled) or "\r" in lines
        self.unescaped.update(character for character in self._escapable if character in lines)
        if not self.undecoded_example and not (lines.isascii() and "\0" not in lines) and _UNDECODED.search(lines):
            self.undecoded_example = next(filter(_UNDECODED.search, filled))
        if len(self.distinct) <= MAX_CATEGORIES or len(self.categories) <= MAX_CATEGORIES:
            filled = self._add_distinct(filled)
        if frozenset() not in self._examples:  # a string, whatever the others are
            self._add_kinds(filled, lines)

    def _without_nulls(self, values: Iterable[str]) -> list[str]:
        filled = []
        for value in values:
            if value in _NULLS:
                self.null_count += 1
                self.has_sql_null = self.has_sql_null or value == SQL_NULL
                self.null_example = self.null_example or value
            else:
                filled.append(value)
        return filled

    def _add_distinct(self, values: Sequence[str]) -> list[str]:
        """Returns the values that are new, as far as those that were there are known."""
        keys = [*map(_key, values)] if self.max_length > MAX_STRING_LENGTH else values
        new = [value for key, value in dict(zip(keys, values, strict=True)).items() if key not in self.distinct]
        self.has_duplicates = self.has_duplicates or len(new) < len(values)
        for value in new:
            if len(self.distinct) <= MAX_CATEGORIES:
                self.distinct.add(_key(value))
            if len(self.categories) <= MAX_CATEGORIES:
                self.categories.update(map(_key, value.split("|")))
        return new

    def _add_kinds(self, values: Sequence[str], lines: str) -> None:
        if self._common_kinds == _DECIMAL_KINDS and _SHORT_DECIMALS.fullmatch(lines):
            return
        if self._common_kinds.isdisjoint(("boolean", "time")) and _INTEGERS.fullmatch(lines):
            numbers = [*map(int, values)]
            for number in (min(numbers), max(numbers)) if numbers else ():
                self._add_kinds_of(str(number))
            return
        for value in values:
            self._add_kinds_of(value)

    def _add_kinds_of(self, value: str) -> None:
        """Adds the kinds of which a value is, and notes what is peculiar about it."""
        stripped = value.strip()
        if not stripped or stripped in _NULLS:
            self.has_blanks = self.has_spaces = True
            return
        kinds = self._kinds_of_number(stripped)
        if stripped.lower() in _BOOLEANS:
            kinds.add("boolean")
        kinds |= self._kinds_of_time(stripped)
        self.has_spaces = self.has_spaces or (value != stripped and bool(kinds))
        self._examples.setdefault(frozenset(kinds), value[:MAX_STRING_LENGTH])
        self._common_kinds &= kinds

    def _kinds_of_number(self, value: str) -> set[str]:
        if INTEGER.fullmatch(value):
            digits = value.lstrip("+-")
            self.has_leading_zeros = self.has_leading_zeros or (len(digits) > 1 and digits[0] == "0")
            if len(value) <= _MAX_LONG_CHARACTERS:
                return self._kinds_of_integer(int(value))
            self._has_many_digits = True
            self._add_number(float(value))
            return {"float", "seconds"}
        if not FRACTION.fullmatch(value):
            is_special = bool(NAN_OR_INFINITY.fullmatch(value))
            self.has_nan_or_infinity = self.has_nan_or_infinity or is_special
            return {"float"} if is_special else set()
        if match := _WHOLE_FLOAT.fullmatch(value):
            self.has_whole_floats = True
            return self._kinds_of_integer(int(match[1]))
        self.has_fractions = True
        digits = value.lower().partition("e")[0].replace(".", "").lstrip("+-0")
        self._has_many_digits = self._has_many_digits or len(digits) > _MAX_FLOAT_DIGITS
        self._add_number(float(value))
        whole = parse_whole_float(value)
        if not whole:
            return {"float", "seconds"}
        is_kept = whole.exactness in (Exactness.EXACT, Exactness.PROBABLE)
        return {"float", "seconds", "whole seconds"} if is_kept else {"float"}

    def _kinds_of_integer(self, number: int) -> set[str]:
        self._add_number(number)
        if number not in _LONG:
            return {"float"}
        kinds = {"long", "float", "seconds", "whole seconds"}
        return kinds | {"int"} if number in _INT else kinds

    def _kinds_of_time(self, value: str) -> set[str]:
        found = ISO_TIME.fullmatch(value)
        if not found:
            return set()
        date, time, zone = found.groups()
        try:
            dt.datetime.fromisoformat(f"{date}T{time}" if time else date)
        except ValueError:
            return set()
        if date >= _FIRST_FAR_DATE:
            self.far_time_example = self.far_time_example or value
        return {"local time", "time"} if zone else {"local time"}

    def _add_number(self, number: float) -> None:
        self.minimum = number if self.minimum is None else min(self.minimum, number)
        self.maximum = number if self.maximum is None else max(self.maximum, number)


def _key(value: str) -> str:
    """Returns a string of limited length that no other value has."""
    return value if len(value) <= MAX_STRING_LENGTH else f"{value[:MAX_STRING_LENGTH]}{hash(value)}"
