"""Acknowledgments of cdk-nag's findings about what the library itself creates, each with its reason."""

from collections.abc import Mapping
from typing import Any, cast

import jsii
from aws_cdk import Acknowledgment, Validations, aws_iam
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.policy_json import flatten_intrinsics

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

_INLINE_POLICY_REASON = (
    "Each statement is for this one role and goes with what it is for, so that no other principal can be given it and "
    "none is left behind; a managed policy could be attached to others, and a role takes ten of them only."
)


def acknowledge(construct: Construct, reason: str, *rules: str) -> None:
    """Acknowledges rules, each in every pack that has it.

    Args:
        construct: The construct that the findings are about.
        reason: The reason, for people who review the app.
        *rules: The rules' names, without the names of their packs.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"{pack}-{rule}", reason=reason) for rule in rules for pack in _PACKS[rule])
    )


def acknowledge_inline_policy(policy: Construct) -> None:
    """Acknowledges that a policy is an inline policy of a role.

    Args:
        policy: The policy, or a role with inline policies.
    """
    acknowledge(policy, _INLINE_POLICY_REASON, "IAMNoInlinePolicy")


def acknowledge_grants(role: aws_iam.Role) -> None:
    """Acknowledges, at synthesis, that what a role was granted is an inline policy, if it was granted anything.

    Args:
        role: A role that the library creates.
    """
    role.node.add_validation(cast("IValidation", _DefaultPolicyAcknowledgment(role)))


@jsii.implements(IValidation)
class _DefaultPolicyAcknowledgment:
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
        reasons: For an action and a resource, why the resource has a wildcard. Without a reason it is not acknowledged.
    """
    policy.node.add_validation(cast("IValidation", _WildcardAcknowledgments(policy, reasons)))


@jsii.implements(IValidation)
class _WildcardAcknowledgments:
    def __init__(self, policy: aws_iam.CfnPolicy, reasons: Mapping[tuple[str, str], str]) -> None:
        self._policy = policy
        self._reasons = reasons

    def validate(self) -> list[str]:
        stack = stack_of(self._policy)
        resources = [_flatten(resource) for resource in stack.resolve([resource for _, resource in self._reasons])]
        actions = [action for action, _ in self._reasons]
        known = dict(zip(zip(actions, resources, strict=True), self._reasons.values(), strict=True))
        found: dict[str, list[str | None]] = {}
        for statement in stack.resolve(self._policy.policy_document)["Statement"]:
            for resource in _as_list(_flatten(statement["Resource"])):
                if "*" in resource:
                    reasons = [known.get((action, resource)) for action in _as_list(statement["Action"])]
                    found.setdefault(resource, []).extend(reasons)
        # A finding is of a resource, so each action on it must have its reason.
        acknowledgments = [
            Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resource}]", reason=given[0])
            for resource, given in found.items()
            if given[0] is not None and None not in given
        ]
        Validations.of(self._policy).acknowledge(*acknowledgments)
        return []


def _flatten(value: Any) -> Any:  # noqa: ANN401 - JSON
    return flatten_intrinsics(value, lambda reference: f"<{reference}>")


def _as_list(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [value] if isinstance(value, str) else value
