"""Many asynchronous invocations at once: none is lost, and few run at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    lines = [line.split() for line in builder.log_lines(function, "called", count=MANY, seconds=60)]

    assert sorted(int(number) for _, number, _ in lines) == list(range(MANY))
    assert len({process for _, _, process in lines}) <= AT_ONCE
