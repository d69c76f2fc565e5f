"""What a service tells of a job, held against what was asked for."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from data_jobs.decisions import (
    crash_words,
    explained,
    is_going_away,
    is_going_back,
    is_going_forward,
    matches,
    mentions,
    moment,
    never_created,
    pause,
)

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
        "2023-11-15T12:00:00.000+00:00",
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
    with pytest.raises(ValueError, match="must be a date, or seconds or milliseconds since 1970, got ") as raised:
        moment(value)

    assert str(raised.value).endswith(f"got {value!r}")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (0.5, 0.5),
        (1, 1.0),
        (99_999_999_999, 99_999_999_999.0),
        (100_000_000_000, 100_000_000.0),
        (99_999_999_999_999, 99_999_999_999.999),
    ],
)
def test_a_number_is_seconds_or_milliseconds_as_it_is_large(told: float, seconds: float) -> None:
    assert moment(told) == seconds


def test_a_number_that_is_too_large_for_milliseconds_is_no_time() -> None:
    with pytest.raises(ValueError, match="got 100000000000000"):
        moment(10**14)


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


@pytest.mark.parametrize("value", ["false", False, "0", 0, "", None, []], ids=repr)
def test_what_is_off_none_or_empty_need_not_be_mentioned(value: object) -> None:
    assert mentions({"a": value}, {})


@pytest.mark.parametrize("value", ["true", True, "1", 1, "no"], ids=repr)
def test_what_is_on_must_be_mentioned(value: object) -> None:
    assert not mentions({"a": value}, {})


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        (["1", "2"], [1, 2], True),
        (["1", "2"], [1, 3], False),
        (["1"], [1, 2], False),
        (["1", "2"], [1], False),
        ([], [], True),
        ("1", ["1"], False),
        (["1"], "1", False),
        ({"a": ["true"]}, {"a": [True]}, True),
        ("1", 1.0, True),
        ("1.5", 1.5, True),
        ("2", 1.0, False),
        ("one", 1.0, False),
        ("", 1.0, False),
    ],
)
def test_a_description_says_what_was_asked_for_in_other_types(wanted: Any, found: Any, *, same: bool) -> None:
    assert matches(wanted, found) is same


@pytest.mark.parametrize(
    ("status", "forward", "back", "away"),
    [
        ("CREATE_IN_PROGRESS", True, False, False),
        ("UPDATE_IN_PROGRESS", True, False, False),
        ("IMPORT_IN_PROGRESS", True, False, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False, False, False),
        ("ROLLBACK_IN_PROGRESS", False, True, True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", False, True, False),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", False, True, False),
        ("IMPORT_ROLLBACK_IN_PROGRESS", False, True, False),
        ("DELETE_IN_PROGRESS", False, True, True),
        ("DELETE_FAILED", False, True, False),
    ],
)
def test_a_stack_goes_forward_or_back_or_away(status: str, *, forward: bool, back: bool, away: bool) -> None:
    assert (is_going_forward(status), is_going_back(status), is_going_away(status)) == (forward, back, away)


@pytest.mark.parametrize(
    ("waited", "deployment", "nobody"), [(0, 5, 5), (59, 5, 5), (100, 10, 10), (3000, 60, 300), (86_400, 60, 600)]
)
def test_a_quick_failure_is_told_quickly_and_a_long_job_costs_little(waited: int, deployment: int, nobody: int) -> None:
    assert (pause(waited), pause(waited, patient=True)) == (deployment, nobody)


IMPORT = {
    "title": "import job",
    "hints": {"role": "let the role be assumed", "file": "look at the file"},
    "status": "job.status",
    "failed": ["FAILED", "STOPPED"],
    "reason": "job.reason",
    "attributes": {"status": "job.status", "why": "job.reason", "id": "job.id"},
}


@pytest.mark.parametrize(
    ("words", "job", "reason"),
    [
        ("no", "", "import job failed: no"),
        ("no", "arn", "import job failed: no Job: arn"),
        ("no file", "", "import job failed: no file What to do: look at the file."),
        ("no role", "arn", "import job failed: no role What to do: let the role be assumed. Job: arn"),
    ],
)
def test_a_reason_says_what_failed_in_whose_words_and_what_to_do(words: str, job: str, reason: str) -> None:
    assert explained(IMPORT, "failed", words, job) == reason


def test_a_reason_needs_no_hints() -> None:
    assert explained({"title": "job"}, "failed", "no", "") == "job failed: no"


def test_a_services_words_leave_room_for_what_to_do() -> None:
    reason = explained(IMPORT, "failed", "file" + "x" * 5000, "arn")

    assert len(reason.removeprefix("import job failed: ").partition(" What")[0].encode()) == 2398  # 2400 with quotes
    assert reason.endswith("… What to do: look at the file. Job: arn")


def test_a_job_that_there_is_not_has_failed_in_each_of_its_attributes() -> None:
    assert never_created(IMPORT, "no role") == {"status": "FAILED", "why": "no role", "id": ""}


@pytest.mark.parametrize(
    ("crash", "words"),
    [
        ({"Error": "Lambda.Unknown", "Cause": '{"errorType": "Killed", "errorMessage": "no memory"}'},
         "Killed: no memory"),
        ({"Error": "States.Timeout", "Cause": "15 minutes"}, "States.Timeout: 15 minutes"),
        ({"Error": "States.Timeout", "Cause": '{"errorType": "Killed"}'}, 'States.Timeout: {"errorType": "Killed"}'),
        ({"Error": "States.Timeout", "Cause": "[]"}, "States.Timeout: []"),
        ({"Error": "States.Timeout"}, "States.Timeout: None"),
    ],
    ids=["a function's", "words", "half of a function's", "other JSON", "no cause"],
)  # fmt: skip
def test_a_crash_is_told_in_whatever_words_there_are(crash: dict[str, str], words: str) -> None:
    assert crash_words(crash) == words
