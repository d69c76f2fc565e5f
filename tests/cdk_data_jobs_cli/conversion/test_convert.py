"""Files are converted to a file or a folder, all or nothing, in memory that does not grow with them."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_check import Mode, check_files
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.report import Severity

if TYPE_CHECKING:
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
    (folder / "more.jsonl.gz").write_bytes(gzip.compress(JSON_LINE.encode()))
    (folder / "bad").write_bytes(bad)
    files = [str(folder / one) for one in ("good.jsonl", "more.jsonl.gz", "bad")]
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


def test_an_empty_file_is_left_out_unless_all_are(folder: Path, events: Schema) -> None:
    for name in ("empty.csv", "none.csv"):
        (folder / name).touch()
    for output in ("all.csv", "converted"):
        report = convert_files([folder / "empty.csv", folder / "a.csv"], folder / output, events)

        assert (report.rows, len(report.files)) == (600, 1)
        assert ("change", "empty-file") in {(one.severity.value, one.rule) for one in report.findings}
    report = convert_files([folder / "empty.csv", folder / "none.csv"], folder / "no.csv", events)
    assert (report.count(Severity.ERROR), report.files) == (1, [])
    assert not (folder / "no.csv").exists()


def test_a_header_alone_is_written(folder: Path, events: Schema) -> None:
    (folder / "head.csv").write_text(HEADER)
    convert_files([folder / "head.csv"], folder / "out.csv", events)

    assert (folder / "out.csv").read_text() == "USER_ID,ITEM_ID,TIMESTAMP\n"


def test_all_files_of_a_folder_are_read(folder: Path, events: Schema) -> None:
    (folder / "export" / "date=2025-01-01").mkdir(parents=True)
    for name in ("export/date=2025-01-01/part.0.csv", "export/part.0.csv"):
        (folder / name).write_text(HEADER + ROW)
    (folder / "export" / "_SUCCESS").touch()
    report = convert_files([folder / "export"], folder / "converted", events)

    assert [Path(file).name for file in report.files] == ["date=2025-01-01-part.0.csv", "part.0.csv"]
    assert report.rows == 2


@pytest.mark.parametrize("place", ["export/out", "export/more/out.csv", "elsewhere/out", "link/out.csv"])
def test_the_output_is_not_in_a_folder_that_is_read(folder: Path, events: Schema, place: str) -> None:
    for name in ("export/more", "elsewhere"):
        (folder / name).mkdir(parents=True)
        (folder / name / "a.csv").write_text(HEADER + ROW)
    (folder / "export" / "other").symlink_to(folder / "elsewhere")
    (folder / "link").symlink_to(folder / "export")
    for outputs in ({"output": folder / place}, {"output": folder / "out", "rejected": folder / place}):
        with pytest.raises(FileExistsError, match="must be outside of the folders that are read, got"):
            convert_files([folder / "export"], schema=events, **outputs)

    assert convert_files([folder / "export"], folder / "out", events).rows == 2


def test_progress_ends_with_all_bytes(folder: Path, events: Schema) -> None:
    calls: list[tuple[int, int]] = []
    files = [folder / "a.csv", folder / "b.tsv.txt"]
    convert_files(files, folder / "out.csv", events, on_progress=lambda done, total: calls.append((done, total)))

    total = sum(path.stat().st_size for path in files)
    assert calls == sorted(calls)
    assert calls[-1] == (total, total)


def test_rejected_rows_are_written_elsewhere(folder: Path, events: Schema) -> None:
    (folder / "mixed.csv").write_text(HEADER + ROW + "u2;i2;old\n" + "u3\n" + ";;1\n" + ROW)
    (folder / "mixed.jsonl").write_text(JSON_LINE + '{"USER_ID": ["é"], "ITEM_ID": "i1", "TIMESTAMP": 1}\nno\n')
    rejected = folder / "rejected.jsonl"
    report = convert_files(
        [folder / "mixed.csv", folder / "mixed.jsonl"], folder / "out.csv", events, rejected=rejected
    )

    assert (folder / "out.csv").read_text().count("u1,i1,1735690635\n") == 3
    assert (report.rows, report.rejected, report.files) == (8, 5, [str(folder / "out.csv")])
    rows = [json.loads(line) for line in rejected.read_text(encoding="utf-8").splitlines()]
    assert sorted(
        (Path(row["file"]).name, row["line"], row["row"]) for row in rows if isinstance(row["row"], dict)
    ) == [
        ("mixed.csv", 3, {"USER_ID": "u2", "ITEM_ID": "i2", "TIMESTAMP": "old"}),
        ("mixed.csv", 5, {"USER_ID": "", "ITEM_ID": "", "TIMESTAMP": "1"}),
        ("mixed.jsonl", 2, {"USER_ID": ["é"], "ITEM_ID": "i1", "TIMESTAMP": 1}),
    ]
    assert [(row["line"], row["row"]) for row in rows if not isinstance(row["row"], dict)] == [(4, ["u3"]), (3, "no")]
    [reasons] = [row["reasons"] for row in rows if row["line"] == 5]
    assert [reason.partition(";")[0] for reason in reasons] == [
        "USER_ID must not be empty",
        "ITEM_ID must not be empty",
    ]
    assert set(check_files([folder / "out.csv"], events).violation_counts) == {"too-few-rows"}


@pytest.mark.parametrize(
    "row",
    [
        '{"USER_ID": 7, "ITEM_ID": true, "TIMESTAMP": 12345678901234567890.10, "MORE": null}',
        f'{{"USER_ID": "u1", "ITEM_ID": {"[" * 900}{"]" * 900}, "TIMESTAMP": 1}}',
        f"{'[' * 900}{']' * 900}",
        f'{{"USER_ID": "u1", "ITEM_ID": "", "TIMESTAMP": 1, "MORE": {"[" * 900}{"]" * 900}}}',
    ],
    ids=["numbers", "deep-value", "deep-list", "deep-extra-value"],
)
def test_a_rejected_row_of_json_is_written_as_it_is(folder: Path, events: Schema, row: str) -> None:
    (folder / "mixed.jsonl").write_text(f"{JSON_LINE}  {row}\n")
    report = convert_files([folder / "mixed.jsonl"], folder / "out.csv", events, rejected=folder / "rejected.jsonl")
    [line] = (folder / "rejected.jsonl").read_text().splitlines()

    assert report.rejected == 1
    assert line.endswith(f'"row": {row}}}')
    assert [*json.loads(line)] == ["file", "line", "reasons", "row"]


def test_many_rejected_rows_are_all_written(folder: Path, events: Schema) -> None:
    (folder / "many.csv").write_text(HEADER + ROW + "u2;i2;old\n" * 5000)
    report = convert_files([folder / "many.csv"], folder / "out.csv", events, rejected=folder / "rejected.jsonl")

    assert report.rejected == 5000
    assert (folder / "rejected.jsonl").read_text().count("\n") == 5000


def test_a_value_that_was_not_decoded_is_rejected_as_json(folder: Path, events: Schema) -> None:
    (folder / "latin.csv").write_bytes(f"{HEADER}{ROW}é;i1;1\n".encode("latin-1"))
    convert_files([folder / "latin.csv"], folder / "out.csv", events, rejected=folder / "rejected.jsonl")

    assert json.loads((folder / "rejected.jsonl").read_text())["row"]["USER_ID"] == "\udce9"


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "u1;i1;\n",  # of which no row would be left
        HEADER + ROW + 'u1;"i1;1735690635\n',  # which cannot be read to its end
    ],
)
def test_nothing_is_written_if_only_errors_would_be_left_or_the_rest_is_not_known(
    folder: Path, events: Schema, content: str
) -> None:
    (folder / "bad.csv").write_text(content)
    before = {*folder.iterdir()}
    report = convert_files([folder / "bad.csv"], folder / "out.csv", events, rejected=folder / "rejected.jsonl")

    assert (report.files, {*folder.iterdir()}) == ([], before)


def test_no_file_of_rejected_rows_is_made_without_any(folder: Path, events: Schema) -> None:
    convert_files([folder / "a.csv"], folder / "out.csv", events, rejected=folder / "rejected.jsonl")

    assert not (folder / "rejected.jsonl").exists()


def test_the_rejected_rows_are_not_left_without_the_others(folder: Path, events: Schema) -> None:
    (folder / "mixed.csv").write_text(HEADER + ROW + "u2;i2;old\n")
    output, rejected = folder / "out.csv", folder / "rejected.jsonl"

    def take_name(*_: int) -> None:
        output.write_text("mine")

    with pytest.raises(FileExistsError, match=r"the output must not exist, got .*out\.csv"):
        convert_files([folder / "mixed.csv"], output, events, rejected=rejected, on_progress=take_name)
    assert (output.read_text(), rejected.exists()) == ("mine", False)


def test_an_example_shows_where_a_value_was_changed(folder: Path, events: Schema) -> None:
    (folder / "long.csv").write_text(HEADER + f'u1;"{"Lorem ipsum " * 5}a\nb";1735690635\n')
    report = convert_files([folder / "long.csv"], folder / "out.csv", events)

    [message] = [one.message for one in report.findings if one.rule == "line-break"]
    assert message == ("ITEM_ID: a line break to a space, '... ipsum Lorem ipsum a\\nb' to '... ipsum Lorem ipsum a b'")


def test_memory_does_not_grow_with_the_lengths_of_rows(folder: Path, events: Schema) -> None:
    source = folder / "long.csv"
    source.write_text("USER_ID,ITEM_ID,TIMESTAMP,MORE\n" + f"u1,i1,1735690635,{'x' * 500_000}\n" * 100)
    tracemalloc.start()
    convert_files([source], folder / "out.csv", events)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 20_000_000


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
