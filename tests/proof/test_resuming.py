"""Proofs that are interrupted, or of which one fails, go on where they were: what has passed for this code is kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TESTS = """
from pathlib import Path

RAN = Path(__file__).with_name("ran")

def log(name):
    RAN.write_text((RAN.read_text() if RAN.exists() else "") + name + " ")

def test_first(record):
    log("first")
    record.add("scale", what="jobs", figure=400)

def test_second(record):
    log("second")
    record.add("faults", what="unseen")
    assert not Path(__file__).with_name("broken").exists()

def test_third(record):
    log("third")
"""
REPORT = """
SECTIONS = ["scale"]

def page(tables):
    return str({name: rows for name, rows in tables.items()})

def with_mutants(page, before):
    return page
"""
pytest_plugins = ["pytester"]


@pytest.fixture
def proofs(pytester: Any) -> Any:
    """A checkout with proofs of its own."""
    folder = pytester.path / "tests" / "proof"
    folder.mkdir(parents=True)
    shutil.copy(HERE / "conftest.py", folder)
    (folder / "report.py").write_text(REPORT)
    (folder / "test_them.py").write_text(TESTS)
    (pytester.path / "lambda").mkdir()
    (pytester.path / "lambda" / "code.py").write_text("1")
    return pytester


def prove(proofs: Any, **outcomes: int) -> str:
    """Run them; returns the names of those that ran so far."""
    found = proofs.runpytest_subprocess("tests/proof", "--all", "--report", "report.md", "-p", "no:cacheprovider")
    found.assert_outcomes(**outcomes)
    return str((proofs.path / "tests" / "proof" / "ran").read_text())


def test_what_has_passed_is_not_played_again(proofs: Any) -> None:
    (proofs.path / "tests" / "proof" / "broken").touch()
    assert prove(proofs, passed=2, failed=1) == "first second third "
    assert not (proofs.path / "report.md").exists()

    (proofs.path / "tests" / "proof" / "broken").unlink()
    assert prove(proofs, passed=1, deselected=2) == "first second third second "
    assert (proofs.path / "report.md").read_text() == str(
        {"scale": [{"what": "jobs", "figure": 400}], "faults": [{"what": "unseen"}]}
    )


def test_with_other_code_all_is_played_again(proofs: Any) -> None:
    prove(proofs, passed=3)
    (proofs.path / "lambda" / "code.py").write_text("2")

    assert prove(proofs, passed=3) == "first second third " * 2
