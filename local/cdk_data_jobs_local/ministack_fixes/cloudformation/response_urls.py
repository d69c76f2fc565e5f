"""ResponseURLs of custom resources.

Real ones are presigned URLs of Amazon S3, Signature Version 4, of the object
`<StackId>|<LogicalResourceId>|<RequestId>`. They tell since when CloudFormation waits (`X-Amz-Date`), and are good for
two hours (`X-Amz-Expires=7200`). So they are in all events that were published since 2020; those of 2017 are signed
with Version 2 (`AWSAccessKeyId`, `Expires`, `Signature`). S3 answers 403 to one that has expired or was changed,
whatever the order of its query, and 200 to an answer that nobody waits for any more (user guide, "Custom resource
request objects"; S3's API reference, "Authenticating Requests: Using Query Parameters").

MiniStack 1.5.33 makes URLs without a date, which are good for ever, and answers 200 to whatever is sent there.

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
_GOOD_FOR = 7200
_TIME = "%Y%m%dT%H%M%SZ"


def patch(clock: Clock) -> None:
    """Makes MiniStack's CloudFormation presign ResponseURLs, and check them."""
    urls, serve = ResponseUrls(clock), ministack_app.app

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PUT" and scope["path"].startswith(PREFIX):
            body = await read_body(receive)
            status, content = urls.receive(scope["path"], scope["query_string"].decode(), body)
            await send_response(send, status, content, "application/xml")
        else:
            await serve(scope, receive, send)

    ministack_app.app = app
    custom_resource._response_url = urls.make


class ResponseUrls:
    """The ResponseURLs of all custom resources, and what is sent there."""

    def __init__(self, clock: Clock) -> None:
        """Make them.

        Args:
            clock: the services' clock.
        """
        self._clock = clock
        self._secret = secrets.token_bytes()

    def make(self, token: str) -> str:
        """A URL for the answer to a request.

        Args:
            token: what tells the request from others: the object's key.
        """
        now = datetime.fromtimestamp(self._clock.now(), tz=timezone.utc).strftime(_TIME)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": now,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": str(_GOOD_FOR),
            "X-Amz-Credential": f"AKIAIOSFODNN7EXAMPLE/{now[:8]}/{get_region()}/s3/aws4_request",
        }
        query["X-Amz-Signature"] = self._signature(token, query)
        return f"{custom_resource._gateway_url()}{PREFIX}{quote(token)}?{urlencode(query)}"

    def receive(self, path: str, query_string: str, body: bytes) -> tuple[int, bytes]:
        """Receive an answer.

        Args:
            path: the URL's path, decoded.
            query_string: the URL's query, as it came.
            body: what was sent.

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
        if self._clock.now() > signed + _GOOD_FOR:
            return _refusal("AccessDenied", "Request has expired")
        custom_resource.deliver_response(token, _object(body))
        return HTTPStatus.OK, b""

    def _signature(self, token: str, query: dict[str, str]) -> str:
        signed = json.dumps([token, sorted(query.items())]).encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()


def _refusal(code: str, message: str) -> tuple[int, bytes]:
    told = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return HTTPStatus.FORBIDDEN, told.encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
