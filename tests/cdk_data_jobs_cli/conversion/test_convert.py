"""Files are converted to a file or a folder, all or nothing, in memory that does not grow with them."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check import Mode, check_files
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_check import Schema

HEADER, ROW = "USER_ID;ITEM_ID;TIMESTAMP\n", "u1;i1;1735690635.0\n"
JSON_LINE = '{"USER_ID": "u1", "ITEM_ID": "i1", "TIMESTAMP": 1735690635}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two good files and a bad one."""
    for name, rows in {"a.csv": ROW * 600, "b.tsv.txt": ROW * 400, "bad.csv": "u1;i1;\n"}.items():
        (tmp_path / name).write_text(HEADER + rows)
    return tmp_path


def test_several_files_become_one(folder: Path, events: Schema) -> None:
    output = folder / "all.csv"
    report = convert_files([str(folder / "a.csv"), str(folder / "b.tsv.txt")], output, events)

    assert output.read_text() == "USER_ID,ITEM_ID,TIMESTAMP\n" + "u1,i1,1735690635\n" * 1000
    assert (report.rows, report.files) == (1000, [str(output)])
    assert check_files([output], events).violation_counts == {}


def test_several_files_become_a_folder(folder: Path, events: Schema) -> None:
    output = folder / "converted"
    report = convert_files([str(folder / "a.csv"), str(folder / "b.tsv.txt")], output, events)

    assert sorted(path.name for path in output.iterdir()) == ["a.csv", "b.csv"]
    assert report.files == [str(output / "a.csv"), str(output / "b.csv")]
    assert check_files([output], events, mode=Mode.INCREMENTAL).violation_counts == {}


@pytest.mark.parametrize("name", ["all.csv", "converted"])
def test_nothing_is_written_if_there_is_an_error(folder: Path, events: Schema, name: str) -> None:
    before = {*folder.iterdir()}
    report = convert_files([str(folder / "a.csv"), str(folder / "bad.csv")], folder / name, events)

    assert (report.count(Severity.ERROR), report.files) == (1, [])
    assert {*folder.iterdir()} == before


@pytest.mark.parametrize("name", ["all.csv", "converted"])
@pytest.mark.parametrize(
    "bad",
    [gzip.compress(JSON_LINE.encode() * 600, mtime=0)[:-9], b"[]", b"PK\x03\x04", b"\x1f\x8b\x08 broken"],
)
def test_a_file_that_cannot_be_read_is_not_counted_as_a_change(
    folder: Path, events: Schema, bad: bytes, name: str
) -> None:
    # Each of the files before it has a change of the same kind as the error.
    (folder / "good.jsonl").write_text(JSON_LINE)
    (folder / "good.jsonl.gz").write_bytes(gzip.compress(JSON_LINE.encode()))
    (folder / "bad").write_bytes(bad)
    files = [str(folder / one) for one in ("good.jsonl", "good.jsonl.gz", "bad")]
    report = convert_files(files if name == "all.csv" else files[:1] + files[2:], folder / name, events)

    assert (report.count(Severity.ERROR), report.files) == (1, [])
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", ["a.csv", "taken"])
def test_nothing_is_overwritten(folder: Path, events: Schema, name: str) -> None:
    (folder / "taken").mkdir()
    before = (folder / "a.csv").read_text()
    with pytest.raises(FileExistsError, match="the output must not exist"):
        convert_files([str(folder / "a.csv")], folder / name, events)

    assert (folder / "a.csv").read_text() == before


def test_two_files_of_a_folder_cannot_have_one_name(folder: Path, events: Schema) -> None:
    (folder / "b.csv").write_text(HEADER)
    with pytest.raises(FileExistsError, match=r"must have different names, got b\.csv, b\.csv"):
        convert_files([str(folder / "b.csv"), str(folder / "b.tsv.txt")], folder / "converted", events)


def test_memory_does_not_grow_with_a_file(folder: Path, events: Schema) -> None:
    peaks = []
    for rows in (5_000, 50_000):
        source = folder / f"{rows}.csv"
        source.write_text(HEADER + "".join(f"u{number};i{number};1735690635.0\n" for number in range(rows)))
        tracemalloc.start()
        convert_files([str(source)], folder / f"{rows}.out.csv", events)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.5 * peaks[0]
