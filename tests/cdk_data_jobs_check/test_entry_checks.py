"""Files of entries are read to their end, or until there are too many errors, and it is told how far."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cdk_data_jobs_check import DataFile, findings
from cdk_data_jobs_check.ses.files import check_contact_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HEADER = b"emailAddress\n"


def data_file(name: str, content: bytes, *, has_size: bool = True) -> DataFile:
    size = len(content) if has_size else None
    return DataFile(name, PurePosixPath(name), size, lambda: io.BytesIO(content))


def contacts(number: int) -> bytes:
    return HEADER + b"".join(b"a%d@example.com\n" % one for one in range(number))


def test_progress_is_told_every_thousand_lines_in_bytes_of_all_files() -> None:
    first, second = contacts(2000), contacts(1500)
    told: list[tuple[int, int]] = []
    report = check_contact_files(
        [data_file("a.csv", first), data_file("b.csv", second)], on_progress=lambda *now: told.append(now)
    )

    ends = [len(contacts(999)), len(contacts(1999)), len(first) + len(contacts(999))]
    assert told == [(end, len(first) + len(second)) for end in ends]
    assert (report.rows, report.size_bytes) == (3500, len(first) + len(second))


def test_of_files_whose_size_is_not_known_what_was_read_counts() -> None:
    content = contacts(1000)
    told: list[tuple[int, int]] = []
    report = check_contact_files([data_file("-", content, has_size=False)], on_progress=lambda *now: told.append(now))

    done = len(contacts(999))
    assert told == [(done, done)]
    assert report.size_bytes == len(content)


def test_a_check_stops_in_a_file_and_reads_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MAX_ERRORS", 2)
    files = [data_file(name, HEADER + b"ann\n" * 10) for name in ("a.csv", "b.csv")]
    report = check_contact_files(files)

    assert (report.rows, report.violation_counts, report.is_complete) == (2, {"ses-invalid-address": 2}, False)


def test_a_file_that_cannot_be_read_further_does_not_keep_the_next_from_being_read() -> None:
    files = [data_file("a.csv", contacts(3) + b'"'), data_file("b.csv", contacts(4))]
    report = check_contact_files(files)

    assert [(one.location, one.rule) for one in report.findings] == [("a.csv:5", "ses-csv")]
    assert (report.rows, report.files) == (7, ("a.csv", "b.csv"))


def test_files_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(contacts(1))
    opened = path.open("rb")
    check_contact_files([DataFile(path, PurePosixPath("a.csv"), None, lambda: opened)])

    assert opened.closed
