"""Runs the function's tests on the Python that this is, in WebAssembly: no sockets, no threads, no other process.

What the tests of the function otherwise have of the machine is replaced by what does the same without these: the other
end of the ResponseURL by a handler of urllib, and the threads of the SDK's file transfers by its option for none.
"""

from __future__ import annotations

import io
import json
import os
import sys
import urllib.request
from email.message import Message
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.response import addinfourl

import boto3
import botocore
import pytest
import s3transfer
from boto3.s3.transfer import TransferConfig
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 443
NEEDS_A_NETWORK = "tests/data_jobs/test_unreachable.py::test_a_real_address_where_nobody_listens_is_unreachable"

NEEDS_A_PROCESS = "tests/data_jobs/test_ready_made_definitions.py"


class Responses:
    """CloudFormation's end of the ResponseURL, as `tests/conftest.py` has it."""

    url = f"https://responses.test:{PORT}/response?Signature=secret"
    server = SimpleNamespace(server_port=PORT)

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []

    def take(self, request: urllib.request.Request) -> int:
        """Keep a response, unless another status is set; returns the HTTP status."""
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            assert isinstance(request.data, bytes)
            self.bodies.append(json.loads(request.data))
            self.content_types.append(request.get_header("Content-type"))
        return status


class Web(urllib.request.HTTPSHandler):
    """A web of one server, which no socket leads to."""

    def __init__(self, responses: Responses) -> None:
        super().__init__()
        self.responses = responses

    def https_open(self, req: urllib.request.Request) -> Any:
        if req.host != f"responses.test:{PORT}":
            raise urllib.error.URLError(f"there is no {req.host}")
        response: Any = addinfourl(io.BytesIO(), Message(), req.full_url, self.responses.take(req))
        response.msg = ""
        return response

    def http_open(self, req: urllib.request.Request) -> Any:
        raise urllib.error.URLError(f"there is no {req.host}")


class Plugin:
    """A pytest plugin: sets the fixtures, and counts the results."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = {
            "python": list(sys.version_info[:3]),
            "sdk": {module.__name__: module.__version__ for module in (boto3, botocore, s3transfer)},
            "passed": [],
            "not passed": [],
        }

    @pytest.fixture
    def responses(self) -> Iterator[Responses]:
        responses = Responses()
        urllib.request.install_opener(urllib.request.build_opener(Web(responses)))
        yield responses
        urllib.request.install_opener(None)  # type: ignore[arg-type]  # urllib makes a new one when it needs one

    @pytest.fixture(autouse=True)
    def no_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("boto3.s3.inject.TransferConfig", partial(TransferConfig, use_threads=False))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed and report.when == "call":
            self.results["passed"].append(report.nodeid)
        elif not report.passed:
            self.results["not passed"].append(report.nodeid)


# Everything is tried on the other Pythons, too; here fewer examples must do.
settings.register_profile("few", derandomize=True, database=None, deadline=None, max_examples=5)
settings.load_profile("few")
os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "FUNCTION_SDK": "installed"}
os.chdir("/home/project")
plugin = Plugin()
# The tests' own conftest.py serves the ResponseURL from a thread.
options = ["-q", "--tb=short", "-p", "no:cacheprovider", "--confcutdir=tests/data_jobs"]
options += [f"--deselect={NEEDS_A_NETWORK}", f"--ignore={NEEDS_A_PROCESS}"]
plugin.results["status"] = int(pytest.main([*options, "tests/data_jobs"], plugins=[plugin]))
Path("/results/results.json").write_text(json.dumps(plugin.results), encoding="utf-8")
