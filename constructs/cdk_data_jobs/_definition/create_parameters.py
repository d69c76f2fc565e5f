"""The parameters of a create call against its model, with those that a definition names and each run sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_data_jobs._definition.parameter_values import invalid_values
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions._dataclasses import NAME_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from botocore.model import Shape, StructureShape

    from cdk_data_jobs.definitions import JobDefinition, JobNaming

_SAMPLE_TOKEN = "00000000-0000-4000-8000-000000000000"  # noqa: S105 - what a client token looks like


def validate_create_parameters(
    definition: JobDefinition,
    parameters: Mapping[str, Any],
    shape: StructureShape,
    job_name: str | None,
    *,
    may_be_newer: bool,
) -> None:
    """Validates the parameters of a create call, and the names of parameters in the definition.

    Args:
        definition: The definition of the job.
        parameters: The parameters, without the job's name, its tags and its client token.
        shape: The shape of the call's parameters.
        job_name: The base of the job's name; None if it has none.
        may_be_newer: Whether the function's SDK may know more names and values than the model.

    Raises:
        ValidationError: If the service would refuse them, or a name is not among them.
    """
    for field, path, type_name in _named_parameters(definition):
        _validate_named(field, path, type_name, shape, definition.create.operation, may_be_newer=may_be_newer)
    if definition.role and _lacks_required(shape, definition.role.split("."), parameters):
        raise ValidationError(
            f"service_principal must be given, because {definition.create.operation} needs the ARN of a role as "
            f"{definition.role}, got none; add it, or pass the ARN of a role in parameters"
        )
    operation, naming, tags = definition.create.operation, definition.name, definition.tags
    by_run: dict[str, Any] = {}
    if naming and job_name is not None:
        _validate_name(naming, job_name, shape, operation)
        by_run[naming.parameter] = job_name if is_unresolved(job_name) else f"{job_name}{NAME_SUFFIX}"
    if definition.client_token:
        by_run[definition.client_token] = _SAMPLE_TOKEN
    if tags:
        by_run[tags.list] = [{tags.key: "key", tags.value: "value"}]
    if invalid := [*invalid_values({**parameters, **by_run}, shape, may_be_newer=may_be_newer)]:
        raise ValidationError(f"the parameters of {operation} are invalid: {'; '.join(invalid)}")


def _named_parameters(definition: JobDefinition) -> Iterator[tuple[str, str, str]]:
    """Yields the fields of a definition that name a parameter, with its path and its type; empty for any type."""
    if definition.name:
        yield "parameter of the JobNaming", definition.name.parameter, "string"
    if definition.client_token:
        yield "client_token", definition.client_token, "string"
    if definition.tags:
        yield "list of the TagCalls", definition.tags.list, "list"
    if definition.role:
        yield "role", definition.role, "string"
    for path in definition.ignored_changes:
        yield "ignored_changes", path, ""
    for name in definition.excluded_parameters:
        yield "excluded_parameters", name, ""


def _validate_named(field: str, path: str, type_name: str, shape: Shape, operation: str, *, may_be_newer: bool) -> None:
    found: Shape = shape
    for name in path.split("."):
        if found.type_name == "map":
            found = found.value
            continue
        members = getattr(found, "members", {})
        if name not in members:
            if may_be_newer:
                return
            raise ValidationError(
                f"{field} must name a parameter of {operation}, got {path!r}: there is no {name!r}, but "
                f"{listed(members, name) or 'nothing'}; correct it"
            )
        found = members[name]
    if type_name and found.type_name != type_name:
        raise ValidationError(
            f"{field} must name a parameter of {operation} that is a {type_name}, got {path!r}, which is of the type "
            f"{found.type_name}; correct it"
        )


def _lacks_required(shape: StructureShape, path: Sequence[str], parameters: Mapping[str, Any]) -> bool:
    """Returns whether a parameter that is required is not given."""
    name, *inner = path
    given = parameters.get(name)
    if given is None:
        return name in shape.required_members
    is_inside = bool(inner) and isinstance(given, dict) and name in shape.members
    return is_inside and _lacks_required(shape.members[name], inner, given)


def _validate_name(naming: JobNaming, job_name: str, shape: StructureShape, operation: str) -> None:
    parameter = shape.members.get(naming.parameter)
    if parameter is None:
        return
    longest = parameter.metadata.get("max")
    if longest is not None and naming.max_length > longest:
        raise ValidationError(
            f"max_length of the JobNaming must be at most {longest}, as for {naming.parameter} of {operation}, got "
            f"{naming.max_length}; correct it"
        )
    if is_unresolved(job_name):
        return
    if not (invalid := next(invalid_values(f"{job_name}{NAME_SUFFIX}", parameter, naming.parameter), "")):
        return
    is_suffix_invalid = any(invalid_values(f"job{NAME_SUFFIX}", parameter))
    advice = (
        "no name can have such a suffix: remove name from the definition, and pass one in parameters"
        if is_suffix_invalid
        else "set another job_name"
    )
    raise ValidationError(
        f"job_name must make names that {operation} takes when a run adds a suffix such as {NAME_SUFFIX!r}, got "
        f"{job_name!r}: {invalid.partition(';')[0]}; {advice}"
    )
