"""What the library answers to the findings of cdk-nag's packs about what it makes itself."""

from typing import cast

import jsii
from aws_cdk import Acknowledgment, Validations, aws_iam
from constructs import Construct, IValidation

_HIPAA, _NIST, _PCI = "HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321"
_PACKS = {
    "CloudWatchLogGroupEncrypted": (_HIPAA, _NIST, _PCI),
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
