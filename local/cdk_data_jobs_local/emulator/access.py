"""What a service that runs a job needs from the account: its role and the objects in S3."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Protocol


class CannotAssumeRoleError(Exception):
    """The role does not exist, or its trust policy does not let the service assume it for this job."""


class AccessDeniedError(Exception):
    """The role's policies, the bucket's policy or the key's policy do not allow it; the text says which."""


class NotFoundError(Exception):
    """The bucket or the object does not exist."""


class RoleSession(Protocol):
    """S3 as seen by a service that has assumed a role: each call is allowed by role, bucket and key, or fails."""

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order.

        Raises:
            AccessDeniedError: `s3:ListBucket` is not allowed.
            NotFoundError: there is no such bucket.
        """
        ...

    def size(self, bucket: str, key: str) -> int:
        """An object's size in bytes.

        Raises:
            AccessDeniedError: `s3:GetObject`, or `kms:Decrypt` with the object's key, is not allowed.
            NotFoundError: there is no such object.
        """
        ...

    def open(self, bucket: str, key: str) -> AbstractContextManager[IO[bytes]]:
        """An object's content.

        Raises:
            AccessDeniedError: `s3:GetObject`, or `kms:Decrypt` with the object's key, is not allowed.
            NotFoundError: there is no such object.
        """
        ...


class Access(Protocol):
    """The account's roles."""

    def assume_role(self, role_arn: str, *, service: str, source_arn: str) -> RoleSession:
        """Assume a role as a service, for a job.

        Args:
            role_arn: the role.
            service: the service's principal, such as `personalize.amazonaws.com`.
            source_arn: the job on whose behalf: `aws:SourceArn` in the trust policy's conditions. `aws:SourceAccount`
                is the account itself.

        Raises:
            CannotAssumeRoleError: the role does not exist, or does not trust the service for this job.
        """
        ...
