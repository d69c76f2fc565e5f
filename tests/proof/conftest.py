"""Runs the proofs: a part of them by default, all with --all, and writes what they showed with --report.

The options exist where pytest is told this folder (`pytest tests/proof --all`); everywhere else they are off.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:  # for the modules in the folders beside this file
    sys.path.insert(0, str(HERE))


@dataclass
class Record:
    """What the proofs of a session showed: rows, by table, in the order in which they were added."""

    tables: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    began: float = field(default_factory=time.monotonic)

    def add(self, table: str, **columns: object) -> None:
        """Add a row to a table of the report. Add rows in a fixed order, so that two reports can be compared.

        Args:
            table: the table's name; `report.py` knows its title and its introduction.
            **columns: the row's cells, by the columns' names; a float is printed with one decimal.
        """
        self.tables[table].append(columns)


RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser: pytest.Parser) -> None:
    proofs = parser.getgroup("proofs")
    proofs.addoption("--all", action="store_true", default=False, help="run every proof, not a part of them")
    proofs.addoption("--report", type=Path, default=None, metavar="FILE", help="write what was shown to this file")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[RECORD] = Record()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the report; a run with a failed test writes none."""
    file = session.config.getoption("--report", default=None)
    if file is not None and exitstatus == pytest.ExitCode.OK:
        record = session.config.stash[RECORD]
        file.write_text(report().page(record.tables, seconds=time.monotonic() - record.began), encoding="utf-8")


def report() -> Any:
    """The module report.py; this folder is no package."""
    spec = util.spec_from_file_location("proof_report", HERE / "report.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether every proof is wanted, and not only a part of them."""
    return bool(request.config.getoption("--all", default=False))


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Record:
    """Takes what a proof showed, for the report."""
    return request.config.stash.setdefault(RECORD, Record())
