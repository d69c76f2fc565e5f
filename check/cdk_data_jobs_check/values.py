"""What may the value of a column be?

Each rule is there twice: in a regular expression that good values match, which is what makes gigabytes quick, and in
plain Python, which judges the values that do not match and says what is wrong with them. The expression may refuse a
good value (Python then finds nothing wrong); it must never match a bad one.

Sources, all in the Amazon Personalize Developer Guide: "Amazon Personalize endpoints and quotas" (lengths), "Preparing
item interaction data for training" and its sisters for users, items and actions (ids and event types that must be
there, timestamps in seconds), "Creating schema JSON files ..." (types).
"""

import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from cdk_data_jobs_check.findings import Fault, Severity
from cdk_data_jobs_check.schema import Column, Schema

_IDS = ("USER_ID", "ITEM_ID", "ACTION_ID")
_TIMESTAMPS = ("TIMESTAMP", "CREATION_TIMESTAMP", "EXPIRATION_TIMESTAMP")
_ID_LENGTH, _EVENT_TYPE_LENGTH, _TEXT_LENGTH, _TEXTUAL_LENGTH = 256, 256, 1000, 20_000
_INT_BITS, _LONG_BITS = 32, 64
_MILLISECONDS_DIGITS = 12  # as seconds that is the year 5138; as milliseconds it is 1973

_INTEGER = re.compile(r"[+-]?[0-9]+")
_FRACTION = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)

# What good values match. Numbers that are longer than this may be good too, and are judged one by one.
_GOOD = {
    "int": r"[+-]?[0-9]{1,9}",
    "long": r"[+-]?[0-9]{1,18}",
    "float": r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?",
    "double": r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?",
    "boolean": r"(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])",
}
_POSSESSIVE = "+" if sys.version_info >= (3, 11) else ""  # without going back to try fewer characters, which is in vain
_GOOD_TIMESTAMP, _GOOD_DIGITS = r"[1-9][0-9]{8,9}", (9, 10)  # 1973 to 2286


class Limit(NamedTuple):
    """How long a value may be.

    Attributes:
        characters: How many characters it may have.
        severity: How bad it is if it has more.
        reason: What happens then, as far as it is documented.
    """

    characters: int
    severity: Severity
    reason: str


class Values:
    """What the values of one column may be.

    Attributes:
        name: The column's name.
        pattern: What good values match as they stand in a line, quoted or not; a regular expression.
    """

    def __init__(self, column: Column, dataset_type: str) -> None:
        """Reads the rules for a column.

        Args:
            column: The column.
            dataset_type: The dataset type that it is in.
        """
        self.name = column.name
        self._types = column.types - {"null"}
        self._is_id = column.name in _IDS
        self._is_timestamp = column.name in _TIMESTAMPS and column.types <= {"int", "long", "null"}
        self._must_be_there = self._is_id or column.name == "EVENT_TYPE"
        self._may_be_empty = "null" in column.types and not self._must_be_there
        self._limit = _limit(column, dataset_type)
        self.pattern = self._pattern()

    def fault(self, value: str) -> Fault | None:
        """Returns what is wrong with a value; none if nothing is.

        Args:
            value: The value, without quotes and escapes.
        """
        if not value:
            return None if self._may_be_empty else self._empty()
        is_too_long = len(value) > self._limit.characters
        if is_too_long and (self._is_id or "string" in self._types):
            return self._too_long(value)
        if self._is_id and value != value.strip(" "):
            return Fault(
                Severity.WARNING,
                "spaces",
                f"{self.name} begins or ends with a space, got {shown(value)}",
                "remove the spaces, or it is another id than the same one without them",
            )
        if "string" in self._types:
            return None
        if self._is_timestamp:
            return _timestamp_fault(self.name, value)
        faults = [_TYPE_FAULTS[kind](self.name, value, kind) for kind in sorted(self._types)]
        if None not in faults:
            return faults[0]
        return self._too_long(value) if is_too_long else None

    def _pattern(self) -> str:
        if "string" in self._types:
            good = _text_pattern(self._limit.characters, trimmed=self._is_id)
        else:
            good = f'(?:{self._number_pattern()}|"(?:{self._number_pattern()})")'
        return f'(?:{good}|(?:"")?)' if self._may_be_empty else good

    def plain(self, end: str) -> str:
        """Returns what good values match that have no quotes, backslashes, spaces and control characters.

        Args:
            end: The characters that end a value: a comma, or in the last column a comma and a line end.
        """
        if "string" in self._types:
            return f"[^{end}]{{{0 if self._may_be_empty else 1},{self._limit.characters}}}{_POSSESSIVE}"
        return f"(?:{self._number_pattern()}){'?' if self._may_be_empty else ''}"

    def _number_pattern(self) -> str:
        return "|".join([_GOOD_TIMESTAMP] if self._is_timestamp else [_GOOD[kind] for kind in sorted(self._types)])

    def _empty(self) -> Fault:
        if self._must_be_there:
            hint = "fill it in, or leave the row out"
        else:
            hint = 'fill it in, or add "null" to the types of this field in the schema'
        return Fault(Severity.ERROR, "empty", f"{self.name} must not be empty", hint)

    def _too_long(self, value: str) -> Fault:
        most, severity, reason = self._limit
        return Fault(
            severity,
            "too-long",
            f"{self.name} must have at most {most:,} characters, got {len(value):,}: {shown(value)}",
            f"shorten it; {reason}",
        )


def values_of(schema: Schema) -> Mapping[str, Values]:
    """Returns what the values of each column of a schema may be, by the columns' names.

    Args:
        schema: The schema.
    """
    return {column.name: Values(column, schema.dataset_type) for column in schema.columns}


def shown(value: str, most: int = 40) -> str:
    """Returns a value for a message: quoted, without control characters, and not too long.

    Args:
        value: The value.
        most: How many characters of it to show.
    """
    return repr(value if len(value) <= most else f"{value[:most]}...")


def any_text() -> str:
    """Returns what the values of a column match that is not in the schema; a regular expression."""
    return r'(?:[^",\\\x00\r\n]*|"[^"\\\x00\r\n]*(?:\\["\\][^"\\\x00\r\n]*)*")'


def any_plain(end: str) -> str:
    """Returns what the values match of a column that is not in the schema; see `Values.plain`."""
    return f"[^{end}]*"


def _text_pattern(most: int, *, trimmed: bool) -> str:
    """Returns what texts of 1 to `most` characters match."""
    plain = rf'[^",\\\x00\r\n]{{1,{most}}}'
    quoted = rf'[^"\\\x00\r\n]{{1,{most}}}'
    if trimmed:
        # Ids with escapes are rare enough to be judged one by one.
        return rf'(?:(?! ){plain}(?<! )|"(?! ){quoted}(?<! )")'
    # Text with escapes: its end, a quote that no backslash precedes, must come soon enough.
    escaped = rf'(?!")(?=[^\n]{{0,{most}}}(?<!\\)"[,\r\n])[^"\\\x00\r\n]*(?:\\["\\][^"\\\x00\r\n]*)*'
    return rf'(?:{plain}|"{quoted}"|"{escaped}")'


def _limit(column: Column, dataset_type: str) -> Limit:
    if column.name in _IDS:
        return Limit(_ID_LENGTH, Severity.ERROR, "the import fails otherwise")
    if column.name == "EVENT_TYPE":
        reason = "the events API takes no more, and what an import does with it is not documented"
        return Limit(_EVENT_TYPE_LENGTH, Severity.WARNING, reason)
    if column.textual:
        return Limit(_TEXTUAL_LENGTH, Severity.WARNING, "the service cuts it otherwise")
    # The quotas name categories of all dataset types, impressions, and all strings of items.
    named = column.categorical or column.name == "IMPRESSION" or dataset_type == "Items"
    if named and "string" in column.types:
        return Limit(_TEXT_LENGTH, Severity.ERROR, "the import fails otherwise")
    return Limit(_TEXT_LENGTH, Severity.WARNING, "the quota of other columns; what an import does is not documented")


def _timestamp_fault(name: str, value: str) -> Fault | None:
    if not _INTEGER.fullmatch(value):
        return Fault(
            Severity.ERROR,
            "timestamp",
            f"{name} must be a Unix time in seconds, such as 1735690635, got {shown(value)}",
            "write the whole seconds since 1970-01-01 in UTC, without a fraction and without spaces",
        )
    seconds = int(value[:40])
    digits = len(str(abs(seconds)))
    if digits >= _MILLISECONDS_DIGITS:
        unit, power = _smaller_unit(digits)
        return Fault(
            Severity.ERROR,
            "milliseconds",
            f"{name} must be a Unix time in seconds, got {shown(value)}, which looks like {unit}",
            f"divide it by {10**power:,}",
        )
    if seconds > 0 and digits in _GOOD_DIGITS:
        return None
    return Fault(
        Severity.WARNING,
        "far-time",
        f"{name} is a Unix time in seconds, and {shown(value)} is before 1973 or after 2286",
        "make sure that it counts seconds, not days or minutes",
    )


def _smaller_unit(digits: int) -> tuple[str, int]:
    """Returns the unit in which a time of today has about so many digits, and its power of ten."""
    if digits <= 14:  # noqa: PLR2004 - a time of today has 13 as milliseconds, 16 as microseconds, 19 as nanoseconds
        return "milliseconds", 3
    return ("microseconds", 6) if digits <= 17 else ("nanoseconds", 9)  # noqa: PLR2004


def _integer_fault(name: str, value: str, kind: str) -> Fault | None:
    if not _INTEGER.fullmatch(value):
        hint = "write a whole number: no decimal point, no thousands separators, no spaces"
        return Fault(Severity.ERROR, "type", f"{name} must be of type {kind}, got {shown(value)}", hint)
    bits = _INT_BITS if kind == "int" else _LONG_BITS
    if len(value) < bits and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1):
        return None
    hint = "use type long in the schema" if kind == "int" else "use type double or string in the schema"
    return Fault(
        Severity.ERROR, "range", f"{name} must fit into {bits} bits, as type {kind} does, got {shown(value)}", hint
    )


def _fraction_fault(name: str, value: str, kind: str) -> Fault | None:
    if _FRACTION.fullmatch(value):
        return None
    if _NO_NUMBER.fullmatch(value):
        return Fault(
            Severity.WARNING,
            "no-number",
            f"{name} must be of type {kind}, got {shown(value)}, which is no number",
            'leave it empty and add "null" to the types of this field in the schema, if the value is missing',
        )
    return Fault(
        Severity.ERROR,
        "type",
        f"{name} must be of type {kind}, got {shown(value)}",
        "write a number with a decimal point: no thousands separators, no currency, no spaces",
    )


def _boolean_fault(name: str, value: str, kind: str) -> Fault | None:
    if _BOOLEAN.fullmatch(value):
        return None
    message = f"{name} must be of type {kind}, got {shown(value)}"
    return Fault(Severity.ERROR, "type", message, "write true or false")


_TYPE_FAULTS = {
    "int": _integer_fault,
    "long": _integer_fault,
    "float": _fraction_fault,
    "double": _fraction_fault,
    "boolean": _boolean_fault,
}
