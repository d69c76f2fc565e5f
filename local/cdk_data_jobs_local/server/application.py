"""The web application that the server serves: MiniStack's, for no web pages, with what tests request of the server."""

# ruff: noqa: ANN401  (what ministack does not type)

import contextlib
from typing import Any

from ministack import app as ministack_app

from cdk_data_jobs_local.clock import HEADER, Clock
from cdk_data_jobs_local.ministack_fixes.asgi import Message, Receive, Send, read_body, send_response
from cdk_data_jobs_local.server.admin import PREFIX, Admin
from cdk_data_jobs_local.server.routing import DROP_HEADER
from cdk_data_jobs_local.server.web_pages import OriginCheck, refuse, without_cors


class _ConnectionDroppedError(Exception):
    """A test has requested that the client gets no response."""


class Application:
    """The ASGI application that the server serves."""

    def __init__(self, admin: Admin, clock: Clock) -> None:
        """Creates it.

        Args:
            admin: Responds to the requests of tests to the server itself.
            clock: The emulated clock, which each response of a service names.
        """
        self._admin = admin
        self._clock_header = HEADER.encode(), str(clock).encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one request or connection."""
        if scope["type"] == "lifespan":
            await ministack_app.app(scope, receive, send)
            return
        check = OriginCheck(scope)
        if reason := check.refusal_reason():
            await refuse(scope, send, reason)
        elif preflight := check.preflight():
            await send_response(send, *preflight)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
            status, body = await self._admin.respond(scope["path"], await read_body(receive))
            await send_response(send, status, {"content-type": "application/json"}, body)
        else:
            allowed = [(name.lower().encode(), value.encode()) for name, value in check.cors_headers().items()]
            await _serve(scope, receive, send, [*allowed, self._clock_header])


async def _serve(scope: Message, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    async def send_or_drop(message: Message) -> None:
        if "headers" in message:
            if any(name.decode().lower() == DROP_HEADER for name, _ in message["headers"]):
                _abort(send)
                raise _ConnectionDroppedError
            message = {**message, "headers": [*without_cors(message["headers"]), *headers]}
        await send(message)

    with contextlib.suppress(_ConnectionDroppedError):
        await ministack_app.app(scope, receive, send_or_drop)


def _abort(send: Any) -> None:
    # ASGI cannot abort: from the stream to its connection to the socket, as hypercorn 0.18 holds them.
    connection = send.__self__.send.__self__.send.__self__
    connection.writer.transport.abort()
