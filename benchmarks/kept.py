"""What was measured of this code so far, section by section."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from benchmarks.results import Section, Table, Target

HOME = Path(__file__).parents[1]


class Kept:
    """The sections that were measured of this code, in a folder that is thrown away with other products."""

    def __init__(self) -> None:
        """Finds them; what was measured of other code does not count."""
        roots = (HOME / root for root in ("benchmarks", "check", "constructs", "lambda", "local"))
        files = sorted(file for root in roots for file in root.rglob("*") if file.suffix in (".py", ".json"))
        code = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        self._folder = HOME / "build" / "benchmarks" / code[:16]

    @property
    def sections(self) -> dict[str, Section]:
        """The sections, by name."""
        return {name: _section(kept["section"]) for name, kept in self._all().items()}

    @property
    def seconds(self) -> float:
        """How long all of them took."""
        return sum(kept["seconds"] for kept in self._all().values())

    def add(self, name: str, section: Section, seconds: float) -> None:
        """Keeps a section.

        Args:
            name: Its name.
            section: What was measured.
            seconds: How long it took.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {"section": dataclasses.asdict(section), "seconds": seconds}
        (self._folder / f"{name}.json").write_text(json.dumps(kept), encoding="utf-8")

    def _all(self) -> dict[str, dict[str, Any]]:
        return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in self._folder.glob("*.json")}


def _section(kept: dict[str, Any]) -> Section:
    targets = [Target(**target) for target in kept["targets"]]
    tables = [Table(**table) for table in kept["tables"]]
    return Section(title=kept["title"], text=kept["text"], targets=targets, tables=tables)
