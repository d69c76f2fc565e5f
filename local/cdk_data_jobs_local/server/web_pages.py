"""Keeps web pages away from the server.

Every page that a browser on this machine shows can send requests to 127.0.0.1, simple ones without asking first, and
the offline AWS would obey them: it could create a function and run it. With a name of its own that resolves to
127.0.0.1 (DNS rebinding), a page could read the responses, too. So a request is refused if

- its Host is not a loopback name, or its target is not a path (a proxy's request);
- its Origin is not of this machine, which includes `null`;
- the browser says that another site sends it (`Sec-Fetch-Site`), unless a bucket's CORS rules allow it, and it reads,
  writes, deletes or lists objects of that bucket: no configuration of the bucket, no copy of an object elsewhere, and
  nothing that MiniStack would take for a request to another service, by the form in its body or by its path.

MiniStack lets every page read every response, with `Access-Control-Allow-Origin: *`. Here, as in AWS, a bucket's CORS
rules decide, for pages of this machine alone, and no other response has such headers.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import json
import re
from urllib.parse import parse_qs

from ministack import app as ministack_app
from ministack.core.router import detect_service
from ministack.services import s3

from cdk_data_jobs_local.ministack_fixes.asgi import Message, Send, send_response

_LOOPBACK = r"(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"
_HOST = re.compile(_LOOPBACK, re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(f"https?://{_LOOPBACK}", re.ASCII | re.IGNORECASE)
_OWN_SITES = {"same-origin", "none"}
"""What `Sec-Fetch-Site` is for pages that the server itself sent, and for addresses that the user typed."""


_S3_HOST = re.compile(r"(?:(?:[a-z\d-]+\.s3(?:\.[a-z\d-]+)?\.)?localhost|127\.0\.0\.1|\[::1\])(?::\d+)?", re.ASCII)
_OTHER_SERVICES_PATHS = ("/iceberg", "/v20180820/")
"""Paths that MiniStack takes for those of S3 Tables and S3 Control, whatever buckets there are."""
_FORM = "application/x-www-form-urlencoded"
"""The content type whose `Action` MiniStack routes by."""
_OBJECT_QUERY = re.compile(
    r"(?i:x-amz-(?!.*source).*|response-.*)|x-id|versionId|uploads|uploadId|partNumber|AWSAccessKeyId|Signature|Expires|"
    r"list-type|prefix|delimiter|marker|continuation-token|start-after|max-keys|fetch-owner|encoding-type",
    re.ASCII,
)
"""The query parameters of requests for objects, signatures included; all others are of configurations."""


class OriginCheck:
    """Whether a web page may send a request: one HTTP request, or the one with which a WebSocket begins."""

    def __init__(self, scope: Message) -> None:
        """Creates it.

        Args:
            scope: ASGI's scope of the type `http` or `websocket`.
        """
        self._scope = scope
        self._headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            self._headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def refusal_reason(self) -> str:
        """Returns why the request is refused; empty if it is not."""
        hosts, origins, sites = (self._headers.get(name, []) for name in ("host", "origin", "sec-fetch-site"))
        if not self._scope["raw_path"].startswith(b"/"):
            return "the target of the request must be a path"
        if not hosts or not all(map(_HOST.fullmatch, hosts)):
            return f"Host must be 127.0.0.1, localhost or a name that ends with .localhost, got {', '.join(hosts)!r}"
        if not all(map(_ORIGIN.fullmatch, origins)):
            return f"web pages must not use the offline AWS, got Origin {', '.join(origins)!r}"
        if _OWN_SITES.issuperset(sites) or self.preflight():
            return ""
        refused = f"web pages must not use the offline AWS, got Sec-Fetch-Site {', '.join(sites)!r}, and "
        if not self.cors_headers():
            return f"{refused}no CORS rule of a bucket allows it"
        return "" if self._is_for_objects() else f"{refused}a bucket's CORS rules are for its objects alone"

    def preflight(self) -> tuple[int, dict[str, str], bytes] | None:
        """Returns a bucket's response to a page that asks what it may send; None if no page of this machine asks."""
        target = self._bucket_and_key()
        if self._scope.get("method") != "OPTIONS" or target is None:
            return None
        response: tuple[int, dict[str, str], bytes] = s3.cors_preflight(*target, self._joined)
        return response

    def cors_headers(self) -> dict[str, str]:
        """Returns the headers that let a page read the response, by the CORS rules of the bucket that it requests."""
        target = self._bucket_and_key()
        if target is None:
            return {}
        headers: dict[str, str] = s3.cors_response_headers(target[0], self._scope["method"], self._joined)
        return headers

    @property
    def _joined(self) -> dict[str, str]:
        return {name: ", ".join(values) for name, values in self._headers.items()}

    def _is_for_objects(self) -> bool:
        """Returns whether a request to a bucket reads, writes, deletes or lists objects, and does nothing else."""
        _, key = self._bucket_and_key() or ("", "")
        headers = self._joined
        names = {*parse_qs(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)}
        return (
            (bool(key) or self._scope["method"] in {"GET", "HEAD", "POST"})
            and _S3_HOST.fullmatch(headers["host"]) is not None
            and not self._scope["path"].startswith(_OTHER_SERVICES_PATHS)
            and _FORM not in headers.get("content-type", "").lower()
            and all(map(_OBJECT_QUERY.fullmatch, names))
            and not any(name.startswith("x-amz-") and "source" in name for name in headers)
        )

    def _bucket_and_key(self) -> tuple[str, str] | None:
        """Returns the bucket and key of a page's request to S3."""
        path, headers = self._scope["path"], self._joined
        if self._scope["type"] != "http" or "origin" not in headers:
            return None
        query = parse_qs(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if detect_service(self._scope["method"], path, headers, query) != "s3":
            return None
        target: tuple[str, str] | None = ministack_app._s3_cors_target(headers["host"], path)
        return target


def without_cors(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Returns a response's headers without those that let web pages read it."""
    return [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]


async def refuse(scope: Message, send: Send, reason: str) -> None:
    """Responds to a request, or to the beginning of a WebSocket, with 403 and the reason."""
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    await send_response(send, 403, {"content-type": "application/json"}, body, kind=scope["type"])
