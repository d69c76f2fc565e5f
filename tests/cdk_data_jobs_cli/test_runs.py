"""`data-jobs runs` and `data-jobs run`: lists the runs of jobs, and runs a job now."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Offline


def runs(offline: Offline, *arguments: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(offline.run("runs", "Shop", "--json", *arguments))["runs"]
    return listed


def test_a_job_is_run_now_and_its_result_is_shown(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    shown = shop.run("run", "Shop", "early", "--interval", "0.1").splitlines()
    made = shop.aws.personalize.jobs()[before:]

    assert [job["status"] for job in made] == ["ACTIVE"]
    assert "dataset-import-job" in made[0]["datasetImportJobArn"]
    assert re.match(r"\S+Z ImportEarly running ", shown[0])
    assert re.match(r"\S+Z ImportEarly succeeded ", shown[-2])
    assert re.match(r"\S+Z Shop succeeded after ", shown[-1])


def test_a_run_that_fails_ends_with_1_and_its_reason(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    shown = json.loads(shop.run("run", "Shop", "ImportLate", "--json", "--interval", "0.1", code=1))

    assert shown["status"] == "failed"
    assert shown["reason"].startswith(
        "Personalize dataset import job could not be created: InvalidInputException: too blue"
    )
    assert shown["link"].endswith(shown["execution"])
    assert runs(shop, "--job", "Late", "--limit", "1")[0]["reason"] == shown["reason"]


def test_without_waiting_a_run_is_shown_once_it_has_started(shop: Offline) -> None:
    shown = json.loads(shop.run("run", "Shop", "Shop/ImportEarly", "--no-wait", "--json", "--interval", "0.1"))
    again = json.loads(shop.run("run", "Shop", "ImportEarly", "--json", "--interval", "0.1"))

    assert shown["status"] == "running"
    assert again["status"] == "succeeded"
    assert "-run-" in shown["execution"]
    assert shown["execution"] != again["execution"]


def test_the_list_shows_what_started_each_run_and_how_it_ended(shop: Offline) -> None:
    shop.run("run", "Shop", "ImportLate", "--interval", "0.1")
    shown, lines = runs(shop), shop.run("runs", "Shop").splitlines()
    newest, oldest = shown[0], shown[-1]

    assert [run["started"] for run in shown] == sorted((run["started"] for run in shown), reverse=True)
    assert (newest["job"], newest["started_by"], newest["status"]) == ("ImportLate", "command", "succeeded")
    assert (oldest["job"], oldest["started_by"], oldest["status"]) == ("ImportEarly", "create", "succeeded")
    assert newest["seconds"] > 20
    assert len(lines) == len(shown)
    assert re.fullmatch(r"\S+Z ImportEarly create succeeded \S+s https://\S+", lines[-1])


def test_a_run_that_finds_another_running_is_shown_as_skipped(shop: Offline) -> None:
    going_on = json.loads(shop.run("run", "Shop", "ImportLate", "--no-wait", "--json", "--interval", "0.1"))
    states, functions = shop.aws.client("stepfunctions"), shop.aws.client("lambda")
    described = states.describe_execution(executionArn=going_on["execution"])
    request = json.loads(described["input"])["request"]
    again = {
        **{name: request[name] for name in ("StackId", "LogicalResourceId", "ResourceType", "ResourceProperties")},
        "RequestType": "Run",
        "StartedBy": "schedule",
        "RequestId": "skips",
        "Overlap": "SKIP",
    }
    function = described["stateMachineArn"].rpartition(":")[2]
    functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(again).encode())
    shown = ended(shop, 2)

    assert {run["status"]: run["started_by"] for run in shown} == {"skipped": "schedule", "succeeded": "command"}
    assert next(run["reason"] for run in shown if run["status"] == "skipped")


def ended(offline: Offline, count: int) -> list[dict[str, Any]]:
    """So many of the last runs, once all of them have ended."""
    while True:
        shown = runs(offline, "--limit", str(count))
        if not [run for run in shown if run["status"] == "running"]:
            return shown


@dataclass
class Troubled:
    """An AWS that fails to list executions after a function was invoked.

    Attributes:
        endpoint: Where it is.
        left: How often it will fail.
        code: The error that it fails with.
    """

    endpoint: str
    left: int = 0
    code: str = "ThrottlingException"
    is_invoked: bool = False


@pytest.fixture
def troubled(shop: Offline) -> Iterator[Troubled]:
    behind = shop.aws.environment["AWS_ENDPOINT_URL"]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if (
                trouble.is_invoked
                and trouble.left
                and self.headers["X-Amz-Target"] == "AWSStepFunctions.ListExecutions"
            ):
                trouble.left -= 1
                self.answer(400, json.dumps({"__type": trouble.code, "message": "not now"}).encode())
                return
            trouble.is_invoked |= "/invocations" in self.path
            asked = urllib.request.Request(behind + self.path, body, dict(self.headers))  # noqa: S310 - our own
            with urllib.request.urlopen(asked) as answer:  # noqa: S310
                self.answer(answer.status, answer.read(), answer.headers["Content-Type"])

        def answer(self, status: int, body: bytes, content_type: str = "application/x-amz-json-1.0") -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    trouble = Troubled(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield trouble
    server.shutdown()
    server.server_close()


def test_a_run_is_found_although_listing_it_is_throttled_at_first(shop: Offline, troubled: Troubled) -> None:
    troubled.left = 4  # one more than a call is tried
    shown = json.loads(
        shop.run("run", "Shop", "ImportEarly", "--no-wait", "--json", AWS_ENDPOINT_URL=troubled.endpoint)
    )

    assert shown["status"] in ("running", "succeeded")
    assert not troubled.left


def test_a_run_that_cannot_be_polled_is_reported_as_requested(shop: Offline, troubled: Troubled) -> None:
    troubled.left, troubled.code = 1, "AccessDeniedException"
    message = failing(shop, "run", "Shop", "ImportEarly", code=4, AWS_ENDPOINT_URL=troubled.endpoint)

    assert "access denied (not now)" in message
    assert message.endswith("; the run was requested, and may be running: `data-jobs runs` lists it\n")


def test_a_part_of_a_name_must_mean_one_job(shop: Offline) -> None:
    several = failing(shop, "run", "Shop", "import", code=2)
    none = failing(shop, "run", "Shop", "export", code=3)

    assert "which may be Shop/ImportEarly or Shop/ImportLate" in several
    assert "Shop must have a job export, got ImportEarly, ImportLate" in none


def failing(offline: Offline, *arguments: str, code: int, **changes: str) -> str:
    """Runs a command that must fail; returns its message, which is one line."""
    process = offline.begin(*arguments, **changes)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (code, ""), stdout + stderr
    return stderr
