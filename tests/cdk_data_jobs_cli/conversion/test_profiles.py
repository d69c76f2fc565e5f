"""Profiles of files, and that whatever schema is proposed from them accepts what a conversion makes of them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile, Severity, check_files, propose_schema
from cdk_data_jobs_check.field_remarks import RemarkKind
from cdk_data_jobs_check.schema_rules import DATASETS
from cdk_data_jobs_cli.conversion import report as conversion_report
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.input_file import UnreadableError
from cdk_data_jobs_cli.conversion.profiles import Profiles, profile_files
from cdk_data_jobs_cli.conversion.times import TimeOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHANGE, ERROR = conversion_report.Severity.CHANGE, conversion_report.Severity.ERROR
NO_OPTIONS = InputOptions()


def profile(*paths: Path, options: InputOptions = NO_OPTIONS) -> Profiles:
    return profile_files(paths, options)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file."""

    def write(content: str | bytes, name: str = "data") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("USER_ID;AGE\nu1;1\n", ["USER_ID", "AGE"]),
        ("user id\tage, in years\nu1\t1\n", ["user id", "age, in years"]),
        ("name;age\nu1;1\n", ["name", "age"]),
        ("\ufeffUSER_ID,AGE\r\nu1,1\r\n", ["USER_ID", "AGE"]),
        ("USER_ID,AGE\nu1,1\n".encode("utf-16"), ["USER_ID", "AGE"]),
        (gzip.compress(b"USER_ID,AGE\nu1,1\n"), ["USER_ID", "AGE"]),
        ('{"USER_ID": "u1", "AGE": 1}\n', ["USER_ID", "AGE"]),
        (',USER_ID,"AGE"\n0,"u1",1\n', ["USER_ID", "AGE", ""]),
    ],
    ids=["semicolons", "tabs", "no known name", "byte order mark", "UTF-16", "gzip", "JSON lines", "index"],
)
def test_what_a_conversion_reads_is_read(write: Callable[..., Path], content: str | bytes, names: list[str]) -> None:
    found = profile(write(content))

    assert ([*found.columns], found.rows) == (names, 1)
    assert found.columns[names[1]].distinct == {"1"}


def test_parquet_is_read_too(write: Callable[..., Path]) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415 - it may be missing

    stream = io.BytesIO()
    parquet.write_table(pa.table({"USER_ID": ["u1", "u2"], "AGE": [1, None]}), stream)
    found = profile(write(stream.getvalue()))

    assert ([*found.columns], found.rows, found.columns["AGE"].empty_count) == (["USER_ID", "AGE"], 2, 1)


def test_columns_without_names_may_be_several(write: Callable[..., Path]) -> None:
    assert [*profile(write(",USER_ID,,AGE\n0,u1,1,7\n")).columns] == ["USER_ID", "AGE", ""]

    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415 - it may be missing

    stream = io.BytesIO()
    parquet.write_table(pa.table([["x"], ["u1"], [0.5], [7]], names=["", "USER_ID", "", "AGE"]), stream)
    found = profile(write(stream.getvalue()))

    assert [*found.columns] == ["USER_ID", "AGE", ""]
    assert found.columns["AGE"].distinct == {"7"}


def test_keys_that_rows_of_json_lines_leave_out_are_null(write: Callable[..., Path]) -> None:
    one = write('{"USER_ID": "u1"}\n{"AGE": 7, "USER_ID": "u2"}\n', "one")
    other = write('{"USER_ID": "u3", "CITY": "Bonn"}\n{"USER_ID": "u4"}\n', "other")
    found = profile(one, other)

    assert found.rows == 4
    assert {name: (column.filled_count, column.empty_count) for name, column in found.columns.items()} == {
        "USER_ID": (4, 0),
        "AGE": (1, 3),
        "CITY": (1, 3),
    }


def test_rows_that_cannot_be_read_are_reported_and_left_out(write: Callable[..., Path]) -> None:
    found = profile(write("USER_ID,AGE\nu1,1\nu2\n\nu3,2,3\n"))
    errors = [finding for finding in found.report.findings if finding.severity is ERROR]

    assert (found.rows, found.columns["USER_ID"].row_count) == (1, 1)
    assert [(error.rule, error.lines) for error in errors] == [("number-of-values", [3]), ("number-of-values", [5])]


def test_quotes_may_be_escaped_as_an_import_reads_them(write: Callable[..., Path]) -> None:
    path = write('USER_ID,SAYS\nu1,"say \\"no\\", please"\n')
    found = profile(path)

    assert found.columns["SAYS"].distinct == {'say "no", please'}
    assert found.options.backslash
    with path.open("rb") as stream, pytest.raises(UnreadableError, match="give --backslash"):
        profile_files([DataFile("<stdin>", PurePosixPath("-"), None, lambda: stream)], NO_OPTIONS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "data: a file must be Parquet, or CSV or JSON lines"),
        ("USER_ID,A\nu1,1\n\n" + '"u2,1\n', "data:4: a row must be CSV"),
        ("USER_ID,A,A\n", "data: the names of columns must be unique, got 'A' more than once"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(
    write: Callable[..., Path], content: str | bytes, message: str
) -> None:
    with pytest.raises(UnreadableError, match=message):
        profile(write(content))


def test_files_of_several_datasets_are_an_error(write: Callable[..., Path]) -> None:
    users, items = write("USER_ID,AGE\n", "users.csv"), write("ITEM_ID,GENRE\n", "items.csv")

    with pytest.raises(
        UnreadableError, match=r"USER_ID,AGE as .*users\.csv, got 'ITEM_ID,GENRE'; name the files of one"
    ):
        profile(users, items)
    assert [*profile(users, write("AGE,USER_ID\n", "more.csv")).columns] == ["USER_ID", "AGE"]


def test_empty_files_are_left_out(write: Callable[..., Path]) -> None:
    assert profile(write("", "empty"), write("USER_ID,AGE\nu1,1\n")).rows == 1
    assert profile(write("")).columns == {}


def test_progress_is_told_in_bytes_of_the_file(write: Callable[..., Path]) -> None:
    path = write(gzip.compress(b"USER_ID,AGE\n" + b"u1,1\n" * 5000), "data.gz")
    told: list[tuple[int, int]] = []
    profile_files(
        [*map(DataFile, [path], [PurePosixPath("data.gz")], [path.stat().st_size], [lambda: path.open("rb")])],
        NO_OPTIONS,
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert len(told) == 5
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


OWN = ["OWN", "My Field2", "inStock", "SKU", "Zip_Code", "text", "2nd"]
SPELLINGS = [str, str, str.lower, lambda name: name.title().replace("_", ""), lambda name: name.replace("_", " ")]
TIMES = ["{}", "{}.0", "{}123", "2025-01-01T00:00:00Z", "2025-01-01", "{}.5", "1.7E9", "1.7E+9", "9999-12-31T23:59:59Z"]
NULLS = st.sampled_from(["", "NULL", "NaN", "None"])
seconds = st.integers(10**9, 2 * 10**9)


texts = st.text('abc|é \\",;\n', min_size=1, max_size=5).map(lambda value: value.strip() or "x")
numbers = st.integers(-1000, 1000).map(str)
PLAIN = [
    st.integers(-(2**40), 2**40).map(str),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.integers(-3, 3).map(str),
    st.integers(-3000, 3000).map("{}.0".format),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["true", "FALSE"]),
    st.sampled_from(["t", "f"]),
    st.sampled_from(["a", "b", "a|b"]),
    seconds.map(str),
    st.sampled_from(["2025-01-01", "2024-02-29 01:00+01"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=70),
    st.text("0123456789", min_size=1, max_size=25),
]
UGLY = st.sampled_from(
    [
        "-inf",
        "1e5",
        " 1",
        "1,5",
        "+7",
        ".5",
        "5.",
        "x" * 1001,
        "9" * 1001,
        "9" * 40,
        "2025-13-01",
        " ",
        "NULL ",
        "1e400",
    ]
)

Table = tuple[str, "str | None", list[str], list[list[str]]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Generates a dataset type, a domain, and the names and rows of a table."""
    domain = draw(st.sampled_from([*DATASETS]))
    dataset_type = draw(st.sampled_from([*DATASETS[domain]]))
    rules = DATASETS[domain][dataset_type]
    known = rules.known
    reserved = draw(st.lists(st.sampled_from([*rules.reserved, "OWN"]), max_size=4, unique=True))
    own = draw(st.lists(st.sampled_from(OWN), min_size=1, max_size=4, unique=True))
    names = draw(st.permutations(list(dict.fromkeys([*rules.required, *reserved, *own]))))
    count = draw(st.integers(1, 6))
    is_odd = draw(st.booleans())
    # A tool writes all times alike, but files may be of several.
    forms = draw(st.lists(st.sampled_from(TIMES), min_size=1, max_size=2))
    time = st.one_of([seconds.map(form.format) for form in forms])
    columns = []
    for name in names:
        values = draw(st.sampled_from(PLAIN)) | draw(st.sampled_from(PLAIN))
        if name in known:
            values = time if "TIMESTAMP" in name else texts if known[name].types == ("string",) else numbers
        if name not in rules.required and draw(st.booleans()):
            values |= NULLS
        if is_odd and draw(st.booleans()):
            values |= UGLY | NULLS
        columns.append(draw(st.lists(values, min_size=count, max_size=count)))
    spell = draw(st.sampled_from(SPELLINGS))
    return dataset_type, domain, [*map(spell, names)], [list(row) for row in zip(*columns, strict=True)]


def as_csv(draw: st.DrawFn, rows: Sequence[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    delimiter = draw(st.sampled_from(",;\t"))
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows(rows)
    return stream.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


def as_json_lines(draw: st.DrawFn, rows: Sequence[Sequence[str]]) -> bytes:
    del draw
    names, *rest = rows
    return "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rest).encode()


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str | None, bytes]:
    dataset_type, domain, names, rows = draw(tables())
    return dataset_type, domain, draw(st.sampled_from([as_csv, as_json_lines]))(draw, [names, *rows])


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(files())
def test_a_proposed_schema_accepts_the_files_it_was_made_from_once_converted(
    generated: tuple[str, str | None, bytes],
) -> None:
    dataset_type, domain, content = generated
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "data.csv"), Path(folder, "converted.csv")
        source.write_bytes(content)
        profiles = profile(source)
        proposal = propose_schema(profiles.columns, dataset_type=dataset_type, domain=domain)

        assert proposal.schema is not None, proposal.violations
        is_ready = not any(field.needs_conversion for field in proposal.fields) and not profiles.report.findings
        report = check_files([source], proposal.schema) if is_ready else None
        remarks = [(field.name, remark) for field in proposal.fields for remark in field.remarks]
        messages = " ".join(remark.message for _, remark in remarks)
        zone = dt.timezone.utc if "--time-zone" in messages else None
        times = TimeOptions(milliseconds="--milliseconds" in messages, zone=zone)
        converted = convert_files([source], output, proposal.schema, times=times)
        errors = {group.column: group.message for group in converted.findings if group.severity is ERROR}
        if not errors:
            report = check_files([output], proposal.schema)

    found = report.findings if report else ()
    errors |= {
        one.column: one.message for one in found if one.severity is Severity.ERROR and one.rule != "too-few-rows"
    }
    said = {name: remark.message for name, remark in remarks if remark.kind is RemarkKind.PROBLEM}
    assert errors.keys() == said.keys(), (errors, said)


def test_too_many_columns_are_an_error_at_once(write: Callable[..., Path]) -> None:
    rows = (json.dumps({"USER_ID": "u", **{f"{row}-{key}": 1 for key in range(5)}}) for row in range(10_000))
    header = ",".join(["USER_ID", *(f"C{number}" for number in range(1000))])

    for content in ("\n".join(rows), f"{header}\n"):
        with pytest.raises(UnreadableError, match=r"at most 1,000 columns, got 1,00\d, such as .*; are keys"):
            profile(write(content))
