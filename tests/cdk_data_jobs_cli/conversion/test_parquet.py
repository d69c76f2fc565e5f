"""Parquet files are read with pyarrow; without it, the message says what to install.

pyarrow and pandas have 85 MB as wheels and 330 MB installed, more than all that the project needs. They are not in
requirements.txt: the tests with them run where they are installed, as in CI's job with all tests.
"""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
