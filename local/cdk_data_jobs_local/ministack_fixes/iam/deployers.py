"""Who deploys a stack, and what that principal may do.

CloudFormation calls services with the stack's role; without one, as the caller that deploys the stack ("If no role is
available, CloudFormation uses a temporary session that is generated from your user credentials", API_CreateStack). A
stack keeps its role. The session of a role is called `AWSCloudFormation` (messages in aws/serverless-application-model
#448).
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import contextvars
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import handlers

from cdk_data_jobs_local.ministack_fixes.iam.permissions import not_authorized, record_denial

_OPERATIONS = ("CreateStack", "UpdateStack", "CreateChangeSet", "DeleteStack")
_deployers: dict[tuple[str, str], str] = {}
_stack: contextvars.ContextVar[str] = contextvars.ContextVar("cdk_data_jobs_deployed_stack", default="")


def watch_deployers() -> None:
    """Records who deploys each stack."""
    for operation in _OPERATIONS:
        handlers._ACTION_HANDLERS[operation] = _recording(handlers._ACTION_HANDLERS[operation])


def stack_of_request() -> str:
    """Returns the name of the stack that the present request deploys; empty if it deploys none."""
    return _stack.get()


def _recording(handler: Callable[..., Any]) -> Callable[..., Any]:
    def record(params: dict[str, Any]) -> Any:
        given = handlers._p(params, "StackName")
        name = given.rpartition(":stack/")[2].partition("/")[0]
        role = handlers._p(params, "RoleARN")
        place, stack = (get_account_id(), name), handlers._resolve_stack(given) or {}
        is_new = stack.get("StackStatus", "DELETE_COMPLETE") == "DELETE_COMPLETE"
        # Without a role, each caller deploys the stack with its own permissions.
        if role or is_new or ":role/" not in _deployers.get(place, ""):
            _deployers[place] = role or iam_evaluator.caller_arn()
        token = _stack.set(name)
        try:
            return handler(params)
        finally:
            _stack.reset(token)

    return record


def refusal(stack_name: str, action: str, resource: str, **keys: str) -> str | None:
    """Returns IAM's message if who deploys a stack may not do something; None if it may.

    Args:
        stack_name: The stack. A nested stack has no deployer here, and may do everything.
        action: The IAM action.
        resource: The ARN of what it is done to.
        **keys: The action's own condition keys, in lower case, with `__` for the colon.
    """
    account = get_account_id()
    principal = _deployers.get((account, stack_name), "")
    if ":user/" in principal:
        name = principal.rpartition("/")[2]
        policies, store = iam_evaluator._gather_user_policies(name, account), iam._users
    elif ":role/" in principal or ":assumed-role/" in principal:
        name = principal.split("/")[1] if ":assumed-role/" in principal else principal.rpartition("/")[2]
        policies, store = iam_evaluator._gather_role_policies(name, account), iam._roles
        if ":role/" in principal:
            principal = f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation"
    else:
        return None
    context = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context={key.replace("__", ":"): value for key, value in keys.items()},
    )
    limits = iam_evaluator._permissions_boundary(store, name, account)
    if iam_evaluator.evaluate(context, policies, *limits).decision == "Allow":
        return None
    record_denial(principal, action, resource, "its policies")
    return not_authorized(principal, action, resource)
