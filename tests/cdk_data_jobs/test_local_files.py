"""What a job leaves out of a folder, and what it reads although it is probably no data, is said at synthesis."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs._storage.local_files import (
    CONVERT_HINT,
    FileFilter,
    find_files,
    hidden_files_warning,
    left_out_warning,
)

Declare = Callable[..., personalize.DatasetImportJob]
Write = Callable[..., Path]

CSV = FileFilter((".csv",), can_check=True)


def test_each_kind_of_file_that_is_left_out_is_named(write: Write) -> None:
    names = ["a.csv", "b.csv.gz", "c.csv.gz", "d.parquet", "_SUCCESS", ".DS_Store", "2024/more.json", "e"]
    for name in names:
        folder = write(name)
    (folder / "f.csv").symlink_to("nowhere.csv")
    os.mkfifo(folder / "g.csv")

    assert left_out_warning(folder, CSV) == (
        f"a job reads only .csv files of its folder, got '{folder}' with .DS_Store (a hidden file), "
        "2024/more.json (JSON), _SUCCESS (a marker of a tool such as Spark), b.csv.gz and 1 more (gzip), d.parquet "
        "(Parquet), e (a file without a suffix), f.csv (a broken link), g.csv (a pipe or device); remove them, or "
        f"convert them if their rows are wanted; {CONVERT_HINT}"
    )
    assert hidden_files_warning(folder, CSV) is None


def test_files_that_are_read_although_they_are_hidden_are_named(write: Write) -> None:
    for name in ("a.csv", ".b.csv", "_c.CSV", "2024/.d.csv"):
        folder = write(name)

    assert hidden_files_warning(folder, FileFilter((".csv",), recursive=True)) == (
        f"a job reads every .csv file of its folder, got '{folder}' with .b.csv and 1 more (a hidden "
        "file), _c.CSV (a marker of a tool such as Spark); remove them, unless their rows are wanted"
    )
    assert left_out_warning(folder, CSV) is None


def test_a_folder_of_data_and_a_file_get_no_warning(write: Write) -> None:
    write("a.csv")
    folder = write("b.CSV")
    file = write("_/_c.csv") / "_" / "_c.csv"

    assert [left_out_warning(folder, CSV), left_out_warning(file, CSV), hidden_files_warning(file, CSV)] == [None] * 3


def test_many_kinds_are_counted_and_control_characters_escaped(write: Write) -> None:
    for number in range(12):
        folder = write(f"\x1b.k{number:02}")

    warning = left_out_warning(folder, CSV)
    assert warning is not None
    assert "with \\x1b.k00 (a .k00 file), " in warning
    assert "\\x1b.k09 (a .k09 file), 2 more kinds; remove" in warning
    assert warning.isprintable()


def test_a_folder_without_data_says_what_it_has(write: Write) -> None:
    write("_SUCCESS", "")
    folder = write("part-0.snappy.parquet")

    with pytest.raises(
        ValueError, match=r"got '.*' with _SUCCESS \(a marker .*\), part-0.*parquet \(Parquet\); `data-j"
    ):
        find_files(folder, CSV)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv.gz", gzip.compress(b"USER_ID\n"), "gzip"),
        ("a.gz", b"PAR1\x15", "Parquet"),
        ("a", b"USER_ID\n", "a file without a suffix"),
    ],
    ids=["by its name and content", "by its content", "by its name"],
)
def test_a_file_that_is_no_csv_file_is_called_what_it_is(write: Write, name: str, content: bytes, found: str) -> None:
    with pytest.raises(ValueError, match=rf"such files, got '.*/{name}', {found}; `data-jobs convert` writes"):
        find_files(write(name, content) / name, CSV)


def test_the_synthesis_prints_the_warnings(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    for name in ("_a.csv", "b.csv.gz"):
        folder = write(name)
    import_job(source=DataSource.from_asset(folder))

    for said in ("a job reads only", "a job reads every"):
        Annotations.from_stack(stack).has_warning("/Shop/ImportUsers", Match.string_like_regexp(said))
