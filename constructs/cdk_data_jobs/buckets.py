"""A bucket with safe defaults for the data of jobs."""

from typing import Any

from aws_cdk import RemovalPolicy, aws_s3
from constructs import Construct


class DataBucket(aws_s3.Bucket):
    """A bucket for data that must neither leak nor get lost.

    It takes every argument of `aws_s3.Bucket`, with other defaults: no public access, requests over TLS only, encrypted
    with keys of S3 or with `encryption_key`, versioned, retained when its stack is deleted. If the deployment that
    creates it fails, an empty bucket is deleted again. One that holds data by then stays, and a new stack ends as
    ROLLBACK_FAILED; the next `cdk deploy` replaces that stack, and still leaves the bucket.

    Other rules of an account can be met with arguments of `aws_s3.Bucket`: `server_access_logs_bucket` (another
    `DataBucket` will do) logs who reads and writes the data, `encryption_key` encrypts it with a key of yours,
    `replication_rules` keeps a second copy, and `lifecycle_rules` deletes old versions. The policies of the jobs'
    roles, the bucket and the key are adapted to them. S3 delivers access logs only to a bucket that is encrypted with
    keys of S3.
    """

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:  # noqa: ANN401 - as the base class
        """Creates a bucket.

        Args:
            scope: The construct that the bucket belongs to.
            id: The bucket's id in it.
            **options: Arguments of `aws_s3.Bucket`, which override the defaults above.
        """
        defaults: dict[str, Any] = {
            "block_public_access": aws_s3.BlockPublicAccess.BLOCK_ALL,
            "enforce_ssl": True,
            "versioned": True,
            "removal_policy": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }
        if options.get("encryption_key") is None:
            defaults["encryption"] = aws_s3.BucketEncryption.S3_MANAGED
        super().__init__(scope, id, **(defaults | options))
