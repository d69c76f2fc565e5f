"""Validation of the size of policies at synthesis, when all their statements are known."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import jsii
from aws_cdk import aws_iam, aws_s3
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics

_VALIDATION_ID = "DataJobReview"
_GENERATED_NAME = 30
"""How long a name that CloudFormation generates of a stack's and a resource's name usually is, at least."""


@dataclass(frozen=True)
class PolicyLimit:
    """The maximum size of policies, without white space.

    Attributes:
        policies: The policies that count together, for messages.
        max_length: How many characters they may have together.
    """

    policies: str
    max_length: int


# IAM User Guide, "IAM and AWS STS quotas"; Amazon S3 User Guide, "Bucket policies for Amazon S3".
INLINE_POLICIES_LIMIT = PolicyLimit("a role's inline policies", 10_240)
TRUST_POLICY_LIMIT = PolicyLimit("a role's trust policy", 2_048)
BUCKET_POLICY_LIMIT = PolicyLimit("a bucket's policy", 20 * 1024)


def validate_policy_size(
    scope: Construct, policies: Callable[[], Iterable[Construct]], limit: PolicyLimit, remedy: str
) -> None:
    """Reports, at synthesis, policies that are larger than AWS allows.

    Args:
        scope: The construct that reports it.
        policies: Returns the policies, or the roles whose trust policies count, once all is declared.
        limit: The maximum size.
        remedy: What to do if they are too large.
    """
    scope.node.add_validation(cast("IValidation", _SizeValidation(policies, limit, remedy)))


def validate_bucket_policy_size(bucket: aws_s3.IBucket) -> None:
    """Reports, at synthesis, a bucket's policy that is larger than S3 allows.

    Args:
        bucket: The bucket; a policy that is not part of the app is not validated.
    """
    policy = bucket.policy
    if policy is not None and policy.node.try_find_child(_VALIDATION_ID) is None:
        remedy = "use fewer prefixes, such as a folder for several jobs, or another bucket for some of the jobs"
        validate_policy_size(Construct(policy, _VALIDATION_ID), lambda: [policy], BUCKET_POLICY_LIMIT, remedy)


@jsii.implements(IValidation)
class _SizeValidation:
    def __init__(self, policies: Callable[[], Iterable[Construct]], limit: PolicyLimit, remedy: str) -> None:
        self._policies = policies
        self._limit = limit
        self._remedy = remedy

    def validate(self) -> list[str]:
        documents = [stack_of(policy).resolve(_document(policy)) for policy in self._policies()]
        typical = [flatten_intrinsics(_select_parts(document), _typical_value) for document in documents]
        size = sum(len(json.dumps(document, separators=(",", ":"))) for document in typical)
        if size <= self._limit.max_length:
            return []
        limits = f"{self._limit.policies} must have at most {self._limit.max_length} characters"
        return [f"{limits}, got about {size}; {self._remedy}"]


def _document(policy: Construct) -> object:
    if isinstance(policy, aws_iam.CfnPolicy):
        return policy.policy_document
    if isinstance(policy, aws_iam.Role):
        return policy.assume_role_policy
    return cast("aws_s3.BucketPolicy", policy).document


def _select_parts(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a resolved value in which parts of strings, such as the name in an ARN, are as long as usually."""
    match value:
        case list():
            return [_select_parts(item) for item in value]
        case {"Fn::Select": [index, {"Fn::Split": [str(delimiter), whole]}]} if str(index).isdecimal():
            parts = str(flatten_intrinsics(_select_parts(whole), _typical_value)).split(delimiter)
            return parts[min(int(index), len(parts) - 1)].ljust(_GENERATED_NAME, "-")
        case dict():
            return {key: _select_parts(item) for key, item in value.items()}
    return value


def _typical_value(reference: str) -> str:
    """Returns a string as long as the value of a reference usually is, or a little shorter."""
    pseudo_parameters = {"AWS::Partition": 3, "AWS::AccountId": 12, "AWS::Region": 9}
    return "-" * pseudo_parameters.get(reference, 50 if reference.endswith("Arn") else 16)
