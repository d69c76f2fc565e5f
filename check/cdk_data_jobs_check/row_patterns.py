"""Regular expressions that find the lines of a CSV file which are not valid rows, by the patterns of its columns."""

import functools
import re
from collections.abc import Sequence

from cdk_data_jobs_check import event_types
from cdk_data_jobs_check.column_rules import ColumnRules
from cdk_data_jobs_check.event_types import EventTypes
from cdk_data_jobs_check.record_checks import INVALID_UTF_8
from cdk_data_jobs_check.spellings import INVISIBLE
from cdk_data_jobs_check.value_patterns import ANY_VALUE, any_plain_value, tolerant_any_value

_NOT_PLAIN = ('"', "\\", "\r", "\x00", *(character for character in map(chr, range(128)) if character in INVISIBLE))
_NOT_PLAIN_OR_INVALID = re.compile(f"[{''.join(one for one in INVISIBLE if not one.isascii())}\udc80-\udcff]")


class RowPatterns:
    """The expressions for the rows of one file. They match the line end before the line that they find."""

    def __init__(self, names: Sequence[str], column_rules: Sequence[ColumnRules | None], types: EventTypes) -> None:
        """Creates the expressions.

        Args:
            names: The names in the file's header.
            column_rules: The rules for each of its columns; None for those that are not in the schema.
            types: The event types of the import that are known so far.
        """
        self._names = names
        self._column_rules = column_rules
        self._event_types = types
        self._tolerated: list[set[str]] = [set() for _ in names]
        # Other headers are no valid rows.
        self._finds_header = all(
            rules is None or rules.check(name) is None for name, rules in zip(names, column_rules, strict=True)
        )

    def tolerate(self, violated: str, number: int) -> None:
        """Lets values match that violate a rule, of `TOLERABLE`, in a column, given by its number from 0."""
        self._tolerated[number].add(violated)
        self.update()

    def update(self) -> None:
        """Makes the expressions again, for event types that are new."""
        for name in ("_valid_row", "_invalid_line", "_invalid_or_undecodable_line", "_non_plain_line"):
            self.__dict__.pop(name, None)

    def counts_event_types(self, number: int) -> bool:
        """Returns whether the values of a column are to be counted; no more if many of them have warnings."""
        is_event_type = self._names[number] == event_types.COLUMN
        return is_event_type and self._event_types.are_counted and not self._tolerated[number]

    def find_invalid(self, lines: str, position: int, *, is_utf_8: bool) -> re.Match[str] | None:
        """Returns a match of the line end before the next line that is neither valid nor blank, if there is one.

        Args:
            lines: Whole lines, after a line end.
            position: Where to begin.
            is_utf_8: Whether all of them are UTF-8; else those that are not are found, too.
        """
        expression = self._invalid_line if is_utf_8 else self._invalid_or_undecodable_line
        return expression.search(lines, position)

    def are_plain(self, lines: str, rows: int) -> bool:
        """Returns whether lines are as many valid rows, all of them plain.

        The expression matches at each line: all values but the last may have any character but a comma, so they may
        continue in the next line, and the last one has no comma and ends with its line. So no line has too many commas;
        and as there are as many commas as all lines together should have, none has too few, and all values end in
        theirs.
        """
        if any(character in lines for character in _NOT_PLAIN) or lines.count(",") != rows * (len(self._names) - 1):
            return False
        # The last line end is followed by nothing, so it is always found.
        match = self._non_plain_line.search(lines)
        is_valid = match is not None and match.end() == len(lines)
        return is_valid and (lines.isascii() or not _NOT_PLAIN_OR_INVALID.search(lines))

    @functools.cached_property
    def _invalid_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!{self._valid_row}|\r*\n|\Z)")

    @functools.cached_property
    def _invalid_or_undecodable_line(self) -> re.Pattern[str]:
        return re.compile(rf"\n(?!(?![^\n]*{INVALID_UTF_8.pattern}){self._valid_row}|\r*\n|\Z)")

    @functools.cached_property
    def _non_plain_line(self) -> re.Pattern[str]:
        """Matches the line end before a line that is not plain or not valid, and that after the last line."""
        last = len(self._names) - 1
        row = ",".join(self._plain_pattern(number, r",\n" if number == last else ",") for number in range(last + 1))
        no_header = rf"(?!{','.join(map(re.escape, self._names))}\n)" if self._finds_header else ""
        # A blank line has too few commas; but one column has none in any line.
        return re.compile(rf"\n(?!{no_header}{row}\n)" if last else rf"\n(?!(?!\n){no_header}{row}\n)")

    @functools.cached_property
    def _valid_row(self) -> str:
        names = ",".join(rf'[ "]*{re.escape(name)}[ "]*' for name in self._names)
        no_header = rf"(?!\ufeff?{names}\r?\n)" if self._finds_header else ""
        return no_header + ",".join(map(self._pattern, range(len(self._names)))) + r"\r?\n"

    def _pattern(self, number: int) -> str:
        rules, tolerated = self._column_rules[number], self._tolerated[number]
        if rules is None:
            return tolerant_any_value(tolerated) if tolerated else ANY_VALUE
        if self.counts_event_types(number):
            return f"{self._event_types.pattern}{'?' if rules.is_optional else ''}"
        return rules.tolerant_pattern(tolerated) if tolerated else rules.pattern

    def _plain_pattern(self, number: int, excluded: str) -> str:
        rules = self._column_rules[number]
        if rules is None:
            return any_plain_value(excluded)
        if self.counts_event_types(number):
            return f"{self._event_types.plain_pattern}{'?' if rules.is_optional else ''}"
        return rules.plain_pattern(excluded)
