"""What was measured of this code so far, section by section."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from benchmarks.results import Section, Table, Target

HOME = Path(__file__).parents[1]
_DEPLOYED = ("benchmarks", "check", "constructs", "lambda")
_ROOTS = {
    "sizes": _DEPLOYED,
    "synthesis": _DEPLOYED,
    "cold_start": ("benchmarks", "lambda"),
    "waiting": ("benchmarks", "lambda"),
    "latency": (*_DEPLOYED, "local"),
    "deployment": (*_DEPLOYED, "local"),
    "rows": ("benchmarks", "check", "local"),
}
"""The folders whose code each section measures."""


class Kept:
    """The sections that were measured of this code, in a folder that is thrown away with other products."""

    def __init__(self) -> None:
        """Finds them; what was measured of other code does not count."""
        roots = {root for roots in _ROOTS.values() for root in roots}
        codes = {root: _code(HOME / root) for root in roots}
        self._files = {name: _file(name, "".join(codes[root] for root in roots)) for name, roots in _ROOTS.items()}

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
        kept = {"section": dataclasses.asdict(section), "seconds": seconds}
        self._files[name].parent.mkdir(parents=True, exist_ok=True)
        self._files[name].write_text(json.dumps(kept), encoding="utf-8")

    def _all(self) -> dict[str, dict[str, Any]]:
        return {
            name: json.loads(file.read_text(encoding="utf-8")) for name, file in self._files.items() if file.exists()
        }


def _code(root: Path) -> str:
    files = sorted(file for file in root.rglob("*") if file.suffix in (".py", ".json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _file(name: str, code: str) -> Path:
    return HOME / "build" / "benchmarks" / f"{name}-{hashlib.sha256(code.encode()).hexdigest()[:16]}.json"


def _section(kept: dict[str, Any]) -> Section:
    targets = [Target(**target) for target in kept["targets"]]
    tables = [Table(**table) for table in kept["tables"]]
    return Section(title=kept["title"], text=kept["text"], targets=targets, tables=tables)
