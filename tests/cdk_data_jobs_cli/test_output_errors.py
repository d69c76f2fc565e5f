"""Every command ends with 5 and without a traceback if what it writes cannot be written."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import IO

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


@pytest.fixture
def folder(shop: Offline, tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    (tmp_path / "users.csv").write_text("USER_ID,AGE\nme,no\n")
    (tmp_path / "users.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "cdk.out").symlink_to(shop.folder)
    return tmp_path


def run(
    shop: Offline,
    folder: Path,
    command: str,
    redirection: str = "",
    *,
    limits: str = "",
    stdout: IO[bytes] | None = None,
) -> tuple[int, str]:
    """Runs a command in a shell; returns its exit code, and what it wrote on stderr.

    Args:
        shop: The offline AWS.
        folder: The folder to run it in.
        command: The command.
        redirection: What the shell redirects.
        limits: The shell's command before it that limits it.
        stdout: Where the output goes, unless it is redirected.
    """
    line = f"{limits}{shlex.join(shop.command(*command.split()))} {redirection}"
    done = subprocess.run(  # noqa: S603 - ours
        ["bash", "-c", line],  # noqa: S607 - whichever it is
        cwd=folder,
        # What measures the coverage would write files too, and print a traceback.
        env={name: value for name, value in shop.environment.items() if "COVERAGE" not in name},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@FULL
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk(shop: Offline, folder: Path, command: str) -> None:
    code, stderr = run(shop, folder, command, "> /dev/full")

    assert code == 5
    assert stderr.endswith("Error: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_pipe_that_nobody_reads(shop: Offline, folder: Path, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        code, stderr = run(shop, folder, command, stdout=pipe)

    assert code == 5
    assert "Error" not in stderr


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


def test_a_conversion_that_cannot_be_written_leaves_nothing_behind(shop: Offline, folder: Path) -> None:
    (folder / "users.csv").write_text("USER_ID,AGE\n" + "me,1\n" * 100_000)
    code, stderr = run(shop, folder, "convert users.csv --schema users.json --output out.csv", limits="ulimit -f 1;")

    assert (code, stderr) == (5, "Error: out.csv cannot be written: File too large\n")
    assert sorted(path.name for path in folder.iterdir()) == ["cdk.out", "users.csv", "users.json"]
