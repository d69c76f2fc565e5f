"""The owner of the bucket that a table is exported to, which may be another account."""

from aws_cdk import aws_iam
from constructs import Construct

from cdk_data_jobs._access.access_rules import EXPORT_TABLE
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.environments import differing_parts
from cdk_data_jobs._support.memo import bucket_arn, bucket_name, environment_of, stack_of
from cdk_data_jobs._support.synthesis_warnings import warn_unchangeable_policy
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_string


def bucket_owner(job: Construct, location: Location, given: str | None) -> str | None:
    """Returns the account that owns the bucket, if it is another one, whose bucket's policy then must allow the job's.

    Amazon DynamoDB Developer Guide, "Requesting a table export in DynamoDB".

    Args:
        job: The job, which gets the warning if the policy cannot be changed.
        location: The location that the job writes to.
        given: The job's argument `s3_bucket_owner`.

    Raises:
        ValidationError: If it is no string, or another account than the bucket's.
    """
    if given is not None:
        validate_string(given, "s3_bucket_owner")
    own = environment_of(stack_of(job))
    known = location.bucket.env.account
    if given is not None and not is_unresolved(given) and not is_unresolved(known) and given != known:
        raise ValidationError(
            f"s3_bucket_owner must be the account of the bucket, {known}, got {given!r}; correct it or leave it out"
        )
    owner = given or known
    if not differing_parts(own, {"account": owner}):
        return given
    statement = aws_iam.PolicyStatement(
        principals=[aws_iam.AccountPrincipal(own["account"])],
        actions=[*EXPORT_TABLE.object_actions],
        resources=[f"{bucket_arn(location.bucket)}/{location.object_pattern}"],
    )
    if not location.bucket.add_to_resource_policy(statement).statement_added:
        policy = f"the policy of the bucket {bucket_name(location.bucket)}"
        warn_unchangeable_policy(job, "bucketPolicy", policy, [statement])
    return owner
