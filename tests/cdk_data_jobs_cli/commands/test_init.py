"""`data-jobs init`: writes a first app; `tests/docs/test_first_app.py` tests, synthesizes and deploys it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[3]
FILES = ["app.py", "cdk.json", "items.csv", "requirements.txt", "test_app.py"]


def init(cwd: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs the command; returns its exit code, output and error output."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "cdk_data_jobs_cli", "init", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME / "cli"), str(HOME / "check")])},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_files_and_the_next_steps_are_listed(tmp_path: Path) -> None:
    code, stdout, stderr = init(tmp_path, "apps/my shop")

    assert (code, stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "apps" / "my shop").iterdir()) == FILES
    assert stdout.splitlines()[0] == f"apps/my shop: wrote {', '.join(FILES)}"
    assert "\n  cd 'apps/my shop'\n  pip install -r requirements.txt\n" in stdout
    assert "\n  npx cdk deploy\n" in stdout


def test_the_default_is_the_current_folder(tmp_path: Path) -> None:
    code, stdout, _stderr = init(tmp_path)

    assert (code, "  cd " in stdout) == (0, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_nothing_is_written_if_one_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("mine")
    (tmp_path / "items.csv").symlink_to("nowhere")
    code, stdout, stderr = init(tmp_path)

    assert (code, stdout) == (2, "")
    assert stderr == "Error: . has cdk.json, items.csv, and no file is overwritten: name another folder\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cdk.json", "items.csv"]
    assert (tmp_path / "cdk.json").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert init(tmp_path, "file/shop") == (5, "", "Error: file/shop: Not a directory\n")
    assert init(tmp_path, "file")[0] == 2


def test_pip_can_install_the_requirements(tmp_path: Path) -> None:
    init(tmp_path)
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-build-isolation"]
    done = subprocess.run(  # noqa: S603 - ours
        [*command, "-r", "requirements.txt"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Would install cdk-data-jobs-0.1.0 cdk-data-jobs-check-0.1.0" in done.stdout
