"""The deploying principal of each stack, and what it may do.

CloudFormation calls services with the stack's role; without one, as the caller that creates, updates or deletes the
stack, or executes its change set ("If no role is available, CloudFormation uses a temporary session that is generated
from your user credentials", API_CreateStack). A stack keeps its role. That of a change set is assumed "when executing
the change set" (API_CreateChangeSet), so one that is never executed, such as that of `cdk diff`, changes nothing. The
session of a role is called `AWSCloudFormation` (messages in aws/serverless-application-model#448).
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import contextvars
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import changesets, handlers

from cdk_data_jobs_local.ministack_fixes.iam.permissions import not_authorized, record_denial

_NOT_DEPLOYED = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
_principals = AccountRegionScopedDict()
_of_request: contextvars.ContextVar[str] = contextvars.ContextVar("cdk_data_jobs_deploying_principal", default="")


def watch_deployments() -> None:
    """Records the deploying principal of each stack."""
    for operation in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet"):
        handlers._ACTION_HANDLERS[operation] = _recording(operation, handlers._ACTION_HANDLERS[operation])


def principal_of(stack_name: str) -> str:
    """Returns the ARN of a stack's deploying principal; empty for a nested stack, of which none is recorded."""
    principal: str = _principals.get(stack_name, "")
    return principal


def principal_of_request() -> str:
    """Returns the ARN of the principal with which the present request deploys a stack; empty if it deploys none."""
    return _of_request.get()


def _recording(operation: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    def record(params: dict[str, Any]) -> Any:
        stack_name = handlers._p(params, "StackName").rpartition(":stack/")[2].partition("/")[0]
        change_set_name, role = handlers._p(params, "ChangeSetName"), handlers._p(params, "RoleARN")
        if operation == "ExecuteChangeSet":
            change_set = _change_set(change_set_name, stack_name)
            stack_name, role = change_set.get("StackName", stack_name), change_set.get("_role", "")
        principal = role or _principal_without_role(stack_name)
        token = _of_request.set(principal)
        try:
            response = handler(params)
        finally:
            _of_request.reset(token)
        if response[0] == HTTPStatus.OK and operation == "CreateChangeSet":
            _change_set(change_set_name, stack_name)["_role"] = role
        elif response[0] == HTTPStatus.OK:
            # The deployment begins only when this request has been responded to.
            _principals[stack_name] = principal
        return response

    return record


def _change_set(name: str, stack_name: str) -> dict[str, Any]:
    return changesets._find_change_set(name, stack_name)[1] or {}


def _principal_without_role(stack_name: str) -> str:
    """Returns the stack's role, if it has one, or else the caller."""
    stack, known = handlers._resolve_stack(stack_name) or {}, principal_of(stack_name)
    is_deployed = stack.get("StackStatus", "DELETE_COMPLETE") not in _NOT_DEPLOYED
    return known if is_deployed and ":role/" in known else str(iam_evaluator.caller_arn())


def refusal(principal: str, action: str, resource: str, keys: Mapping[str, Any] | None = None) -> str | None:
    """Returns IAM's message if a deploying principal may not do something; None if it may.

    Args:
        principal: Its ARN. The account itself may do everything, and so may the empty one, a nested stack's.
        action: The IAM action.
        resource: The ARN of what it is done to.
        keys: The values of the action's own condition keys, and of those about tags, by their names in lower case.
    """
    account = get_account_id()
    is_user = ":user/" in principal
    if is_user:
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
        principal_type="User" if is_user else "AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context=dict(keys or {}),
    )
    limits = iam_evaluator._permissions_boundary(store, name, account)
    if iam_evaluator.evaluate(context, policies, *limits).decision == "Allow":
        return None
    record_denial(principal, action, resource, "its policies")
    return not_authorized(principal, action, resource)
