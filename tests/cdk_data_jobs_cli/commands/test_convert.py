"""`data-jobs convert`: writes what `data-jobs check` accepts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., "subprocess.CompletedProcess[str]"]

FIELDS: list[dict[str, Any]] = [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}]
GOOD = "userId;AGE\nu1;30.0\nu2;None\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in a folder with a schema and files."""
    files = {
        "users.avsc": json.dumps({"type": "record", "name": "Users", "fields": FIELDS}),
        "bad.avsc": json.dumps({"type": "record", "name": "Users", "fields": FIELDS[1:]}),
        "good.csv": GOOD,
        "bad.csv": "USER_ID,AGE\nu1,old\n,30\n",
        "evil\x1b[31m.csv": "USER_ID,AGE,\x1b[2J\nu1,\x1b]0;x\x07,\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "empty").mkdir()

    def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cdk_data_jobs_cli", *arguments]
        return subprocess.run(  # noqa: S603 - our own command
            command, cwd=tmp_path, input=given, capture_output=True, text=True, check=False
        )

    return run


def test_the_checker_accepts_what_was_written(run: Run, tmp_path: Path) -> None:
    done = run("convert", "good.csv", "--schema", "users.avsc", "--output", "out.csv")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "good.csv: change: semicolons to commas",
        "good.csv: change: USER_ID: the name 'userId' to USER_ID",
        "good.csv:2: change: AGE: a whole float to an integer, '30.0' to '30'",
        "good.csv:3: change: AGE: null to an empty value, 'None' to ''",
        "2 rows, 0 errors: wrote out.csv",
    ]
    assert (tmp_path / "out.csv").read_text() == "USER_ID,AGE\nu1,30\nu2,\n"
    assert run("check", "good.csv", "--schema", "users.avsc").returncode == 1
    assert run("check", "out.csv", "--schema", "users.avsc").returncode == 0


def test_errors_have_their_lines_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    done = run("convert", "bad.csv", "--schema", "users.avsc", "--output", "out.csv")

    assert done.returncode == 1
    assert [line.split("; ")[0] for line in done.stderr.splitlines()] == [
        "bad.csv:3: error: USER_ID must not be empty",
        "bad.csv:2: error: AGE must be of type int, got 'old'",
        "2 rows, 2 errors: nothing was written",
    ]
    assert not (tmp_path / "out.csv").exists()


def test_the_json_report_is_complete(run: Run) -> None:
    done = run("convert", "good.csv", "--schema", "users.avsc", "--output", "out", "--json")
    report = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert (report["ok"], report["rows"], report["files"]) == (True, 2, ["out/good.csv"])
    assert report["findings"][-1] == {
        "severity": "change",
        "rule": "null",
        "column": "AGE",
        "path": "good.csv",
        "message": "AGE: null to an empty value, 'None' to ''",
        "count": 1,
        "lines": [3],
    }


def test_the_standard_input_is_read(run: Run, tmp_path: Path) -> None:
    done = run("convert", "-", "--schema", "users.avsc", "--output", "out", given=GOOD)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "stdin.csv").read_text() == "USER_ID,AGE\nu1,30\nu2,\n"
    assert "<stdin>:2: change: AGE" in done.stderr


def test_milliseconds_and_encodings_are_options(run: Run, tmp_path: Path) -> None:
    schema = [{"name": "USER_ID", "type": "string"}, {"name": "ITEM_ID", "type": "string"}]
    fields = [*schema, {"name": "TIMESTAMP", "type": "long"}]
    (tmp_path / "events.avsc").write_text(json.dumps({"type": "record", "name": "Interactions", "fields": fields}))
    (tmp_path / "events.csv").write_bytes("USER_ID,ITEM_ID,TIMESTAMP\nu1,café,1735690635123\n".encode("cp1252"))
    command = ("convert", "events.csv", "--schema", "events.avsc", "--output", "out.csv")

    assert "2 errors: nothing was written" in run(*command).stderr
    assert run(*command, "--milliseconds", "--encoding", "cp1252").returncode == 0
    assert (tmp_path / "out.csv").read_text() == "USER_ID,ITEM_ID,TIMESTAMP\nu1,café,1735690635\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["good.csv", "--schema", "users.avsc"], "Missing option '--output'"),
        (["good.csv", "--output", "out.csv"], "give --schema FILE for an import, or --deletion"),
        (["good.csv", "--deletion", "--domain", "ECOMMERCE", "--output", "out.csv"], "a deletion has no --domain"),
        (["good.csv", "--schema", "users.avsc", "--output", "good.csv"], "the output must not exist, got good.csv"),
        (
            ["good.csv", "--schema", "users.avsc", "--output", "no/out.csv"],
            "the folder of the output must exist, got no",
        ),
        (["no.csv", "--schema", "users.avsc", "--output", "out.csv"], "does not exist"),
        (["good.csv", "--schema", "users.avsc", "--output", "out.csv.gz"], "the output is CSV: it must end in .csv"),
        (["good.csv", "--schema", "users.avsc", "--output", ".csv"], "the output must have a name before .csv"),
        (["good.csv", "--schema", "users.avsc", "--output", "-"], "must be a file or folder, because nothing"),
        (
            ["good.csv", "--schema", "users.avsc", "--output", "out.csv", "--rejected", "out.csv"],
            "the rejected rows must have a file of their own",
        ),
        (
            ["good.csv", "--schema", "users.avsc", "--output", "empty/../out.csv", "--rejected", "out.csv"],
            "the rejected rows must have a file of their own",
        ),
        (
            ["good.csv", "--schema", "users.avsc", "--output", "out.csv", "--rejected", "bad.csv"],
            "the output must not exist, got bad.csv",
        ),
        (["empty", "--schema", "users.avsc", "--output", "out.csv"], "a folder must have files to convert, got none"),
        (["good.csv", "--deletion", "--output", "out.csv", "--time-zone", "Mars/Base"], "must be a time zone, such as"),
        (["good.csv", "--deletion", "--output", "out.csv", "--time-zone", "/etc"], "must be a time zone, such as"),
        (["good.csv", "--deletion", "--output", "out.csv", "--encoding", "undefined"], "must be an encoding"),
        (["good.csv", "--ses", "--deletion", "--output", "out.csv"], "give --schema FILE for an import, or"),
        (["good.csv", "--ses", "--milliseconds", "--output", "out.csv"], "--ses has no --milliseconds"),
        (["good.csv", "--ses", "--no-quotes", "--output", "out.csv"], "--ses has no --no-quotes"),
        (["good.csv", "--deletion", "--attributes", "--output", "out.csv"], "only --ses has --attributes"),
        (["good.csv", "--ses", "--attributes", "--output", "out.csv"], "attributes are written as .json"),
        (["-", "-", "--schema", "users.avsc", "--output", "out.csv"], "can be read once"),
        (["good.csv", "--deletion", "--output", "out.csv", "--encoding", "base64"], "must be an encoding"),
        ([".", "--deletion", "--output", "out.csv"], "must be outside of the folders that are read, got out.csv in ."),
        ([".", "--deletion", "--output", "empty/out"], "must be outside of the folders that are read"),
        (["./empty/..", "--ses", "--output", "out.csv"], "must be outside of the folders that are read"),
        (["empty", "--deletion", "--output", "out", "--rejected", "empty/r.jsonl"], "must be outside of the folders"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run("convert", *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_an_interrupted_conversion_leaves_nothing(run: Run, tmp_path: Path, name: str, code: int) -> None:
    del run  # which has made the files
    before = {*tmp_path.iterdir()}
    command = [sys.executable, "-m", "cdk_data_jobs_cli", "convert", "-", "--schema", "users.avsc", "--output", "out"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--rejected", "rejected.jsonl"], cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(GOOD.encode())
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while len({*tmp_path.iterdir()} - before) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(getattr(signal, name))
    process.communicate()

    assert process.returncode == code
    assert {*tmp_path.iterdir()} == before


def test_an_ignored_signal_does_not_end_a_conversion(run: Run, tmp_path: Path) -> None:
    del run
    command = [sys.executable, "-m", "cdk_data_jobs_cli", "convert", "-", "--schema", "users.avsc", "--output", "out"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        ["nohup", *command],  # noqa: S607 - that of the system
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not [*tmp_path.glob(".out.*")]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    process.communicate(GOOD.encode())

    assert process.returncode == 0


def test_if_there_are_errors_they_alone_are_shown(run: Run) -> None:
    done = run("convert", "good.csv", "bad.csv", "bad.csv", "--schema", "users.avsc", "--output", "out.csv")

    assert "change:" not in done.stderr
    assert done.stderr.splitlines()[-1] == "4 rows, 2 errors: nothing was written"
    report = json.loads(
        run("convert", "good.csv", "bad.csv", "--schema", "users.avsc", "--output", "out.csv", "--json").stdout
    )
    assert {"change", "error"} == {finding["severity"] for finding in report["findings"]}
    assert {key: report[key] for key in ("ok", "complete", "rows", "rejected", "errors", "warnings", "files")} == {
        "ok": False,
        "complete": True,
        "rows": 4,
        "rejected": 2,
        "errors": 2,
        "warnings": 0,
        "files": [],
    }


def test_the_rest_of_a_file_that_cannot_be_read_is_not_passed_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text('USER_ID,AGE\nu1,1\nu2,"\nu3,1\n')
    done = run("convert", "open.csv", "--schema", "users.avsc", "--output", "out.csv")

    assert done.stderr.splitlines()[-1] == (
        "1 row, 1 error: nothing was written; the rest was not read, because a file cannot be read to its end"
    )


def test_the_same_error_of_many_files_is_shown_for_ten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for number in range(12):
        (tmp_path / "parts" / f"{number:02}.csv").write_text("USER_ID,AGE\nu1,old\nu1,old\n")
    done = run("convert", "parts", "--schema", "users.avsc", "--output", "out.csv")

    lines = done.stderr.splitlines()
    assert [line.partition(": ")[0] for line in lines[:-2]] == [f"parts/{number:02}.csv:2" for number in range(10)]
    assert lines[0].endswith("(2 times; in lines 2, 3)")
    assert lines[-2] == "and 4 more of these; --json has all"


def test_rejected_rows_are_said(run: Run, tmp_path: Path) -> None:
    arguments = ("good.csv", "bad.csv", "--schema", "users.avsc", "--output", "out", "--rejected", "rejected.jsonl")
    done = run("convert", *arguments)

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == (
        "4 rows, 2 errors: wrote out, 2 files, and 2 rejected rows to rejected.jsonl"
    )
    assert [json.loads(line)["line"] for line in (tmp_path / "rejected.jsonl").read_text().splitlines()] == [2, 3]


def test_a_refused_schema_ends_with_1(run: Run) -> None:
    done = run("convert", "good.csv", "--schema", "bad.avsc", "--output", "out.csv")

    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("Error: bad.avsc: a schema of Users must have the fields USER_ID")
    assert "Usage" not in done.stderr
    report = run("convert", "good.csv", "--schema", "bad.avsc", "--output", "out.csv", "--json")
    content = json.loads(report.stdout)
    assert (report.returncode, report.stderr) == (1, "")
    assert (content["ok"], content["complete"], content["files"]) == (False, False, [])
    assert content["findings"][0]["path"] == "bad.avsc"
    assert content["findings"][0]["message"].startswith("a schema of Users must have the fields USER_ID")


def test_a_time_zone_is_an_option(run: Run, tmp_path: Path) -> None:
    fields = [{"name": "ITEM_ID", "type": "string"}, {"name": "CREATION_TIMESTAMP", "type": "long"}]
    (tmp_path / "items.avsc").write_text(json.dumps({"type": "record", "name": "Items", "fields": fields}))
    (tmp_path / "items.csv").write_text("item_id,creation_timestamp\ni1,2025-01-01 01:17:15\n")
    command = ("convert", "items.csv", "--schema", "items.avsc", "--output")

    assert "such as --time-zone UTC" in run(*command, "out.csv").stderr
    for zone, seconds in (("utc", 1735694235), ("Europe/Berlin", 1735690635)):
        assert run(*command, f"{zone[:3]}.csv", "--time-zone", zone).returncode == 0
        assert (tmp_path / f"{zone[:3]}.csv").read_text().splitlines()[1] == f"i1,{seconds}"


def test_a_report_that_cannot_be_written_is_no_traceback(run: Run, tmp_path: Path) -> None:
    del run
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    command = [sys.executable, "-m", "cdk_data_jobs_cli", "convert", "good.csv", "--schema", "users.avsc"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, "--output", "out.csv", "--json"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 5
    assert "the output cannot be written: No space left on device" in done.stderr
    assert (tmp_path / "out.csv").exists()
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_no_wrong_usage(run: Run, tmp_path: Path) -> None:
    del run
    (tmp_path / "big.csv").write_text("USER_ID,AGE\n" + "u1,30\n" * 50_000)
    before = {*tmp_path.iterdir()}
    command = "convert big.csv --schema users.avsc --output out.csv"
    done = subprocess.run(  # noqa: S603 - our own command
        ["bash", "-c", f'ulimit -f 20; exec "$0" -m cdk_data_jobs_cli {command}', sys.executable],  # noqa: S607
        cwd=tmp_path,
        # What measures the coverage would write files too.
        env={**{k: v for k, v in os.environ.items() if "COVERAGE" not in k}, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (5, "Error: out.csv cannot be written: File too large\n")
    assert {*tmp_path.iterdir()} == before


def test_no_control_character_reaches_the_terminal(run: Run) -> None:
    for name in ("evil\x1b[31m.csv", "good.csv", "good.csv"):
        done = run("convert", name, "--schema", "users.avsc", "--output", "out\x1b[31m.csv")

        assert "[31m.csv" in done.stderr or done.returncode == 1
        assert "\x1b" not in done.stderr


def test_an_export_of_pinpoint_becomes_contacts(run: Run, tmp_path: Path) -> None:
    endpoints = [
        {"ChannelType": "EMAIL", "Address": "ann@example.com", "OptOut": "ALL"},
        {"ChannelType": "SMS", "Address": "+4912345"},
    ]
    export = "".join(f"{json.dumps(one)}\n" for one in endpoints)
    done = run("convert", "-", "--ses", "--output", "contacts.csv", given=export)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "<stdin>:2: change: endpoints of the channel SMS are left out",
        "contacts.csv: change: 1 of 1 contacts are unsubscribed, because they have opted out",
        "2 rows, 0 errors: wrote contacts.csv",
    ]
    assert (tmp_path / "contacts.csv").read_text() == "emailAddress,unsubscribeAll\nann@example.com,true\n"
    assert run("check", "contacts.csv", "--ses").stderr == "1 file, 1 row, 49 bytes: 0 errors, 0 warnings\n"


def test_a_domain_is_that_of_the_schema(run: Run, tmp_path: Path) -> None:
    fields = [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}]
    (tmp_path / "items.avsc").write_text(json.dumps({"type": "record", "name": "Items", "fields": fields}))
    (tmp_path / "items.csv").write_text("item_id,price\ni1,1\n")
    command = ("convert", "items.csv", "--schema", "items.avsc", "--output", "out.csv")

    assert "CATEGORY_L1" in run(*command, "--domain", "ECOMMERCE").stderr
    assert run(*command).returncode == 0
