"""The roles with which services run what a job starts, so that the job waits for their policies."""

import re
from collections.abc import Iterator, Mapping

from aws_cdk import Stack, aws_iam
from constructs import Construct

from cdk_data_jobs._support.tokens import PLACEHOLDER, target_of

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


def roles_behind(parameters: object, stack: Stack) -> list[Construct]:
    """Returns the roles of a stack that the resources have which parameters refer to, e.g. that of a Glue job.

    Args:
        parameters: The parameters of the create call, any JSON with tokens.
        stack: The stack of the job.
    """
    found: dict[str, Construct] = {}
    for target in _targets(parameters):
        for construct in (target, target.node.scope):
            for name in _ROLE_PROPERTIES:
                role = _as_construct(getattr(construct, name, None))
                if role is not None and Stack.of(role) == stack:
                    found[role.node.path] = role
    return [*found.values()]


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
