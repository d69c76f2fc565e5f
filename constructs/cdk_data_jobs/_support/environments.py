"""The accounts and Regions of what a job uses, which must be the job's own, as far as they are known at synthesis."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import aws_iam
from constructs import Construct, IConstruct

from cdk_data_jobs._support.memo import environment_of, memoize, path_of, stack_of
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.tokens import is_unresolved, target_of
from cdk_data_jobs._support.validation import ValidationError


def validate_environment(job: Construct, resource: object, argument: str, *, warning_id: str | None = None) -> None:
    """Validates that a resource is in the account and the Region of the job that uses it, unless they are tokens.

    Args:
        job: The job, or another construct that uses the resource.
        resource: The resource: a construct, or an ARN. One whose environment is not known is valid.
        argument: The argument that it was given with, for the message.
        warning_id: The id of the warning that another account is, if its owner can allow the use. By default that is an
            error.

    Raises:
        ValidationError: If it is in another Region, or in another account and that cannot work.
    """
    own = environment_of(stack_of(job))
    if is_unresolved(own["region"]) and is_unresolved(own["account"]):
        return
    other = _environment_of(resource)
    for part, name in differing_parts(own, other).items():
        here, there = own[part], other[part]
        where = f"{resource if isinstance(resource, str) else path_of(cast('IConstruct', resource))} in {there}"
        if part == "account" and warning_id:
            message = (
                f"{argument} is in another account than {path_of(job)}, which is in {here}, got {where}; no guide "
                "says that the service can use it there, and its owner must allow it"
            )
            add_warning(job, warning_id, message)
            continue
        raise ValidationError(
            f"{argument} must be in the {name} of {path_of(job)}, {here}, got {where}; use one in {here}, or declare "
            f"the job in a stack in {there}"
        )


def validate_role_environment(job: Construct, role: aws_iam.IRole) -> None:
    """Validates that a role is in the account of the job that uses it, and that CDK can refer to it.

    A role belongs to no Region, but CDK refers to one of a stack in another Region only by a name that it has in the
    app.

    Args:
        job: The job, or another construct that uses the role.
        role: The role.

    Raises:
        ValidationError: If it is in another account, or in a stack in another Region and has no name.
    """
    own, other = environment_of(stack_of(job)), _environment_of(role)
    parts = differing_parts(own, other)
    if "account" in parts:
        raise ValidationError(
            f"role must be in the account of {path_of(job)}, {own['account']}, because no role of another one can be "
            f"passed to a service, got {path_of(role)} in {other['account']}; use one in {own['account']}"
        )
    if "region" in parts:
        try:
            stack_of(job).resolve(role.role_name)
        except RuntimeError as error:
            raise ValidationError(
                f"role must have a name, because its stack is in another Region than {path_of(job)}, got "
                f"{path_of(role)} without one in {other['region']}; name it: "
                "aws_iam.Role(..., role_name=PhysicalName.GENERATE_IF_NEEDED)"
            ) from error


def differing_parts(own: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Returns which of the `region` and the `account` of two environments are known to differ, with their names.

    Args:
        own: An environment; its parts may be tokens.
        other: Another one; its parts may be tokens, or empty or lacking if they are not known.
    """
    return {
        part: name
        for part, name in (("region", "Region"), ("account", "account"))
        if other.get(part) and own[part] != other[part] and not is_unresolved(own[part] + other[part])
    }


def _environment_of(resource: object) -> dict[str, str]:
    """Returns the `region` and the `account` of a resource, which may be tokens, or empty or lacking if not known."""
    if isinstance(resource, str):
        target = target_of(resource) if is_unresolved(resource) else None
        if isinstance(target, Construct):
            return environment_of(stack_of(target))
        parts = resource.split(":", 5)
        return dict(zip(("arn", "partition", "service", "region", "account"), parts, strict=False))
    return _environment_of_construct(cast("IConstruct", resource)) if hasattr(resource, "env") else {}


@memoize
def _environment_of_construct(resource: IConstruct) -> dict[str, Any]:
    environment = cast("Any", resource).env
    return {"region": environment.region, "account": environment.account}
