"""Matches the names of columns as people have them with the names of a schema."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cdk_data_jobs_check.spellings import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class Match(NamedTuple):
    """How the names of a file match those of a schema.

    Attributes:
        indices: The index of each field's column in the file, by the field's name; of those that have one.
        ambiguous: The columns of each field that has several, by the field's name.
        extra: The columns that the schema does not have.
    """

    indices: dict[str, int]
    ambiguous: dict[str, list[str]]
    extra: list[str]


def match_names(fields: Sequence[str], names: Sequence[str]) -> Match:
    """Matches names: exactly, or else without regard to case and separators, as in `user id` and `userId`.

    Args:
        fields: The names of the schema's fields.
        names: The names in a file.
    """
    spellings = Counter(map(plain_name, fields))
    indices: dict[str, int] = {}
    ambiguous: dict[str, list[str]] = {}
    known: set[int] = set()
    for field in fields:
        exact = [index for index, name in enumerate(names) if name == field]
        similar = [
            index
            for index, name in enumerate(names)
            if plain_name(name) == plain_name(field) and spellings[plain_name(field)] == 1 and name not in fields
        ]
        found = exact or similar
        known.update(found)
        if len(found) > 1:
            ambiguous[field] = [names[index] for index in found]
        elif found:
            indices[field] = found[0]
    return Match(indices, ambiguous, [name for index, name in enumerate(names) if index not in known])
