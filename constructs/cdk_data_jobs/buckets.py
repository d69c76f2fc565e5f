"""The buckets that the library makes: for data that stays, and for copies that exist while a job reads them."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, aws_s3
from constructs import Construct

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.review import acknowledge

_STAGING_ID = "DataJobStaging"
_LOGGING = ("S1", "S3BucketLoggingEnabled")
_COPIES = ("S3BucketReplicationEnabled", "S3DefaultEncryptionKMS")


class DataBucket(aws_s3.Bucket):
    """A bucket for data that must neither leak nor get lost.

    It takes every argument of `aws_s3.Bucket`, with other defaults: no public access, requests over TLS only,
    encrypted with keys of S3 or with `encryption_key`, versioned, kept when its stack goes.

    What an account may ask for besides is an argument too: `server_access_logs_bucket` (another `DataBucket` will do)
    logs who reads and writes the data, `encryption_key` encrypts it with a key of yours, `replication_rules` keeps a
    second copy, and `lifecycle_rules` deletes old versions. The jobs' roles, and the services' statements in the
    policies of bucket and key, follow from that. Logs of access go only to a bucket that is encrypted with keys of S3.
    """

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:  # noqa: ANN401 - as the base class
        """Makes a bucket.

        Args:
            scope: The construct that the bucket belongs to.
            id: The bucket's id in it.
            **options: Arguments of `aws_s3.Bucket`, which win over the defaults above.
        """
        defaults: dict[str, Any] = {
            "block_public_access": aws_s3.BlockPublicAccess.BLOCK_ALL,
            "enforce_ssl": True,
            "versioned": True,
            "removal_policy": RemovalPolicy.RETAIN,
        }
        if options.get("encryption_key") is None:
            defaults["encryption"] = aws_s3.BucketEncryption.S3_MANAGED
        super().__init__(scope, id, **(defaults | options))


def staging_bucket(scope: Construct) -> aws_s3.IBucket:
    """Returns the stack's bucket for the copies that exist while a job reads them.

    Args:
        scope: A construct of the stack.
    """
    stack = stack_of(scope)
    found = stack.node.try_find_child(_STAGING_ID)
    if isinstance(found, DataBucket):
        return found
    bucket = DataBucket(
        stack,
        _STAGING_ID,
        versioned=False,
        removal_policy=RemovalPolicy.DESTROY,
        lifecycle_rules=[
            aws_s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1), expiration=Duration.days(7))
        ],
    )
    acknowledge(
        bucket,
        "It holds nothing but copies of the app's own assets, and those only while a job reads them; the function logs "
        "each copy that it makes and deletes. `staging_bucket` of DataJobRunner sets another bucket, with a key and "
        "access logs.",
        *_LOGGING,
        *_COPIES,
        "S3BucketVersioningEnabled",
    )
    return bucket


def results_bucket(job: Construct) -> aws_s3.IBucket:
    """Returns a new bucket for the results of a job, which stays when the job goes.

    Args:
        job: The job.
    """
    bucket = DataBucket(job, "Bucket")
    acknowledge(
        bucket,
        "One job writes its results to it, which it can write again. Who must log who reads them, encrypt them with a "
        "key or replicate them gives the job a `destination` in a DataBucket that does.",
        *_LOGGING,
        *_COPIES,
    )
    return bucket
