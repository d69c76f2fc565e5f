"""Policies of roles, and the calls that were denied, by MiniStack's IAM tables."""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

_MAX_DENIALS = 10_000


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A call that was denied.

    Args:
        principal: The ARN of the caller, or a service's principal.
        action: The IAM action.
        resource: The ARN of the resource.
        because: Which policy did not allow it.
    """

    principal: str
    action: str
    resource: str
    because: str


_denials: deque[Denial] = deque(maxlen=_MAX_DENIALS)


def record_denial(principal: str, action: str, resource: str, because: str) -> None:
    """Records a denied call."""
    _denials.append(Denial(principal=principal, action=action, resource=resource, because=because))


def denials() -> list[dict[str, str]]:
    """Returns the denied calls, oldest first: the last 10,000."""
    return [asdict(denial) for denial in list(_denials)]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A service that acts for one of its resources, with the values of condition keys.

    Args:
        account: The account whose resource it is, `aws:SourceAccount`.
        region: Its Region.
        service: The service's principal.
        source_arn: The resource, `aws:SourceArn`.
    """

    account: str
    region: str
    service: str
    source_arn: str

    def context(self, action: str, resource: str, **keys: str) -> iam_evaluator.EvalContext:
        """Returns the service's own request, as a resource's policy sees it."""
        own = {
            "aws:sourceaccount": self.account,
            "aws:sourcearn": self.source_arn,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": self.service,
        }
        return self._context(action, resource, self.service, "Service", {**own, **keys})

    def role_context(self, action: str, resource: str, session_arn: str, **keys: str) -> iam_evaluator.EvalContext:
        """Returns a request that the service makes with a role's credentials."""
        return self._context(action, resource, session_arn, "AssumedRole", keys)

    def _context(
        self, action: str, resource: str, principal: str, principal_type: str, keys: dict[str, str]
    ) -> iam_evaluator.EvalContext:
        return iam_evaluator.EvalContext(
            principal_arn=principal,
            principal_type=principal_type,
            principal_account=principal.split(":")[4] if principal.startswith("arn:") else self.account,
            action=action,
            resource_arn=resource,
            region=self.region,
            secure_transport=True,
            service_context={name.lower(): value for name, value in keys.items()},
        )


class Role:
    """A role as a service may use it."""

    def __init__(self, arn: str) -> None:
        """Finds one.

        Args:
            arn: Its ARN.

        Raises:
            LookupError: There is no such role.
        """
        self.arn = arn
        self.name = arn.rsplit("/", 1)[-1]
        self.account = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004  (an ARN has six parts)
        self._record = iam._roles.get_scoped(self.account, None, self.name)
        if self._record is None or self._record.get("Arn") != arn:
            raise LookupError(arn)

    def session_arn(self, session: str) -> str:
        """Returns the ARN of who has assumed it.

        Args:
            session: The session's name.
        """
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session}"

    def trusts(self, caller: Caller) -> bool:
        """Returns whether its trust policy lets a service assume it."""
        policy = self._record.get("AssumeRolePolicyDocument")
        document = json.loads(policy) if isinstance(policy, str) else policy
        statements = document.get("Statement", []) if isinstance(document, dict) else []
        statements = statements if isinstance(statements, list) else [statements]
        # A trust policy names no resource, because it is attached to one; the evaluator wants to see it.
        regional = caller.service.replace(".", f".{caller.region}.", 1)
        listed = json.dumps([{**statement, "Resource": self.arn} for statement in statements])
        # Both names of a service are its own (IAM User Guide, "Service principals in opt-in Regions").
        document = {"Statement": json.loads(listed.replace(f'"{regional}"', f'"{caller.service}"'))}
        context = caller.context("sts:AssumeRole", self.arn)
        decision = iam_evaluator.evaluate_resource_policy(document, context, service=caller.service)
        if decision.decision == "Allow":
            return True
        record_denial(caller.service, "sts:AssumeRole", self.arn, f"the trust policy of role {self.name}")
        return False

    def evaluate(self, context: iam_evaluator.EvalContext) -> iam_evaluator.EvalResult:
        """Returns what its own policies say, within its permissions boundary."""
        policies = iam_evaluator._gather_role_policies(self.name, self.account)
        limits = iam_evaluator._permissions_boundary(iam._roles, self.name, self.account)
        return iam_evaluator.evaluate(context, policies, *limits)

    def refusal(self, caller: Caller, action: str, resource: str, session: str, **keys: str) -> str | None:
        """Returns IAM's message if its own policies do not let a service do something; None if they do.

        Args:
            caller: The service.
            action: The IAM action.
            resource: The ARN of what it is done to.
            session: The name of the service's session.
            **keys: The action's own condition keys.
        """
        principal = self.session_arn(session)
        result = self.evaluate(caller.role_context(action, resource, principal, **keys))
        if result.decision == "Allow":
            return None
        record_denial(principal, action, resource, f"the policies of role {self.name}")
        return not_authorized(principal, action, resource)


def not_authorized(principal: str, action: str, resource: str) -> str:
    """Returns IAM's message for a denied call."""
    return (
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def watch_callers() -> None:
    """Records also what MiniStack's own enforcement denies."""
    enforce = iam_evaluator.enforce

    def enforce_and_remember(
        access_key_id: str, iam_action: str, service: str, region: str, resource_arn: str = "*", **rest: Any
    ) -> Any:
        denied = enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, **rest)
        if isinstance(denied, iam_evaluator.EvalResult):
            because = f"the policy of {denied.resource_policy_arn}" if denied.resource_policy_arn else "its policies"
            record_denial(denied.principal_arn, iam_action, resource_arn, because)
        return denied

    iam_evaluator.enforce = enforce_and_remember
