"""Roles that are passed to a service: iam:PassRole, and the role's trust policy.

IAM User Guide, "Grant a user permissions to pass a role to an AWS service": iam:PassRole, with `iam:PassedToService`.
It is required of the caller that creates a job of an emulated service; and of a stack's deploying principal
(`cdk_data_jobs_local.ministack_fixes.iam.deployment_principals`), for the role of a stack's resource. MiniStack 1.5.33
requires neither.

Needed as long as this test fails without it:
`test_enforced_iam.py::test_a_pinpoint_job_is_given_a_role_only_by_who_may_pass_it`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ministack import app as ministack_app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services.cloudformation import provisioners

from cdk_data_jobs_local.ministack_fixes.iam import deployment_principals
from cdk_data_jobs_local.ministack_fixes.iam.permissions import Caller, Role, not_authorized
from cdk_data_jobs_local.ministack_fixes.iam.required_actions import new_name, resource_arn
from cdk_data_jobs_local.services.core.model import botocore_model
from cdk_data_jobs_local.services.personalize import Personalize
from cdk_data_jobs_local.services.personalize import responses as personalize_responses
from cdk_data_jobs_local.services.pinpoint import Pinpoint
from cdk_data_jobs_local.services.pinpoint import responses as pinpoint_responses

_PASS = "iam:PassRole"  # noqa: S105  (an action)


class RoleRefusedError(Exception):
    """A resource of a stack cannot have the role that it is given; the message goes to the stack's events."""


@dataclass(frozen=True)
class _RoleProperty:
    """The roles that a resource type has in its properties.

    Args:
        service: The principal of the service that assumes them.
        roles: Finds their ARNs in the resource's properties.
        refusal: The service's message for a role that does not trust it; empty if the service itself checks that.
    """

    service: str
    roles: Callable[[dict[str, Any]], list[Any]]
    refusal: str = ""


_ROLE_PROPERTIES = {
    "AWS::Lambda::Function": _RoleProperty(
        "lambda.amazonaws.com",
        lambda properties: [properties.get("Role")],
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "AWS::StepFunctions::StateMachine": _RoleProperty(
        "states.amazonaws.com",
        lambda properties: [properties.get("RoleArn")],
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
        "provided role.",
    ),
    # EventBridge and its Scheduler check themselves whether they may assume the role.
    "AWS::Scheduler::Schedule": _RoleProperty(
        "scheduler.amazonaws.com", lambda properties: [properties.get("Target", {}).get("RoleArn")]
    ),
    "AWS::Events::Rule": _RoleProperty(
        "events.amazonaws.com", lambda properties: [target.get("RoleArn") for target in properties.get("Targets", [])]
    ),
}


def patch() -> None:
    """Makes MiniStack require iam:PassRole for the roles of jobs and of stacks' resources."""
    _check_passing_to_jobs()
    _check_passing_by_stacks()


def _check_passing_to_jobs() -> None:
    for service, principal in (
        (Personalize.name, personalize_responses.SERVICE_PRINCIPAL),
        (Pinpoint.name, pinpoint_responses.SERVICE_PRINCIPAL),
    ):
        metadata = botocore_model(service).metadata
        scope = metadata.get("signingName", metadata["endpointPrefix"])
        handler = ministack_app.SERVICE_HANDLERS[scope]
        ministack_app.SERVICE_HANDLERS[scope] = _passing(handler, scope, principal)


def _passing(handler: Callable[..., Any], scope: str, principal: str) -> Callable[..., Any]:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        for role in _roles_in(body):
            denied = iam_evaluator.enforce(
                extract_access_key_id(headers, query),
                _PASS,
                "iam",
                get_region(),
                resource_arn=role,
                service_context={"iam:PassedToService": principal},
            )
            if denied is not None:
                message = not_authorized(getattr(denied, "principal_arn", ""), _PASS, role)
                return iam_actions.access_denied_response(
                    scope, _PASS, "", new_uuid(), message=message, headers=headers
                )
        return await handler(method, path, headers, body, query)

    return handle


def _roles_in(body: bytes) -> list[str]:
    try:
        return list(_roles_of(json.loads(body or b"{}")))
    except ValueError:
        return []


def _roles_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name.lower() == "rolearn" and isinstance(part, str):
                yield part
            else:
                yield from _roles_of(part)


def _check_passing_by_stacks() -> None:
    for resource_type, role_property in _ROLE_PROPERTIES.items():
        row = provisioners._RESOURCE_HANDLERS.get(resource_type)
        if row is None:
            continue
        row["create"] = _checked_creation(row["create"], resource_type, role_property)
        if "update" in row:
            row["update"] = _checked_update(row["update"], resource_type, role_property)


def _checked_creation(
    create: Callable[..., Any], resource_type: str, role_property: _RoleProperty
) -> Callable[..., Any]:
    def checked(logical_id: str, properties: dict[str, Any], stack_name: str, *rest: Any, **options: Any) -> Any:
        name = new_name(resource_type, logical_id, properties, stack_name)
        _check_roles(role_property, properties, stack_name, _arn(resource_type, name, properties))
        return create(logical_id, properties, stack_name, *rest, **options)

    return checked


def _checked_update(update: Callable[..., Any], resource_type: str, role_property: _RoleProperty) -> Callable[..., Any]:
    def checked(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, *rest: Any, **options: Any
    ) -> Any:
        _check_roles(role_property, new, stack_name, _arn(resource_type, physical_id, new))
        return update(physical_id, old, new, stack_name, *rest, **options)

    return checked


def _arn(resource_type: str, name: str, properties: dict[str, Any]) -> str:
    return resource_arn(resource_type, (get_region(), get_account_id()), name, properties)


def _check_roles(role_property: _RoleProperty, properties: dict[str, Any], stack_name: str, source_arn: str) -> None:
    """Checks the roles in a resource's properties.

    Raises:
        RoleRefusedError: The stack's deploying principal may not pass one, or it does not trust the service.
    """
    service, principal = role_property.service, deployment_principals.principal_of(stack_name)
    caller = Caller(account=get_account_id(), region=get_region(), service=service, source_arn=source_arn)
    for arn in role_property.roles(properties):
        if not isinstance(arn, str):
            continue
        refusal = deployment_principals.refusal(principal, _PASS, arn, {"iam:passedtoservice": service})
        if refusal:
            raise RoleRefusedError(refusal)
        if role_property.refusal and not _is_trusting(arn, caller):
            raise RoleRefusedError(f"{role_property.refusal} Role: {arn}")


def _is_trusting(role: str, caller: Caller) -> bool:
    try:
        return Role(role).trusts(caller)
    except LookupError:
        return False
