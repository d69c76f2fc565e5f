"""How policy statements are written, told to people, and to the tools that review them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import jsii
from aws_cdk import (
    Acknowledgment,
    AspectPriority,
    Aspects,
    IAnyProducer,
    IAspect,
    IResolvable,
    IResolveContext,
    Lazy,
    Stack,
    Token,
    Validations,
    aws_iam,
    aws_s3,
)
from aws_cdk.region_info import RegionInfo
from constructs import Construct, IConstruct, IValidation

from cdk_data_jobs.asked import stack_of

_REVIEW_ID = "DataJobReview"


@dataclass(frozen=True)
class Limit:
    """How long policies may be, without white space.

    Attributes:
        what: The policies.
        longest: How many characters they may have together.
    """

    what: str
    longest: int


# IAM User Guide, "IAM and AWS STS quotas"; Amazon S3 User Guide, "Bucket policies for Amazon S3".
INLINE_POLICIES = Limit("a role's inline policies", 10_240)
TRUST_POLICY = Limit("a role's trust policy", 2_048)
BUCKET_POLICY = Limit("a bucket's policy", 20 * 1024)


@jsii.implements(IAspect)
class OrderedResources:
    """The resources of a statement, in an order of their own, whatever the order in which they came."""

    def __init__(self, statement: aws_iam.PolicyStatement) -> None:
        """Adds nothing yet.

        Args:
            statement: The statement.
        """
        self._statement = statement
        self._arns: dict[str, str] = {}
        self._added = 0

    def fill_in(self, policy: IConstruct) -> None:
        """Lets the resources be added at synthesis, when all are known and before anybody looks at the policy.

        Args:
            policy: The policy that the statement is in.
        """
        Aspects.of(policy).add(cast("IAspect", self), priority=AspectPriority.MUTATING)

    def add(self, key: str, arn: str) -> None:
        """Adds a resource, once.

        Args:
            key: What tells it from the others, by which they are ordered: the ARN's tokens have numbers that depend on
                the order in which they were made.
            arn: Its ARN.
        """
        self._arns.setdefault(key, arn)

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Adds the resources.

        Args:
            node: The policy, or a part of it.
        """
        if len(self._arns) > self._added:
            self._added = len(self._arns)
            self._statement.add_resources(*(self._arns[key] for key in sorted(self._arns)))


@jsii.implements(IAnyProducer)
class Sources:
    """The growing set of ARNs that a role is trusted for, which a condition lists in an order of its own."""

    def __init__(self) -> None:
        """Makes an empty set."""
        self._arns: dict[str, None] = {}

    def add(self, arn: str) -> None:
        """Adds an ARN.

        Args:
            arn: The ARN.
        """
        self._arns[arn] = None

    def as_value(self) -> IResolvable:
        """Returns a token for the one ARN or the list of them."""
        return Lazy.uncached_any(cast("IAnyProducer", self))

    def produce(self, context: IResolveContext) -> str | list[str]:
        """Returns what the token stands for, at synthesis.

        Args:
            context: What resolves the tokens in the ARNs.
        """
        found = in_order(context, self._arns)
        return found[0] if len(found) == 1 else found


def in_order(context: IResolveContext, arns: Iterable[str]) -> list[str]:
    """Returns ARNs in the order of what their tokens stand for, each once.

    Args:
        context: What resolves the tokens.
        arns: The ARNs.
    """
    given = [*arns]
    resolved = cast("list[object]", context.resolve(given))
    by_text = {json.dumps(value, sort_keys=True): arn for value, arn in zip(resolved, given, strict=True)}
    return [by_text[text] for text in sorted(by_text)]


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


def acknowledge_wildcards(policy: aws_iam.CfnPolicy, reasons: Mapping[tuple[str, str], str]) -> None:
    """Acknowledges cdk-nag's finding AwsSolutions-IAM5 for resources with a wildcard.

    It does so at synthesis, when the policy is complete and references to other stacks have become names of exports,
    which the ids of findings hold.

    Args:
        policy: The policy.
        reasons: Why a resource of an action is no narrower. What has no reason is not acknowledged.
    """
    policy.node.add_validation(cast("IValidation", _Acknowledging(policy, reasons)))


@jsii.implements(IValidation)
class _Acknowledging:
    def __init__(self, policy: aws_iam.CfnPolicy, reasons: Mapping[tuple[str, str], str]) -> None:
        self._policy = policy
        self._reasons = reasons

    def validate(self) -> list[str]:
        stack = stack_of(self._policy)
        resources = [_named(one) for one in stack.resolve([resource for _, resource in self._reasons])]
        actions = [action for action, _ in self._reasons]
        known = dict(zip(zip(actions, resources, strict=True), self._reasons.values(), strict=True))
        found: dict[str, list[str | None]] = {}
        for statement in stack.resolve(self._policy.policy_document)["Statement"]:
            for resource in _list(_named(statement["Resource"])):
                if "*" in resource:
                    reasons = [known.get((action, resource)) for action in _list(statement["Action"])]
                    found.setdefault(resource, []).extend(reasons)
        # A finding is of a resource, so each action on it must have its reason.
        acknowledgments = [
            Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resource}]", reason=given[0])
            for resource, given in found.items()
            if given[0] is not None and None not in given
        ]
        Validations.of(self._policy).acknowledge(*acknowledgments)
        return []


def check_size(scope: Construct, policies: Callable[[], Iterable[Construct]], limit: Limit, remedy: str) -> None:
    """Reports, at synthesis, policies that are larger than AWS allows.

    Args:
        scope: The construct that reports it.
        policies: Returns the policies, or the roles whose trust counts, once all is declared.
        limit: How large they may be.
        remedy: What to do if they are too large.
    """
    scope.node.add_validation(cast("IValidation", _SizeCheck(policies, limit, remedy)))


def check_bucket_policy_size(bucket: aws_s3.IBucket) -> None:
    """Reports, at synthesis, a bucket's policy that is larger than S3 allows.

    Args:
        bucket: The bucket; one whose policy is not the app's is not checked.
    """
    policy = bucket.policy
    if policy is not None and policy.node.try_find_child(_REVIEW_ID) is None:
        remedy = "use fewer prefixes, such as a folder for several jobs, or another bucket for some of the jobs"
        check_size(Construct(policy, _REVIEW_ID), lambda: [policy], BUCKET_POLICY, remedy)


@jsii.implements(IValidation)
class _SizeCheck:
    def __init__(self, policies: Callable[[], Iterable[Construct]], limit: Limit, remedy: str) -> None:
        self._policies = policies
        self._limit = limit
        self._remedy = remedy

    def validate(self) -> list[str]:
        size = sum(
            len(json.dumps(_flatten(stack_of(policy).resolve(_document(policy)), _usual), separators=(",", ":")))
            for policy in self._policies()
        )
        if size <= self._limit.longest:
            return []
        return [
            f"{self._limit.what} must have at most {self._limit.longest} characters, got about {size}; {self._remedy}"
        ]


def _document(policy: Construct) -> object:
    if isinstance(policy, aws_iam.CfnPolicy):
        return policy.policy_document
    if isinstance(policy, aws_iam.Role):
        return policy.assume_role_policy
    return cast("aws_s3.BucketPolicy", policy).document


def _usual(reference: str) -> str:
    """Returns a text as long as the value of a reference usually is, or a little shorter."""
    pseudo = {"AWS::Partition": 3, "AWS::AccountId": 12, "AWS::Region": 9}
    return "-" * pseudo.get(reference, 50 if reference.endswith("Arn") else 16)


def _named(value: Any) -> Any:  # noqa: ANN401 - JSON
    return _flatten(value, lambda reference: f"<{reference}>")


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
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^{}!]+)\}", lambda match: name(match[1]), text)
        case {"Fn::ImportValue": exported}:
            return _flatten(exported, name)
        case {"Ref": str(logical_id)}:
            return name(logical_id)
    if any(key.startswith("Fn::") for key in value):
        return json.dumps(value, separators=(",", ":"))
    return {key: _flatten(item, name) for key, item in value.items()}
