"""The documents that a data source reads, and the access of a knowledge base's role to them."""

from aws_cdk import aws_iam, aws_s3
from aws_cdk.aws_bedrock import CfnDataSource
from constructs import Construct, IDependable

from cdk_data_jobs._access.access_rules import READ, DataAccess, ServiceRules
from cdk_data_jobs._access.service_access import ServiceAccess
from cdk_data_jobs._access.service_principals import SourceArnCondition
from cdk_data_jobs._storage.location import Location, encryption_key_of
from cdk_data_jobs._support.tokens import target_of
from cdk_data_jobs._support.validation import ValidationError, validate_object_key

# Amazon Bedrock User Guide, "Create a service role for Amazon Bedrock Knowledge Bases": it uses the role alone.
_RULES = ServiceRules(requires_service_principal=False)
_TRUSTED = SourceArnCondition("ArnLike", "*")  # the role that is given trusts the service already


def allow_reading_documents(job: Construct, data_source: object, role: aws_iam.IRole) -> tuple[IDependable, ...]:
    """Lets a knowledge base's role read what its data source reads, and returns what must exist before it can.

    Args:
        job: The job, which gets the warnings about policies that cannot be changed.
        data_source: The data source.
        role: The role.

    Raises:
        ValidationError: If it is not known what the data source reads, or it is elsewhere.
    """
    data = [DataAccess(location, READ) for location in _locations(job, data_source)]
    principal = "bedrock.amazonaws.com"
    access = ServiceAccess.of(job, service="bedrock", principal=principal, rules=_RULES, data=data)
    return access.allow(job, data=data, keys=(), condition=_TRUSTED, role=role).policies


def _locations(job: Construct, data_source: object) -> list[Location]:
    configuration = data_source.data_source_configuration if isinstance(data_source, CfnDataSource) else None
    s3 = getattr(configuration, "s3_configuration", None)
    if not isinstance(s3, CfnDataSource.S3DataSourceConfigurationProperty):
        raise ValidationError(
            "knowledge_base_role needs a data_source of the app that reads a bucket, so that it is known what the role "
            f"must read, got {type(data_source).__name__}; leave it out, and grant it what it needs"
        )
    bucket = _bucket(job, s3.bucket_arn)
    prefixes = s3.inclusion_prefixes or [""]
    for prefix in filter(None, prefixes):
        validate_object_key(prefix, "inclusion_prefixes")
    return [Location(bucket, prefix, f"{prefix}*", encryption_key_of(bucket)) for prefix in prefixes]


def _bucket(job: Construct, arn: str) -> aws_s3.IBucket:
    """Returns the bucket of the app that has an ARN, or else a reference to it."""
    resource = target_of(arn)
    scope = resource.node.scope if isinstance(resource, aws_s3.CfnBucket) else None
    return scope if isinstance(scope, aws_s3.Bucket) else aws_s3.Bucket.from_bucket_arn(job, "Documents", arn)
