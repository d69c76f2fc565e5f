"""The access to the account that a service needs to run a job: roles, and the objects in S3."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Protocol


class CannotAssumeRoleError(Exception):
    """The role does not exist, or its trust policy does not let the service assume it for this job."""


class AccessDeniedError(Exception):
    """The role's policies, the bucket's policy or the key's policy do not allow it; the message says which."""


class NotFoundError(Exception):
    """The bucket or the object does not exist."""


@dataclass(frozen=True, kw_only=True)
class AccessRules:
    """What a service's guide says of the policies of buckets and keys.

    Args:
        requires_service_principal: Whether they must allow the service itself what it does, beside the role.
        key_actions: The actions that the guide requires on every key of the data, besides those that S3 needs.
        service_key_actions: Those that it requires there without the role.
        guide: The page that requires it.
    """

    requires_service_principal: bool = False
    key_actions: tuple[str, ...] = ()
    service_key_actions: tuple[str, ...] = ()
    guide: str = ""


ROLE_ALONE = AccessRules()
"""The rules of a service that uses the role alone."""


class RoleSession(Protocol):
    """S3 as seen by a service that has assumed a role: each call is allowed by role, bucket and key, or fails.

    Each method raises `AccessDeniedError` if an action that it names is not allowed, and `NotFoundError` if there is no
    such bucket or object.
    """

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Returns the keys that begin with a prefix, in order: `s3:ListBucket`."""
        ...

    def size(self, bucket: str, key: str) -> int:
        """Returns an object's size in bytes: `s3:GetObject`, and `kms:Decrypt` with the object's key."""
        ...

    def open(self, bucket: str, key: str) -> AbstractContextManager[IO[bytes]]:
        """Returns an object's content: `s3:GetObject`, and `kms:Decrypt` with the object's key."""
        ...

    def check_put(self, bucket: str, key: str, *, kms_key: str | None = None) -> None:
        """Checks that `put` would be allowed."""
        ...

    def put(self, bucket: str, key: str, content: bytes, *, kms_key: str | None = None) -> None:
        """Writes an object: `s3:PutObject`, and `kms:GenerateDataKey` with the key that encrypts it.

        Args:
            bucket: The bucket.
            key: The object's key.
            content: What is in it.
            kms_key: The ARN of the AWS KMS key that encrypts it. By default the bucket's own settings say.
        """
        ...

    def use_key(self, key: str, action: str) -> None:
        """Uses an AWS KMS key, with an action that the service's guide requires.

        Args:
            key: The key's ARN.
            action: The IAM action.
        """
        ...

    def uses_kms(self, bucket: str, key: str) -> bool:
        """Returns whether the bucket encrypts with an AWS KMS key by default, or the object is encrypted with one."""
        ...


class Access(Protocol):
    """The account's roles, and what its buckets' policies allow services themselves."""

    def read_as(self, service: str, bucket: str, key: str) -> bytes:
        """Returns an object's content, which a service reads without a role: `s3:GetObject`, and `kms:Decrypt`.

        Args:
            service: The service's principal. The policies of bucket and key must allow it; `aws:Referer` in their
                conditions is the account.
            bucket: The bucket.
            key: The object's key.

        Raises:
            AccessDeniedError: They do not allow it.
            NotFoundError: There is no such bucket or object.
        """
        ...

    def assume_role(
        self, role_arn: str, *, service: str, source_arn: str, rules: AccessRules = ROLE_ALONE
    ) -> RoleSession:
        """Assumes a role as a service, for a job.

        Args:
            role_arn: The role.
            service: The service's principal, such as `personalize.amazonaws.com`.
            source_arn: On whose behalf: `aws:SourceArn` in the trust policy's conditions. `aws:SourceAccount` is the
                account itself.
            rules: What the service's guide says of the policies of buckets and keys. By default, that it uses the role
                alone.

        Raises:
            CannotAssumeRoleError: The role does not exist, or does not trust the service for this job.
        """
        ...
