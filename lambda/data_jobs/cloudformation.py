"""The answer that CloudFormation gets to a request of a custom resource."""

from __future__ import annotations

import bisect
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from data_jobs.log import log

ANSWER_BYTES = 4096
"""The largest answer that CloudFormation accepts (User Guide, "Custom resource response objects")."""

ID_BYTES = 512
"""Room for each of the ids that an answer repeats: more than CloudFormation's own take."""

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML document can hold (XML 1.0, production 2): control characters, and half characters."""

URL_DEAD = frozenset({403, 404, 410})
"""What a presigned URL answers once it has expired: trying again cannot help. S3 answers 400 to a slow request too."""


def write_answer(
    event: dict[str, Any], *, succeeded: bool, reason: str, physical_id: str, attributes: dict[str, str]
) -> bytes:
    """Write the answer to a request: the reason first, then as much of the attributes as fits in 4096 bytes.

    An attribute's name is there even if its value has no room: CloudFormation fails a template that reads an
    attribute which the answer does not name.
    """
    body: dict[str, Any] = {
        "Status": "SUCCESS" if succeeded else "FAILED",
        "Reason": "",
        "PhysicalResourceId": cut(physical_id, 1024),
        **{name: cut(str(event.get(name, "")), ID_BYTES) for name in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": {},
    }
    for name in attributes:
        body["Data"][name] = ""
        if len(encode(body)) > ANSWER_BYTES:
            del body["Data"][name]
    body["Reason"] = cut(plain(reason), ANSWER_BYTES - len(encode(body)) + 2)
    for name in body["Data"]:
        body["Data"][name] = cut(plain(attributes[name]), ANSWER_BYTES - len(encode(body)) + 2)
    return encode(body)


def encode(value: object) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def plain(text: str) -> str:
    """The text without what XML cannot hold, in which CloudFormation tells reasons and attributes."""
    return NOT_IN_XML.sub("\ufffd", text)


def cut(text: str, size: int) -> str:
    """The text, or as much of its beginning as takes at most `size` bytes in JSON, quotes included."""
    if len(encode(text)) <= size:
        return text
    kept = bisect.bisect_right(range(1, len(text)), size, key=lambda length: len(encode(text[:length] + "…")))
    return text[:kept] + "…" if kept else ""


def is_web(url: str) -> bool:
    """Whether an answer may be sent to a URL: over TLS, or to this machine itself, where the offline AWS listens."""
    try:
        host = urllib.parse.urlsplit(url).hostname
    except ValueError:
        return False
    return url.startswith("https://") or (url.startswith("http://") and host in ("127.0.0.1", "localhost"))


def deliver(url: str, body: bytes) -> bool:
    """PUT the answer to the request's ResponseURL.

    Returns:
        False if the URL is dead or none, so that nobody can be answered any more.

    Raises:
        ConnectionError: If it was not delivered and may be if tried again. Its text never holds the URL.
    """
    try:
        put = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
        with urllib.request.urlopen(put, timeout=30):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        error.close()  # it is a response, too
        if error.code in URL_DEAD:
            log("answer refused", status=error.code)
            return False
        trouble = f"HTTP {error.code}"
    except (ValueError, http.client.InvalidURL) as error:
        log("answer impossible", error=type(error).__name__)
        return False
    except (OSError, http.client.HTTPException) as error:
        trouble = type(error).__name__
    raise ConnectionError(f"the answer could not be delivered: {trouble}")


def refuse(event: dict[str, Any], reason: str, *, accepted: dict[str, str] | None = None) -> None:
    """Answer a request for which no run can be started. A Delete succeeds, or the stack could never be deleted.

    Args:
        event: The request.
        reason: Why.
        accepted: The attributes to answer with if the deployment accepts that there is no run; none if it does not.
    """
    url = event.get("ResponseURL")
    if not isinstance(url, str) or not is_web(url):
        return
    succeeded = event.get("RequestType") == "Delete" or accepted is not None
    properties = event.get("ResourceProperties")
    awaited_job = properties.get("Job") if isinstance(properties, dict) else None
    ids = event.get("PhysicalResourceId"), event.get("LogicalResourceId"), "none"
    # An accepted Update may name another job.
    physical_id = str((awaited_job if accepted is not None else "") or next(filter(None, ids)))
    attributes = accepted or {}
    deliver(
        url, write_answer(event, succeeded=succeeded, reason=reason, physical_id=physical_id, attributes=attributes)
    )
