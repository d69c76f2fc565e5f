"""What a service tells of a job, held against what was asked for."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from data_jobs.decisions import mentions, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1_700_049_600.0  # 2023-11-15T12:00:00Z


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):  # Python for WebAssembly knows UTC alone
        yield
        return
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2023, 11, 15, 12, tzinfo=dt.timezone.utc),
        dt.datetime(2023, 11, 15, 13, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime(2023, 11, 15, 12),  # noqa: DTZ001 - AWS's times are in UTC
        "2023-11-15T12:00:00Z",
        "2023-11-15T12:00:00.000Z",
        "2023-11-15T13:00:00+01:00",
        "2023-11-15T12:00:00",
        1_700_049_600,
        1_700_049_600.0,
        1_700_049_600_000,
        Decimal(1700049600),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_in_tokyo")
def test_a_time_is_read_however_it_is_told(value: object) -> None:
    assert moment(value) == NOON


@pytest.mark.parametrize(
    "value", [None, "", "soon", True, 0, -1, 1_700_049_600_000_000, {}, [1], float("nan")], ids=str
)
def test_what_is_no_time_is_no_time_long_ago(value: object) -> None:
    with pytest.raises(ValueError, match="must be a date, or seconds or milliseconds since 1970, got "):
        moment(value)


@pytest.mark.parametrize(
    ("wanted", "found", "all_"),
    [
        ({"a": "1", "b": "2"}, {"a": 1, "b": 2}, True),
        ({"a": "1", "b": "2"}, {"a": 1}, False),
        ({"a": "1"}, {}, False),
        ({"a": "1"}, None, False),
        ({"a": {"b": "1", "c": "false"}}, {"a": {"b": 1}}, True),
        ({"a": {"b": "1"}}, {"a": {}}, False),
        ({"a": {"b": "1"}}, {"a": None}, False),
        ({"a": ["1"]}, {}, False),
        ({"a": [], "b": "", "c": "0", "d": "false"}, {}, True),
        ({}, {}, True),
    ],
)
def test_what_is_found_must_mention_what_tells_it_apart(wanted: Any, found: Any, *, all_: bool) -> None:
    assert mentions(wanted, found) is all_
