"""The data that stages import: made-up interactions."""

from __future__ import annotations

import json

MIN_INTERACTIONS = 1000
"""How many rows an import of interactions needs at least."""

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


def interactions(rows: int = MIN_INTERACTIONS, *, first: int = 0, columns: tuple[str, ...] = tuple(COLUMNS)) -> str:
    """Returns interactions of 50 users with 20 items as CSV.

    Args:
        rows: How many.
        first: The number of the first one, by which all others differ.
        columns: The columns.
    """
    lines = []
    for row in range(first, first + rows):
        values = {"USER_ID": f"user-{row % 50}", "ITEM_ID": f"item-{row % 20}", "TIMESTAMP": str(1_700_000_000 + row)}
        lines.append(",".join(values[column] for column in columns))
    return "\n".join([",".join(columns), *lines, ""])


def schema(name: str = "Interactions", columns: dict[str, str] | None = None) -> str:
    """Returns an Avro schema.

    Args:
        name: The record's name, the type of dataset.
        columns: The types of its columns. By default those of interactions.
    """
    fields = [
        {"name": column, "type": type_, **({"categorical": True} if column.startswith("CATEGORY_") else {})}
        for column, type_ in (columns or COLUMNS).items()
    ]
    record = {"type": "record", "name": name, "fields": fields}
    return json.dumps({**record, "namespace": "com.amazonaws.personalize.schema", "version": "1.0"})
