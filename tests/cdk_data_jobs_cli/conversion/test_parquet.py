"""Parquet files are read with pyarrow; without it, the message says what to install.

pyarrow and pandas have 85 MB as wheels and 330 MB installed, more than all that the project needs. They are not in
requirements.txt: the tests with them run where they are installed, as in CI's job with all tests.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_check import DataFile, propose_schema
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.input_file import InputFile
from cdk_data_jobs_cli.conversion.inputs import find_inputs
from cdk_data_jobs_cli.conversion.parquet import read_parquet
from cdk_data_jobs_cli.conversion.profiles import profile_files
from cdk_data_jobs_cli.conversion.report import Report, Severity
from cdk_data_jobs_cli.conversion.times import TimeOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_check import Schema

    Convert = Callable[..., tuple[str, Report]]


@pytest.fixture
def frame() -> Any:
    """A data frame as pandas makes it of data with missing values."""
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(
        {
            "note": ['say "no"', None],
            "userId": ["u1", "u2"],
            "age": [30, None],
            "score": [0.5, None],
            "old": pandas.array([True, None], dtype="boolean"),
            "since": pandas.to_datetime(["2025-01-01T00:17:15Z", "2025-01-01T01:17:15+01:00"], utc=True),
        }
    )


EXPECTED = 'USER_ID,AGE,SCORE,OLD,SINCE,NOTE\nu1,30,0.5,true,1735690635,"say \\"no\\""\nu2,,,,1735690635,\n'


def test_parquet_of_pandas_is_converted(convert: Convert, events: Schema, frame: Any) -> None:
    pytest.importorskip("pyarrow")
    stream = io.BytesIO()
    times = frame.rename(columns={"note": "itemId", "since": "timestamp"}).assign(itemId=["i1", "i2"])
    times.astype({"userId": "category"}).to_parquet(stream)
    converted, report = convert(stream.getvalue(), events)

    assert converted == "USER_ID,ITEM_ID,TIMESTAMP\nu1,i1,1735690635\nu2,i2,1735690635\n", [*map(str, report.findings)]


def test_csv_of_pandas_is_converted(convert: Convert, schema: Schema, frame: Any) -> None:
    seconds = frame.assign(since=1735690635)

    assert convert(seconds.to_csv(index=False), schema)[0] == EXPECTED


def test_json_lines_of_pandas_are_converted(convert: Convert, schema: Schema, frame: Any) -> None:
    seconds = frame.assign(since=1735690635)

    assert convert(seconds.to_json(orient="records", lines=True), schema)[0] == EXPECTED


def test_a_time_of_parquet_without_a_zone_and_a_list_are_errors(convert: Convert, events: Schema) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    for times, items, message in (
        (pa.array([0], pa.timestamp("ms")), ["i1"], "export it with its time zone"),
        ([1735690635], [["i1"]], "the column item_id must have strings"),
    ):
        stream = io.BytesIO()
        parquet.write_table(pa.table({"user_id": ["u1"], "item_id": items, "timestamp": times}), stream)
        nothing, report = convert(stream.getvalue(), events)

        assert nothing == ""
        assert report.findings[0].severity is Severity.ERROR
        assert message in report.findings[0].message


def test_a_duration_is_an_error_because_its_unit_would_be_lost(convert: Convert, events: Schema) -> None:
    pa = pytest.importorskip("pyarrow")
    for type_ in (pa.duration("us"), pa.duration("s")):
        nothing, report = convert(parquet_of(user_id=["u"], item_id=pa.array([5], type_), timestamp=[1]), events)

        assert nothing == ""
        assert f"must have strings, numbers, booleans or times, got {type_}" in report.findings[0].message


def parquet_of(**columns: Any) -> bytes:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_a_time_without_a_zone_may_be_given_one(convert: Convert, events: Schema) -> None:
    pa = pytest.importorskip("pyarrow")
    for times in (pa.array([1735690635123456789], pa.timestamp("ns")), pa.array([1735690635], pa.timestamp("s"))):
        content = parquet_of(user_id=["u1"], item_id=["i1"], timestamp=times)
        converted, _ = convert(content, events, times=TimeOptions(zone=dt.timezone.utc))

        assert converted.splitlines()[1:] == ["u1,i1,1735690635"]


def test_floats_of_a_string_field_are_a_warning(convert: Convert, events: Schema) -> None:
    _, report = convert(parquet_of(user_id=[2.0, 1e17], item_id=["1", "2"], timestamp=[1735690635] * 2), events)

    warnings = [(one.rule, one.column) for one in report.findings if one.severity is Severity.WARNING]
    assert ("float-string", "USER_ID") in warnings


def test_whole_doubles_are_exact(convert: Convert, events: Schema) -> None:
    times = [1735690635.0, 1e9, 1.2e9]
    converted, _ = convert(parquet_of(user_id=["u"] * 3, item_id=["i"] * 3, timestamp=times), events)
    milliseconds = parquet_of(user_id=["u"], item_id=["i"], timestamp=[1.62915734479e12])
    seconds, _ = convert(milliseconds, events, times=TimeOptions(milliseconds=True))
    nothing, report = convert(parquet_of(user_id=["u"], item_id=["i"], timestamp=[2.0**60]), events)

    assert converted.splitlines()[1:] == ["u,i,1735690635", "u,i,1000000000", "u,i,1200000000"]
    assert seconds.splitlines()[1:] == ["u,i,1629157344"]
    assert (nothing, "may have lost digits" in report.findings[0].message) == ("", True)


def test_floats_of_an_integer_field_may_have_lost_digits(convert: Convert, events: Schema) -> None:
    pa = pytest.importorskip("pyarrow")
    for type_, expected in ((pa.float32(), ["float-precision"]), (pa.float64(), [])):
        content = parquet_of(user_id=["u"], item_id=["i"], timestamp=pa.array([1735690635.0], type_))
        warnings = [one.rule for one in convert(content, events)[1].findings if one.severity is Severity.WARNING]

        assert warnings == expected


def test_a_column_with_missing_values_may_be_proposed_as_long(tmp_path: Path) -> None:
    source = tmp_path / "items.parquet"
    times = [1.62915734479e12, None, 1.62915734478e12]
    source.write_bytes(parquet_of(ITEM_ID=["a", "b", "c"], CREATION_TIMESTAMP=times, VIEWS=[3e10, None, 4e10]))
    proposal = propose_schema(profile_files([source], InputOptions()).columns)

    assert [field.avro_type for field in proposal.fields] == ["string", "long", "long"]


def test_parquet_may_come_from_a_pipe_and_in_gzip(convert: Convert, events: Schema, tmp_path: Path) -> None:
    content = parquet_of(user_id=["u1"], item_id=["i1"], timestamp=[1735690635])
    pipe = DataFile("<stdin>", PurePosixPath("<stdin>"), None, lambda: Pipe(content))  # type: ignore[arg-type,return-value]
    convert_files([pipe], tmp_path / "piped.csv", events)

    assert (tmp_path / "piped.csv").read_text().splitlines()[1:] == ["u1,i1,1735690635"]
    (tmp_path / "piped.csv").unlink()
    assert convert(gzip.compress(content), events)[0].splitlines()[1:] == ["u1,i1,1735690635"]


class Pipe(io.BytesIO):
    """A stream that cannot go back."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation


def test_memory_does_not_grow_with_a_row_group(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    if not Path("/proc/self/status").exists():
        pytest.skip("needs Linux")
    code = """
import re, sys
from pathlib import Path
from cdk_data_jobs_check import DELETION_SCHEMA
from cdk_data_jobs_cli.conversion.convert import convert_files
convert_files([sys.argv[1]], Path(sys.argv[2]), DELETION_SCHEMA)
print(re.search("VmHWM: *(.*) kB", Path("/proc/self/status").read_text())[1])
"""
    peaks = []
    for rows in (1_000, 200_000):
        users = [f"u{number:0200}" for number in range(rows)]
        source = tmp_path / f"{rows}.parquet"
        parquet.write_table(pa.table({"user_id": users}), source, use_dictionary=False, compression="none")
        assert parquet.ParquetFile(source).metadata.num_row_groups == 1
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code, source, tmp_path / f"{rows}.csv"], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout))

    assert peaks[1] < peaks[0] + 20_000  # KiB; the column has 40 MB


def test_a_batch_of_long_rows_has_few(events: Schema, tmp_path: Path) -> None:
    rows = 300
    source = tmp_path / "long.parquet"
    users = [f"{number:0100000}" for number in range(rows)]
    source.write_bytes(parquet_of(user_id=users, item_id=["i1"] * rows, timestamp=[1] * rows))
    [found] = find_inputs([source], Report())
    with source.open("rb") as stream:
        batches = [*read_parquet(stream, InputFile(found, events.columns, Report(), lambda *_: None))]

    assert sum(len(batch.lines) for batch in batches) == rows
    assert max(len(batch.lines) for batch in batches) <= 10


def test_broken_parquet_is_an_error(convert: Convert, events: Schema) -> None:
    pytest.importorskip("pyarrow")

    assert "Parquet that pyarrow can read" in convert(b"PAR1\x15" * 9, events)[1].findings[0].message


def test_without_pyarrow_the_message_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "users.parquet").write_bytes(b"PAR1\x15" * 9)
    # An interpreter that finds no pyarrow, whether it is installed or not.
    code = "import sys; sys.modules['pyarrow'] = None; from cdk_data_jobs_cli.main import main; main()"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code, "convert", "users.parquet", "--deletion", "--output", "out.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "users.parquet: error: Parquet needs pyarrow: pip install pyarrow\n" in done.stderr
