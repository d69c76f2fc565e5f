"""What tests of more than one folder use."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Validating a template takes four times as long as synthesizing it; the tests of the validation switch it on.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
# The CDK CLI polls every five real seconds; the time of the offline AWS runs faster.
os.environ.setdefault("NODE_OPTIONS", f'--require "{Path(__file__).with_name("fast_polling.cjs")}"')
# Node.js compiles the CDK and its CLI once, not in each of some hundred processes.
os.environ.setdefault("NODE_COMPILE_CACHE", str(Path(__file__).parents[1] / "build" / "node-compile-cache"))

WAITING = {"conformance", "end_to_end", "docs", "proof", "cdk_data_jobs_local", "runtime", "upgrade"}
"""The folders whose tests wait for half of their time."""
LONG = [
    "end_to_end/test_failed_updates.py",
    "runtime/test_python_3_14.py",
    "docs/test_code_blocks.py",
    "end_to_end/test_kinds_of_jobs.py",
    "proof/test_scale.py",
    "end_to_end/test_examples.py",
    "proof/test_faults.py",
    "end_to_end/test_slow_aws.py",
    "test_function.py",
    "cdk_data_jobs/test_nag.py",
    "cdk_data_jobs/test_ready_made_definitions.py",
    "cdk_data_jobs_cli/commands/test_watch.py",
]
"""The files that last longest: were they the last to begin, one worker would run them while the others have ended."""

# The same examples every time: a change breaks a test, not chance. `--hypothesis-profile=thorough` tries many more.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("thorough", settings.get_profile("same"), max_examples=1000)
settings.load_profile("same")


def pytest_sessionfinish() -> None:
    """Save what `make coverage` measured, for pytest-xdist kills workers that take ten seconds to end."""
    if (coverage := sys.modules.get("coverage")) and (measured := coverage.Coverage.current()):
        measured.save()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the function's tests, which have another SDK, to `test_function.py`, unless they are requested."""
    run, asked_from = Path(__file__).parent / "data_jobs", config.invocation_params.dir
    requested = [asked_from / argument.partition("::")[0] for argument in config.args]
    return (collection_path == run and not any(path.is_relative_to(run) for path in requested)) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files that wait for the offline AWS and files that compute alternate, so that no core is idle."""
    here = Path(__file__).parent
    files: dict[bool, list[Path]] = {True: [], False: []}
    order = {here / name: number for number, name in enumerate(LONG)}
    for path in sorted(dict.fromkeys(item.path for item in items), key=lambda path: order.get(path, len(order))):
        files[path.relative_to(here).parts[0] in WAITING].append(path)
    place = {path: at / len(group) for group in files.values() for at, path in enumerate(group)}
    items.sort(key=lambda item: place[item.path])


class Responses:
    """CloudFormation's end of the ResponseURL."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.content_types: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.statuses.pop(0) if outer.statuses else 200
                if status == 200:
                    outer.bodies.append(json.loads(body))
                    outer.content_types.append(self.headers["Content-Type"])
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/response?Signature=secret"


@pytest.fixture
def responses() -> Iterator[Responses]:
    responses = Responses()
    yield responses
    responses.server.shutdown()
    responses.server.server_close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets new processes be interrupted: a process in the background ignores that, and they would inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for name, handler in zip((signal.SIGINT, signal.SIGHUP), before, strict=True):
        signal.signal(name, handler)
