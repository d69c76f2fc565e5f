"""Reads the bodies of ASGI requests, and sends ASGI responses."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def read_body(receive: Receive) -> bytes:
    """Returns the whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def send_response(send: Send, status: int, headers: dict[str, str], body: bytes, *, kind: str = "http") -> None:
    """Sends a whole response.

    Args:
        send: ASGI's channel.
        status: The HTTP status.
        headers: The headers; the length is added.
        body: The whole body.
        kind: `websocket` instead of a WebSocket that the client requested.
    """
    prefix = "websocket.http.response" if kind == "websocket" else "http.response"
    named = {name.lower(): value for name, value in headers.items()} | {"content-length": str(len(body))}
    encoded = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": f"{prefix}.start", "status": status, "headers": encoded})
    await send({"type": f"{prefix}.body", "body": body})
