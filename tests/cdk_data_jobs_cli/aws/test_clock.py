"""The clock of AWS, and that of the offline AWS."""

from __future__ import annotations

import datetime as dt

from cdk_data_jobs_cli.aws.clock import CLOCK_HEADER, Clock

BASE = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def test_the_offline_aws_names_its_clock_in_a_header() -> None:
    clock = Clock.from_headers({CLOCK_HEADER: f"{BASE.timestamp()!r}:200.0"})

    assert clock == Clock(base=BASE.timestamp(), speed=200.0, is_emulated=True)
    assert Clock.from_headers({"date": "Thu, 01 Jan 2026 00:00:00 GMT"}) is None


def test_time_on_an_emulated_clock_passes_faster_from_its_base_on() -> None:
    clock = Clock(base=BASE.timestamp(), speed=200.0, is_emulated=True)

    assert clock.at(BASE) == BASE
    assert clock.at(BASE + dt.timedelta(seconds=3)) == BASE + dt.timedelta(minutes=10)


def test_the_clock_of_aws_is_this_machines() -> None:
    before = dt.datetime.now(dt.timezone.utc)

    assert before <= Clock().now() <= dt.datetime.now(dt.timezone.utc)
    assert Clock().at(BASE) == BASE
