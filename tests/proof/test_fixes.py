"""Every fix of MiniStack is needed: without it, the test that its docstring names fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_data_jobs_local import ministack_fixes
from cdk_data_jobs_local.api import server_environment
from cdk_data_jobs_local.server import assembly

FOLDER = Path(ministack_fixes.__path__[0])
FIXES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts): path
    for path in sorted(FOLDER.rglob("*.py"))
    if "\ndef patch(" in path.read_text()
}
TESTS = {path.name: path for path in (Path(__file__).parents[1] / "cdk_data_jobs_local").rglob("test_*.py")}
NEEDED = re.compile(r"Needed as long as this test fails without it:\n`(test_\w+\.py)::(test_\w+)`\.\n\"\"\"")
EVERY = 14
"""Of so many fixes one is left out, unless all proofs are wanted."""
MAX_SECONDS = 300


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "left_out" in metafunc.fixturenames:
        everything = metafunc.config.getoption("--all", default=False)
        metafunc.parametrize("left_out", [*FIXES] if everything else [*FIXES][::EVERY])


def test_a_fix_is_needed(left_out: str) -> None:
    [(file, name)] = NEEDED.findall(FIXES[left_out].read_text())
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", *options, f"{TESTS[file]}::{name}"],
        env={**os.environ, assembly.WITHOUT: left_out},
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_SECONDS,
    )

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, f"{left_out} is not needed any more: {done.stdout}"
    # The test itself failed, not a fixture or an import.
    assert re.fullmatch(r"1 failed(, \d+ passed)? in .*", done.stdout.splitlines()[-1]), done.stdout


def test_every_fix_is_applied_and_can_be_left_out() -> None:
    source = Path(assembly.__file__).read_text()

    assert {*re.findall(r'"([\w.]+)": (?:partial\()?\w+\.patch', source)} == {*FIXES}


@pytest.mark.parametrize("fix", FIXES)
def test_a_fix_says_which_ministack_it_was_compared_with(fix: str) -> None:
    [wanted] = [line for line in server_environment.requirements() if line.startswith("ministack==")]
    docstring = FIXES[fix].read_text().split('"""')[1]

    assert wanted.replace("ministack==", "MiniStack ") in docstring.replace("\n", " ")
    assert NEEDED.search(f'{docstring}"""')
