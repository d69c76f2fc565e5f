"""The access of Amazon SES to the file of an import: it assumes no role, so bucket and key name the service itself."""

from aws_cdk import aws_iam
from constructs import Construct, IDependable

from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import bucket_arn, bucket_name, stack_of
from cdk_data_jobs._support.policy_size import validate_bucket_policy_size
from cdk_data_jobs._support.synthesis_warnings import warn_unchangeable_policy


def allow_reading_file(job: Construct, location: Location) -> list[IDependable]:
    """Lets the service read a file, and returns what must exist before it can.

    Amazon SES Developer Guide, "Using list management", "Bulk importing contacts to your contact list".

    Args:
        job: The job, which gets the warnings about policies that cannot be changed.
        location: The location of the file.

    Raises:
        ValidationError: If the bucket or its key is in another Region than the job.
    """
    bucket = location.bucket
    validate_environment(job, bucket, "the bucket", warning_id="bucketInOtherAccount")
    objects = aws_iam.PolicyStatement(
        principals=[_service()],
        actions=["s3:GetObject"],
        # One object, also where its key is a token, which for other services may be a folder's.
        resources=[f"{bucket_arn(bucket)}/{location.object_pattern if location.files else location.key}"],
        conditions={"StringEquals": {"aws:Referer": stack_of(job).account}},
    )
    added = bucket.add_to_resource_policy(objects)
    validate_bucket_policy_size(bucket)
    if not added.statement_added:
        policy = f"the policy of the bucket {bucket_name(bucket)}"
        warn_unchangeable_policy(job, "bucketPolicy", policy, [objects])
    if key := location.encryption_key:
        validate_environment(job, key, "the encryption key", warning_id="keyInOtherAccount")
        decrypt = aws_iam.PolicyStatement(principals=[_service()], actions=["kms:Decrypt"], resources=["*"])
        if not key.add_to_resource_policy(decrypt).statement_added:
            warn_unchangeable_policy(job, "keyPolicy", f"the policy of the key {key.key_arn}", [decrypt])
    return [added.policy_dependable] if added.policy_dependable else []


def _service() -> aws_iam.ServicePrincipal:
    return aws_iam.ServicePrincipal("ses.amazonaws.com")
