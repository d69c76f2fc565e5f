"""Which files a job reads, and streams that are checked as files are."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs._storage.local_files import FileFilter, find_files
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check import DataFile, DataFolder, Mode, Schema, check_files, files
from cdk_data_jobs_check.sources import has_csv_suffix, resolve
from cdk_data_jobs_local.services.core.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = "USER_ID,AGE,MEMBER,NOTE\n"
GOOD = "u1,30,true,\n"


class Keys:
    """The keys of a bucket, as the emulator sees them."""

    def __init__(self, keys: set[str]) -> None:
        self.keys = keys

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        del bucket
        return iter(sorted(key for key in self.keys if key.startswith(prefix)))


names = st.sampled_from(
    ["a.csv", "b.CSV", ".csv", "_c.csv", ".d.csv", "e.csv.gz", "csv", "f.txt", "g.csv.", "_SUCCESS"]
)
folders = st.sampled_from(["", "", "2026/", "2026/11/", ".hidden/", "h.csv/"])


@given(st.sets(st.builds(str.__add__, folders, names), min_size=1), st.booleans())
def test_checker_emulator_and_synthesis_read_the_same_files(generated: set[str], recursive: bool) -> None:
    with TemporaryDirectory() as folder:
        for name in generated:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        checked, with_sub_folders = (
            {str(file.relative_path) for file in found.files if has_csv_suffix(file.relative_path)}
            for levels in (recursive, True)
            for found in resolve([folder], recursive=levels)
            if isinstance(found, DataFolder)
        )
        synthesized = checked
        # It refuses folders of which the job would read nothing, or leave out a .csv file.
        if not checked or checked != with_sub_folders:
            with pytest.raises(ValidationError, match="must have"):
                find_files(Path(folder), FileFilter((".csv",), recursive=recursive))
        else:
            synthesized = set(find_files(Path(folder), FileFilter((".csv",), recursive=recursive)))
    emulated = Location("data", "x/").keys(Keys({f"x/{name}" for name in generated}), suffix=".csv", deep=recursive)  # type: ignore[arg-type]

    assert {key.removeprefix("x/") for key in emulated} == checked == synthesized


class Pipe(io.BytesIO):
    """A stream that cannot move, as a pipe."""

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def stream(content: str, size: int | None = None) -> tuple[DataFile, Pipe]:
    pipe = Pipe(content.encode())
    return DataFile("s3://data/a.csv", PurePosixPath("a.csv"), size, lambda: pipe), pipe


def test_a_stream_is_checked_like_a_file_and_closed(write: Callable[..., Path], users: Schema) -> None:
    long = "u2,1,true," + "x" * 3 * 2**20 + "\n"
    content = HEADER + GOOD * 20_000 + long + GOOD * 5 + "u3,old,true,\n"
    source, pipe = stream(content)
    done: list[tuple[int, int]] = []
    report, local = (
        check_files([source], users, on_progress=lambda *now: done.append(now)),
        check_files([write(content)], users),
    )

    assert (report.rows, report.size_bytes, report.violation_counts) == (
        20_007,
        len(content),
        {"line-length": 1, "string-length": 1, "type": 1},
    )
    assert (local.rows, local.size_bytes, local.violation_counts) == (
        report.rows,
        report.size_bytes,
        report.violation_counts,
    )
    assert [one.location for one in report.findings] == [
        "s3://data/a.csv:20002",
        "s3://data/a.csv:20002:11",
        "s3://data/a.csv:20008:4",
    ]
    assert pipe.closed
    assert done[-1] == (len(content), len(content))


def test_a_stream_of_unknown_size_can_be_too_big(users: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_BYTES", {Mode.INCREMENTAL: 100})
    for size in (None, len(HEADER + GOOD * 20)):
        report = check_files([stream(HEADER + GOOD * 20, size)[0]], users, mode=Mode.INCREMENTAL)
        assert report.violation_counts == {"size": 1}


def test_a_folder_elsewhere_is_read_as_a_local_one(users: Schema) -> None:
    folder = DataFolder("s3://data/", (stream(HEADER + GOOD, 0)[0],), ("2026/",))
    report = check_files([folder], users)

    assert (report.files, report.rows, report.violation_counts) == (("s3://data/a.csv",), 1, {"ignored-file": 1})
    assert report.findings[0].message.endswith("got folders below it: 2026/")
    assert check_files([DataFolder("s3://data/", ())], users).violation_counts == {"no-files": 1}
