"""The parameters of a create call: what is at a path, and the ARNs that they are part of."""

import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack

from cdk_data_jobs.asked import environment_of
from cdk_data_jobs.checks import ValidationError


def arn_of(template: str, stack: Stack, parameters: Mapping[str, Any]) -> str:
    """Returns an ARN in a stack's partition, Region and account.

    Args:
        template: The ARN with `{partition}`, `{region}`, `{account}` and parameters' names in braces, and maybe tokens.
        stack: The stack.
        parameters: Values by name.

    Raises:
        ValidationError: If it has something else in braces.
    """
    known = {name: value for name, value in parameters.items() if isinstance(value, str)} | environment_of(stack)

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]  # a token
        if match[1] not in known:
            names = ", ".join(f"{{{name}}}" for name in known)
            raise ValidationError(
                f"the ARN {template!r} must have in braces what is known of a job, {names}, got {match[0]}; correct it "
                "or add the parameter"
            )
        return known[match[1]]

    return re.sub(r"\$\{Token\[[^\]]*\]\}|\{([^{}]*)\}", value, template)


def parameter_at(parameters: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    """Returns a parameter; none if it is not there.

    Args:
        parameters: The parameters.
        path: The parameter's name, or `A.B` for the member B of the parameter A.
    """
    found: Any = parameters
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def set_parameter(parameters: dict[str, Any], path: str, value: object) -> None:
    """Sets a parameter.

    Args:
        parameters: The parameters, which are changed.
        path: The parameter's name, or `A.B` for the member B of the parameter A.
        value: Its value.

    Raises:
        ValidationError: If `A` is no object.
    """
    *outer, last = path.split(".")
    for name in outer:
        inner = parameters.get(name, {})
        if not isinstance(inner, Mapping):
            raise ValidationError(
                f"the parameter {name} must be an object, because {path!r} goes into it, got {type(inner).__name__}"
            )
        parameters[name] = {**inner}
        parameters = parameters[name]
    parameters[last] = value
