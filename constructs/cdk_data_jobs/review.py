"""What the library answers to the findings of cdk-nag's packs about what it makes itself."""

from collections.abc import Mapping
from typing import Any, cast

import jsii
from aws_cdk import Acknowledgment, Validations, aws_iam
from constructs import Construct, IValidation

from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.policy_text import flatten

_HIPAA, _NIST, _PCI = "HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321"
_PACKS = {
    "CloudWatchLogGroupEncrypted": (_HIPAA, _NIST, _PCI),
    "EventBusDLQ": ("Serverless",),
    "IAMNoInlinePolicy": (_HIPAA, _NIST, _PCI),
    "LambdaConcurrency": (_HIPAA, _NIST),
    "LambdaDLQ": (_HIPAA, _NIST, "Serverless"),
    "LambdaInsideVPC": (_HIPAA, _NIST, _PCI),
    "LambdaTracing": ("Serverless",),
    "S1": ("AwsSolutions",),
    "S3BucketLoggingEnabled": (_HIPAA, _NIST, _PCI),
    "S3BucketReplicationEnabled": (_HIPAA, _NIST, _PCI),
    "S3BucketVersioningEnabled": (_HIPAA, _NIST, _PCI),
    "S3DefaultEncryptionKMS": (_HIPAA, _NIST, _PCI),
    "SF1": ("AwsSolutions",),
    "SF2": ("AwsSolutions",),
    "SQS3": ("AwsSolutions",),
    "SQSRedrivePolicy": ("Serverless",),
    "StepFunctionStateMachineXray": ("Serverless",),
}

_INLINE = (
    "Each statement is for this one role and goes with what it is for, so that no other principal can be given it and "
    "none is left behind; a managed policy could be attached to others, and a role takes ten of them only."
)


def acknowledge(construct: Construct, reason: str, *rules: str) -> None:
    """Acknowledges rules, each in every pack that has it.

    Args:
        construct: What they are acknowledged on.
        reason: Why, in words that somebody who reviews the app can accept.
        *rules: The rules' names without those of the packs.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"{pack}-{rule}", reason=reason) for rule in rules for pack in _PACKS[rule])
    )


def acknowledge_inline_policy(policy: Construct) -> None:
    """Acknowledges that a policy is part of a role.

    Args:
        policy: The policy, or a role with policies of its own.
    """
    acknowledge(policy, _INLINE, "IAMNoInlinePolicy")


def acknowledge_grants(role: aws_iam.Role) -> None:
    """Acknowledges, at synthesis, that what a role was granted is part of it, if it was granted anything.

    Args:
        role: A role that the library makes.
    """
    role.node.add_validation(cast("IValidation", _Granted(role)))


@jsii.implements(IValidation)
class _Granted:
    def __init__(self, role: aws_iam.Role) -> None:
        self._role = role

    def validate(self) -> list[str]:
        policy = self._role.node.try_find_child("DefaultPolicy")
        if isinstance(policy, Construct):
            acknowledge_inline_policy(policy)
        return []


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


def _named(value: Any) -> Any:  # noqa: ANN401 - JSON
    return flatten(value, lambda reference: f"<{reference}>")


def _list(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [value] if isinstance(value, str) else value
