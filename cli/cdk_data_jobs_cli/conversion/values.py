r"""Converts the values of a column to how Amazon Personalize reads them.

Nearly all values need no change, and one regular expression finds them; only the others are converted and checked by
the rules of `cdk_data_jobs_check`.

Sources: the developer guide's "Data format guidelines" (times in seconds, records on a single line) and "Creating
schema JSON files ..." (types, null).
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from cdk_data_jobs_check.column_rules import MIN_MILLISECONDS_DIGITS, ColumnRules
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.spellings import (
    FALSE_SPELLINGS,
    ISO_TIME,
    MAX_EXACT_FLOAT,
    NULL_SPELLINGS,
    TRUE_SPELLINGS,
    whole_number,
)
from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Column

CHANGES = {
    "line-break": "a line break to a space",
    "spaces": "spaces around a value removed",
    "null": "null to an empty value",
    "boolean": "a boolean to true or false",
    "whole-float": "a whole float to an integer",
    "milliseconds": "milliseconds to seconds",
    "iso-time": "a time in ISO 8601 to seconds",
}
"""The kinds of changes of values, in words."""

_NULL = "|".join(map(re.escape, NULL_SPELLINGS))
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNDECODED = re.compile("[\ud800-\udfff]")
_MAX_KEPT, _MAX_KEPT_LENGTH = 4096, 40  # conversions of a column, and characters of their values
_MILLISECONDS = re.compile(rf"-?[0-9]{{{MIN_MILLISECONDS_DIGITS},14}}")


class Problem(NamedTuple):
    """What is wrong with a value.

    Attributes:
        severity: An error if it cannot be written, or a warning.
        kind: Its short name; that of the rule if it violates one.
        message: What was expected, what was got and what to do.
    """

    severity: Severity
    kind: str
    message: str


class Conversion(NamedTuple):
    """What becomes of a value.

    Attributes:
        value: The value to write.
        changes: The kinds of changes, of `CHANGES`.
        problem: What is wrong with the value, if anything.
    """

    value: str
    changes: tuple[str, ...] = ()
    problem: Problem | None = None


class ColumnConverter:
    """Converts the values of one column.

    Attributes:
        name: The column's name.
        is_unchanged: Returns a match for values that need no change and have no errors.
    """

    def __init__(self, column: Column, dataset_type: str, *, milliseconds: bool) -> None:
        """Creates the converter of a column.

        Args:
            column: The column.
            dataset_type: The type of its dataset.
            milliseconds: Whether times are in milliseconds.
        """
        self.name = column.name
        self._rules = ColumnRules(column, dataset_type)
        self._types = column.types - {"null"}
        self._milliseconds = milliseconds and self._rules.is_timestamp
        self.is_unchanged = re.compile(self._unchanged_pattern()).fullmatch
        self._shortened, self._shortening = self._shortcut()
        self._convert_once = functools.lru_cache(_MAX_KEPT)(self._convert)

    def convert(self, value: str) -> Conversion:
        """Converts a value.

        Args:
            value: The value, without quotes and escapes; empty for null.
        """
        if self._shortened and (found := self._shortened(value)):
            return Conversion(found[1], self._shortening)
        # Most other values that need a change are repeated: null, booleans, small numbers.
        return self._convert_once(value) if len(value) <= _MAX_KEPT_LENGTH else self._convert(value)

    def _convert(self, value: str) -> Conversion:
        if found := _UNDECODED.search(value):
            return Conversion(value, problem=_problem(self._undecoded(value, ord(found.group()))))
        changes = []
        if "\n" in value or "\r" in value:
            value = _LINE_BREAK.sub(" ", value)
            changes.append("line-break")
        if "string" not in self._types and value != value.strip():
            value = value.strip()
            changes.append("spaces")
        if value in NULL_SPELLINGS:
            return self._null(value, changes)
        converted, change, violation = self._of_type(value) if value else (value, "", None)
        if change:
            changes.append(change)
        return Conversion(converted, tuple(changes), _problem(violation or self._rules.check(converted)))

    def _unchanged_pattern(self) -> str:
        if self._milliseconds:
            return "" if self._rules.is_optional else "(?!)"
        if self._types == {"boolean"}:
            return "true|false|" if self._rules.is_optional else "true|false"
        pattern = self._rules.plain_pattern("\r\n\x00\ud800-\udfff")
        return rf"(?!(?:{_NULL})\Z)(?! ){pattern}(?<! )" if "string" in self._types else pattern

    def _shortcut(self) -> tuple[Callable[[str], re.Match[str] | None] | None, tuple[str, ...]]:
        """Returns what matches values that often fill a column, its group being what is valid, and the change."""
        if self._milliseconds:
            return re.compile(r"([1-9][0-9]{8,9})[0-9]{3}").fullmatch, ("milliseconds",)
        if self._rules.is_timestamp:
            return re.compile(r"([1-9][0-9]{8,9})\.0*").fullmatch, ("whole-float",)
        if self._types in ({"int"}, {"long"}):
            digits = 9 if self._types == {"int"} else 15
            return re.compile(rf"(-?[0-9]{{1,{digits}}})\.0*").fullmatch, ("whole-float",)
        return None, ()

    def _undecoded(self, value: str, code: int) -> Violation:
        byte = code - 0xDC00  # as `surrogateescape` decodes it
        got = f"the byte 0x{byte:02x}" if 0 <= byte <= 0xFF else "half of a character"  # noqa: PLR2004
        message = f"{self.name} must be encoded in UTF-8, got {got} in {excerpt(value)}"
        return Violation("utf-8", message, "name the encoding of the file, such as --encoding cp1252")

    def _null(self, value: str, changes: list[str]) -> Conversion:
        if self._rules.is_optional:
            return Conversion("", (*changes, "null"))
        if "string" in self._types:
            message = f"{self.name} cannot be null, and {excerpt(value)} looks like it; it is kept as a string"
            return Conversion(value, tuple(changes), Problem(Severity.WARNING, "kept-null", message))
        return Conversion(value, tuple(changes), _problem(self._rules.check("")))

    def _of_type(self, value: str) -> tuple[str, str, Violation | None]:
        """Returns a value as its type is written, how it was changed, and why it cannot be converted."""
        if self._rules.is_timestamp:
            return self._time(value)
        if self._types <= {"int", "long"}:
            return self._integer(value)
        if self._types == {"boolean"}:
            lower = value.strip().lower()
            spelt = "true" if lower in TRUE_SPELLINGS else "false" if lower in FALSE_SPELLINGS else value
            return spelt, "" if spelt == value else "boolean", None
        return value, "", None

    def _integer(self, value: str) -> tuple[str, str, Violation | None]:
        number = None if value.lstrip("+-").isdecimal() else whole_number(value)
        if number is None:
            return value, "", None
        if abs(number) >= MAX_EXACT_FLOAT:
            message = f"{self.name} must be an integer, got {excerpt(value)}, a float that may have lost digits"
            return value, "", Violation("type", message, "export the column as integers")
        return str(number), "whole-float", None

    def _time(self, value: str) -> tuple[str, str, Violation | None]:
        whole, change, violation = self._integer(value)
        if violation:
            return value, "", violation
        if self._milliseconds and _MILLISECONDS.fullmatch(whole):
            return str(int(whole) // 1000), "milliseconds", None
        if found := ISO_TIME.fullmatch(whole):
            return self._iso_time(value, *found.groups())
        if self._milliseconds:
            message = f"{self.name} must be a Unix time in milliseconds with --milliseconds, got {excerpt(value)}"
            return value, "", Violation("timestamp", message, "leave the option out if times are in seconds")
        violation = self._rules.check(whole)
        if violation and violation.rule == "milliseconds":
            violation = violation._replace(hint="give --milliseconds if all times are in milliseconds")
        return whole, change, violation

    def _iso_time(self, value: str, date: str, time: str | None, zone: str | None) -> tuple[str, str, Violation | None]:
        if not time or not zone:
            message = f"{self.name} must be a Unix time in seconds, or have a time zone, got {excerpt(value)}"
            return (
                value,
                "",
                Violation("timestamp", message, "export it with its time zone, such as 2025-01-01T00:00:00Z"),
            )
        digits = "0000" if zone in ("Z", "UTC") else zone[1:].replace(":", "").ljust(4, "0")
        sign = "-" if zone.startswith("-") else "+"
        try:
            moment = dt.datetime.fromisoformat(f"{date}T{time}{sign}{digits[:2]}:{digits[2:]}")
        except ValueError as error:
            message = f"{self.name} must be a time, got {excerpt(value)}: {error}"
            return value, "", Violation("timestamp", message, "correct it")
        return str(int(moment.timestamp())), "iso-time", None


def _problem(violation: Violation | None) -> Problem | None:
    if violation is None:
        return None
    return Problem(Severity(violation.severity.value), violation.rule, f"{violation.message}; {violation.hint}")
