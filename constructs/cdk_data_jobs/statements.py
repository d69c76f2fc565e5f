"""How policy statements are told to people, and to the tools that review them."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import jsii
from aws_cdk import Acknowledgment, Stack, Token, Validations, aws_iam, aws_s3
from aws_cdk.region_info import RegionInfo
from constructs import Construct, IConstruct, IValidation

_SHARED_ID = "DataJobAccess"
# IAM User Guide, "IAM and AWS STS quotas": all inline policies of a role, without white space.
_POLICY_MAX_LENGTH = 10_240
# Amazon S3 User Guide, "Bucket policies for Amazon S3".
_BUCKET_POLICY_MAX_LENGTH = 20 * 1024
_REVIEW_ID = "DataJobReview"


def statements_to_add(stack: Stack, statements: Iterable[aws_iam.PolicyStatement]) -> str:
    """Returns statements as the JSON that a person adds to a policy by hand.

    Args:
        stack: The stack in which the statements' tokens mean something.
        statements: The statements.
    """
    region = "" if Token.is_unresolved(stack.region) else stack.region
    known = {
        "AWS::Partition": (region and RegionInfo.get(region).partition) or "aws",
        "AWS::AccountId": "" if Token.is_unresolved(stack.account) else stack.account,
        "AWS::Region": region,
    }

    def name(reference: str) -> str:
        return known.get(reference) or f"${{{reference}}}"

    documents = [_flatten(stack.resolve(statement.to_statement_json()), name) for statement in statements]
    return json.dumps(documents, indent=2)


def review_policy(policy: aws_iam.CfnPolicy, *, reasons: Mapping[str, str], remedy: str) -> None:
    """Reviews a policy at synthesis, when it is complete and references to other stacks have become names of exports.

    It acknowledges cdk-nag's finding AwsSolutions-IAM5 for resources with a wildcard, whose ids hold those names, and
    reports a policy that is larger than IAM allows.

    Args:
        policy: The policy.
        reasons: Why the resources of an action are no narrower. An action without a reason is not acknowledged.
        remedy: What to do if the policy is too large.
    """
    policy.node.add_validation(cast("IValidation", _Review(policy, reasons, remedy)))


@jsii.implements(IValidation)
class _Review:
    def __init__(self, policy: aws_iam.CfnPolicy, reasons: Mapping[str, str], remedy: str) -> None:
        self._policy = policy
        self._reasons = reasons
        self._remedy = remedy

    def validate(self) -> list[str]:
        document = Stack.of(self._policy).resolve(self._policy.policy_document)
        found = {}
        for statement in document["Statement"]:
            reason = next(
                (self._reasons[action] for action in _list(statement["Action"]) if action in self._reasons), ""
            )
            for resource in _list(_flatten(statement["Resource"], lambda reference: f"<{reference}>")):
                if "*" in resource and reason:
                    found[f"AwsSolutions-IAM5[Resource::{resource}]"] = reason
        acknowledgments = [Acknowledgment(id=id_, reason=reason) for id_, reason in found.items()]
        Validations.of(self._policy).acknowledge(*acknowledgments)
        return _size_errors(document, "a role's inline policies", _POLICY_MAX_LENGTH, self._remedy)


def review_bucket_policy(bucket: aws_s3.IBucket) -> None:
    """Reports, at synthesis, a bucket's policy that is larger than S3 allows.

    Args:
        bucket: The bucket; one whose policy is not the app's is not reviewed.
    """
    policy = bucket.policy
    if policy is not None and policy.node.try_find_child(_REVIEW_ID) is None:
        Construct(policy, _REVIEW_ID).node.add_validation(cast("IValidation", _BucketPolicyReview(policy)))


@jsii.implements(IValidation)
class _BucketPolicyReview:
    def __init__(self, policy: aws_s3.BucketPolicy) -> None:
        self._policy = policy

    def validate(self) -> list[str]:
        document = Stack.of(self._policy).resolve(self._policy.document)
        remedy = "use fewer prefixes, such as a folder for several jobs, or another bucket for some of the jobs"
        return _size_errors(document, "a bucket's policy", _BUCKET_POLICY_MAX_LENGTH, remedy)


def _size_errors(document: object, what: str, longest: int, remedy: str) -> list[str]:
    least = len(json.dumps(_flatten(document, _shortest), separators=(",", ":")))
    if least <= longest:
        return []
    return [f"{what} must have at most {longest} characters, got at least {least}; {remedy}"]


def _shortest(reference: str) -> str:
    """Returns a text as short as the shortest value that a reference may have."""
    return "-" * {"AWS::Partition": 3, "AWS::AccountId": 12, "AWS::Region": 9}.get(reference, 16)


def _list(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [value] if isinstance(value, str) else value


def _flatten(value: Any, name: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """Returns a resolved value with CloudFormation's functions written as text."""
    if isinstance(value, list):
        return [_flatten(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return delimiter.join(_flatten(item, name) for item in items)
        case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
            return name(f"{logical_id}.{attribute}")
        case {"Fn::ImportValue": exported}:
            return _flatten(exported, name)
        case {"Ref": str(logical_id)}:
            return name(logical_id)
    if any(key.startswith("Fn::") for key in value):
        return json.dumps(value, separators=(",", ":"))
    return {key: _flatten(item, name) for key, item in value.items()}


def shared_scope(stack: Stack) -> Construct:
    """Returns the construct for what the jobs of a stack share, made on first use.

    Args:
        stack: The stack.
    """
    found = stack.node.try_find_child(_SHARED_ID)
    return found if isinstance(found, Construct) else Construct(stack, _SHARED_ID)


def path_below(stack: Stack, construct: IConstruct) -> str:
    """Returns a construct's path: below the stack if it is in it, else from the app.

    Args:
        stack: The stack.
        construct: The construct.
    """
    return construct.node.path.removeprefix(f"{stack.node.path}/")
