"""The actions that a service needs on buckets and keys, according to its guide."""

from dataclasses import dataclass

from aws_cdk import aws_kms

from cdk_data_jobs._storage.location import Location


@dataclass(frozen=True)
class Direction:
    """Whether a service reads or writes data, or both.

    Attributes:
        name: Part of the ids of the constructs for it.
        object_actions: The actions on the objects.
        key_actions: The actions on the key that encrypts them, if there is one (Amazon S3 User Guide, "Using
            server-side encryption with AWS KMS keys").
    """

    name: str
    object_actions: tuple[str, ...]
    key_actions: tuple[str, ...]


READ = Direction("Read", ("s3:GetObject",), ("kms:Decrypt",))
WRITE = Direction("Write", ("s3:PutObject",), ("kms:GenerateDataKey", "kms:Decrypt"))
READ_WRITE = Direction("ReadWrite", ("s3:GetObject", "s3:PutObject"), ("kms:GenerateDataKey", "kms:Decrypt"))
# Amazon DynamoDB Developer Guide, "Requesting a table export in DynamoDB".
EXPORT_TABLE = Direction(
    "ExportTable", ("s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"), WRITE.key_actions
)


@dataclass(frozen=True)
class DataAccess:
    """Data that a job reads or writes.

    Attributes:
        location: The location.
        direction: Whether it is read or written.
    """

    location: Location
    direction: Direction


@dataclass(frozen=True)
class KeyUse:
    """The actions of a job on a key.

    Attributes:
        key: The key.
        role_actions: The actions that the policy of the role must allow.
        key_actions: The actions that the policy of the key must allow.
    """

    key: aws_kms.IKey
    role_actions: tuple[str, ...]
    key_actions: tuple[str, ...]


@dataclass(frozen=True)
class ServiceRules:
    """The rules of a service's guide for its access to data.

    Attributes:
        requires_service_principal: Whether the policies of buckets and keys must allow the service's principal what
            they allow the role.
        key_actions: The actions that the policies of role and key must allow; by default those of the direction.
        more_key_actions: Further actions that the key's policy must allow.
    """

    requires_service_principal: bool
    key_actions: tuple[str, ...] = ()
    more_key_actions: tuple[str, ...] = ()

    def key_use(self, key: aws_kms.IKey, direction: Direction, *more: str) -> KeyUse:
        """Returns the actions of a job on a key.

        Args:
            key: The key.
            direction: Whether the data is read or written.
            *more: Further actions that this job needs.
        """
        actions = self.key_actions or direction.key_actions
        return KeyUse(key, (*actions, *more), (*actions, *self.more_key_actions, *more))


# Amazon Personalize Developer Guide, "Giving Amazon Personalize access to Amazon S3 resources" and "Giving Amazon
# Personalize permission to use your AWS KMS key".
PERSONALIZE = ServiceRules(
    requires_service_principal=True,
    key_actions=("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"),
    more_key_actions=("kms:CreateGrant",),
)
# Amazon Pinpoint Developer Guide, "IAM role for importing endpoints or segments": it uses the role alone.
PINPOINT = ServiceRules(requires_service_principal=False)
