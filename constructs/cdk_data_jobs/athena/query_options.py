"""Options of queries."""

import enum


class EncryptionOption(enum.Enum):
    """The encryption of results (StartQueryExecution, EncryptionConfiguration)."""

    SSE_S3 = "SSE_S3"
    """By S3, with keys of its own."""

    SSE_KMS = "SSE_KMS"
    """By S3, with a key of AWS KMS."""

    CSE_KMS = "CSE_KMS"
    """By Athena before it writes them, with a key of AWS KMS."""


class S3AclOption(enum.Enum):
    """The access control list of results (StartQueryExecution, AclConfiguration)."""

    BUCKET_OWNER_FULL_CONTROL = "BUCKET_OWNER_FULL_CONTROL"
    """The owner of the bucket, which must have access control lists enabled, controls them."""
