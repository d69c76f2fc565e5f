"""`data-jobs runs` and `data-jobs run`: what a stack's jobs did, and are to do now."""

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
    told: list[dict[str, Any]] = json.loads(offline.run("runs", "Shop", "--json", *arguments))["runs"]
    return told


def test_a_job_is_run_now_and_its_end_is_told(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    told = shop.run("run", "Shop", "early", "--interval", "0.1").splitlines()
    made = shop.aws.personalize.jobs()[before:]

    assert [job["status"] for job in made] == ["ACTIVE"]
    assert "dataset-import-job" in made[0]["datasetImportJobArn"]
    assert re.match(r"\S+Z ImportEarly running ", told[0])
    assert re.match(r"\S+Z ImportEarly succeeded ", told[-2])
    assert re.match(r"\S+Z Shop succeeded after ", told[-1])


def test_a_run_that_fails_ends_with_1_and_its_reason(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    told = json.loads(shop.run("run", "Shop", "ImportLate", "--json", "--interval", "0.1", code=1))

    assert told["status"] == "failed"
    assert told["reason"].startswith(
        "Personalize dataset import job could not be created: InvalidInputException: too blue"
    )
    assert told["link"].endswith(told["execution"])
    assert runs(shop, "--job", "Late", "--limit", "1")[0]["reason"] == told["reason"]


def test_without_waiting_a_run_is_told_once_it_has_started(shop: Offline) -> None:
    told = json.loads(shop.run("run", "Shop", "Shop/ImportEarly", "--no-wait", "--json", "--interval", "0.1"))
    again = json.loads(shop.run("run", "Shop", "ImportEarly", "--json", "--interval", "0.1"))

    assert told["status"] == "running"
    assert again["status"] == "succeeded"
    assert "-run-" in told["execution"]
    assert told["execution"] != again["execution"]


def test_the_history_tells_what_started_each_run_and_how_it_ended(shop: Offline) -> None:
    shop.run("run", "Shop", "ImportLate", "--interval", "0.1")
    told, lines = runs(shop), shop.run("runs", "Shop").splitlines()
    newest, oldest = told[0], told[-1]

    assert [run["started"] for run in told] == sorted((run["started"] for run in told), reverse=True)
    assert (newest["job"], newest["started_by"], newest["status"]) == ("ImportLate", "command", "succeeded")
    assert (oldest["job"], oldest["started_by"], oldest["status"]) == ("ImportEarly", "create", "succeeded")
    assert newest["seconds"] > 20
    assert len(lines) == len(told)
    assert re.fullmatch(r"\S+Z ImportEarly create succeeded \S+s https://\S+", lines[-1])


def test_a_run_that_finds_another_going_on_is_told_as_skipped(shop: Offline) -> None:
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
    told = ended(shop, 2)

    assert {run["status"]: run["started_by"] for run in told} == {"skipped": "schedule", "succeeded": "command"}
    assert next(run["reason"] for run in told if run["status"] == "skipped")


def ended(offline: Offline, count: int) -> list[dict[str, Any]]:
    """So many of the last runs, once none of them goes on."""
    while True:
        told = runs(offline, "--limit", str(count))
        if not [run for run in told if run["status"] == "running"]:
            return told


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


def test_a_run_that_has_begun_is_found_though_aws_is_too_busy_to_list_it(shop: Offline, troubled: Troubled) -> None:
    troubled.left = 4  # one more than a call is tried
    told = json.loads(shop.run("run", "Shop", "ImportEarly", "--no-wait", "--json", AWS_ENDPOINT_URL=troubled.endpoint))

    assert told["status"] in ("running", "succeeded")
    assert not troubled.left


def test_a_run_that_cannot_be_followed_is_said_to_have_been_asked_for(shop: Offline, troubled: Troubled) -> None:
    troubled.left, troubled.code = 1, "AccessDeniedException"
    said = failing(shop, "run", "Shop", "ImportEarly", code=4, AWS_ENDPOINT_URL=troubled.endpoint)

    assert "access denied (not now)" in said
    assert said.endswith("; the run was asked for, and may go on: `data-jobs runs` tells\n")


def test_a_part_of_a_name_must_mean_one_job(shop: Offline) -> None:
    several = failing(shop, "run", "Shop", "import", code=2)
    none = failing(shop, "run", "Shop", "export", code=3)

    assert "which may be Shop/ImportEarly or Shop/ImportLate" in several
    assert "Shop must have a job export, got ImportEarly, ImportLate" in none


def failing(offline: Offline, *arguments: str, code: int, **changes: str) -> str:
    """What a command that fails says, in one line."""
    process = offline.begin(*arguments, **changes)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (code, ""), stdout + stderr
    return stderr
