"""A server that gets the responses of runs, and keeps stacks in progress."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = """
import json
import urllib.request

def handler(event, context):
    url = event.get("ResponseServer") or event["ResourceProperties"]["ResponseServer"]
    urllib.request.urlopen(urllib.request.Request(url, data=json.dumps(event).encode(), method="POST"), timeout=60)
"""
"""A function that forwards each request of CloudFormation, and each task's token, to the server."""


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    """What a condition gives once it is true; real seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.05)
    return found


@dataclass
class HeldStack:
    """A stack that is kept in a state, and the requests for its resources.

    Attributes:
        holds: The request that is not answered before `ResponseServer.release`: its type, and the resource's revision.
        physical_ids: The physical id to answer, by revision.
    """

    holds: tuple[str, str]
    physical_ids: dict[str, str]
    events: list[dict[str, Any]] = field(default_factory=list)


class ResponseServer:
    """A server for all stacks and runs, each by its stack's name."""

    def __init__(self) -> None:
        """Listen."""
        self.answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.tokens: dict[str, str] = {}
        self.held: dict[str, HeldStack] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                server.answers[self.path.strip("/")].append(self.read())

            def do_POST(self) -> None:
                event = self.read()
                if "TaskToken" in event:
                    server.tokens[self.path.strip("/")] = event["TaskToken"]
                else:
                    threading.Thread(
                        target=server.handle_request, args=(self.path.strip("/"), event), daemon=True
                    ).start()

            def read(self) -> dict[str, Any]:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()
                return dict(json.loads(body))

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, stack: str) -> str:
        """Where a stack's requests go, and the answers to them."""
        return f"http://127.0.0.1:{self._server.server_port}/{stack}"

    def handle_request(self, stack: str, event: dict[str, Any]) -> None:
        """Respond to CloudFormation, unless this request must not get its response yet."""
        held = self.held[stack]
        if (event["RequestType"], event["ResourceProperties"]["Revision"]) == held.holds:
            held.events.append(event)
        else:
            _answer(event, held.physical_ids)

    def release(self, stack: str) -> None:
        """Let a stack go on to its end."""
        held = self.held[stack]
        held.holds = ("", "")
        for event in held.events:
            _answer(event, held.physical_ids)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def _answer(event: dict[str, Any], physical_ids: dict[str, str]) -> None:
    body = {
        "Status": "FAILED" if event["ResourceType"] == "Custom::Broken" else "SUCCESS",
        "Reason": "a test wants it",
        "PhysicalResourceId": event.get("PhysicalResourceId", "none"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    if event["RequestType"] != "Delete":
        body["PhysicalResourceId"] = physical_ids[event["ResourceProperties"]["Revision"]]
    put = urllib.request.Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")  # noqa: S310
    urllib.request.urlopen(put, timeout=60).close()  # noqa: S310
