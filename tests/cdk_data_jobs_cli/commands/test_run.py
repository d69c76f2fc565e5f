"""`data-jobs run`: runs a job now."""

from __future__ import annotations

import json
import re
import signal
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
    shown = shop.run("run", "Shop", "ImportEarly", "--yes", "--interval", "0.1").splitlines()
    created = shop.aws.personalize.jobs()[before:]

    assert [job["status"] for job in created] == ["ACTIVE"]
    assert "dataset-import-job" in created[0]["datasetImportJobArn"]
    assert re.match(r"\S+Z run [0-9a-f]{8} of ImportEarly has started: execution Shop-ImportEarly\S+-run-", shown[0])
    assert re.match(r"\S+Z ImportEarly running ", shown[1])
    assert re.match(r"\S+Z ImportEarly succeeded ", shown[-2])
    assert re.match(r"\S+Z Shop succeeded after ", shown[-1])


def test_a_run_that_fails_ends_with_1_and_its_reason(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too blue")
    shown = json.loads(shop.run("run", "Shop", "ImportLate", "--yes", "--json", "--interval", "0.1", code=1))

    assert shown["status"] == "failed"
    assert shown["reason"].startswith(
        "Personalize dataset import job could not be created: InvalidInputException: too blue"
    )
    assert f"-run-{shown['run']}-" in shown["execution"]
    assert json.loads(shop.run("runs", "Shop", "--json", "--job", "Late"))["runs"][0]["reason"] == shown["reason"]


def test_without_waiting_a_run_is_shown_once_it_has_started(shop: Offline) -> None:
    shown = json.loads(shop.run("run", "Shop", "Shop/ImportEarly", "--yes", "--no-wait", "--json", "--interval", "0.1"))
    again = json.loads(shop.run("run", "Shop", "ImportEarly", "--yes", "--json", "--interval", "0.1"))

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
    shown = json.loads(
        shop.run("run", "Shop", "ImportEarly", "--yes", "--no-wait", "--json", AWS_ENDPOINT_URL=proxy.endpoint)
    )

    assert shown["status"] in ("running", "succeeded")
    assert not proxy.failures_left


def test_a_run_that_cannot_be_polled_is_reported_as_requested(shop: Offline, proxy: FailingProxy) -> None:
    proxy.failures_left, proxy.code = 1, "AccessDeniedException"
    message = run_and_fail(shop, "run", "Shop", "ImportEarly", "--yes", code=4, AWS_ENDPOINT_URL=proxy.endpoint)

    assert "access denied (not now)" in message
    requested = "; run [0-9a-f]{8} of ImportEarly was requested, and may be running: `data-jobs runs Shop` lists it\n"
    assert re.search(f"{requested}$", message)


def test_a_part_of_a_name_is_not_enough(shop: Offline) -> None:
    message = run_and_fail(shop, "run", "Shop", "early", code=3)

    assert message == "Error: Shop must have a job early, got ImportEarly, ImportLate\n"


def test_a_full_import_asks_first_at_a_terminal(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    refused = shop.run_in_terminal("run", "Shop", "ImportEarly", typed="n\n", width=200)
    left = shop.run_in_terminal("run", "Shop", "ImportEarly", typed="\x04", width=200)  # ends it as Ctrl-C does
    jobs_after_no = len(shop.aws.personalize.jobs())
    confirmed = shop.run_in_terminal("run", "Shop", "ImportEarly", "--interval", "0.1", typed="y\n", width=200)

    question = "ImportEarly is a FULL import, which replaces all data of its dataset. Run it? [y/N]:"
    assert question in refused.text
    assert refused.text.endswith("nothing was run\n")
    assert left.text.endswith("[y/N]: \nnothing was run\n")
    assert (refused.code, left.code, jobs_after_no) == (130, 130, before)
    assert question in confirmed.text
    assert (confirmed.code, len(shop.aws.personalize.jobs())) == (0, before + 1)


def test_without_a_terminal_a_full_import_needs_to_be_confirmed(shop: Offline) -> None:
    before = len(shop.aws.personalize.jobs())
    message = run_and_fail(shop, "run", "Shop", "ImportEarly", code=2)

    assert message.endswith(
        "Error: ImportEarly is a FULL import, which replaces all data of its dataset: confirm it with --yes, as there "
        "is no terminal to ask at\n"
    )
    assert len(shop.aws.personalize.jobs()) == before


def test_a_job_that_replaces_nothing_asks_nothing(offline: Offline) -> None:
    offline.deploy("Mailing")

    assert json.loads(offline.run("run", "Mailing", "Import", "--json", "--interval", "0.1"))["status"] == "succeeded"


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_continues_and_can_be_looked_at(shop: Offline) -> None:
    shop.aws.personalize.durations(in_progress=120)
    running = shop.start("run", "Shop", "ImportLate", "--yes", "--interval", "0.1")
    assert running.stdout
    run_id = running.stdout.readline().split(" ")[2]
    running.send_signal(signal.SIGINT)
    _stdout, stderr = running.communicate(timeout=60)
    shop.aws.personalize.durations(in_progress=20)

    assert running.returncode == 130
    assert stderr == f"interrupted; run {run_id} of ImportLate continues: `data-jobs runs Shop` lists it\n"
    assert re.search(rf" {run_id} ImportLate command (running|succeeded) ", shop.run("runs", "Shop"))


def run_and_fail(offline: Offline, *arguments: str, code: int, **changes: str) -> str:
    """Runs a command that must fail; returns its message."""
    process = offline.start(*arguments, **changes)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (code, ""), stdout + stderr
    return stderr
