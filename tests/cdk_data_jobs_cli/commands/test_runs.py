"""`data-jobs runs`: lists the runs of jobs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Offline


def list_runs(offline: Offline, *arguments: str) -> list[dict[str, Any]]:
    """Returns the runs of the stack Shop."""
    listed: list[dict[str, Any]] = json.loads(offline.run("runs", "Shop", "--json", *arguments))["runs"]
    return listed


def test_the_list_shows_what_started_each_run_and_how_it_ended(shop: Offline) -> None:
    shop.run("run", "Shop", "ImportLate", "--interval", "0.1")
    shown, lines = list_runs(shop), shop.run("runs", "Shop").splitlines()
    newest, oldest = shown[0], shown[-1]

    assert [run["started"] for run in shown] == sorted((run["started"] for run in shown), reverse=True)
    assert (newest["job"], newest["started_by"], newest["status"]) == ("ImportLate", "command", "succeeded")
    assert (oldest["job"], oldest["started_by"], oldest["status"]) == ("ImportEarly", "create", "succeeded")
    assert newest["seconds"] > 20
    assert len(lines) == len(shown)
    assert re.fullmatch(r"\S+Z ImportEarly create succeeded \S+s https://\S+", lines[-1])


def test_a_run_that_finds_another_running_is_shown_as_skipped(shop: Offline) -> None:
    shop.aws.personalize.durations(in_progress=300)
    running = json.loads(shop.run("run", "Shop", "ImportLate", "--no-wait", "--json", "--interval", "0.1"))
    step_functions, lambda_ = shop.aws.client("stepfunctions"), shop.aws.client("lambda")
    described = step_functions.describe_execution(executionArn=running["execution"])
    request = json.loads(described["input"])["request"]
    second = {
        **{name: request[name] for name in ("StackId", "LogicalResourceId", "ResourceType", "ResourceProperties")},
        "RequestType": "Run",
        "StartedBy": "schedule",
        "RequestId": "skips",
        "Overlap": "SKIP",
    }
    function = described["stateMachineArn"].rpartition(":")[2]
    lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(second).encode())
    shop.aws.personalize.durations(in_progress=20)
    skipped, succeeded = list_ended_runs(shop, 2, newest="schedule")

    assert (skipped["status"], succeeded["status"], succeeded["started_by"]) == ("skipped", "succeeded", "command")
    assert skipped["reason"]


def list_ended_runs(offline: Offline, count: int, newest: str) -> list[dict[str, Any]]:
    """Returns so many of the latest runs, once this has started the newest and all of them have ended."""
    while True:
        shown = list_runs(offline, "--limit", str(count))
        if shown[0]["started_by"] == newest and not [run for run in shown if run["status"] == "running"]:
            return shown


def test_the_list_of_runs_is_a_table(shop: Offline) -> None:
    run = shop.run_in_terminal("runs", "Shop")

    assert run.code == 0
    assert re.search(r"Started +Job +By +Result +Took +Reason", run.text)
    assert re.search(r"\d\d:\d\d:\d\d +ImportEarly +create +succeeded +\d[\dms ]*\n", run.text)
