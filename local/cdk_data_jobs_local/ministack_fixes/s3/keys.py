"""Permissions to use the AWS KMS key of an encrypted object.

S3 uses the key with the permissions of its caller (User Guide, "Using server-side encryption with AWS KMS keys"):
kms:Decrypt to read, kms:GenerateDataKey to write, and both for the parts of an upload. MiniStack 1.5.33 requires
neither.

Needed as long as this test fails without it:
`test_enforced_iam.py::test_who_reads_or_writes_an_encrypted_object_needs_its_key`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ministack import app as ministack_app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import s3

from cdk_data_jobs_local.ministack_fixes.iam.permissions import not_authorized

SSE_HEADER = "x-amz-server-side-encryption"
KMS_HEADER = f"{SSE_HEADER}-aws-kms-key-id"
_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"
# In the query of requests that do not read or write an object's content.
_KEYLESS = {"acl", "legal-hold", "retention", "tagging"}


def encryption(bucket: str, kms_key: str | None = None) -> dict[str, str]:
    """Returns the headers with which an object of a bucket is written.

    Args:
        bucket: The bucket.
        kms_key: The requested key. By default that of the bucket's settings.
    """
    if kms_key is not None:
        return {SSE_HEADER: "aws:kms", KMS_HEADER: kms_key}
    default: dict[str, str] = s3._bucket_default_sse_headers(bucket)
    return default


def key_of(bucket: str, key: str) -> str | None:
    """Returns the AWS KMS key that an object is encrypted with, if any."""
    record = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key) or {}
    key_id: str | None = record.get("preserved_headers", {}).get(KMS_HEADER)
    return key_id


def patch() -> None:
    """Makes MiniStack's S3 require the permission to use keys."""
    handler = ministack_app.SERVICE_HANDLERS["s3"]

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        for action, key in _uses(method, path, headers, query):
            denied = iam_evaluator.enforce(
                extract_access_key_id(headers, query), action, "kms", get_region(), resource_arn=key
            )
            if denied is not None:
                message = not_authorized(getattr(denied, "principal_arn", ""), action, key)
                return iam_actions.access_denied_response(
                    "s3", action, "", new_uuid(), message=message, headers=headers
                )
        return await handler(method, path, headers, body, query)

    ministack_app.SERVICE_HANDLERS["s3"] = handle


def _uses(method: str, path: str, headers: dict[str, str], query: Any) -> Iterator[tuple[str, str]]:
    """Yields the actions that a request needs, each with its key."""
    bucket, _, key = path.removeprefix("/").partition("/")
    if not key or _KEYLESS & set(query):
        return
    if method == "GET":
        yield from _with(_READ, key_of(bucket, key))
    elif method == "PUT" or "uploads" in query:
        source_bucket, _, source_key = unquote(headers.get("x-amz-copy-source", "")).removeprefix("/").partition("/")
        yield from _with(_READ, key_of(source_bucket, source_key.partition("?")[0]))
        own = encryption(bucket, headers.get(KMS_HEADER)).get(KMS_HEADER)
        yield from _with(_WRITE, own)
        if "uploadId" in query:
            yield from _with(_READ, own)


def _with(action: str, key: str | None) -> Iterator[tuple[str, str]]:
    if key:
        yield action, key
