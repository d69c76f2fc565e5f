"""All files that hold data are read, each once, and their conversions have names of their own."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile
from cdk_data_jobs_cli.conversion.inputs import find_inputs, output_names
from cdk_data_jobs_cli.conversion.report import Report, Severity


def named(name: str) -> DataFile:
    return DataFile(name, PurePosixPath(name), 0, Path(name).open)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("items.csv", "items.csv"),
        ("items.jsonl.gz", "items.csv"),
        ("ITEMS.CSV.GZ", "ITEMS.csv"),
        ("part.0.parquet", "part.0.csv"),
        ("events.2024.csv", "events.2024.csv"),
        ("part-00000-c000.snappy.parquet", "part-00000-c000.snappy.csv"),
        ("b.tsv.txt", "b.csv"),
        ("items", "items.csv"),
        (".hidden.csv", "hidden.csv"),
        (".csv", "csv.csv"),
        ("<stdin>", "stdin.csv"),
        ("date=2025-01-01/part.0.parquet", "date=2025-01-01-part.0.csv"),
        ("/a.csv", "a.csv"),
        ("b//../a.csv", "b-a.csv"),
        ("a\\b.csv", "a-b.csv"),
        ("...", "unnamed.csv"),
    ],
)
def test_only_known_suffixes_are_replaced(name: str, expected: str) -> None:
    assert output_names([named(name)]) == [expected]


@given(st.text("/\\.<>_-ab", min_size=1))
@example("//a.csv")
def test_a_name_leads_nowhere_else_and_is_not_hidden(key: str) -> None:
    [name] = output_names([named(key)])

    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert not name.startswith(".")


def test_two_files_of_a_folder_cannot_have_one_name() -> None:
    with pytest.raises(FileExistsError, match=r"must have different names, got A\.csv, a\.csv; write one \.csv file"):
        output_names([named("a.csv"), named("A.json"), named("b.csv")])


def test_files_of_tools_are_left_out_of_a_folder_and_those_of_data_are_reported(tmp_path: Path) -> None:
    names = [
        "part-0.csv",
        ".part-0.csv.crc",
        "_SUCCESS",
        "date=1/part-1.csv",
        "_temporary/0.json",
        ".b.csv",
        "_b.CSV.GZ",
        "README",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")

    report = Report()
    found = [file.relative_path.as_posix() for file in find_inputs([tmp_path], report)]
    assert sorted(found) == ["README", "date=1/part-1.csv", "part-0.csv"]
    [warning] = report.findings
    assert (warning.severity, warning.rule, warning.count) == (Severity.WARNING, "hidden-file", 3)
    assert warning.message.startswith("what is hidden or begins with _ is left out, got .b.csv; rename it")


def test_a_folder_without_data_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()
    with pytest.raises(FileNotFoundError, match="must have files to convert, got none in"):
        find_inputs([tmp_path], Report())


def test_a_link_to_nothing_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    (tmp_path / "b.csv").symlink_to(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match=r"must be files, folders and links to these, got b\.csv in"):
        find_inputs([tmp_path], Report())


def test_a_file_is_read_once(tmp_path: Path) -> None:
    file, link = tmp_path / "a.csv", tmp_path / "link.csv"
    file.write_text("a")
    link.symlink_to(file)
    report = Report()
    found = find_inputs([file, tmp_path / ".." / tmp_path.name / "a.csv", link, tmp_path], report)

    assert [one.location for one in found] == [file]
    assert [(one.rule, one.count) for one in report.findings] == [("doubled-file", 4)]


def test_a_file_that_is_there_also_compressed_is_an_error(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "a.csv.GZ"):
        (tmp_path / name).write_text("a")
    with pytest.raises(FileExistsError, match=r"must be there once, got .*/a\.csv(?:\.GZ)? and .*/a\.csv"):
        find_inputs([tmp_path], Report())
    (tmp_path / "more").mkdir()
    (tmp_path / "a.csv.GZ").rename(tmp_path / "more" / "a.csv.gz")

    assert len(find_inputs([tmp_path], Report())) == 3
