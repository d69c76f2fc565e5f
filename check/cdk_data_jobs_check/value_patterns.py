"""Regular expressions that the valid values of a column match as they stand in a line, quoted or not.

Each string must match in one way only: with two ways for each of n columns, a row that does not match would take 2^n
tries. `column_rules.py` says what the values must be.
"""

import sys
from collections.abc import Set as AbstractSet

from cdk_data_jobs_check.line_chunks import MAX_LINE_BYTES
from cdk_data_jobs_check.number_patterns import ANY_FLOAT, PLAIN_NUMBERS, VALID_NUMBERS
from cdk_data_jobs_check.spellings import INVISIBLE

_BOOLEAN, _ANY_BOOLEAN = r"(?:true|false)", r"(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])"
_NAN_OR_INFINITY = r"[+-]?(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
POSSESSIVE = "+" if sys.version_info >= (3, 11) else ""  # no backtracking, which could not find a match either

TOLERABLE = frozenset(
    {
        "backslash",
        "boolean-case",
        "carriage-return",
        "doubled-quote",
        "event-type-length",
        "float-range",
        "implausible-time",
        "id-spaces",
        "not-a-number",
        "nul",
        "stray-quote",
        "string-length",
        "text-length",
    }
)
"""The rules whose violations, which are warnings, a pattern can match; see `ColumnRules.tolerant_pattern`."""

ANY_VALUE = r'(?:[^",\\\x00\r\n]*|"[^"\\\x00\r\n]*(?:\\["\\][^"\\\x00\r\n]*)*")'
"""The regular expression for values of a column that is not in the schema."""


def number_pattern(types: AbstractSet[str], tolerated: AbstractSet[str]) -> str:
    """Returns the regular expression for numbers and booleans.

    Args:
        types: The Avro types, without null and string.
        tolerated: The rules that values may violate, of `TOLERABLE`.
    """
    widest = next((pattern for avro_type, pattern in VALID_NUMBERS.items() if avro_type in types), None)
    if "float-range" in tolerated and types & {"float", "double"}:
        widest = ANY_FLOAT
    boolean = _ANY_BOOLEAN if "boolean-case" in tolerated else _BOOLEAN
    other = {boolean: "boolean" in types, _NAN_OR_INFINITY: "not-a-number" in tolerated}
    return "|".join([*([widest] if widest else []), *(pattern for pattern, is_valid in other.items() if is_valid)])


def plain_number_pattern(types: AbstractSet[str]) -> str:
    """Returns the regular expression for numbers as most files have them, which is compiled in a tenth of the time.

    Args:
        types: The Avro types, without null and string.
    """
    widest = next((pattern for avro_type, pattern in PLAIN_NUMBERS.items() if avro_type in types), None)
    return widest if widest and "boolean" not in types else number_pattern(types, frozenset())


def string_pattern(max_length: int, *, trimmed: bool, tolerated: AbstractSet[str]) -> str:
    """Returns the regular expression for strings that are not empty.

    Args:
        max_length: How many characters they may have.
        trimmed: Whether they may neither begin nor end with a space or another invisible character.
        tolerated: The rules that values may violate, of `TOLERABLE`.
    """
    unquoted, ordinary = _character('",', tolerated), _character('"', tolerated)
    plain, quoted = (f"{one}{{1,{max_length}}}{POSSESSIVE}" for one in (unquoted, ordinary))
    if tolerated & {"stray-quote", "backslash"}:
        if "stray-quote" in tolerated:
            unquoted = _character(",", tolerated)
        escape = r"|\\[^\x00\r\n]" if "backslash" in tolerated else ""
        plain = rf'(?!")(?:{unquoted}{escape}){{1,{max_length}}}'
    escape = r"\\[^\x00\r\n]" if "backslash" in tolerated else r'\\["\\]'
    # The quote that ends it must come soon enough: one that nothing before it escapes, which is found fast.
    unescaped_quote = r'(?:(?<!\\)|(?<=[^\\]\\\\))"[,\r\n]'
    before = (rf'[^"\n]{{0,{max_length}}}{POSSESSIVE}', rf"[^\n]{{0,{max_length}}}")  # the first is found faster
    is_short = rf'(?!")(?=(?:{"|".join(one + unescaped_quote for one in before)}))'
    if "doubled-quote" in tolerated:
        escape += '|""'
        is_short = rf'(?=(?:{ordinary}|{escape}){{1,{max_length}}}"(?!"))'
    start, end = (f"(?![{INVISIBLE}])", f"(?<![{INVISIBLE}])") if trimmed else ("", "")
    escaped = rf"{is_short}{start}{ordinary}*(?:(?:{escape}){ordinary}*)+{end}"
    return rf'(?:{start}{plain}{end}|"{start}{quoted}{end}"|"{escaped}")'


def _character(excluded: str, tolerated: AbstractSet[str]) -> str:
    """Returns the regular expression for a character that is not escaped, and none of some."""
    nul = "" if "nul" in tolerated else r"\x00"
    character = rf"[^{excluded}\\{nul}\r\n]"
    return rf"(?:{character}|\r(?!\n))" if "carriage-return" in tolerated else character


def tolerant_any_value(tolerated: AbstractSet[str]) -> str:
    """Returns an expression like `ANY_VALUE` that also matches values that violate some rules.

    Args:
        tolerated: The rules, of `TOLERABLE`.
    """
    return f'(?:{string_pattern(MAX_LINE_BYTES, trimmed=False, tolerated=tolerated)}|(?:"")?)'


def any_plain_value(excluded: str) -> str:
    """Returns the expression for a column that is not in the schema, in lines as `ColumnRules.plain_pattern` reads."""
    return f"[^{excluded}]*"
