r"""How files spell names, nulls, booleans and times, as far as a conversion reads them.

Sources: the spellings of null and of booleans are those that the documentation of pandas, Spark, PostgreSQL (`t`, `f`)
and MySQL (`\N`) names.
"""

import re

SQL_NULL = r"\N"
NULL_SPELLINGS = ("None", "NULL", "Null", "null", "NaN", "nan", "NaT", "<NA>", SQL_NULL)
TRUE_SPELLINGS = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE_SPELLINGS = frozenset({"false", "f", "no", "n", "0", "0.0"})
"""In lower case."""

# Not `fromisoformat` alone: that of Python 3.10 reads neither Z nor +00, as PostgreSQL writes it, nor nanoseconds.
ISO_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)? ?(Z|UTC|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?"
)
"""A date, with a time and a time zone if it has them."""

_SEPARATORS = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """Returns what the spellings of a name have in common, such as `userid` of `user id`, `userId` and `USER_ID`.

    Args:
        name: The name of a column or a field.
    """
    return _SEPARATORS.sub("", name).casefold()
