"""Runs the proofs: a part of them by default, all with --all, and writes what they showed with --report.

The options exist where pytest is told this folder (`pytest tests/proof --all`); everywhere else they are off.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HOME = HERE.parents[1]
PARTS = HOME / "build" / "proofs.json"
"""What was shown of this code so far."""

if str(HERE) not in sys.path:  # for the modules in the folders beside this file
    sys.path.insert(0, str(HERE))


@dataclass
class Record:
    """What the proofs of a session showed: rows, by table, in the order in which they were added."""

    tables: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    began: float = field(default_factory=time.monotonic)

    def add(self, table: str, **columns: object) -> None:
        """Add a row to a table of the report.

        Args:
            table: the table's name; `report.py` knows its title and its introduction.
            **columns: the row's cells, by the columns' names: what is the same in every run. A float was measured, and
                is not: the page has it in round figures, and `build/proofs.json` as it was.
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
    """Write the report of this run, and of earlier ones of other proofs of the same code; a failed run has no part."""
    file = session.config.getoption("--report", default=None)
    if file is None or exitstatus != pytest.ExitCode.OK:
        return
    record = session.config.stash[RECORD]
    code = digest_of_code()
    kept = json.loads(PARTS.read_text(encoding="utf-8")) if PARTS.exists() else {}
    parts = [part for part in kept.get(code, []) if not set(part["tables"]) & set(record.tables)]
    parts.append({"tables": record.tables, "seconds": time.monotonic() - record.began})
    PARTS.parent.mkdir(exist_ok=True)
    PARTS.write_text(json.dumps({code: parts}), encoding="utf-8")
    tables = {name: rows for part in parts for name, rows in part["tables"].items()}
    if missing := set(report().SECTIONS) - set(tables):
        print(f"\nno report yet, because these are still to be shown: {', '.join(sorted(missing))}")  # noqa: T201
        return
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(report().with_mutants(report().page(tables), before), encoding="utf-8")
    print(f"\n{file} is written, after {sum(part['seconds'] for part in parts) / 60:.0f} minutes of proofs")  # noqa: T201


def digest_of_code() -> str:
    """What tells one state of the code that is proved from another."""
    roots = (HOME / root for root in ("check", "constructs", "lambda", "local"))
    files = sorted(file for root in roots for file in root.rglob("*") if file.suffix in (".py", ".json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


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
