"""Files in folders that links lead to are read as all others, and links that lead in circles end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs._storage.local_files import FileFilter, find_files, left_out_warning
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check import DELETION_SCHEMA, Mode, check_files
from cdk_data_jobs_check.folders import files_below

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, and a link to a folder with two."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    for path in (folder, elsewhere):
        path.mkdir()
        (path / "a.csv").write_text("USER_ID\nann\n")
    (elsewhere / "b.csv.gz").write_text("")
    (folder / "link").symlink_to(elsewhere)
    return folder


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in files_below(folder)]


def test_links_to_folders_are_followed(folder: Path) -> None:
    (folder / "broken").symlink_to("nowhere")

    assert names(folder) == ["a.csv", "broken", "link/a.csv", "link/b.csv.gz"]


def test_links_that_lead_in_circles_end(folder: Path) -> None:
    (folder / "self").symlink_to(folder)
    (folder / "link" / "back").symlink_to(folder)
    (folder / "loop").symlink_to("loop")

    assert names(folder) == ["a.csv", "link/a.csv", "link/b.csv.gz", "loop"]


def test_a_deletion_reads_them(folder: Path) -> None:
    report = check_files([folder], DELETION_SCHEMA, mode=Mode.DELETION)
    synthesized = find_files(folder, FileFilter((".csv",), recursive=True))

    assert report.files == (folder / "a.csv", folder / "link" / "a.csv")
    assert [*synthesized.values()] == [*report.files]
    assert report.violation_counts == {"ignored-file": 1}
    assert "link/b.csv.gz (gzip)" in (left_out_warning(folder, FileFilter((".csv",), recursive=True)) or "")


def test_an_import_does_not_read_them_and_says_so(folder: Path) -> None:
    report = check_files([folder], DELETION_SCHEMA)

    assert [finding.message for finding in report.findings] == [
        "an import reads the first level of a folder only, got folders below it: link/"
    ]
    with pytest.raises(ValidationError, match=r"files at its first level, .*, got 'link/a\.csv'"):
        find_files(folder, FileFilter((".csv",)))
