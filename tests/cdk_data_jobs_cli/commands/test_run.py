"""`data-jobs run`: runs a job now."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Offline


def test_a_job_is_run_now_and_its_result_is_shown(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    shown = shop.run("run", "Shop", "early", "--interval", "0.1").splitlines()
    created = shop.aws.personalize.jobs()[before:]

    assert [job["status"] for job in created] == ["ACTIVE"]
    assert "dataset-import-job" in created[0]["datasetImportJobArn"]
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
    assert json.loads(shop.run("runs", "Shop", "--json", "--job", "Late"))["runs"][0]["reason"] == shown["reason"]


def test_without_waiting_a_run_is_shown_once_it_has_started(shop: Offline) -> None:
    shown = json.loads(shop.run("run", "Shop", "Shop/ImportEarly", "--no-wait", "--json", "--interval", "0.1"))
    again = json.loads(shop.run("run", "Shop", "ImportEarly", "--json", "--interval", "0.1"))

    assert shown["status"] == "running"
    assert again["status"] == "succeeded"
    assert "-run-" in shown["execution"]
    assert shown["execution"] != again["execution"]


@dataclass
class FailingProxy:
    """A proxy of the offline AWS that lets ListExecutions fail after a function was invoked.

    Attributes:
        endpoint: Its URL.
        failures_left: How often ListExecutions will fail.
        code: The error code.
        is_invoked: Whether a function was invoked.
    """

    endpoint: str
    failures_left: int = 0
    code: str = "ThrottlingException"
    is_invoked: bool = False


@pytest.fixture
def proxy(shop: Offline) -> Iterator[FailingProxy]:
    """Starts the proxy."""
    target = shop.aws.environment["AWS_ENDPOINT_URL"]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if (
                proxy.is_invoked
                and proxy.failures_left
                and self.headers["X-Amz-Target"] == "AWSStepFunctions.ListExecutions"
            ):
                proxy.failures_left -= 1
                self.respond(400, json.dumps({"__type": proxy.code, "message": "not now"}).encode())
                return
            proxy.is_invoked |= "/invocations" in self.path
            request = urllib.request.Request(target + self.path, body, dict(self.headers))  # noqa: S310 - our own
            with urllib.request.urlopen(request) as response:  # noqa: S310
                self.respond(response.status, response.read(), response.headers["Content-Type"])

        def respond(self, status: int, body: bytes, content_type: str = "application/x-amz-json-1.0") -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Writes no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = FailingProxy(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield proxy
    server.shutdown()
    server.server_close()


def test_a_run_is_found_although_listing_it_is_throttled_at_first(shop: Offline, proxy: FailingProxy) -> None:
    proxy.failures_left = 4  # one more than a call is tried
    shown = json.loads(shop.run("run", "Shop", "ImportEarly", "--no-wait", "--json", AWS_ENDPOINT_URL=proxy.endpoint))

    assert shown["status"] in ("running", "succeeded")
    assert not proxy.failures_left


def test_a_run_that_cannot_be_polled_is_reported_as_requested(shop: Offline, proxy: FailingProxy) -> None:
    proxy.failures_left, proxy.code = 1, "AccessDeniedException"
    message = run_and_fail(shop, "run", "Shop", "ImportEarly", code=4, AWS_ENDPOINT_URL=proxy.endpoint)

    assert "access denied (not now)" in message
    assert message.endswith("; the run was requested, and may be running: `data-jobs runs` lists it\n")


def test_a_part_of_a_name_must_mean_one_job(shop: Offline) -> None:
    several = run_and_fail(shop, "run", "Shop", "import", code=2)
    none = run_and_fail(shop, "run", "Shop", "export", code=3)

    assert "which may be Shop/ImportEarly or Shop/ImportLate" in several
    assert "Shop must have a job export, got ImportEarly, ImportLate" in none


def run_and_fail(offline: Offline, *arguments: str, code: int, **changes: str) -> str:
    """Runs a command that must fail; returns its message, which is one line."""
    process = offline.start(*arguments, **changes)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (code, ""), stdout + stderr
    return stderr
