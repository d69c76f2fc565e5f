"""How the files of one import, or deletion, are checked."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check import (
    DELETION_SCHEMA,
    DataFile,
    FindingCollector,
    Mode,
    Schema,
    check_files,
    check_headers,
    files,
    findings,
    line_chunks,
)
from cdk_data_jobs_check.findings import Violation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_check import Report

HEADER = "USER_ID,AGE,MEMBER,NOTE\n"
GOOD = "u1,30,true,\n"
EVENTS = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n"
EVENT = "u1,i1,1735690635,view\n"


def rules(report: Report) -> list[tuple[str, str]]:
    return [(one.severity.value, one.rule) for one in report.findings]


def test_a_folder_is_its_csv_files_at_the_first_level(write: Callable[..., Path], users: Schema) -> None:
    folder = write(HEADER + GOOD, "b.csv").parent
    write(HEADER + GOOD * 2, "a.CSV")
    write("not CSV", "README.md")
    for number in range(7):
        write(HEADER, f"202{number}/c.csv")
    (folder / "empty" / "too").mkdir(parents=True)
    report = check_files([folder], users)

    assert [path.name for path in report.files] == ["a.CSV", "b.csv"]
    assert (report.rows, report.size_bytes) == (3, len(HEADER * 2 + GOOD * 3))
    assert rules(report) == [("warning", "ignored-file")] * 2
    assert report.findings[0].location == str(folder)
    assert report.findings[1].message == (
        "an import reads the first level of a folder only, got folders below it: 2020/, 2021/, 2022/, 2023/, 2024/ "
        "and 2 more"
    )


def test_a_deletion_reads_sub_folders_too(write: Callable[..., Path]) -> None:
    folder = write("USER_ID\nu1\n", "a.csv").parent
    write("USER_ID\nu2\n\nu3\n", "more/b.csv")
    report = check_files([folder], DELETION_SCHEMA, mode=Mode.DELETION)

    assert report.rows == 3
    assert rules(report) == [("warning", "blank-line")]


def test_a_file_that_is_given_twice_is_read_once(write: Callable[..., Path], users: Schema) -> None:
    path = write(HEADER + GOOD * 3, "more/a.csv")
    folder = path.parent

    for named in ([folder, path], [path, folder], [path, folder / ".." / "more" / "a.csv"]):
        report = check_files(named, users)
        assert (report.rows, report.size_bytes, len(report.files)) == (3, path.stat().st_size, 1)


def test_a_folder_without_csv_files_is_reported(write: Callable[..., Path], users: Schema) -> None:
    folder = write("", "a.parquet").parent
    report = check_files([folder], users)

    assert rules(report) == [("warning", "ignored-file"), ("error", "no-files")]
    assert "reads only .csv files of a folder, got a.parquet, Parquet" in report.findings[0].message


def test_nothing_to_check_is_reported(users: Schema) -> None:
    report = check_files([], users)

    assert [str(finding) for finding in report.findings] == [
        "<files>: error: there must be files to check, got none; name a file or a folder [no-files]"
    ]


def test_what_a_folder_has_beside_csv_is_a_finding_for_each_kind(write: Callable[..., Path], users: Schema) -> None:
    folder = write(HEADER + GOOD, "part-0.csv").parent
    for name in (".DS_Store", "_SUCCESS", "part-1.csv.gz", "part-2.csv.gz", ".part-0.csv.crc", "2024/more.csv"):
        write("", name)
    (folder / "part-3.csv").symlink_to("gone.csv")
    report = check_files([folder], users)

    assert report.violation_counts == {"ignored-file": 7}
    assert [(finding.message.partition("got ")[2], finding.count) for finding in report.findings] == [
        (".DS_Store, a hidden file", 1),
        (".part-0.csv.crc, a checksum file of Hadoop or Spark", 1),
        ("_SUCCESS, a marker of a tool such as Spark", 1),
        ("part-1.csv.gz, gzip", 2),
        ("part-3.csv, a link to nothing or a pipe", 1),
        ("folders below it: 2024/", 1),
    ]
    assert [finding.hint for finding in report.findings[2:4]] == [
        "export CSV if its rows are wanted, otherwise remove it",
        "convert it with `data-jobs convert` if its rows are wanted, otherwise remove it",
    ]


def test_a_broken_link_in_a_sub_folder_of_a_deletion_is_reported(write: Callable[..., Path]) -> None:
    path = write("USER_ID\nu1\n", "more/a.csv")
    path.with_name("b.csv").symlink_to("gone.csv")
    report = check_files([path.parents[1]], DELETION_SCHEMA, mode=Mode.DELETION)

    assert (report.rows, rules(report)) == (1, [("warning", "ignored-file")])
    assert "a deletion reads only .csv files of a folder, got more/b.csv, a link" in report.findings[0].message


@pytest.mark.parametrize("name", [".a.csv", "_metadata.csv"])
def test_a_hidden_file_is_read_and_named(write: Callable[..., Path], users: Schema, name: str) -> None:
    report = check_files([write(HEADER + GOOD, name).parent], users)

    assert (report.rows, rules(report)) == (1, [("warning", "hidden-file")])


def test_a_file_of_another_format_is_named_for_what_it_is(write: Callable[..., Path], users: Schema) -> None:
    report = check_files([write(gzip.compress(b"USER_ID,AGE\n", mtime=0))], users)

    assert rules(report) == [("error", "file-format")]
    assert report.findings[0].message == "a file must be uncompressed CSV in UTF-8, got gzip"


def test_an_empty_file_and_one_without_rows_are_reported(write: Callable[..., Path], users: Schema) -> None:
    report = check_files([write("", "a.csv"), write(HEADER, "b.csv")], users)

    assert [(one.path.name, one.line, one.rule) for one in report.findings] == [
        ("a.csv", None, "empty-file"),
        ("b.csv", None, "no-rows"),
    ]


def test_a_missing_file_is_no_finding(tmp_path: Path, users: Schema) -> None:
    with pytest.raises(FileNotFoundError):
        check_files([tmp_path / "missing.csv"], users)


def test_all_files_must_have_the_header_of_the_first(write: Callable[..., Path], users: Schema) -> None:
    more = HEADER.replace("\n", ",MORE\n")
    report = check_files([write("", "0.csv"), write(HEADER + GOOD, "a.csv"), write(more, "b.csv")], users)

    other = next(one for one in report.findings if one.rule == "different-header")
    assert (other.path.name, other.line) == ("b.csv", 1)
    assert other.hint == "make it 'USER_ID,AGE,MEMBER,NOTE', as in a.csv"


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_an_import_needs_a_thousand_interactions(write: Callable[..., Path], interactions: Schema, mode: Mode) -> None:
    few, enough = write(EVENTS + EVENT * 500, "few.csv"), write(EVENTS + EVENT * 500, "enough.csv")

    report = check_files([few], interactions, mode=mode)
    assert rules(report) == [("error", "too-few-rows")]
    assert report.findings[0].message == "an import must have at least 1,000 interactions, got 500"
    assert check_files([few, enough], interactions, mode=mode).findings == ()


def test_interactions_that_could_not_be_read_are_not_counted(write: Callable[..., Path], interactions: Schema) -> None:
    assert rules(check_files([write(EVENT)], interactions)) == [("error", "header")]


@pytest.mark.parametrize(
    ("mode", "limit", "size"),
    [
        (Mode.FULL, 100 * 2**30, "100 GB"),
        (Mode.INCREMENTAL, 2**30, "1 GB"),
        (Mode.DELETION, 100 * 2**20, "100 MB"),
    ],
)
def test_what_is_too_big_for_the_mode_is_reported(
    write: Callable[..., Path], users: Schema, mode: Mode, limit: int, size: str
) -> None:
    path = write("no header\n")  # so that the rest, a hole in the file, is not read
    with path.open("r+b") as file:
        file.truncate(limit)
    fits = check_files([path], users, mode=mode)
    report = check_files([path, write(HEADER + GOOD, "more.csv")], users, mode=mode)

    assert rules(fits) == [("error", "header")]
    assert rules(report)[0] == ("error", "size")
    assert f"at most {size}, got" in report.findings[0].message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_as_big_as_what_was_read_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(files, "_MAX_BYTES", {Mode.DELETION: 100})
    content = b"USER_ID\n" + b"u1\n" * 50
    progress: list[tuple[int, int]] = []
    with ThreadPoolExecutor(1) as threads:
        threads.submit(pipe.write_bytes, content)
        report = check_files([pipe], DELETION_SCHEMA, mode=Mode.DELETION, on_progress=lambda *now: progress.append(now))

    assert (report.size_bytes, report.violation_counts) == (len(content), {"size": 1})
    assert progress[-1] == (len(content), len(content))


def test_a_check_that_stops_says_what_it_has_counted(
    write: Callable[..., Path], users: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "MAX_ERRORS", 10)
    folder = write(HEADER + "u1,old,true,\n" * 1000, "a.csv").parent
    write(HEADER + GOOD, "b.csv")
    for number in range(3):
        write("", f"{number}.crc")
    report = check_files([folder], users)

    assert ([path.name for path in report.files], report.is_complete) == (["a.csv"], False)
    assert [(one.rule, one.count, one.is_lower_bound) for one in report.findings] == [
        ("ignored-file", 3, False),
        ("type", 1000, True),
    ]


def test_interactions_are_not_counted_by_a_check_that_stops(
    write: Callable[..., Path], interactions: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "MAX_ERRORS", 1)
    path = write(EVENTS + EVENT.replace("i1", ""), "a.csv")

    assert rules(check_files([path, write(EVENTS + EVENT * 1000, "b.csv")], interactions)) == [("error", "empty")]


def test_what_was_found_before_is_in_the_report(write: Callable[..., Path], users: Schema) -> None:
    collector = FindingCollector()
    collector.add(Violation("record-name-case", "a name", "rename it"), "users.json")
    report = check_files([write(HEADER + "u1,old,true,\n")], users, findings=collector)

    assert [(one.path, one.rule) for one in report.findings] == [
        ("users.json", "record-name-case"),
        (report.files[0], "type"),
    ]
    assert (report.errors, report.warnings) == (1, 1)


def test_progress_is_reported_in_bytes_of_all_files(write: Callable[..., Path], users: Schema) -> None:
    paths = [write(HEADER + GOOD * 50_000, "a.csv"), write("", "b.csv"), write(HEADER + GOOD * 50_000, "c.csv")]
    reported: list[tuple[int, int]] = []
    check_files(paths, users, on_progress=lambda done, total: reported.append((done, total)))

    size = sum(path.stat().st_size for path in paths)
    assert {total for _done, total in reported} == {size}
    assert [done for done, _total in reported] == sorted(done for done, _total in reported)
    assert reported[-1][0] == size
    assert len(reported) > 5


@pytest.mark.parametrize(
    ("first", "row"),
    [
        ("", "u1,30,true,good\n"),
        ("", 'u1,old,maybe,"a ""note"" \n'),
        ('u1,30,true,"open\n', "u1,30,true,good\n"),
    ],
    ids=["good", "bad", "a quote that is never closed"],
)
def test_memory_does_not_grow_with_the_file(
    write: Callable[..., Path], users: Schema, monkeypatch: pytest.MonkeyPatch, first: str, row: str
) -> None:
    monkeypatch.setattr(line_chunks, "_CHUNK_BYTES", 2**14)  # so that small files have many chunks

    def peak(rows: int) -> int:
        path = write(HEADER + first + row * rows)
        tracemalloc.start()
        try:
            report = check_files([path], users)
            assert report.rows == rows + bool(first)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is made once, such as expressions
    small, big = peak(8000), peak(16_000)
    assert big < small + 30_000


@pytest.mark.parametrize(
    ("name", "gigabytes", "expected"),
    [
        ("Interactions", 100, None),
        ("Interactions", 101, ("warning", "size-quota")),
        ("Action_Interactions", 1024, ("warning", "size-quota")),
        ("Interactions", 1025, ("error", "size")),
        ("Items", 101, ("error", "size")),
    ],
)
def test_interactions_may_be_bigger_with_a_raised_quota(
    make_schema: Callable[..., Schema], name: str, gigabytes: int, expected: tuple[str, str] | None
) -> None:
    columns = {
        "Interactions": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
        "Action_Interactions": {
            "USER_ID": "string",
            "ACTION_ID": "string",
            "EVENT_TYPE": "string",
            "TIMESTAMP": "long",
        },
        "Items": {"ITEM_ID": "string", "PRICE": "float"},
    }[name]
    header = f"{','.join(columns)}\n".encode()
    file = DataFile("s3://data/a.csv", PurePosixPath("a.csv"), gigabytes * 2**30, lambda: io.BytesIO(header))
    report = check_files([file], make_schema(name, **columns), min_interactions=0)

    assert [rule for rule in rules(report) if rule[1] != "no-rows"] == ([expected] if expected else [])


def test_the_headers_alone_may_be_checked(write: Callable[..., Path], users: Schema) -> None:
    good, bad = write(HEADER + "u1,old\n", "a.csv"), write("USER_ID\nu2\n", "b.csv")
    report = check_headers([good, bad], users)

    assert rules(report) == [("error", "missing-column"), ("error", "different-header")]
    assert check_headers([good], users).findings == ()


def test_too_few_interactions_are_no_matter_if_only_headers_are_read(
    write: Callable[..., Path], interactions: Schema
) -> None:
    assert check_headers([write(EVENTS + EVENT)], interactions).findings == ()


def test_without_a_schema_headers_are_compared_with_each_other(write: Callable[..., Path]) -> None:
    first, same, other = write("A,B\n", "a.csv"), write("A, B\r\n", "b.csv"), write("B,A\n", "c.csv")

    assert rules(check_headers([first, same], None)) == [("warning", "header-spaces")]
    assert rules(check_headers([first, other], None)) == [("error", "different-header")]
