"""The function on the SDK of AWS's runtime, and on the one that is installed here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]


@pytest.mark.parametrize("sdk", ["runtime", "installed"])
def test_the_functions_tests_pass(sdk: str) -> None:
    # A process has one SDK.
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests/data_jobs"]
    environment = {**os.environ, "FUNCTION_SDK": sdk}
    if sdk == "installed":
        # These vary what a request holds, which no SDK sees.
        command += [f"--ignore=tests/data_jobs/test_{name}.py" for name in ("any_parameters", "invalid_requests")]
        # What it runs is what the other one has run: `make coverage` measures that, which takes half as long again.
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_functions_tests_do_not_mix_with_others() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "tests/data_jobs", "tests/cdk_data_jobs_check"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "tests/data_jobs must be run alone" in done.stderr
