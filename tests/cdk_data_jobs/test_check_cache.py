"""The result of a check is kept, so that files which have not changed are not read again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cdk_data_jobs_check
from cdk_data_jobs.personalize import _check_cache
from cdk_data_jobs.personalize._check_cache import check_files_cached
from cdk_data_jobs_check import Mode, Schema, check_files

if TYPE_CHECKING:
    from cdk_data_jobs_check import Report

USERS = Schema.parse(
    """{"type": "record", "name": "Users", "fields": [
        {"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}]}"""
)


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cdk-data-jobs" / "checks"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("USER_ID,AGE\nu1,old\n u2,1\n")
    return path


def check(path: Path, mode: Mode = Mode.FULL) -> Report:
    return check_files_cached([path], USERS, mode)


def run(path: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Starts a process that checks the file."""
    script = f"""
import json
from pathlib import Path
from cdk_data_jobs.personalize._check_cache import check_files_cached
from cdk_data_jobs_check import Mode, Schema
fields = [{{"name": name, "type": ["string", "null"]}} for name in ("A", "B", "C", "D")]
record = {{"type": "record", "name": "Users", "fields": [{{"name": "USER_ID", "type": "string"}}, *fields]}}
check_files_cached([Path({str(path)!r})], Schema.parse(json.dumps(record)), Mode.FULL)
"""
    return subprocess.Popen([sys.executable, "-c", script], env={**os.environ, **environment})  # noqa: S603


def test_files_of_the_same_content_are_checked_once(path: Path, kept: Path) -> None:
    first = check(path)
    [written] = [file.stat().st_ino for file in kept.iterdir()]

    assert (first.rows, first.errors, first.warnings) == (2, 1, 1)
    assert check(path) == first
    assert [file.stat().st_ino for file in kept.iterdir()] == [written]
    check(path, Mode.INCREMENTAL)
    assert len([*kept.iterdir()]) == 2


def test_the_report_of_a_file_that_changes_while_it_is_checked_is_not_kept(path: Path, kept: Path) -> None:
    path.write_bytes(b"USER_ID,AGE\n" + b"u1,5\n" * 1_000_000)
    is_checked = threading.Event()

    def append() -> None:
        with path.open("ab", buffering=0) as file:
            while not is_checked.is_set():
                file.write(b"u2,5\n")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(append)
        try:
            assert check(path).ok
        finally:
            is_checked.set()

    assert not kept.exists()
    assert check(path).ok
    assert len([*kept.iterdir()]) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"u1,5\nu2", b"u1,x\nu2"), ("\u00e9".encode(), b"\xff\xff"), (b"\r\r\n", b"\r\n ")],
    ids=["letters", "bytes that are no UTF-8", "line ends"],
)
def test_a_file_that_differs_in_any_byte_is_checked_again(path: Path, before: bytes, after: bytes) -> None:
    content = b"USER_ID,AGE\n".ljust(8191, b"u") + before + b",1\n"  # CDK makes its hash of parts of 8,192 bytes
    path.write_bytes(content)
    status = path.stat()
    first = check(path)
    with path.open("r+b") as file:  # the same inode
        file.write(content.replace(before, after))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert check(path) == check_files([path], USERS)
    assert check(path) != first


def test_a_report_names_the_file_where_it_is_now(path: Path, kept: Path) -> None:
    check(path)
    (path.parent / "moved").mkdir()
    moved = check(path.rename(path.parent / "moved" / path.name))

    assert len([*kept.iterdir()]) == 1
    assert moved.files == (path.parent / "moved" / path.name,)
    assert {finding.path for finding in moved.findings} == {*moved.files}


def test_another_process_finds_what_was_kept(path: Path, kept: Path) -> None:
    for seed in ("1", "2"):
        assert run(path, PYTHONHASHSEED=seed).wait() == 0

    [file] = kept.iterdir()
    assert [one.stat().st_mode & 0o077 for one in (kept, file)] == [0, 0]


def test_processes_that_check_the_same_file_at_once_do_not_disturb_each_other(path: Path, kept: Path) -> None:
    processes = [run(path) for _ in range(3)]

    assert [process.wait() for process in processes] == [0] * 3
    assert len([*kept.iterdir()]) == 1


def test_other_code_checks_again(path: Path, kept: Path, tmp_path: Path) -> None:
    checker = tmp_path / "changed" / "cdk_data_jobs_check"
    shutil.copytree(Path(cdk_data_jobs_check.__file__).parent, checker)
    search_path = os.pathsep.join([str(checker.parent), *sys.path])
    assert run(path, PYTHONPATH=search_path).wait() == 0
    with (checker / "rules.py").open("a") as code:
        code.write("# changed\n")
    assert run(path, PYTHONPATH=search_path).wait() == 0

    assert len([*kept.iterdir()]) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"5", b'"abc"', b'{"findings": []}', b"[" * 100_000, b"\xff\n\xff"],
    ids=["nothing", "no JSON", "a list", "a number", "a string", "an object", "deep", "no text"],
)
def test_a_kept_result_that_is_something_else_is_made_again(path: Path, kept: Path, content: bytes) -> None:
    first = check(path)
    [file] = kept.iterdir()
    written = file.read_bytes()
    file.write_bytes(content)

    assert check(path) == first
    assert file.read_bytes() == written


def test_a_kept_result_that_is_cut_off_or_changed_is_made_again(path: Path, kept: Path) -> None:
    first = check(path)
    [file] = kept.iterdir()
    written = file.read_bytes()
    for changed in (written[:-1], written.replace(b'"rows": 2', b'"rows": "2"')):
        assert changed != written
        file.write_bytes(changed)

        assert check(path) == first


def test_a_report_that_stopped_is_kept_as_one(path: Path) -> None:
    path.write_text("USER_ID,AGE\n" + "u1,old\n" * 100_001)

    assert not check(path).is_complete
    assert not check(path).is_complete


def test_what_is_kept_does_not_grow_for_ever(path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_check_cache, "_MAX_REPORTS", 3)
    for number in range(5):
        path.write_text(f"USER_ID,AGE\nu1,{number}\n")
        check(path)

    assert len([*kept.iterdir()]) == 3


@pytest.mark.parametrize("folder", ["a.csv", "/proc", "/dev/null"])
def test_a_folder_that_cannot_be_written_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(path.parent / folder))

    assert check(path).errors == 1


def test_who_has_no_home_folder_has_no_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)  # as a container that is started with any user id

    assert check(path).errors == 1


def test_a_check_that_takes_long_says_how_far_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path.write_text("USER_ID,AGE\n" + "u1,1\n" * 500_000)
    check(path)
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(_check_cache, "_SECONDS_BETWEEN_PROGRESS", 0)
    check(path, Mode.INCREMENTAL)
    assert f"checking the data in {path.parent}: 100% of 2.5 MB" in capfd.readouterr().err

    path.write_text("")
    check(path)
    assert f"checking the data in {path.parent}: 0% of 0.0 MB" in capfd.readouterr().err
