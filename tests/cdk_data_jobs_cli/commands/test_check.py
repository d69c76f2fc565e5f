"""`data-jobs check`: checks CSV files."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., "subprocess.CompletedProcess[str]"]

SCHEMA = {
    "type": "record",
    "name": "Users",
    "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
}
COMMAND = [sys.executable, "-m", "cdk_data_jobs_cli", "check"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a schema, a valid file, one with a warning, and one with two errors."""
    files = {
        "users.avsc": json.dumps(SCHEMA),
        "good.csv": "USER_ID,AGE\nu1,30\n",
        "odd.csv": "USER_ID,AGE\n u1,30\n",
        "bad.csv": "USER_ID,AGE\nu1,old\n,30\n",
        "users_to_delete.csv": "USER_ID\nu1\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs the command in the folder, with no terminal."""
    return lambda *arguments: subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_valid_file_is_counted_and_succeeds(run: Run) -> None:
    done = run("good.csv", "--schema", "users.avsc")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 file, 1 row, 18 bytes: 0 errors, 0 warnings\n"


def test_a_warning_is_printed_and_succeeds(run: Run) -> None:
    done = run("odd.csv", "--schema", "users.avsc")

    assert done.returncode == 0
    assert done.stdout.startswith("odd.csv:2:1: warning: USER_ID begins or ends with a space, got ' u1'; remove")


def test_each_error_is_a_line_that_editors_can_jump_to(run: Run) -> None:
    done = run("bad.csv", "--schema", "users.avsc")

    assert done.returncode == 1
    assert [line.split("; ")[0] for line in done.stdout.splitlines()] == [
        "bad.csv:2:4: error: AGE must be of type int, got 'old'",
        "bad.csv:3:1: error: USER_ID must not be empty",
    ]
    assert done.stderr.endswith("2 errors, 0 warnings\n")


def test_several_files_are_one_import(run: Run) -> None:
    done = run("good.csv", "odd.csv", "--schema", "users.avsc")

    assert "2 files, 2 rows, 37 bytes" in done.stderr


def test_the_json_report_is_complete(run: Run) -> None:
    done = run("bad.csv", "--schema", "users.avsc", "--mode", "incremental", "--json")
    report: dict[str, Any] = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (1, "")
    first = report.pop("findings")[0]
    assert report == {
        "ok": False,
        "files": ["bad.csv"],
        "rows": 2,
        "bytes": 23,
        "errors": 2,
        "warnings": 0,
        "rules": {"type": 1, "empty": 1},
    }
    assert first == {
        "path": "bad.csv",
        "line": 2,
        "column": 4,
        "name": "AGE",
        "severity": "error",
        "rule": "type",
        "message": "AGE must be of type int, got 'old'",
        "hint": "write a whole number: no decimal point, no thousands separators, no spaces",
    }


def test_what_is_not_shown_is_counted(run: Run, folder: Path) -> None:
    (folder / "bad.csv").write_text("USER_ID,AGE\n" + "u1,old\n" * 15)
    done = run("bad.csv", "--schema", "users.avsc")

    assert len(done.stdout.splitlines()) == 10
    assert done.stderr.startswith("5 more findings are not shown\n")


def test_a_list_of_users_to_delete_needs_no_schema(run: Run) -> None:
    good, bad = run("users_to_delete.csv", "--deletion"), run("bad.csv", "--deletion")

    assert good.returncode == 0
    assert bad.returncode == 1
    assert "bad.csv:3:1: error: USER_ID must not be empty" in bad.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'PATH...'"),
        (["good.csv"], "give --schema FILE for an import, or --deletion"),
        (["good.csv", "--deletion", "--schema", "users.avsc"], "give --schema FILE for an import, or --deletion"),
        (["users_to_delete.csv", "--deletion", "--mode", "full"], "a deletion has no --mode"),
        (["missing.csv", "--deletion"], "'missing.csv' does not exist"),
        (["good.csv", "--schema", "good.csv"], "good.csv: a schema must be JSON"),
        (["good.csv", "--schema", "users.avsc", "--mode", "half"], "'half' is not one of 'full', 'incremental'"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_help_lists_the_exit_codes(run: Run) -> None:
    done = run("--help")

    assert done.returncode == 0
    listed = [line.strip() for line in done.stdout.partition("Exit codes:")[2].splitlines()]
    assert listed[1:4] == [
        "0    no errors; there may be warnings",
        "1    at least one error",
        "2    the command was used wrongly, or a file cannot be read",
    ]


def test_a_terminal_shows_a_progress_bar_and_colours(folder: Path) -> None:
    own_side, process_side = pty.openpty()
    done = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "bad.csv", "--schema", "users.avsc"],
        cwd=folder,
        stdout=process_side,
        stderr=process_side,
        check=False,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(process_side)
    output = b""
    try:
        while chunk := os.read(own_side, 4096):
            output += chunk
    except OSError:  # how Linux reports that the process has closed its side
        pass
    os.close(own_side)

    text = output.decode()
    assert done.returncode == 1
    assert "23/23 bytes" in text
    assert "bad.csv:2:4: \x1b[31m\x1b[1merror:\x1b[0m AGE must be of type int, got 'old'" in text
