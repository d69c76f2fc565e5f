"""Decides which field of a proposed schema each column is, and what the field is called.

A column is the field whose name it has without regard to case and separators, as `data-jobs convert` matches them.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from cdk_data_jobs_check.spellings import plain_name

_VALID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # of the names that the guide allows, those that Avro does
_INDEX = re.compile(r"Unnamed: [0-9]+|__index_level_[0-9]+__|\s*")
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_unnamed(column: str) -> bool:
    """Returns whether a column has no name, or one of those that pandas gives to an index.

    Args:
        column: The name in the file.
    """
    return _INDEX.fullmatch(column) is not None


def match_known(columns: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Returns the names of the columns that are known fields, by the names of these.

    Args:
        columns: The names in the files.
        known: The names of the known fields. One that several columns may be has none, unless one is spelt alike.
    """
    columns = [*columns]
    spellings = Counter(map(plain_name, columns))
    by_spelling = {plain_name(column): column for column in columns}
    matches = {}
    for name in known:
        if name in columns:
            matches[name] = name
        elif spellings[plain_name(name)] == 1:
            matches[name] = by_spelling[plain_name(name)]
    return matches


def name_fields(columns: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Returns the name of the field of each column.

    Known fields have their names. If a column must be renamed anyway, the others are named as known ones are, such as
    `IN_STOCK` of `inStock`; otherwise they keep their names.

    Args:
        columns: The names in the files.
        known: The names of the fields that are required or reserved.
    """
    columns = [*columns]
    names = {column: name for name, column in match_known(columns, known).items()}
    spellings = Counter(map(plain_name, columns))
    is_accepted = all(names.get(column, column) == column and _VALID.fullmatch(column) for column in columns)
    for column in columns:
        is_unique = spellings[plain_name(column)] == 1
        names.setdefault(column, column if is_accepted or not is_unique else _conventional(column))
    return {column: names[column] for column in columns}


def _conventional(column: str) -> str:
    """Returns a name in capitals that a conversion takes for that of the column; if there is none, the column's."""
    words = re.sub(r"\W+", "_", _WORD_BREAK.sub("_", column)).strip("_").upper()
    name = f"_{words}" if words[:1].isdigit() else words
    return name if _VALID.fullmatch(name) and plain_name(name) == plain_name(column) else column
