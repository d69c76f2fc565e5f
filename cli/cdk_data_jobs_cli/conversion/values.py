"""Converts the values of a column to how Amazon Personalize reads them.

Nearly all values need no change, and one regular expression finds them; only the others are converted and checked by
the rules of `cdk_data_jobs_check`.

Sources: the developer guide's "Data format guidelines" (times in seconds, records on a single line) and "Creating
schema JSON files ..." (types, null).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from cdk_data_jobs_check.column_rules import ColumnRules, length_limit
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.spellings import FALSE_SPELLINGS, INVISIBLE, NULL_SPELLINGS, SQL_NULL, TRUE_SPELLINGS
from cdk_data_jobs_cli.conversion.integers import to_integer
from cdk_data_jobs_cli.conversion.outcome import Outcome, Problem, error, of_rule, warning
from cdk_data_jobs_cli.conversion.report import Severity
from cdk_data_jobs_cli.conversion.times import TimeOptions, to_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cdk_data_jobs_check import Column

CHANGES = {
    "line-break": "a line break to a space",
    "spaces": "spaces around a value removed",
    "null": "null to an empty value",
    "boolean": "a boolean to true or false",
    "whole-float": "a whole float to an integer",
    "milliseconds": "milliseconds to seconds",
    "iso-time": "a time in ISO 8601 to seconds",
    "quote": 'a quote to \\"',
    "backslash": r"a backslash to \\",
}
"""The kinds of changes of values, in words."""

_NULL = "|".join(map(re.escape, NULL_SPELLINGS))
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNDECODED = re.compile("[\ud800-\udfff]")
_CACHE_SIZE, _MAX_CACHED_LENGTH = 4096, 40  # conversions of a column, and characters of their values
# An id such as 12E5 is none of these.
_FLOAT = r"[+-]?[0-9]{1,20}(?:\.0{1,20}|(?:\.[0-9]{1,20})?[eE]\+[0-9]{1,3}|\.[0-9]{1,20}[eE]-?[0-9]{1,3})"
_INVISIBLE = rf"[{INVISIBLE}\r]"
_STRAY_QUOTES = r' +"[^"]*" *'


class ColumnConverter:
    """Converts the values of one column.

    Attributes:
        name: The column's name.
        is_string: Whether values are strings, which may need quotes.
        match_unchanged: Returns a match for values that need no change and have no errors.
        match_all_unchanged: The same for several values, each with a line break after it.
    """

    def __init__(self, column: Column, dataset_type: str, *, times: TimeOptions) -> None:
        """Creates the converter of a column.

        Args:
            column: The column.
            dataset_type: The type of its dataset.
            times: What times mean.
        """
        self.name = column.name
        self.is_string = "string" in column.types
        self._rules = ColumnRules(column, dataset_type)
        self._types = column.types - {"null"}
        self._is_id = length_limit(column, dataset_type).rule == "id-length"
        self._times = times
        self._milliseconds = times.milliseconds and self._rules.is_timestamp
        self.match_unchanged = re.compile(self._unchanged_pattern(r"\Z")).fullmatch
        self.match_all_unchanged = re.compile(f"(?:(?:{self._unchanged_pattern(chr(10))})\n)*").fullmatch
        self._fast_match, self._fast_change = self._fast_path()
        self._convert_cached = functools.lru_cache(_CACHE_SIZE)(self._convert)

    def convert(self, value: str) -> Outcome:
        """Converts a value.

        Args:
            value: The value, without quotes and escapes; empty for null.
        """
        if self._fast_match and (match := self._fast_match(value)):
            return Outcome(match[1], self._fast_change)
        # Most other values that need a change are repeated: null, booleans, small numbers.
        return self._convert_cached(value) if len(value) <= _MAX_CACHED_LENGTH else self._convert(value)

    def _convert(self, value: str) -> Outcome:
        if problem := self._text_problem(value):
            return Outcome(value, problem=problem)
        changes = []
        if "\n" in value or "\r" in value:
            value = _LINE_BREAK.sub(" ", value)
            changes.append("line-break")
        if not self.is_string and value != value.strip():
            value = value.strip()
            changes.append("spaces")
        if value in NULL_SPELLINGS:
            return self._null(value, changes)
        converted, more, problem = self._convert_by_type(value) if value else Outcome(value)
        violation = self._rules.check(converted)
        if violation and not (problem and problem.severity is Severity.ERROR):
            problem = self._of_rule(violation, is_iso_time="iso-time" in more)
        return Outcome(converted, (*changes, *more), problem)

    def _unchanged_pattern(self, end: str) -> str:
        """Returns the regular expression for values that need no change, after each of which is an end."""
        if self._milliseconds:
            return "" if self._rules.is_optional else "(?!)"
        if self._types == {"boolean"}:
            return "true|false|" if self._rules.is_optional else "true|false"
        pattern = self._rules.plain_pattern('"\\\\\r\n\x00\ud800-\udfff')
        if self._rules.is_timestamp:
            return f"(?![0-9.+-]*[eE])(?:{pattern})"  # which may be rounded
        if not self.is_string:
            return pattern
        others = f"{_NULL}|{_FLOAT}" if self._is_id else _NULL
        outer = _INVISIBLE if self._is_id else " "
        return rf"(?!(?:{others}){end})(?!{outer}){pattern}(?<!{outer})"

    def _fast_path(self) -> tuple[Callable[[str], re.Match[str] | None] | None, tuple[str, ...]]:
        """Returns what matches values that often fill a column, its group being what is valid, and the change."""
        if self._milliseconds:
            return re.compile(r"([1-9][0-9]{8,9})[0-9]{3}").fullmatch, ("milliseconds",)
        if self._rules.is_timestamp:
            return re.compile(r"([1-9][0-9]{8,9})\.0*").fullmatch, ("whole-float",)
        if self._types in ({"int"}, {"long"}):
            digits = 9 if self._types == {"int"} else 15
            return re.compile(rf"(-?[0-9]{{1,{digits}}})\.0*").fullmatch, ("whole-float",)
        return None, ()

    def _text_problem(self, value: str) -> Problem | None:
        """Returns the problem that the file was not decoded as it is encoded."""
        if match := _UNDECODED.search(value):
            byte = ord(match[0]) - 0xDC00  # as `surrogateescape` decodes it
            got = f"the byte 0x{byte:02x}" if 0 <= byte <= 0xFF else "half of a character"  # noqa: PLR2004
            message = f"{self.name} must be encoded in UTF-8, got {got} in {excerpt(value)}"
            return error(Violation("utf-8", message, "name the encoding of the file, such as --encoding cp1252"))
        if "\0" in value:
            message = f"{self.name} must be a text without NUL, got {excerpt(value)}"
            return error(Violation("nul", message, "name the encoding of the file, such as --encoding utf-16"))
        return None

    def _null(self, value: str, changes: Sequence[str]) -> Outcome:
        if self._rules.is_optional:
            return Outcome("", (*changes, "null"))
        if self.is_string and value != SQL_NULL:
            message = f"{self.name} cannot be null, and {excerpt(value)} looks like it; it is kept as a string"
            return Outcome(value, tuple(changes), warning("kept-null", message))
        violation = self._rules.check("")
        if violation:
            violation = violation._replace(message=f"{violation.message}, got {excerpt(value)}")
        return Outcome(value, tuple(changes), violation and of_rule(violation))

    def _convert_by_type(self, value: str) -> Outcome:
        """Returns a value as its type is written, how it was changed, and why it cannot be converted."""
        if self._rules.is_timestamp:
            return to_seconds(self.name, value, self._times)
        if self._types <= {"int", "long"}:
            return to_integer(self.name, value)
        if self._types == {"boolean"}:
            lower = value.strip().lower()
            spelt = "true" if lower in TRUE_SPELLINGS else "false" if lower in FALSE_SPELLINGS else value
            return Outcome(spelt, () if spelt == value else ("boolean",))
        if self.is_string:
            return self._string(value)
        return Outcome(value)

    def _string(self, value: str) -> Outcome:
        changes = [change for change, character in (("quote", '"'), ("backslash", "\\")) if character in value]
        problem = None
        if self._is_id and re.fullmatch(_FLOAT, value):
            message = f"{self.name} has {excerpt(value)}, a float, which is another id than the same integer"
            problem = warning("float-string", f"{message}; export it as a string or an integer")
        elif self._is_id and re.search(rf"\A{_INVISIBLE}|{_INVISIBLE}\Z", value):
            message = f"{self.name} begins or ends with a space or an invisible character, got {value[:60]!a}"
            problem = warning("id-spaces", f"{message}; remove it, or it is another id than the same one without")
        elif re.fullmatch(_STRAY_QUOTES, value):
            message = f"{self.name} has a space before its quotes, which are a part of the value, got {excerpt(value)}"
            problem = warning("stray-quote", f"{message}; remove the space")
        return Outcome(value, tuple(changes), problem)

    def _of_rule(self, violation: Violation, *, is_iso_time: bool) -> Problem:
        if violation.rule == "milliseconds":
            hint = "write a time before the year 5138" if is_iso_time else "give --milliseconds if all times are so"
            violation = violation._replace(hint=hint)
        return of_rule(violation)
