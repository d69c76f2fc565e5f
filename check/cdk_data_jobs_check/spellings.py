r"""How files spell names, nulls, booleans, times and spaces.

Sources: the spellings of null and of booleans are those that the documentation of pandas, Spark, PostgreSQL (`t`, `f`)
and MySQL (`\N`) names.
"""

import re

INVISIBLE = (
    " \t\x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
"""What looks like nothing around a value: spaces of all kinds, tabs, joiners and byte order marks."""

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
