"""Counts the different event types of an import, as long as there are not too many.

An expression that matches the event types that were seen so far takes no longer than one that matches any: only a new
one is looked at.

Source: the developer guide's "Item interactions dataset schema requirements" (there are at most 10 event types and
optional columns together, of which EVENT_TYPE and EVENT_VALUE are two).
"""

import re

from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.schema_rules import DATASETS, UNCOUNTED_FIELDS

COLUMN = "EVENT_TYPE"


class EventTypes:
    """The event types of one import, in all of its files."""

    def __init__(self, schema: Schema) -> None:
        """Creates it without any.

        Args:
            schema: The schema of the dataset.
        """
        self._columns = [name for name in schema.names if name not in UNCOUNTED_FIELDS]
        rules = DATASETS[schema.domain].get(schema.dataset_type)  # a deletion has none
        self._max_together = rules.max_event_types if rules and COLUMN in schema.names else None
        self._seen: set[str] = set()
        self._valid: set[str] = set()

    @property
    def are_counted(self) -> bool:
        """Whether there is a limit, and it has not been exceeded."""
        return self._max_together is not None and len(self._seen) + len(self._columns) <= self._max_together

    @property
    def pattern(self) -> str:
        """The regular expression for the valid ones of those that were added, as they stand in a line."""
        spellings = (spelling for value in self._valid for spelling in _spellings(value))
        return f"(?:{'|'.join(map(re.escape, spellings)) or '(?!)'})"

    @property
    def plain_pattern(self) -> str:
        """The same, for lines without quotes, backslashes and spaces."""
        return f"(?:{'|'.join(map(re.escape, self._valid)) or '(?!)'})"

    def has(self, value: str, *, is_valid: bool) -> bool:
        """Returns whether an event type need not be added; see `add`."""
        return value in (self._valid if is_valid else self._seen)

    def add(self, value: str, *, is_valid: bool) -> Violation | None:
        """Adds an event type; returns the violation if it is the first one too many.

        Args:
            value: The event type.
            is_valid: Whether it has no violations, so that the expressions may match it.
        """
        self._seen.add(value)
        if is_valid:
            self._valid.add(value)
        if self.are_counted:
            return None
        message = (
            f"interactions should have at most {self._max_together} event types and optional columns together, got "
            f"{len(self._seen)} or more event types, such as {excerpt(value)}, and the columns "
            f"{', '.join(self._columns)}"
        )
        hint = "leave out rare event types or columns; what an import does with more is not documented"
        return Violation("event-types", message, hint)


def _spellings(value: str) -> list[str]:
    """Returns how a value may stand in a line, without quotes if it needs none."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    quoted = f'"{escaped}"'
    return [quoted] if escaped != value or "," in value else [value, quoted]
