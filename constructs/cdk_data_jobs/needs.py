"""What a job needs of buckets and keys, as the guides of the services say it."""

from dataclasses import dataclass

from aws_cdk import aws_kms

from cdk_data_jobs.storage import Location


@dataclass(frozen=True)
class Direction:
    """Which way the data goes.

    Attributes:
        name: Part of the ids of what is made for it.
        object_actions: What the service does with the objects.
        key_actions: What S3 asks for if a key encrypts them (Amazon S3 User Guide, "Using server-side encryption with
            AWS KMS keys").
    """

    name: str
    object_actions: tuple[str, ...]
    key_actions: tuple[str, ...]


READ = Direction("Read", ("s3:GetObject",), ("kms:Decrypt",))
WRITE = Direction("Write", ("s3:PutObject",), ("kms:GenerateDataKey", "kms:Decrypt"))
READ_WRITE = Direction("ReadWrite", ("s3:GetObject", "s3:PutObject"), ("kms:GenerateDataKey", "kms:Decrypt"))


@dataclass(frozen=True)
class Data:
    """Data that a job reads or writes.

    Attributes:
        location: Where it is.
        direction: Which way it goes.
    """

    location: Location
    direction: Direction


@dataclass(frozen=True)
class KeyUse:
    """What a job does with a key.

    Attributes:
        key: The key.
        role_actions: What the policy of the role must allow.
        key_actions: What the policy of the key must allow.
    """

    key: aws_kms.IKey
    role_actions: tuple[str, ...]
    key_actions: tuple[str, ...]


@dataclass(frozen=True)
class ServiceRules:
    """What a service's guide says of its access to data.

    Attributes:
        names_service: Whether the policies of buckets and keys must allow the service's principal what they allow the
            role.
        key_actions: What the policies of role and key must allow; if none, what S3 asks for.
        more_key_actions: What the key's policy must allow besides.
    """

    names_service: bool
    key_actions: tuple[str, ...] = ()
    more_key_actions: tuple[str, ...] = ()

    def use(self, key: aws_kms.IKey, direction: Direction, *more: str) -> KeyUse:
        """Returns what a job does with a key.

        Args:
            key: The key.
            direction: Which way the data goes.
            *more: Actions that this job needs besides.
        """
        actions = self.key_actions or direction.key_actions
        return KeyUse(key, (*actions, *more), (*actions, *self.more_key_actions, *more))


@dataclass(frozen=True)
class ActsFor:
    """What a service acts for when it assumes a role.

    Attributes:
        operator: How the condition on aws:SourceArn compares.
        arn: The ARN.
    """

    operator: str
    arn: str


# Amazon Personalize Developer Guide, "Giving Amazon Personalize access to Amazon S3 resources" and "Giving Amazon
# Personalize permission to use your AWS KMS key".
PERSONALIZE = ServiceRules(
    names_service=True,
    key_actions=("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"),
    more_key_actions=("kms:CreateGrant",),
)
# Amazon Pinpoint Developer Guide, "IAM role for importing endpoints or segments": it uses the role alone.
PINPOINT = ServiceRules(names_service=False)
