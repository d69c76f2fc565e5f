"""What the values of a CSV column are, as far as a proposed schema needs it, in memory that does not grow with them."""

from collections.abc import Sequence

from cdk_data_jobs_check.column_rules import BOOLEAN, FRACTION, INTEGER, NAN_OR_INFINITY
from cdk_data_jobs_check.schema_rules import MAX_CATEGORY_LENGTH

MAX_CATEGORIES = 1000
"""Different values, or parts of values between `|`, that are counted; a column with more is not proposed as
categorical. The limit is this library's: the guide's pages on schemas name none."""

_INT, _LONG = range(-(2**31), 2**31), range(-(2**63), 2**63)
_MAX_LONG_CHARACTERS = 20  # with a sign; longer ones have leading zeros, or need more than 64 bits
_MAX_FLOAT_DIGITS = 7  # a float of 32 bits keeps so many


class Evidence:
    """The values of one column.

    Attributes:
        values: How many there are that are not empty.
        empty: How many are empty.
        distinct: The beginnings of the different values, up to one more than `MAX_CATEGORIES`.
        categories: Their parts between `|`, up to one more than `MAX_CATEGORIES`.
        has_lists: Whether a value has a `|`.
        repeats: Whether a value was there twice, as far as the different ones are known.
        characters: The length of all values together, in characters.
        longest: The length of the longest, in characters.
        kinds: The types, of boolean, int, long and float, that can hold every value.
        fractions: Whether a number has a decimal point or an exponent.
        leading_zeros: Whether a whole number begins with a zero, which a number loses.
        no_numbers: Whether a value is NaN or infinite.
        precise: Whether a number has more digits than a float keeps.
        exception: The first value that left no type but string, for a message.
    """

    def __init__(self) -> None:
        """Creates it without values."""
        self.values = 0
        self.empty = 0
        self.distinct: set[str] = set()
        self.categories: set[str] = set()
        self.has_lists = False
        self.repeats = False
        self.characters = 0
        self.longest = 0
        self.kinds = {"boolean", "int", "long", "float"}
        self.fractions = False
        self.leading_zeros = False
        self.no_numbers = False
        self.precise = False
        self.exception: str | None = None

    def add(self, values: Sequence[str]) -> None:
        """Adds values.

        Args:
            values: The values, without quotes and escapes.
        """
        filled = [value for value in values if value]
        self.empty += len(values) - len(filled)
        self.values += len(filled)
        self.characters += sum(map(len, filled))
        new = [value for value in dict.fromkeys(filled) if value not in self.distinct]
        self.repeats = self.repeats or len(new) < len(filled)
        for value in new:
            self._add(value)

    def _add(self, value: str) -> None:
        if len(self.distinct) <= MAX_CATEGORIES:
            self.distinct.add(value[:MAX_CATEGORY_LENGTH])
        if len(self.categories) <= MAX_CATEGORIES:
            self.categories.update(value[:MAX_CATEGORY_LENGTH].split("|"))
        self.has_lists = self.has_lists or "|" in value
        self.longest = max(self.longest, len(value))
        if self.kinds:
            self.kinds &= self._kinds_of(value)
            if not self.kinds:
                self.exception = value[:MAX_CATEGORY_LENGTH]

    def _kinds_of(self, value: str) -> set[str]:
        """Returns the types that can hold a value, and notes what is peculiar about it."""
        if BOOLEAN.fullmatch(value):
            return {"boolean"}
        if INTEGER.fullmatch(value):
            digits = value.lstrip("+-")
            self.leading_zeros = self.leading_zeros or (len(digits) > 1 and digits[0] == "0")
            number = int(value) if len(value) <= _MAX_LONG_CHARACTERS else None
            if number is None or number not in _LONG:
                return {"float"}
            return {"int", "long", "float"} if number in _INT else {"long", "float"}
        if FRACTION.fullmatch(value):
            self.fractions = True
            digits = value.lower().partition("e")[0].replace(".", "").lstrip("+-0")
            self.precise = self.precise or len(digits) > _MAX_FLOAT_DIGITS
            return {"float"}
        self.no_numbers = self.no_numbers or bool(NAN_OR_INFINITY.fullmatch(value))
        return {"float"} if NAN_OR_INFINITY.fullmatch(value) else set()
