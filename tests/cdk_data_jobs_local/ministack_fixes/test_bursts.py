"""Many asynchronous invocations at once: none is lost, and few run at a time."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.ministack_fixes.lambda_.bursts import max_age, retry_delays

if TYPE_CHECKING:
    from conftest import AccountBuilder

PRINTS = """
import os, time

def handler(event, context):
    time.sleep(6)
    print("called", event["number"], os.getpid())
"""
MANY, AT_ONCE = 40, 8


def test_a_burst_of_events_is_a_queue(builder: AccountBuilder) -> None:
    function = builder.function("burst", PRINTS)
    client = builder.aws.client("lambda")
    for number in range(MANY):
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps({"number": number}))
    lines = [line.split() for line in builder.log_lines(function, "called", count=MANY)]

    assert sorted(int(number) for _, number, _ in lines) == list(range(MANY))
    assert len({process for _, _, process in lines}) <= AT_ONCE


def test_throttled_events_are_retried_after_a_second_to_five_minutes() -> None:
    assert list(itertools.islice(retry_delays(), 11)) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize(
    ("function", "seconds"),
    [
        ({}, 6 * 3600),
        ({"event_invoke_config": {"MaximumRetryAttempts": 0}}, 6 * 3600),
        ({"event_invoke_configs": {"$LATEST": {"MaximumEventAgeInSeconds": 60}}}, 60),
    ],
)
def test_events_become_six_hours_old_unless_their_function_says_otherwise(
    function: dict[str, Any], seconds: int
) -> None:
    assert max_age(function) == seconds
