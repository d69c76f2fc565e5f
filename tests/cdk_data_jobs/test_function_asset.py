"""What of the folder `lambda/` is deployed as the function: its modules and its table, whatever lies beside them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_data_jobs import DataJobRunner
from cdk_data_jobs._support.lambda_directory import lambda_directory

LITTER = (
    ".DS_Store",
    ".handler.py.swp",
    ".#handler.py",
    "#handler.py#",
    "handler.py~",
    "handler.py.orig",
    "handler (copy).py",
    "handler.pyc",
    "Thumbs.db",
    "4913",
    ".idea/workspace.xml",
    "__pycache__/handler.cpython-311.pyc",
    "__pycache__/handler.py",
    "data_jobs/handler.py",
    "notes.md",
)
Staged = Callable[[Path], Path]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Staged:
    """Returns what an app would upload of a folder for the function, which is called by its hash."""

    def stage(folder: Path) -> Path:
        monkeypatch.setattr("cdk_data_jobs.runner.lambda_directory", lambda: folder)
        app = cdk.App(outdir=str(tmp_path / f"{folder.name}.out"))
        DataJobRunner(cdk.Stack(app, "Shop"), "Runner")
        (asset,) = (one for one in Path(app.synth().directory).glob("asset.*") if one.is_dir())
        return asset

    return stage


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_function_has_all_its_modules_and_nothing_else(staged: Staged) -> None:
    modules = {f"data_jobs/{path.name}" for path in (lambda_directory() / "data_jobs").glob("*.py")}
    types = {"data_jobs/run.py"}

    assert files(staged(lambda_directory())) == {*modules, "data_jobs/definitions.json"} - types


def test_what_lies_beside_the_function_does_not_change_it(staged: Staged, tmp_path: Path) -> None:
    clean, littered = (Path(shutil.copytree(lambda_directory(), tmp_path / name)) for name in ("clean", "littered"))
    for place in (littered, littered / "data_jobs"):
        for name in LITTER:
            path = place / name
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"not of the function: {name}\n")
    for path in littered.rglob("*"):
        os.utime(path, (0, 0))

    asset = staged(littered)
    assert asset.name == staged(clean).name
    assert files(asset) == files(staged(clean))


def test_a_change_of_the_function_changes_it(staged: Staged, tmp_path: Path) -> None:
    clean, changed = (Path(shutil.copytree(lambda_directory(), tmp_path / name)) for name in ("clean", "changed"))
    (changed / "data_jobs" / "added.py").write_text("")

    assert staged(changed).name != staged(clean).name
