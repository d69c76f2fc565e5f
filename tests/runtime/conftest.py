"""What stands for AWS's runtime here: its SDK, and its API, which hands events to the function's process."""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local.api import function_sdk as functions_sdk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:runner"
VERSION = "/2018-06-01/runtime"
"""Of the Lambda Runtime API (Lambda Developer Guide, "Using the Lambda runtime API")."""


@dataclass(frozen=True)
class Reply:
    """What a runtime sent: `response`, or `error` of an invocation, or `init/error` of its start."""

    kind: str
    body: Any
    headers: dict[str, str]


class RuntimeApi:
    """Hands events to one runtime, one by one."""

    def __init__(self, function_arn: str) -> None:
        self.function_arn = function_arn
        self.replies: queue.Queue[Reply] = queue.Queue()
        self._events: queue.Queue[bytes] = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                assert self.path == f"{VERSION}/invocation/next"
                event = api._events.get()
                self.send_response(200)
                for name, value in api.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self) -> None:
                content = self.body()
                kind = self.path.removeprefix(f"{VERSION}/")
                if kind.startswith("invocation/"):
                    kind = kind.rpartition("/")[2]
                api.replies.put(Reply(kind, json.loads(content), dict(self.headers)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers["Content-Length"]))
                content = b""
                while size := int(self.rfile.readline(), 16):
                    content += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return content

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        """The `AWS_LAMBDA_RUNTIME_API` of the runtime."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def headers(self) -> dict[str, str]:
        """What comes with an event."""
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 900) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        }

    def reply(self) -> Reply:
        """The next reply, within a minute."""
        return self.replies.get(timeout=60)

    def invoke(self, event: dict[str, Any]) -> Reply:
        """Hand an event to the runtime, and wait for its reply."""
        self._events.put(json.dumps(event).encode())
        return self.reply()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def runtime_api() -> Iterator[RuntimeApi]:
    api = RuntimeApi(FUNCTION_ARN)
    yield api
    api.close()


@pytest.fixture(scope="session")
def sdk() -> Path:
    """The folder with the SDK that AWS's runtime was last seen with."""
    folder = functions_sdk.folder(functions_sdk.RUNTIME)
    assert folder is not None
    return folder


@pytest.fixture(scope="session")
def sdk_versions() -> dict[str, str]:
    """The versions that it must have."""
    lines = functions_sdk.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line)
    return {name: versions[name] for name in ("boto3", "botocore", "s3transfer")}
