"""Permissions to deploy, where IAM is enforced.

CloudFormation needs permission for all it does, as the stack's role or else as the caller that deploys the stack (user
guide, "CloudFormation service role"): here for

- the calls for its resources, as far as `cdk_data_jobs_local.ministack_fixes.iam.required_actions` lists them, which
  says what is not checked;
- the invocation of a custom resource's function (a role without `lambda:InvokeFunction` fails the deployment:
  KensioSoftware/yulin#1329);
- parameters of templates that are values of Systems Manager's, such as the version of CDK's bootstrap stack
  (aws/aws-cdk#20959 has the message).

A resource whose call is denied fails with IAM's message, without the service's name and status that AWS adds. Not
checked are nested stacks, the template's own file in S3, and what the caller itself needs to call CloudFormation beyond
MiniStack's check. MiniStack 1.5.33 checks none of these: a role without any permission deploys everything.

Needed as long as this test fails without it:
`test_deployment_permissions.py::test_a_stack_is_deployed_with_the_permissions_of_its_role`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Callable, Iterable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import changesets, custom_resource, engine, handlers, provisioners, stacks

from cdk_data_jobs_local.ministack_fixes.iam import deployment_principals
from cdk_data_jobs_local.ministack_fixes.iam.required_actions import calls, is_replaced, new_name
from cdk_data_jobs_local.ministack_fixes.iam.resource_calls import Call

_INVOKE, _GET_PARAMETERS = "lambda:InvokeFunction", "ssm:GetParameters"
_BOUNDED = (
    "iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
)  # fmt: skip
"""Actions on an existing role with the condition key `iam:PermissionsBoundary` (Service Authorization Reference)."""


class DeploymentDeniedError(Exception):
    """A stack's deploying principal lacks a permission; the message goes to the stack's events."""


class ParameterDeniedError(ValueError):
    """The deploying principal may not read a template's parameter; MiniStack makes a ValidationError of it."""


def patch() -> None:
    """Makes MiniStack's CloudFormation need permission for what it does."""
    create, update, delete = stacks._provision_resource, stacks._update_resource, stacks._delete_resource
    invoke, resolve = custom_resource.invoke_custom_resource, engine._resolve_parameters

    def create_if_allowed(resource_type: str, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        name = new_name(resource_type, logical_id, properties, stack)
        _check(stack, calls(resource_type, "create", properties, _environment(), name))
        return create(resource_type, logical_id, properties, stack)

    def delete_if_allowed(
        resource_type: str, physical_id: str, properties: dict[str, Any], stack: str, *rest: Any
    ) -> None:
        _check(stack, calls(resource_type, "delete", properties, _environment(), physical_id))
        delete(resource_type, physical_id, properties, stack, *rest)

    def invoke_if_allowed(resource_type: str, logical_id: str, properties: dict[str, Any], stack: str, *rest: Any,
                          **options: Any) -> Any:  # fmt: skip
        _check(stack, [Call(_INVOKE, str(properties.get("ServiceToken")))])
        return invoke(resource_type, logical_id, properties, stack, *rest, **options)

    def resolve_if_allowed(template: dict[str, Any], provided: list[dict[str, Any]], *rest: Any) -> Any:
        resolved = resolve(template, provided, *rest)
        for value in resolved.values():
            _check_parameter(value.get("SsmName"))
        return resolved

    stacks._provision_resource, stacks._update_resource, stacks._delete_resource = (
        create_if_allowed, _allowed_update(update), delete_if_allowed,
    )  # fmt: skip
    custom_resource.invoke_custom_resource = invoke_if_allowed
    for module in (changesets, engine, handlers):
        module._resolve_parameters = resolve_if_allowed


def _allowed_update(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_if_allowed(  # noqa: PLR0917  (as ministack calls it)
        resource_type: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack: str,
        logical_id: str,
        *rest: Any,
        **options: Any,
    ) -> Any:
        replaced = is_replaced(resource_type, old, new)
        if replaced:
            name = new_name(resource_type, logical_id, new, stack)
            _check(stack, calls(resource_type, "create", new, _environment(), name))
        elif old != new:
            _check(stack, calls(resource_type, "update", new, _environment(), physical_id, before=old))
        updated = update(resource_type, physical_id, old, new, stack, logical_id, *rest, **options)
        deletions = provisioners._DEFERRED_PREDECESSOR_DELETES.get()
        if replaced and deletions:
            # What MiniStack deletes when the update is complete, in this order; a denial ends it.
            needed = [*calls(resource_type, "delete", old, _environment(), physical_id)]
            deletions.insert(0, (_check, (stack, needed), {}))
        return updated

    return update_if_allowed


def _environment() -> tuple[str, str]:
    return get_region(), get_account_id()


def _check(stack: str, needed: Iterable[Call]) -> None:
    principal = deployment_principals.principal_of(stack)
    for call in map(_of_existing_role, needed):
        refusal = deployment_principals.refusal(principal, call.action, call.resource, call.keys)
        if refusal:
            raise DeploymentDeniedError(refusal)


def _of_existing_role(call: Call) -> Call:
    """Returns a call for a role with the role's own ARN, which has its path, and with its permissions boundary."""
    name = call.resource.partition(":role/")[2].rpartition("/")[2]
    role = iam._roles.get(name) if name and call.action.startswith("iam:") else None
    if role is None:
        return call
    boundary = role.get("PermissionsBoundary")
    keys = {"iam:permissionsboundary": boundary} if boundary and call.action in _BOUNDED else {}
    return Call(call.action, role["Arn"], {**keys, **call.keys})


def _check_parameter(name: str | None) -> None:
    if not name:
        return
    region, account = _environment()
    resource = f"arn:aws:ssm:{region}:{account}:parameter/{name.removeprefix('/')}"
    if deployment_principals.refusal(deployment_principals.principal_of_request(), _GET_PARAMETERS, resource):
        raise ParameterDeniedError(f"AccessDenied. User doesn't have permission to call {_GET_PARAMETERS}")
