"""MiniStack's web application, with what it lacks: our own requests, and connections that break on demand."""

# ruff: noqa: ANN401  (what ministack does not type)

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.app import app as ministack

from cdk_data_jobs_local.ministack_fixes.cloudformation import response_urls
from cdk_data_jobs_local.ministack_fixes.cloudformation.response_urls import ResponseUrls
from cdk_data_jobs_local.server.admin import PREFIX, Admin
from cdk_data_jobs_local.server.routing import DROP_HEADER

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _ConnectionDroppedError(Exception):
    """A test wanted the client to get no answer."""


class Application:
    """The ASGI application that the server serves."""

    def __init__(self, admin: Admin, urls: ResponseUrls) -> None:
        """Make one.

        Args:
            admin: the server's own requests.
            urls: where custom resources are answered.
        """
        self._admin = admin
        self._urls = urls

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            status, body = await self._admin.respond(scope["path"], await _body(receive))
            await _answer(send, status, body, b"application/json")
            return
        if scope["type"] == "http" and scope["method"] == "PUT" and scope["path"].startswith(response_urls.PREFIX):
            status, body = self._urls.receive(scope["path"], scope["query_string"].decode(), await _body(receive))
            await _answer(send, status, body, b"application/xml")
            return

        async def send_or_drop(message: Message) -> None:
            if any(name.decode().lower() == DROP_HEADER for name, _ in message.get("headers", ())):
                _abort(send)
                raise _ConnectionDroppedError
            await send(message)

        try:
            await ministack(scope, receive, send_or_drop)
        except _ConnectionDroppedError:
            return


async def _answer(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _abort(send: Any) -> None:
    # ASGI has no word for it: from the stream to its connection to the socket, as hypercorn 0.18 holds them.
    connection = send.__self__.send.__self__.send.__self__
    connection.writer.transport.abort()
