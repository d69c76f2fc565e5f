"""The page that a person reads: what the proofs showed."""

from __future__ import annotations

import datetime as dt
import platform
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, object]

TITLES = {
    "faults": "Faults",
    "sufficient": "The permissions are sufficient",
    "necessary": "The permissions are necessary",
    "undecidable": "Permissions of which this machine cannot tell",
    "scale": "Scale",
    "bad_input": "Bad input",
}


def page(tables: Mapping[str, Sequence[Row]], *, seconds: float) -> str:
    """The report as Markdown."""
    names = [name for name in TITLES if name in tables] + sorted(set(tables) - set(TITLES))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("ministack", "aws-cdk-lib"))
    lines = [f"Shown in {seconds:.0f} s on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, Python {platform.python_version()}, {versions}."]
    for name in names:
        lines += ["", f"## {TITLES.get(name, name)}", "", *table(tables[name])]
    return "\n".join([*lines, ""])


def table(rows: Sequence[Row]) -> list[str]:
    """Rows as a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["| " + " | ".join(column.replace("_", " ") for column in columns) + " |", "|---" * len(columns) + "|"]
    return lines + ["| " + " | ".join(cell(row.get(column, "")) for column in columns) + " |" for row in rows]


def cell(value: object) -> str:
    """A value in a table."""
    return f"{value:.1f}" if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")
