"""Parameters of create calls, and what a definition derives from them: ARNs and the describe call's parameters."""

import dataclasses
import datetime as dt
import enum
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import Fn, Stack

from cdk_data_jobs._access.service_principals import SourceArnCondition
from cdk_data_jobs._definition.path_shapes import parse_path
from cdk_data_jobs._support.memo import environment_of
from cdk_data_jobs._support.tokens import PLACEHOLDER, is_unresolved
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions import JobDefinition

_SIMPLE_PATH = re.compile(r"id|parameters\.(?P<parameter>\w+(\.\w+)*)")
_PARAMETERS = {"type": "field", "children": [], "value": "parameters"}

_MAX_EXACT_NUMBER = 2**53 - 1
"""The largest whole number that JavaScript, which CDK is written in, keeps exactly (ECMAScript, MAX_SAFE_INTEGER)."""


def validate_values(value: object, path: str = "") -> None:
    """Validates that a template can hold the parameters of a create call exactly.

    Args:
        value: The parameters, or what is in them.
        path: Where it is, e.g. `A.B[0]`.

    Raises:
        ValidationError: If a value is none of JSON, no time and no token, or a number that would be changed.
    """
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise ValidationError(f"parameters must have strings as names, got {name!r}{path and f' in {path!r}'}")
            if item is not None:  # CDK leaves it out
                validate_values(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            validate_values(item, f"{path}[{number}]")
    elif isinstance(value, str | int | float | dt.datetime) and not isinstance(value, enum.Enum):
        if requirement := _requirement(value):
            raise ValidationError(f"{requirement}, got {value!r} for {path!r}")
    elif not is_unresolved(value):
        raise ValidationError(
            "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got "
            f"{type(value).__name__} for {path!r}"
        )


def _requirement(value: str | float | dt.datetime) -> str:
    """Returns what a value must be that a template cannot hold as it is; empty if it can."""
    if isinstance(value, str):
        return "" if value.isascii() or _is_unicode(value) else "a string in parameters must be valid Unicode"
    if isinstance(value, dt.datetime):
        is_exact = value.tzinfo is not None and value.microsecond % 1000 == 0
        return "" if is_exact else "a time in parameters must have a time zone, and whole milliseconds"
    if abs(value) > _MAX_EXACT_NUMBER if isinstance(value, int) else not math.isfinite(value):
        return (
            f"a number in parameters must be finite and, if it is whole, at most {_MAX_EXACT_NUMBER}, which CDK keeps "
            "exactly; write a larger one as a string"
        )
    return ""


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def service_principal_of(definition: JobDefinition) -> str:
    """Returns the principal of a job's service, if its prefix is the service's name in the SDK.

    Args:
        definition: The definition of the job.
    """
    return f"{definition.service}.amazonaws.com"


def source_arn_condition(definition: JobDefinition, stack: Stack, parameters: Mapping[str, Any]) -> SourceArnCondition:
    """Returns the condition on aws:SourceArn in the trust policy of the role that a job's service assumes.

    Args:
        definition: The definition of the job.
        stack: The stack that the role is in.
        parameters: The parameters of the create call.
    """
    if definition.source_arn:
        return SourceArnCondition("ArnLike", resolve_arn(definition.source_arn, stack, parameters))
    template = "arn:{partition}:" + definition.service + ":{region}:{account}:*"
    return SourceArnCondition("StringLike", resolve_arn(template, stack, parameters))


def is_arn_template(resource: str) -> bool:
    """Returns whether a resource of a permission is an ARN, as `source_arn` is, and not a parameter or a wildcard.

    Args:
        resource: The resource.
    """
    return resource.startswith("arn:") or "{" in re.sub(PLACEHOLDER, "", resource)


def resolve_resource(definition: JobDefinition, resource: str, stack: Stack, parameters: Mapping[str, Any]) -> str:
    """Returns the ARN, or `*`, that a permission is for.

    Args:
        definition: The definition of the job.
        resource: A resource in its `permissions`.
        stack: The stack that the job is in.
        parameters: The parameters of the create call.
    """
    if is_arn_template(resource):
        return resolve_arn(resource, stack, parameters)
    if resource == "job" and definition.name:
        return resolve_arn(definition.name.job_id, stack, {"name": "*"})
    return "*" if resource == "*" else parameters[resource]


def describe_parameters(definition: JobDefinition, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those parameters of the create call that the describe call needs, too.

    Args:
        definition: The definition of the job.
        parameters: The parameters of the create call.
    """
    needed: dict[str, Any] = {}
    for path in definition.describe.parameters.values():
        for name in needed_parameters(path):
            if (value := parameters if name == "" else get_parameter(parameters, name)) is not None:
                set_parameter(needed, name, value) if name else needed.update(value)
    return needed


def needed_parameters(path: str) -> list[str]:
    """Returns the parameters of the create call that a parameter of the describe call needs, e.g. `A.B`.

    Args:
        path: Its JMESPath in `{id, parameters}`.

    Returns:
        The parameters; an empty string for all of them.
    """
    if match := _SIMPLE_PATH.fullmatch(path):
        return [match["parameter"]] if match["parameter"] else []
    return sorted({*_parameters_in(parse_path(path))})


def _parameters_in(node: Mapping[str, Any]) -> Iterator[str]:
    """Returns the parameters that are in a parsed expression; an empty string for all of them."""
    children = node["children"]
    if node["type"] == "field" and node["value"] == "parameters":
        yield ""
    elif node["type"] == "subexpression" and children[0] == _PARAMETERS:
        yield children[1]["value"] if children[1]["type"] == "field" else ""
    else:
        for child in children:
            if isinstance(child, Mapping):
                yield from _parameters_in(child)


def resolve_arn(template: str, stack: Stack, parameters: Mapping[str, Any]) -> str:
    """Returns an ARN in a stack's partition, Region and account.

    Args:
        template: The ARN with `{partition}`, `{region}`, `{account}` and parameters in braces, and maybe tokens.
        stack: The stack.
        parameters: Values by name.

    Raises:
        ValueError: If it has another name in braces.
    """
    return _replace_in_braces(template, {**parameters, **environment_of(stack)})


def resource_arn(stack: Stack, service: str, resource: str) -> str:
    """Returns the ARN of a resource in a stack's partition, Region and account.

    Args:
        stack: The stack.
        service: The service's name in ARNs.
        resource: The resource, after the account.
    """
    template = "arn:{partition}:{service}:{region}:{account}:{resource}"
    return resolve_arn(template, stack, {"service": service, "resource": resource})


def with_resolved_job_id(definition: JobDefinition, parameters: Mapping[str, Any]) -> JobDefinition:
    """Returns a definition in whose names' `job_id` the parameters are replaced by their values.

    Args:
        definition: The definition of the job.
        parameters: The parameters of the create call.

    Raises:
        ValueError: If it has something else in braces.
    """
    naming = definition.name
    if not naming:
        return definition
    by_run = {name: f"{{{name}}}" for name in ("partition", "region", "account", "name")}
    job_id = _replace_in_braces(naming.job_id, {**parameters, **by_run})
    return dataclasses.replace(definition, name=dataclasses.replace(naming, job_id=job_id))


def _replace_in_braces(template: str, values: Mapping[str, Any]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match["path"] is None:
            return match[0]  # a token
        value = get_parameter(values, match["path"])
        if not isinstance(value, str):
            names = ", ".join(f"{{{name}}}" for name, known in values.items() if isinstance(known, str))
            raise ValidationError(
                f"the ARN {template!r} must have in braces only names that are known, {names}, got {match[0]}; correct "
                "it or add the parameter"
            )
        return _name_in(value, template[match.start() - 1]) if match["name_of"] else value

    return re.sub(rf"{PLACEHOLDER}|\{{(?P<name_of>name of )?(?P<path>[^{{}}]*)\}}", replace, template)


def _name_in(value: str, separator: str) -> str:
    """Returns a resource's name, without a revision, where a service takes either the name or the ARN.

    Args:
        value: The name or the ARN.
        separator: What is between the type of the resource and its name: a slash or a colon.
    """
    if not is_unresolved(value):
        resource = value.split(":", 5)[-1] if value.startswith("arn:") else f"{separator}{value}"
        return resource.partition(separator)[2].partition(":")[0]
    # Of a name, which has too few parts, the part that is taken is the name that is added.
    if separator == ":":
        return Fn.select(6, Fn.split(":", f"{value}::::::{value}"))
    return Fn.select(0, Fn.split(":", Fn.select(1, Fn.split("/", f"{value}/{value}"))))


def get_parameter(parameters: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    """Returns a parameter; None if it is not there.

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
        ValidationError: If `A` is not an object.
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
