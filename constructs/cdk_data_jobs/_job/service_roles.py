"""The roles with which services run what a job starts, so that the job waits for them and their default policies."""

import re
from collections.abc import Iterator, Mapping

from aws_cdk import aws_iam
from constructs import Construct, IConstruct

from cdk_data_jobs._support.tokens import PLACEHOLDER, target_of
from cdk_data_jobs._support.validation import ValidationError

_ROLE_PROPERTIES = (
    "role",
    "role_arn",
    "service_role",
    "service_role_arn",
    "task_role",
    "task_role_arn",
    "execution_role",
    "execution_role_arn",
)
"""How constructs of the CDK call their roles: a construct, or an ARN."""


def roles_behind(parameters: object) -> list[Construct]:
    """Returns the roles of the app that the resources have which parameters refer to, e.g. that of a Glue job.

    Args:
        parameters: The parameters of the create call, any JSON with tokens.
    """
    found: dict[str, Construct] = {}
    for target in _targets(parameters):
        for construct in (target, *_around(target)):
            for name in _ROLE_PROPERTIES:
                role = _as_construct(_property(construct, name))
                if role is not None:
                    found[role.node.path] = role
    return [*found.values()]


def _around(resource: Construct) -> list[IConstruct]:
    """Returns the construct of the CDK that a resource is the main part of, if any."""
    scope = resource.node.scope
    main = scope.node.default_child if scope else None
    return [scope] if scope and main and main.node.path == resource.node.path else []


def _property(construct: IConstruct, name: str) -> object:
    try:
        return getattr(construct, name, None)
    except ValidationError:  # a job whose service assumes no role
        return None


def _targets(value: object) -> Iterator[Construct]:
    """Yields the constructs that a value refers to, at any depth."""
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _targets(part)
    elif isinstance(value, str):
        for token in re.finditer(PLACEHOLDER, value):
            target = target_of(token[0]) if token[0].startswith("$") else None
            if isinstance(target, Construct):
                yield target


def _as_construct(role: object) -> Construct | None:
    """Returns a role of the app, of which a property has the construct or the ARN, with its policies."""
    if isinstance(role, str):
        resource = target_of(role)
        if not isinstance(resource, aws_iam.CfnRole):
            return None
        return resource.node.scope if isinstance(resource.node.scope, aws_iam.Role) else resource
    return role if isinstance(role, aws_iam.Role | aws_iam.CfnRole) else None
