"""ResponseURLs of custom resources.

Real ones are presigned URLs of Amazon S3, Signature Version 4, of the object
`<StackId>|<LogicalResourceId>|<RequestId>`. They have the time at which CloudFormation began to wait (`X-Amz-Date`),
and are valid for two hours (`X-Amz-Expires=7200`), as in all events that were published since 2020; those of 2017 are
signed with Version 2 (`AWSAccessKeyId`, `Expires`, `Signature`). S3 returns 403 for one that is expired or was changed,
in any order of its query, and 200 for a response that comes too late (user guide, "Custom resource request objects";
S3's API reference, "Authenticating Requests: Using Query Parameters"). CloudFormation takes for a failure a response of
more than 4,096 bytes ("Response object is too long.", aws-cdk#23958), and one whose PhysicalResourceId is empty
("Invalid PhysicalResourceId", custom-resource-helper#67), no string or too long.

MiniStack 1.5.33 makes URLs without a date, which are valid for ever, returns 200 for everything that is sent there, and
takes every response.

Needed as long as this test fails without it:
`test_response_urls.py::test_it_refuses_what_was_changed`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from ministack import app as ministack_app
from ministack.core.responses import get_region
from ministack.services.cloudformation import custom_resource

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.asgi import Message, Receive, Send, read_body, send_response

PREFIX = "/_ministack/cfn-response/"
_EXPIRES_SECONDS = 7200
_MAX_BYTES = 4096
_MAX_ID_BYTES = 1024
_TIME = "%Y%m%dT%H%M%SZ"


def patch(clock: Clock) -> None:
    """Makes MiniStack's CloudFormation presign ResponseURLs, and check them."""
    urls, serve = ResponseUrls(clock), ministack_app.app

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PUT" and scope["path"].startswith(PREFIX):
            body = await read_body(receive)
            status, content = urls.receive(scope["path"], scope["query_string"].decode(), body)
            await send_response(send, status, {"content-type": "application/xml"}, content)
        else:
            await serve(scope, receive, send)

    ministack_app.app = app
    custom_resource._response_url = urls.make


class ResponseUrls:
    """The ResponseURLs of all custom resources, and the responses that are sent there."""

    def __init__(self, clock: Clock) -> None:
        """Makes them.

        Args:
            clock: The emulated clock.
        """
        self._clock = clock
        self._secret = secrets.token_bytes()

    def make(self, token: str) -> str:
        """Returns a URL for the response to a request.

        Args:
            token: The object's key, which identifies the request.
        """
        now = datetime.fromtimestamp(self._clock.now(), tz=timezone.utc).strftime(_TIME)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": now,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": str(_EXPIRES_SECONDS),
            "X-Amz-Credential": f"AKIAIOSFODNN7EXAMPLE/{now[:8]}/{get_region()}/s3/aws4_request",
        }
        query["X-Amz-Signature"] = self._signature(token, query)
        return f"{custom_resource._gateway_url()}{PREFIX}{quote(token)}?{urlencode(query)}"

    def receive(self, path: str, query_string: str, body: bytes) -> tuple[int, bytes]:
        """Receives a response.

        Args:
            path: The URL's path, decoded.
            query_string: The URL's query, as it came.
            body: What was sent.

        Returns:
            The HTTP status, and what it says.
        """
        token, query = path.removeprefix(PREFIX), dict(parse_qsl(query_string))
        signature = query.pop("X-Amz-Signature", "")
        if not hmac.compare_digest(signature, self._signature(token, query)):
            return _refusal(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        signed = datetime.strptime(query["X-Amz-Date"], _TIME).replace(tzinfo=timezone.utc).timestamp()
        if self._clock.now() > signed + _EXPIRES_SECONDS:
            return _refusal("AccessDenied", "Request has expired")
        custom_resource.deliver_response(token, _response(body))
        return HTTPStatus.OK, b""

    def _signature(self, token: str, query: dict[str, str]) -> str:
        signed = json.dumps([token, sorted(query.items())]).encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()


def _refusal(code: str, message: str) -> tuple[int, bytes]:
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return HTTPStatus.FORBIDDEN, document.encode()


def _response(body: bytes) -> dict[str, Any]:
    if len(body) > _MAX_BYTES:
        return {"Status": "FAILED", "Problem": "Response object is too long."}
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    physical_id = value.get("PhysicalResourceId")
    is_id = isinstance(physical_id, str) and 1 <= len(physical_id.encode(errors="replace")) <= _MAX_ID_BYTES
    if not is_id and physical_id is not None:
        return {"Status": "FAILED", "Problem": "Invalid PhysicalResourceId"}
    return value
