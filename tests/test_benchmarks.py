"""A guard: what the benchmarks measure is code that is still there."""

from __future__ import annotations

import subprocess
import sys

import pytest
from benchmarks.cold_start import CASES, environment
from benchmarks.engine import LAMBDA


@pytest.mark.parametrize("case", CASES)
def test_each_cold_start_runs(case: str) -> None:
    done = subprocess.run(  # noqa: S603 - a source of the benchmarks
        [sys.executable, "-c", CASES[case]], env=environment(LAMBDA), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
