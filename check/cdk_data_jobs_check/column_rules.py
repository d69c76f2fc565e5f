"""The rules for the values of a column.

Each rule exists twice: as a regular expression that valid values match (`value_patterns.py`), which makes the check of
gigabytes fast, and here in plain Python, which checks the values that do not match and says what is wrong with them.
The expression may miss a valid value (Python then finds no violation); it must never match an invalid one.

Sources, all in the Amazon Personalize Developer Guide: "Amazon Personalize endpoints and quotas" (lengths), "Preparing
item interaction data for training" and the same pages for users, items and actions (required ids and event types,
timestamps in seconds), "Creating schema JSON files ..." (types).
"""

import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from cdk_data_jobs_check.columns import Column
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.number_patterns import MIN_MILLISECONDS_DIGITS, PLAIN_TIMESTAMP, timestamp_pattern
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.schema_rules import (
    IDS,
    MAX_EVENT_TYPE_LENGTH,
    MAX_ID_LENGTH,
    MAX_STRING_LENGTH,
    MAX_TEXT_LENGTH,
    NEVER_NULL,
)
from cdk_data_jobs_check.spellings import INVISIBLE
from cdk_data_jobs_check.value_patterns import POSSESSIVE, number_pattern, plain_number_pattern, string_pattern

_TIMESTAMPS = ("TIMESTAMP", "CREATION_TIMESTAMP", "EXPIRATION_TIMESTAMP", "ACTION_EXPIRATION_TIMESTAMP")
_BITS = {"int": 32, "long": 64}
_FLOAT_INFINITY = {"float": (2 - 2**-24) * 2.0**127, "double": math.inf}  # what is rounded to infinity, and all above
_MAX_FLOAT = {"float": "3.4e38", "double": "1.8e308"}
_VALID_TIMESTAMP_DIGITS = (9, 10)  # 1973 to 2286

INTEGER = re.compile(r"[+-]?[0-9]+")
FRACTION = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NAN_OR_INFINITY = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
BOOLEAN = re.compile(r"true|false", re.IGNORECASE)


class LengthLimit(NamedTuple):
    """The limit of a value's length.

    Attributes:
        characters: How many characters it may have.
        rule: The name of the rule.
        consequence: What the service does with a longer value, as far as it is documented.
    """

    characters: int
    rule: str
    consequence: str


class ColumnRules:
    """The rules for the values of one column.

    Attributes:
        name: The column's name.
        pattern: The regular expression that valid values match as they stand in a line, quoted or not.
        is_timestamp: Whether its values are times, as numbers.
        is_optional: Whether they may be empty.
    """

    def __init__(self, column: Column, dataset_type: str) -> None:
        """Creates the rules for a column.

        Args:
            column: The column.
            dataset_type: The type of its dataset.
        """
        self.name = column.name
        self._types = column.types - {"null"}
        self._sorted_types = sorted(self._types)
        self._is_id = column.name in IDS
        self.is_timestamp = column.name in _TIMESTAMPS and self._types <= {"int", "long", "float", "double"}
        self._may_have_fraction = not self._types <= {"int", "long"}
        self.is_optional = "null" in column.types
        self._length_limit = length_limit(column, dataset_type)
        self.pattern = self.tolerant_pattern(frozenset())

    def check(self, value: str) -> Violation | None:
        """Returns the violation by a value; None if it is valid.

        Args:
            value: The value, without quotes and escapes.
        """
        if not value:
            return None if self.is_optional else self._empty_violation()
        if violation := self.check_length(value):
            return violation
        if self._is_id and value != value.strip(INVISIBLE):
            around = value[0] if value[0] in INVISIBLE else value[-1]
            what = "a space" if around == " " else f"the invisible character U+{ord(around):04X}"
            return Violation(
                "id-spaces",
                f"{self.name} begins or ends with {what}, got {excerpt(value)}",
                "remove it, or it is another id than the same one without it",
            )
        if "string" in self._types:
            return None
        if self.is_timestamp:
            return _timestamp_violation(self.name, value, may_have_fraction=self._may_have_fraction)
        violation = self._type_violation(value)
        is_too_long = len(value) > self._length_limit.characters
        return self._length_violation(value) if violation is None and is_too_long else violation

    def check_length(self, value: str) -> Violation | None:
        """Returns the violation by a string that is too long, or by the start of one; None if it is short enough.

        Args:
            value: The value, without quotes and escapes.
        """
        is_string = self._is_id or "string" in self._types
        return self._length_violation(value) if is_string and len(value) > self._length_limit.characters else None

    def tolerant_pattern(self, tolerated: AbstractSet[str]) -> str:
        """Returns a regular expression like `pattern` that also matches values that violate some rules.

        If each row has a warning, it makes the check many times as fast.

        Args:
            tolerated: The rules, of `TOLERABLE`.
        """
        if "string" in self._types:
            max_length = MAX_LINE_BYTES if self._length_limit.rule in tolerated else self._length_limit.characters
            trimmed = self._is_id and "id-spaces" not in tolerated
            valid = string_pattern(max_length, trimmed=trimmed, tolerated=tolerated)
        else:
            number = self._number_pattern(tolerated)
            valid = f'(?:{number}|"(?:{number})")'
        return f'(?:{valid}|(?:"")?)' if self.is_optional else valid

    def plain_pattern(self, excluded: str) -> str:
        """Returns a faster regular expression, for lines without quotes, backslashes, spaces and other such characters.

        Args:
            excluded: The characters that are not part of a value: a comma, and in the last column also a line end.
        """
        if "string" in self._types:
            return f"[^{excluded}]{{{0 if self.is_optional else 1},{self._length_limit.characters}}}{POSSESSIVE}"
        if self.is_timestamp:
            pattern = self._number_pattern(frozenset()) if self._may_have_fraction else PLAIN_TIMESTAMP
        else:
            pattern = plain_number_pattern(self._types)
        return f"(?:{pattern}){'?' if self.is_optional else ''}"

    def _number_pattern(self, tolerated: AbstractSet[str]) -> str:
        if self.is_timestamp:
            may_be_far = "implausible-time" in tolerated
            return timestamp_pattern(may_be_far=may_be_far, may_have_fraction=self._may_have_fraction)
        return number_pattern(self._types, tolerated)

    def _type_violation(self, value: str) -> Violation | None:
        """Returns the violation by a value that is of none of the column's types: that which is the least severe."""
        least_severe = None
        for avro_type in self._sorted_types:
            violation = _TYPE_VIOLATIONS[avro_type](self.name, value, avro_type)
            if violation is None:
                return None
            if least_severe is None or violation.severity is Severity.WARNING:
                least_severe = violation
        return least_severe

    def _empty_violation(self) -> Violation:
        if self.name in NEVER_NULL:
            hint = "fill it in, or leave the row out"
        else:
            hint = 'fill it in, or add "null" to the types of this field in the schema'
        return Violation("empty", f"{self.name} must not be empty", hint)

    def _length_violation(self, value: str) -> Violation:
        characters, rule, consequence = self._length_limit
        return Violation(
            rule,
            f"{self.name} must have at most {characters:,} characters, got {len(value):,}: {excerpt(value)}",
            f"shorten it; {consequence}",
        )


def rules_by_column(schema: Schema) -> Mapping[str, ColumnRules]:
    """Returns the rules for each column of a schema, by the column's name.

    Args:
        schema: The schema.
    """
    return {column.name: ColumnRules(column, schema.dataset_type) for column in schema.columns}


def length_limit(column: Column, dataset_type: str) -> LengthLimit:
    """Returns the limit of the length of a column's values.

    Args:
        column: The column.
        dataset_type: The type of its dataset.
    """
    if column.name in IDS:
        return LengthLimit(MAX_ID_LENGTH, "id-length", "the import fails otherwise")
    if column.name == "EVENT_TYPE":
        consequence = "the events API takes no more, and what an import does with it is not documented"
        return LengthLimit(MAX_EVENT_TYPE_LENGTH, "event-type-length", consequence)
    if column.textual:
        return LengthLimit(MAX_TEXT_LENGTH, "text-length", "the service cuts it otherwise")
    # The quotas name categories of all dataset types, impressions, and all strings of items.
    named = column.categorical or column.name == "IMPRESSION" or dataset_type == "Items"
    if named and "string" in column.types:
        return LengthLimit(MAX_STRING_LENGTH, "category-length", "the import fails otherwise")
    return LengthLimit(
        MAX_STRING_LENGTH, "string-length", "the quota of other columns; what an import does is not documented"
    )


def _timestamp_violation(name: str, value: str, *, may_have_fraction: bool) -> Violation | None:
    number, hint = (FRACTION, "") if may_have_fraction else (INTEGER, "without a fraction and ")
    if not number.fullmatch(value):
        return Violation(
            "timestamp",
            f"{name} must be a Unix time in seconds, such as 1735690635, got {excerpt(value)}",
            f"write the seconds since 1970-01-01 in UTC, {hint}without spaces",
        )
    seconds = float(value)
    digits = len(str(int(min(abs(seconds), 1e20))))
    if digits >= MIN_MILLISECONDS_DIGITS:
        unit, power = _smaller_unit(digits)
        return Violation(
            "milliseconds",
            f"{name} must be a Unix time in seconds, got {excerpt(value)}, which looks like {unit}",
            f"divide it by {10**power:,}",
        )
    if seconds > 0 and digits in _VALID_TIMESTAMP_DIGITS:
        return None
    return Violation(
        "implausible-time",
        f"{name} is a Unix time in seconds, and {excerpt(value)} is before 1973 or after 2286",
        "make sure that it counts seconds, not days or minutes",
    )


def _smaller_unit(digits: int) -> tuple[str, int]:
    """Returns the unit in which a time of today has about so many digits, and its power of ten."""
    if digits <= 14:  # noqa: PLR2004 - a time of today has 13 as milliseconds, 16 as microseconds, 19 as nanoseconds
        return "milliseconds", 3
    return ("microseconds", 6) if digits <= 17 else ("nanoseconds", 9)  # noqa: PLR2004


def _integer_violation(name: str, value: str, avro_type: str) -> Violation | None:
    if not INTEGER.fullmatch(value):
        hint = "write a whole number: no decimal point, no thousands separators, no spaces"
        return Violation("type", f"{name} must be of type {avro_type}, got {excerpt(value)}", hint)
    bits = _BITS[avro_type]
    # Python refuses to convert thousands of digits.
    is_short = len(value.lstrip("+-0")) < bits
    if is_short and -(2 ** (bits - 1)) <= int(_LEADING_ZEROS.sub("", value)) < 2 ** (bits - 1):
        return None
    hint = "use type long in the schema" if avro_type == "int" else "use type double or string in the schema"
    return Violation("range", f"{name} must fit into {bits} bits, as type {avro_type} does, got {excerpt(value)}", hint)


def _fraction_violation(name: str, value: str, avro_type: str) -> Violation | None:
    if FRACTION.fullmatch(value):
        if abs(float(value)) < _FLOAT_INFINITY[avro_type]:
            return None
        return Violation(
            "float-range",
            f"{name} should be at most {_MAX_FLOAT[avro_type]}, as type {avro_type} is, got {excerpt(value)}",
            "use type double in the schema" if avro_type == "float" else "use type string in the schema",
        )
    if NAN_OR_INFINITY.fullmatch(value):
        return Violation(
            "not-a-number",
            f"{name} must be of type {avro_type}, got {excerpt(value)}, which is no number",
            'leave it empty and add "null" to the types of this field in the schema, if the value is missing',
        )
    return Violation(
        "type",
        f"{name} must be of type {avro_type}, got {excerpt(value)}",
        "write a number with a decimal point: no thousands separators, no currency, no spaces",
    )


def _boolean_violation(name: str, value: str, avro_type: str) -> Violation | None:
    if value in ("true", "false"):
        return None
    if BOOLEAN.fullmatch(value):
        return Violation(
            "boolean-case",
            f"{name} should be true or false in lower case, got {excerpt(value)}",
            "write it so, or make the field a categorical string: the service uses no booleans in training and filters",
        )
    message = f"{name} must be of type {avro_type}, got {excerpt(value)}"
    return Violation("type", message, "write true or false")


_TYPE_VIOLATIONS = {
    "int": _integer_violation,
    "long": _integer_violation,
    "float": _fraction_violation,
    "double": _fraction_violation,
    "boolean": _boolean_violation,
}
