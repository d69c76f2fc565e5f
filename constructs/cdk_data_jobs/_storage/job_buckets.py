"""The buckets that the library creates for jobs: for the results of one job, and for the copies that jobs read."""

from aws_cdk import Duration, RemovalPolicy, aws_s3
from constructs import Construct

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.nag_acknowledgments import acknowledge
from cdk_data_jobs.buckets import DataBucket

_STAGING_ID = "DataJobStaging"
_LOGGING_RULES = ("S1", "S3BucketLoggingEnabled")
_COPY_RULES = ("S3BucketReplicationEnabled", "S3DefaultEncryptionKMS")


def staging_bucket(scope: Construct) -> aws_s3.IBucket:
    """Returns the stack's bucket for the copies that exist while a job reads them, created on first use.

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
        *_LOGGING_RULES,
        *_COPY_RULES,
        "S3BucketVersioningEnabled",
    )
    return bucket


def results_bucket(job: Construct) -> aws_s3.IBucket:
    """Creates a bucket for the results of a job, which is retained when the job is deleted.

    Args:
        job: The job.
    """
    bucket = DataBucket(job, "Bucket")
    acknowledge(
        bucket,
        "One job writes its results to it, which it can write again. Who must log who reads them, encrypt them with a "
        "key or replicate them gives the job a `destination` in a DataBucket that does.",
        *_LOGGING_RULES,
        *_COPY_RULES,
    )
    return bucket
