"""The log of an invocation: complete when it ends, however busy the machine is."""

from __future__ import annotations

import base64
import contextlib
import json
import resource
import socket
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import AccountBuilder

WRITES = """
import os, sys, time

print("loaded", file=sys.stderr)

def handler(event, context):
    for number in range(event["lines"]):
        print("line", number)
    print(event["last"], end="", flush=True)
    if event.get("dies"):
        os._exit(1)
    if event.get("sleeps"):
        time.sleep(1000)
    if event.get("fails"):
        raise ValueError("failed")
"""


def written(builder: AccountBuilder, function: str, **event: object) -> str:
    """Invoke the function; the end of the invocation's log."""
    client = builder.aws.client("lambda")
    invoked = client.invoke(FunctionName=function, LogType="Tail", Payload=json.dumps({"lines": 0, **event}).encode())
    return base64.b64decode(invoked["LogResult"]).decode()


def test_all_that_a_function_writes_is_in_the_log_of_its_invocation(builder: AccountBuilder) -> None:
    function = builder.function("writes", WRITES)

    first = written(builder, function, last="the first")
    assert "loaded\nthe first" in first
    second = written(builder, function, last="the second", lines=20_000)
    assert second.count("the first") == 0
    assert "line 19999\nthe second" in second
    assert "the third" in written(builder, function, last="the third", fails=True)
    assert "the fourth" in written(builder, function, last="the fourth", dies=True)
    assert "the fifth" in written(builder, function, last="the fifth")


def test_what_a_function_wrote_before_its_time_was_over_is_in_the_log(builder: AccountBuilder) -> None:
    function = builder.function("late", WRITES)
    builder.aws.client("lambda").update_function_configuration(FunctionName=function, Timeout=3)

    assert "so far" in written(builder, function, last="so far", sleeps=True)


def test_all_lines_reach_the_log_group(builder: AccountBuilder) -> None:
    function = builder.function("many", WRITES)
    written(builder, function, last="over", lines=3000)

    lines = builder.log_lines(function, "line ", count=3000)
    assert [line.strip() for line in lines] == [f"line {number}" for number in range(3000)]


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """As many as a server may open that has 1024 already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("a process may open too few files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_a_log_is_read_in_a_server_that_has_many_files_open(builder: AccountBuilder) -> None:
    with OfflineAws() as aws, contextlib.ExitStack() as connections:
        for _ in range(1100):
            connections.enter_context(socket.create_connection(("127.0.0.1", aws.server.port)))
        there = type(builder)(aws)
        function = there.function("writes", WRITES)

        assert "line 19999\nthe last" in written(there, function, last="the last", lines=20_000)
