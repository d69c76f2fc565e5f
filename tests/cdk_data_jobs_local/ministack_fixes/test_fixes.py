"""Every fix of MiniStack is needed: without it, the test that its docstring names fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_data_jobs_local import ministack_fixes, server
from cdk_data_jobs_local.server.assembly import WITHOUT

TESTS = {path.name: path for path in Path(__file__).parents[1].rglob("test_*.py")}
NEEDED = re.compile(r"Needed as long as this test fails without it:\n`(test_\w+\.py::test_\w+)`\.\n\"\"\"")
FIXES = {
    ".".join(path.relative_to(room).with_suffix("").parts): path
    for room in (Path(ministack_fixes.__path__[0]), Path(server.__path__[0]))
    for path in sorted(room.rglob("*.py"))
    if "\ndef patch(" in path.read_text()
}


@pytest.mark.parametrize("fix", FIXES)
def test_a_fix_is_needed(fix: str) -> None:
    [test] = NEEDED.findall(FIXES[fix].read_text())
    file, _, name = test.partition("::")
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", *options, f"{TESTS[file]}::{name}"],
        env={**os.environ, WITHOUT: fix},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, f"{fix} can go, or never was there: {done.stdout}"
    assert "the offline AWS ended" not in done.stdout


def test_all_that_is_applied_says_so() -> None:
    assembly = (Path(server.__path__[0]) / "assembly.py").read_text()

    assert {*re.findall(r'"((?:\w+\.)?\w+)": (?:partial\()?\w+\.patch', assembly)} == {*FIXES}
