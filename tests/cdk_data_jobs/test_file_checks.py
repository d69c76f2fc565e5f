"""The result of a check is kept, so that files which have not changed are not read again."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cdk_data_jobs._storage.location import LocalFile
from cdk_data_jobs.personalize import _file_checks
from cdk_data_jobs.personalize._file_checks import check_once
from cdk_data_jobs_check import Mode, Schema

if TYPE_CHECKING:
    from pathlib import Path

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


def check(path: Path, asset_hash: str = "1", mode: Mode = Mode.FULL) -> Report:
    asset: Any = SimpleNamespace(asset_hash=asset_hash)
    return check_once([LocalFile(path, cast("Any", asset), path.name)], USERS, mode)


def test_files_of_the_same_content_are_read_once(path: Path) -> None:
    first = check(path)
    path.write_text("USER_ID,AGE\nu1,new\n u2,1\n")  # CDK would have another hash of it

    assert (first.rows, first.errors, first.warnings) == (2, 1, 1)
    assert check(path) == first
    assert "got 'new'" in check(path, "2").findings[0].message
    assert "got 'new'" in check(path, mode=Mode.INCREMENTAL).findings[0].message


def test_a_file_of_another_size_is_read_again_though_cdk_has_not_seen_it(path: Path) -> None:
    check(path)
    path.write_text("USER_ID,AGE\nu1,newer\n u2,1\n")

    assert "got 'newer'" in check(path).findings[0].message


def test_another_process_finds_what_was_kept(path: Path, kept: Path) -> None:
    script = f"""
import os
import subprocess
import sys
from types import SimpleNamespace
from pathlib import Path
from cdk_data_jobs._storage.location import LocalFile
from cdk_data_jobs.personalize._file_checks import check_once
from cdk_data_jobs_check import Mode, Schema
fields = [{{"name": name, "type": ["string", "null", "int", "float"]}} for name in ("A", "B", "C", "D")]
record = {{"type": "record", "name": "Users", "fields": [{{"name": "USER_ID", "type": "string"}}, *fields]}}
import json
file = LocalFile(Path({str(path)!r}), SimpleNamespace(asset_hash="1"), "a.csv")
check_once([file], Schema.parse(json.dumps(record)), Mode.FULL)
"""
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)  # noqa: S603

    assert len([*kept.iterdir()]) == 1
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"findings": [1]}', '{"findings": []}'])
def test_a_kept_result_that_is_broken_is_made_again(path: Path, kept: Path, content: str) -> None:
    first = check(path)
    [file] = kept.iterdir()
    file.write_text(content)

    assert check(path) == first
    assert len(file.read_text()) > len(content)


def test_what_is_kept_does_not_grow_for_ever(path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_file_checks, "_MAX_KEPT", 3)
    for number in range(5):
        check(path, str(number))

    assert len([*kept.iterdir()]) == 3


def test_a_folder_that_cannot_be_written_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(path))

    assert check(path).errors == 1


def test_a_check_that_takes_long_says_how_far_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    check(path)
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(_file_checks, "_SECONDS_BETWEEN_PROGRESS", 0)
    check(path, "2")

    assert f"checking the data in {path.parent}: 100% of 0.0 GB" in capfd.readouterr().err
