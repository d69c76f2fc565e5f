"""Durations, times and messages as they are printed."""

from __future__ import annotations

import datetime as dt

import pytest

from cdk_data_jobs_cli.display.formatting import duration, one_line, timestamp


@pytest.mark.parametrize(
    ("seconds", "formatted"),
    [
        (None, ""),
        (-3, "0s"),
        (0.9, "0s"),
        (59.9, "59s"),
        (63, "1m 03s"),
        (3600, "1h 00m"),
        (7500, "2h 05m"),
        (86399, "23h 59m"),
        (273600, "3d 04h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, formatted: str) -> None:
    assert duration(seconds) == formatted


def test_a_time_is_written_in_utc_to_the_second() -> None:
    time = dt.datetime(2026, 1, 1, 2, 3, 4, 567, tzinfo=dt.timezone(dt.timedelta(hours=1)))

    assert timestamp(time) == "2026-01-01T01:03:04Z"


def test_a_message_becomes_one_line_without_control_characters() -> None:
    assert one_line("bad\x1b[31m\n  CSV\r\x07 in\tline 3\x9b") == "bad [31m CSV in line 3"
