"""Permissions to deploy, where IAM is enforced.

CloudFormation needs permission for all it does, as the stack's role or as who deploys the stack (user guide,
"CloudFormation service role"): here for

- the calls for its resources, as far as `cdk_data_jobs_local.ministack_fixes.iam.stack_calls` lists them, which says
  what is not checked;
- the invocation of a custom resource's function (a role without `lambda:InvokeFunction` fails the deployment:
  KensioSoftware/yulin#1329);
- parameters of templates that are values of Systems Manager's, such as the version of CDK's bootstrap stack
  (aws/aws-cdk#20959 has the message).

A resource whose call is denied fails with IAM's message, without the service's name and status that AWS adds. Not
checked are nested stacks, the template's own file in S3, and what the caller itself needs to call CloudFormation beyond
MiniStack's check. MiniStack 1.5.33 checks none of these: a role without any permission deploys everything.

Needed as long as this test fails without it:
`test_deployers_permissions.py::test_a_stack_is_deployed_with_the_permissions_of_its_role`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from collections.abc import Iterable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import changesets, custom_resource, engine, handlers, stacks

from cdk_data_jobs_local.ministack_fixes.iam import deployers
from cdk_data_jobs_local.ministack_fixes.iam.stack_calls import RESOURCE_CALLS, Call, calls

_INVOKE, _GET_PARAMETERS = "lambda:InvokeFunction", "ssm:GetParameters"
_SUFFIX = "A1B2C3D4E5F6"


class DeploymentDeniedError(Exception):
    """Who deploys a stack lacks a permission; the message goes to the stack's events."""


def patch() -> None:
    """Makes MiniStack's CloudFormation need permission for what it does."""
    create, update, delete = stacks._provision_resource, stacks._update_resource, stacks._delete_resource
    invoke, resolve = custom_resource.invoke_custom_resource, engine._resolve_parameters

    def create_if_allowed(kind: str, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        _check(stack, calls(kind, "create", properties, _place(), _name(kind, logical_id, properties, stack)))
        return create(kind, logical_id, properties, stack)

    def update_if_allowed(
        kind: str, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, *rest: Any, **options: Any
    ) -> Any:
        if old != new:
            _check(stack, calls(kind, "update", new, _place(), physical_id, before=old))
        return update(kind, physical_id, old, new, stack, *rest, **options)

    def delete_if_allowed(kind: str, physical_id: str, properties: dict[str, Any], stack: str, *rest: Any) -> None:
        _check(stack, calls(kind, "delete", properties, _place(), physical_id))
        delete(kind, physical_id, properties, stack, *rest)

    def invoke_if_allowed(kind: str, logical_id: str, properties: dict[str, Any], stack: str, *rest: Any,
                          **options: Any) -> Any:  # fmt: skip
        _check(stack, [(_INVOKE, str(properties.get("ServiceToken")))])
        return invoke(kind, logical_id, properties, stack, *rest, **options)

    def resolve_if_allowed(template: dict[str, Any], provided: list[dict[str, Any]], *rest: Any) -> Any:
        resolved = resolve(template, provided, *rest)
        for value in resolved.values():
            _check_parameter(value.get("SsmName"))
        return resolved

    stacks._provision_resource, stacks._update_resource, stacks._delete_resource = (
        create_if_allowed, update_if_allowed, delete_if_allowed,
    )  # fmt: skip
    custom_resource.invoke_custom_resource = invoke_if_allowed
    for module in (changesets, engine, handlers):
        module._resolve_parameters = resolve_if_allowed


def _place() -> tuple[str, str]:
    return get_region(), get_account_id()


def _name(kind: str, logical_id: str, properties: dict[str, Any], stack: str) -> str:
    """Returns the name that a resource will have, or one like it."""
    row = RESOURCE_CALLS.get(kind)
    given = properties.get(row.name) if row else None
    made_up = f"{stack}-{logical_id}-{_SUFFIX}"
    return str(given or (made_up.lower() if kind == "AWS::S3::Bucket" else made_up))


def _check(stack: str, needed: Iterable[Call]) -> None:
    for action, resource in needed:
        refusal = deployers.refusal(stack, action, resource)
        if refusal:
            raise DeploymentDeniedError(refusal)


def _check_parameter(name: str | None) -> None:
    stack = deployers.stack_of_request()
    if not name or not stack:
        return
    region, account = _place()
    resource = f"arn:aws:ssm:{region}:{account}:parameter/{name.removeprefix('/')}"
    if deployers.refusal(stack, _GET_PARAMETERS, resource):
        # MiniStack makes a ValidationError of it, as CloudFormation does.
        raise ValueError(f"AccessDenied. User doesn't have permission to call {_GET_PARAMETERS}")
