"""Service principals in trust policies, with conditions so that a service acts for this account alone."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack, aws_iam


@dataclass(frozen=True)
class SourceArnCondition:
    """A condition on what a service acts for when it assumes a role.

    Attributes:
        operator: The operator that compares aws:SourceArn, e.g. `ArnLike`.
        arn: The ARN, or its pattern.
    """

    operator: str
    arn: str


def account_service_principal(
    stack: Stack, principal: str, operator: str | None = None, source_arn: object = None
) -> aws_iam.ServicePrincipal:
    """Returns a service principal that is trusted for this account's own resources alone, and so is no confused deputy.

    Args:
        stack: A stack in the account.
        principal: The service principal.
        operator: The operator that compares aws:SourceArn; None if the service may act for anything in the account.
        source_arn: What the service must act for: an ARN, a pattern, or a token for several of them.
    """
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": stack.account}}
    if operator:
        conditions[operator] = {"aws:SourceArn": source_arn}
    return aws_iam.ServicePrincipal(principal, conditions=conditions)
