"""Writes the response to a custom resource's request, and sends it to CloudFormation."""

import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from data_jobs.log import log
from data_jobs.messages import to_json, truncate

MAX_RESPONSE_BYTES = 4096
"""The largest response that CloudFormation accepts (User Guide, "Custom resource response objects")."""

MAX_ID_BYTES = 1024
"""The longest physical id that CloudFormation accepts (same page)."""

MAX_REPEATED_ID_BYTES = 512
"""The longest value of each id that a response repeats; those of CloudFormation are shorter."""

INVALID_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold (XML 1.0, production 2): control characters, and lone surrogates."""

EXPIRED_STATUSES = frozenset({403, 404, 410})
"""What S3 responds if a presigned URL has expired. It responds with 400 to a slow request too."""


def write_response(
    event: dict[str, Any], *, succeeded: bool, reason: str, physical_id: str, attributes: dict[str, str]
) -> bytes:
    """Returns the response to a request: the reason first, then as much of the attributes as fits in 4096 bytes.

    It has all names of attributes, even without their values: a template that reads another one fails.
    """
    body: dict[str, Any] = {
        "Status": "SUCCESS" if succeeded else "FAILED",
        "Reason": "",
        "PhysicalResourceId": truncate(physical_id, MAX_ID_BYTES),
        **{
            name: truncate(str(event.get(name, "")), MAX_REPEATED_ID_BYTES)
            for name in ("StackId", "RequestId", "LogicalResourceId")
        },
        "Data": {},
    }
    for name in attributes:
        body["Data"][name] = ""
        if len(to_json(body)) > MAX_RESPONSE_BYTES:
            del body["Data"][name]
    body["Reason"] = truncate(xml_safe(reason), MAX_RESPONSE_BYTES - len(to_json(body)) + 2)
    for name in body["Data"]:
        body["Data"][name] = truncate(xml_safe(attributes[name]), MAX_RESPONSE_BYTES - len(to_json(body)) + 2)
    return to_json(body)


def xml_safe(string: str) -> str:
    """Returns the string with the characters replaced that XML, in which CloudFormation shows it, cannot hold."""
    return INVALID_XML.sub("\ufffd", string)


def is_allowed_url(url: str) -> bool:
    """Returns whether a response may be sent to a URL: over TLS, or to the offline AWS on this machine."""
    try:
        host = urllib.parse.urlsplit(url).hostname
    except ValueError:
        return False
    return url.startswith("https://") or (url.startswith("http://") and host in ("127.0.0.1", "localhost"))


def deliver(url: str, body: bytes) -> bool:
    """PUTs the response to the request's ResponseURL.

    Returns:
        False if the URL has expired or is invalid, so that it can never be delivered.

    Raises:
        ConnectionError: If it may be delivered later. The message does not have the URL, which is a secret.
    """
    try:
        put = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
        with urllib.request.urlopen(put, timeout=30):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        error.close()  # it is a response, too
        if error.code in EXPIRED_STATUSES:
            log("answer refused", status=error.code)
            return False
        problem = f"HTTP {error.code}"
    except (ValueError, http.client.InvalidURL) as error:
        log("answer impossible", error=type(error).__name__)
        return False
    except (OSError, http.client.HTTPException) as error:
        problem = type(error).__name__
    raise ConnectionError(f"the response could not be delivered: {problem}")
