"""Buckets of stacks: their default encryption, and that only empty ones can be deleted.

A bucket has the default encryption that `BucketEncryption` says, and can only be deleted when it has no object, nor a
version of one (Template Reference, "AWS::S3::Bucket"). MiniStack 1.5.33 ignores the encryption, so that no caller
needs the key, and deletes a bucket with all that is in it.

Needed as long as this test fails without it:
`test_stack_deletions.py::test_a_bucket_with_objects_is_not_deleted_until_it_is_empty`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from ministack.services import s3
from ministack.services.cloudformation import provisioners


class BucketRefusedError(Exception):
    """A bucket cannot be deleted; the message goes to the stack's events."""


def patch() -> None:
    """Makes MiniStack's CloudFormation encrypt buckets, and delete none that is not empty."""
    row = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create, update, delete = row["create"], row["update"], row["delete"]

    def create_encrypted(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        resource = create(logical_id, properties, stack_name)
        _encrypt(resource[0], properties)
        return resource

    def update_encrypted(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        resource = update(physical_id, old, new, *rest)
        _encrypt(resource[0], new)
        return resource

    def delete_empty(physical_id: str, properties: dict[str, Any]) -> None:
        status, _, body = s3._delete_bucket(physical_id)
        error = ET.fromstring(body) if status == HTTPStatus.CONFLICT else None  # noqa: S314  (it is MiniStack's own)
        if error is not None:
            code, message = (error.findtext(name) for name in ("Code", "Message"))
            raise BucketRefusedError(f"{message} (Service: S3, Status Code: {status}, Error Code: {code})")
        delete(physical_id, properties)

    row.update(create=create_encrypted, update=update_encrypted, delete=delete_empty)


def _encrypt(bucket: str, properties: dict[str, Any]) -> None:
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    # MiniStack does not have the AWS managed key aws/s3, which every caller that may use the bucket may use.
    if any(_needs_no_permission(one.get("ServerSideEncryptionByDefault") or {}) for one in rules):
        rules = []
    if not rules:
        s3._delete_bucket_encryption(bucket)
        return
    root = ET.Element("ServerSideEncryptionConfiguration")
    for one in rules:
        rule = ET.SubElement(root, "Rule")
        default = ET.SubElement(rule, "ApplyServerSideEncryptionByDefault")
        for name, value in (one.get("ServerSideEncryptionByDefault") or {}).items():
            ET.SubElement(default, name).text = str(value)
        ET.SubElement(rule, "BucketKeyEnabled").text = str(one.get("BucketKeyEnabled", False)).lower()
    s3._put_bucket_encryption(bucket, ET.tostring(root))


def _needs_no_permission(default: dict[str, Any]) -> bool:
    return default.get("SSEAlgorithm") == "aws:kms" and not default.get("KMSMasterKeyID")
