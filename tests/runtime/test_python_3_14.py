"""The function's tests on CPython 3.14, which is what Lambda runs it on; here it is built for WebAssembly."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HOME = HERE.parent.parent
PACKAGES = Path(sys.prefix) / "python3.14"
"""What pip installs of pytest and hypothesis for that Python; the Makefile says how."""


@dataclass(frozen=True)
class Run:
    """The results of a run of the tests, and what it printed."""

    results: dict[str, Any]
    printed: str


def node() -> str:
    """Node.js, once everything is there that it needs to run Python 3.14."""
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    there = {
        "Node.js": found is not None,
        "node_modules/pyodide": (HOME / "node_modules" / "pyodide").exists(),
        str(PACKAGES): PACKAGES.exists(),
    }
    missing = [name for name, is_there in there.items() if not is_there]
    if missing:
        pytest.fail(f"Python 3.14 cannot be run without {', '.join(missing)}: run `make setup`")
    return str(found)


@pytest.fixture(scope="module")
def run(sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    results = tmp_path_factory.mktemp("results")
    folders = {"/home/project": HOME, "/sdk": sdk, "/packages": PACKAGES, "/results": results}
    given = {
        "folders": {inside: str(outside) for inside, outside in folders.items()},
        "environment": {
            "PYTHONPATH": "/sdk:/packages",
            # As in AWS: the function need not ask for its Region or its credentials.
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-west-1"),
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "none"),
        },
    }
    command = [node(), str(HERE / "python_3_14.mjs"), json.dumps(given), "/home/project/tests/runtime/inside.py"]
    done = subprocess.run(  # noqa: S603
        command, cwd=HOME, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    )
    file = results / "results.json"
    assert file.exists(), done.stdout[-5000:]
    return Run(json.loads(file.read_text(encoding="utf-8")), done.stdout)


def test_it_is_the_python_of_the_runtime_with_its_sdk(run: Run, sdk_versions: dict[str, str]) -> None:
    assert run.results["python"][:2] == [3, 14]
    assert run.results["sdk"] == sdk_versions


def test_every_test_of_the_function_passes_on_it(run: Run) -> None:
    files = {Path(name.partition("::")[0]).name for name in run.results["passed"]}

    assert (run.results["status"], run.results["not passed"]) == (0, []), run.printed
    there = {path.name for path in (HOME / "tests" / "data_jobs").glob("test_*.py")}
    assert files == there - {"test_ready_made_definitions.py"}, run.printed
