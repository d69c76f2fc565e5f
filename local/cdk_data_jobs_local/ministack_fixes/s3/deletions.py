"""Buckets that are deleted although they are not empty.

S3 deletes a bucket only when no object is left in it, "including all object versions and delete markers"
(API_DeleteBucket). Of a bucket that is or was versioned its message has a second sentence (rebuy-de/aws-nuke#62; from
CloudFormation, aws-cloudformation/rain#128); of others it has not (the user guide's "Troubleshoot bucket deletion").
MiniStack 1.5.33 refuses it, too, but always without that sentence.

Needed as long as this test fails without it:
`test_bucket_deletions.py::test_a_version_or_a_delete_marker_keeps_a_bucket`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from http import HTTPStatus
from typing import Any

from ministack.services import s3

_NOT_EMPTY = "The bucket you tried to delete is not empty"
_VERSIONED = f"{_NOT_EMPTY}. You must delete all versions in the bucket."


def patch() -> None:
    """Makes MiniStack's S3 refuse to delete a bucket with versions in the real one's words."""
    delete = s3._delete_bucket

    def delete_bucket(name: str) -> Any:
        was_versioned = bool(s3._bucket_versioning.get(name))
        status, headers, body = delete(name)
        if status == HTTPStatus.CONFLICT and was_versioned:
            body = body.replace(
                f"<Message>{_NOT_EMPTY}</Message>".encode(), f"<Message>{_VERSIONED}</Message>".encode()
            )
        return status, headers, body

    s3._delete_bucket = delete_bucket
