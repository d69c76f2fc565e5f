"""Runs the proofs: a part of them by default, all with --all, and writes what they showed with --report.

The options exist where pytest is given this folder (`pytest tests/proof --all`); everywhere else they are off.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the modules in the folders beside this file
import report

if TYPE_CHECKING:
    from collections.abc import Generator


HERE = Path(__file__).parent
HOME = HERE.parents[1]
PARTS = HOME / "build" / "proofs.json"
"""What was shown of this code so far, by test."""


@dataclass
class Record:
    """What each test of this code has shown: rows, by table, in the order in which they were added."""

    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    selected: set[str] = field(default_factory=set)
    rows: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def add(self, table: str, **columns: object) -> None:
        """Add a row to a table of the report.

        Args:
            table: the table's name; `report.py` knows its title and its introduction.
            **columns: the row's cells, by the columns' names: what is the same in every run. A float was measured, and
                is not: the page has it in round figures, and `build/proofs.json` as it was.
        """
        self.rows.append((table, columns))

    @property
    def tables(self) -> dict[str, list[dict[str, object]]]:
        """The rows of all selected tests."""
        tables: dict[str, list[dict[str, object]]] = defaultdict(list)
        for table, columns in (row for test, one in self.shown.items() if test in self.selected for row in one["rows"]):
            tables[table].append(columns)
        return tables


RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser: pytest.Parser) -> None:
    proofs = parser.getgroup("proofs")
    proofs.addoption("--all", action="store_true", default=False, help="run every proof, not a part of them")
    proofs.addoption(
        "--report",
        type=Path,
        default=None,
        metavar="FILE",
        help="write what was shown to this file; a test that has passed for this code is not run again",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    kept = json.loads(PARTS.read_text(encoding="utf-8")) if PARTS.exists() else {}
    session.config.stash[RECORD] = Record(shown=kept.get(digest_of_code(), {}))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what has passed for this code, if there is to be a report."""
    if not config.getoption("--report", default=None):
        return
    record = config.stash[RECORD]
    record.selected = {item.nodeid for item in items}
    passed = [item for item in items if item.nodeid in record.shown]
    config.hook.pytest_deselected(items=passed)
    items[:] = [item for item in items if item.nodeid not in record.shown]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Keep what a test has shown that passed, at once: a session of proofs may be interrupted."""
    result = yield
    record = item.config.stash.setdefault(RECORD, Record())
    if call.when == "setup":
        record.rows.clear()
    if call.when == "call" and result.passed and item.config.getoption("--report", default=None):
        record.shown[item.nodeid] = {"rows": [*record.rows], "seconds": call.duration}
        PARTS.parent.mkdir(exist_ok=True)
        PARTS.write_text(json.dumps({digest_of_code(): record.shown}), encoding="utf-8")
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, if every selected test has passed for this code, in this session or before."""
    file = session.config.getoption("--report", default=None)
    record = session.config.stash[RECORD]
    if file is None or not record.selected <= {*record.shown}:
        return
    tables = record.tables
    if missing := set(report.SECTIONS) - set(tables):
        print(f"\nno report yet, because these are still to be shown: {', '.join(sorted(missing))}")  # noqa: T201
        return
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(report.with_mutants(report.page(tables), before), encoding="utf-8")
    minutes = sum(one["seconds"] for one in record.shown.values()) / 60
    print(f"\n{file} is written, after {minutes:.0f} minutes of proofs")  # noqa: T201


@functools.cache
def digest_of_code() -> str:
    """A hash of the code that is proved."""
    roots = (HOME / root for root in ("check", "constructs", "lambda", "local"))
    files = sorted(file for root in roots for file in root.rglob("*") if file.suffix in (".py", ".json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether to run every proof, and not only a part of them."""
    return bool(request.config.getoption("--all", default=False))


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Record:
    """Takes what a proof showed, for the report."""
    return request.config.stash.setdefault(RECORD, Record())
