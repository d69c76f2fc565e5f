"""Every command ends with 5 and without a traceback if what it writes cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Offline

SCHEMA = {
    "type": "record",
    "name": "Users",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}],
    "version": "1.0",
}
COMMANDS = {
    "help": "--help",
    "version": "--version",
    "plan": "plan --app cdk.out Shop",
    "plan, JSON": "plan --app cdk.out Shop --json",
    "watch": "watch Shop --wait 0",
    "watch, JSON": "watch Shop --wait 0 --json",
    "runs": "runs Shop",
    "runs, JSON": "runs Shop --json",
    "run": "run Shop ImportEarly --yes --no-wait --interval 0.1",
    "run, JSON": "run Shop ImportEarly --yes --no-wait --interval 0.1 --json",
    "check": "check users.csv --schema users.json",
    "check, JSON": "check users.csv --schema users.json --json",
    "convert, JSON": "convert users.csv --schema users.json --output out.csv --json",
    "schema": "schema users.csv",
}
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
Run = Callable[[str], tuple[int, str]] if TYPE_CHECKING else object


@pytest.fixture
def folder(shop: Offline, tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    (tmp_path / "users.csv").write_text("USER_ID,AGE\nme,no\n")
    (tmp_path / "users.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "cdk.out").symlink_to(shop.folder)
    return tmp_path


def run(shop: Offline, folder: Path, command: str, redirection: str) -> tuple[int, str]:
    """Runs a command in a shell, with this redirection; returns its exit code, and what it wrote on stderr."""
    words = " ".join(f"'{word}'" for word in shop.command(*command.split()))
    done = subprocess.run(
        ["sh", "-c", f"{words} {redirection}"],  # noqa: S603, S607 - ours
        cwd=folder,
        env=shop.environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


@FULL
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk(shop: Offline, folder: Path, command: str) -> None:
    code, stderr = run(shop, folder, command, "> /dev/full")

    assert code == 5
    assert stderr.endswith("Error: the output cannot be written: No space left on device\n")
    assert "Traceback" not in stderr


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_pipe_that_nobody_reads(shop: Offline, folder: Path, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            shop.command(*command.split()),  # noqa: S603 - ours
            cwd=folder,
            env=shop.environment,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert done.returncode == 5
    assert "rror" not in done.stderr.replace("1 error", "")


@pytest.mark.parametrize("command", ["--help", "runs Shop"])
def test_a_closed_output(shop: Offline, folder: Path, command: str) -> None:
    assert run(shop, folder, command, ">&-") == (5, "Error: the output cannot be written: it is closed\n")


@FULL
@pytest.mark.parametrize("command", ["runs Nowhere", "watch Nowhere --json", "check missing.csv --deletion"])
def test_a_message_that_cannot_be_written(shop: Offline, folder: Path, command: str) -> None:
    assert run(shop, folder, command, "2> /dev/full") == (5, "")


@FULL
def test_a_run_whose_output_cannot_be_written_is_said_to_continue(shop: Offline, folder: Path) -> None:
    _code, stderr = run(shop, folder, COMMANDS["run"], "> /dev/full")

    assert "of ImportEarly continues: `data-jobs runs Shop` lists it\n" in stderr


def test_a_conversion_that_cannot_be_written(shop: Offline, folder: Path) -> None:
    (folder / "users.csv").write_text("USER_ID,AGE\n" + "me,1\n" * 100_000)
    code, stderr = run(shop, folder, "convert users.csv --schema users.json --output out.csv", "")
    assert code == 0, stderr

    limited = f"ulimit -f 1; {' '.join(shop.command('convert', 'users.csv'))} --schema users.json --output new.csv"
    done = subprocess.run(  # noqa: S603 - ours
        ["bash", "-c", limited], cwd=folder, env=shop.environment, capture_output=True, text=True, check=False  # noqa: S607
    )

    assert (done.returncode, done.stderr) == (5, "Error: new.csv cannot be written: File too large\n")
    assert sorted(path.name for path in folder.iterdir()) == ["cdk.out", "out.csv", "users.csv", "users.json"]
