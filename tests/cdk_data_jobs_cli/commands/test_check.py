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
        "size_bytes": 23,
        "errors": 2,
        "warnings": 0,
        "violation_counts": {"type": 1, "empty": 1},
        "is_complete": True,
    }
    assert first == {
        "path": "bad.csv",
        "line": 2,
        "character": 4,
        "column": "AGE",
        "severity": "error",
        "rule": "type",
        "message": "AGE must be of type int, got 'old'",
        "hint": "write a whole number: no decimal point, no thousands separators, no spaces",
        "count": 1,
        "is_lower_bound": False,
    }


def test_findings_of_one_kind_are_a_line_with_their_number(run: Run, folder: Path) -> None:
    (folder / "bad.csv").write_text("USER_ID,AGE\n" + "u1,old\n" * 1500)
    done = run("bad.csv", "--schema", "users.avsc")

    assert [line.endswith("no spaces (1,500 times) [type]") for line in done.stdout.splitlines()] == [True]
    assert "1,500 errors" in done.stderr


def test_no_control_character_reaches_the_terminal(run: Run, folder: Path) -> None:
    (folder / "bad\x1b[31m.csv").write_text("USER_ID,AGE,\x1b[2J,\x1b[2J\nu1,\x1b]0;x\x07,,\n")
    (folder / "users.avsc").write_text(json.dumps(SCHEMA).replace("Users", "\\u001b[31m"))
    for schema in ("users.avsc", "good.avsc"):
        (folder / "good.avsc").write_text(json.dumps(SCHEMA))
        done = run("bad\x1b[31m.csv", "--schema", schema)

        assert done.returncode == 1
        assert "\\x1b[" in done.stdout
        assert "\x1b" not in done.stdout + done.stderr


def test_a_value_is_shown_as_it_stands_in_the_file(run: Run, folder: Path) -> None:
    (folder / "bad.csv").write_text("USER_ID,AGE\nu1,\"a 'b' \\\\ ü\"\n")
    done = run("bad.csv", "--schema", "users.avsc")

    assert "got 'a 'b' \\ ü'; write" in done.stdout


def test_a_schema_that_the_service_would_refuse_is_an_error(run: Run, folder: Path) -> None:
    (folder / "users.avsc").write_text(json.dumps({**SCHEMA, "fields": SCHEMA["fields"][1:]}))  # type: ignore[index]
    plain, as_json = (run("good.csv", "--schema", "users.avsc", *more) for more in ((), ("--json",)))

    assert (plain.returncode, as_json.returncode) == (1, 1)
    first, second = plain.stdout.splitlines()
    assert (
        first
        == "users.avsc: error: a schema of Users must have the fields USER_ID, got AGE; add USER_ID [required-field]"
    )
    assert second.startswith("users.avsc: error: a schema of Users must have one more field")
    assert plain.stderr == "0 files, 0 rows, 0 bytes: 2 errors, 0 warnings\n"
    assert json.loads(as_json.stdout)["violation_counts"] == {"required-field": 1, "no-optional-field": 1}


def test_warnings_of_the_schema_come_before_those_of_the_files(run: Run, folder: Path) -> None:
    (folder / "users.avsc").write_text(json.dumps({**SCHEMA, "name": "users"}))
    done = run("odd.csv", "--schema", "users.avsc", "--json")
    report = json.loads(done.stdout)

    assert [(one["path"], one["rule"]) for one in report["findings"]] == [
        ("users.avsc", "record-name-case"),
        ("odd.csv", "id-spaces"),
    ]
    assert (report["warnings"], report["ok"]) == (2, True)


def test_a_file_that_cannot_be_read_is_named_without_the_usage(run: Run, folder: Path) -> None:
    del folder
    done = run("/proc/self/mem", "--deletion")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_schema_is_checked_for_its_domain(run: Run, folder: Path) -> None:
    fields = [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}]
    (folder / "items.avsc").write_text(json.dumps({**SCHEMA, "name": "items", "fields": fields}))
    (folder / "items.csv").write_text("ITEM_ID,PRICE\ni1,1\n")
    without, with_domain = (
        run("items.csv", "--schema", "items.avsc", *more) for more in ((), ("--domain", "ecommerce"))
    )

    assert without.stdout.startswith("items.avsc: warning: the name of a schema should be the dataset type Items")
    assert (without.returncode, with_domain.returncode) == (0, 1)
    assert "add CATEGORY_L1" in with_domain.stdout


def test_a_list_of_users_to_delete_needs_no_schema(run: Run) -> None:
    good, bad = run("users_to_delete.csv", "--deletion"), run("bad.csv", "--deletion")

    assert good.returncode == 0
    assert bad.returncode == 1
    assert "bad.csv:3:1: error: USER_ID must not be empty" in bad.stdout


def test_a_pipe_is_one_file(folder: Path) -> None:
    rows = "u1,30\n" * 200_000
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "-", "good.csv", "--schema", "users.avsc"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        stdout, stderr = process.communicate(f"USER_ID,AGE\n{rows}u2,old\n", timeout=60)

    assert process.returncode == 1
    assert stdout.startswith("<stdin>:200002:4: error: AGE must be of type int, got 'old'")
    assert stderr.startswith(f"2 files, 200,002 rows, {12 + len(rows) + 7 + 18:,} bytes: 1 error")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'PATH...'"),
        (["good.csv"], "give --schema FILE for an import, or --deletion"),
        (["good.csv", "--deletion", "--schema", "users.avsc"], "give --schema FILE for an import, or --deletion"),
        (["users_to_delete.csv", "--deletion", "--mode", "full"], "a deletion has no --mode"),
        (["missing.csv", "--deletion"], "'missing.csv' does not exist"),
        (["users_to_delete.csv", "--deletion", "--domain", "ecommerce"], "a deletion has no --mode and no --domain"),
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


def test_files_of_other_services_have_findings_of_the_same_form(run: Run, folder: Path) -> None:
    (folder / "people.csv").write_text(
        "ChannelType,Address\nEMAIL,ann@example.com\nemail,bob@example.com\nemail,a@b.c\n"
    )
    (folder / "contacts.json").write_text('{"emailAddress": "ann"}\n')
    pinpoint, ses = run("people.csv", "--pinpoint", "csv"), run("contacts.json", "--ses")

    assert (pinpoint.returncode, ses.returncode) == (1, 1)
    assert pinpoint.stdout.startswith("people.csv:3: error: ChannelType must be one of PUSH, GCM, ")
    assert pinpoint.stdout.endswith("got 'email'; write it in capitals (2 times) [pinpoint-channel-type]\n")
    assert pinpoint.stderr == "1 file, 3 rows, 76 bytes: 2 errors, 0 warnings\n"
    assert ses.stdout.startswith("contacts.json:1: error: emailAddress must be an email address, got 'ann'; ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ses", "--deletion"], "give --schema FILE for an import, or --deletion, --pinpoint FORMAT or --ses"),
        (["--ses", "--pinpoint", "csv"], "give --schema FILE for an import, or"),
        (["--ses", "--mode", "full"], "--pinpoint and --ses have no --mode and no --domain"),
        (["--pinpoint", "xml"], "is not one of 'csv', 'json'"),
    ],
)
def test_the_options_of_a_service_exclude_those_of_others(run: Run, arguments: list[str], message: str) -> None:
    done = run("good.csv", *arguments)

    assert (done.returncode, message in done.stderr) == (2, True)
