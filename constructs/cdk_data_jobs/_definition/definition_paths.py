"""The paths of a definition against the shapes of what they are searched in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs._definition.parameter_values import missing_members
from cdk_data_jobs._definition.path_shapes import STRING, NothingFoundError, Shape, SyntheticShape, result_shape
from cdk_data_jobs._definition.service_model import model_version, operation_model
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_data_jobs.definitions import FindCall, JobDefinition, NextPage

_NUMBERS = ("integer", "long", "float", "double")
_TYPES = {
    "a string": ("string", "character"),
    "a string or a number": ("string", "character", *_NUMBERS),
    "a number": _NUMBERS,
    "a time": ("timestamp", "string", *_NUMBERS),
    "a list": ("list",),
    "an object": ("structure", "map"),
}


@dataclass(frozen=True)
class _Document:
    """A document that paths are evaluated on, as far as it is known.

    Attributes:
        shape: Its shape; None if it is not known.
        name: What it is called in messages.
        may_be_newer: Whether the function's SDK may know more than the model.
    """

    shape: Shape
    name: str
    may_be_newer: bool

    def find(self, path: str, field: str, expected: str = "") -> Shape:
        """Returns the shape of what a path finds.

        Args:
            path: The path.
            field: What the path is called in messages.
            expected: What it must find, one of `_TYPES`. By default anything.

        Raises:
            ValidationError: If it cannot find that.
        """
        try:
            found = result_shape(path, self.shape)
        except NothingFoundError as nothing:
            if self.may_be_newer:
                return None
            raise ValidationError(
                f"{field} must be a path of what is in {self.name}, which {model_version()} knows, got {path!r}: "
                f"{nothing}; correct it, or install a newer botocore if the service returns it"
            ) from nothing
        if expected and found is not None and found.type_name not in (*_TYPES[expected], "null"):
            raise ValidationError(
                f"{field} must find {expected} in {self.name}, got {path!r}, which is of the type {found.type_name}; "
                "correct it"
            )
        return found

    def at(self, shape: Shape, name: str) -> _Document:
        """Returns what is in it.

        Args:
            shape: The shape.
            name: What it is called in messages.
        """
        return _Document(shape, name, self.may_be_newer)


def validate_paths(definition: JobDefinition, *, may_be_newer: bool = False) -> Shape:
    """Validates the paths of a definition, and the parameters of the calls that they make up.

    Args:
        definition: The definition.
        may_be_newer: Whether the function's SDK may know more than the installed botocore; what that does not know is
            then no error.

    Returns:
        The shape of a job's status; None if it is not known.

    Raises:
        ValidationError: If a path is no JMESPath, finds nothing, or finds another type than it must.
    """
    service, create, describe = definition.service, definition.create, definition.describe
    parameters = _input(service, create.operation)
    response = _output(service, create.operation)
    created = _Document(response, f"the response of {create.operation}", may_be_newer)
    with_parameters = created.at(
        response and SyntheticShape("structure", members={"parameters": parameters, **response.members}),
        f"the response of {create.operation} and its parameters",
    )
    with_parameters.find(create.id, "id of the CreateCall", "a string or a number")
    if create.reason is not None:
        created.find(create.reason, "reason of the CreateCall")

    known = created.at(
        SyntheticShape("structure", members={"id": STRING, "parameters": parameters}), "the job's id and parameters"
    )
    _validate_call(describe.operation, describe.parameters, describe.next, known, service)
    described = created.at(_output(service, describe.operation), f"the response of {describe.operation}")
    job_shape = described.find(describe.job, "job of the DescribeCall", "an object")
    if describe.next:
        described.find(describe.next.path, "path of the DescribeCall's next page", "a string")
    job = created.at(job_shape, f"the job in the response of {describe.operation}")
    status = job.find(definition.status, "status", "a string")
    for field in ("failed_if", "reason"):
        if path := getattr(definition, field):
            job.find(path, field)
    for name, path in definition.attributes.items():
        job.find(path, f"the attribute {name}")
    if definition.created is not None:
        job.find(definition.created, "created", "a time")
    if definition.failures is not None:
        job.find(definition.failures, "failures", "a number")
    if definition.find:
        _validate_find(definition.find, service, created.at(parameters, f"the parameters of {create.operation}"))
    return status


def _validate_find(find: FindCall, service: str, parameters: _Document) -> None:
    _validate_call(find.operation, find.parameters, find.next, parameters, service)
    response = parameters.at(_output(service, find.operation), f"the response of {find.operation}")
    jobs = response.find(find.jobs, "jobs of the FindCall", "a list")
    if find.next:
        response.find(find.next.path, "path of the FindCall's next page", "a string")
    element = parameters.at(jobs and jobs.member, f"a job in the response of {find.operation}")
    element.find(find.id, "id of the FindCall", "a string or a number")
    element.find(find.created, "created of the FindCall", "a time")
    element.find(find.as_parameters, "as_parameters of the FindCall", "an object")


def _validate_call(
    operation: str, paths: Mapping[str, str], next_page: NextPage | None, known: _Document, service: str
) -> None:
    """Validates the parameters of a call that describes or lists jobs, each of which has the path of its value."""
    shape = _input(service, operation)
    if next_page and shape is not None and next_page.parameter not in shape.members and not known.may_be_newer:
        raise ValidationError(
            f"the parameter of a next page must be one of {operation}, got {next_page.parameter!r}; use one of "
            f"{listed(shape.members, next_page.parameter)}"
        )
    for name, path in paths.items():
        found = known.find(path, f"the parameter {name} of {operation}")
        member = shape.members.get(name) if shape is not None else None
        if member is not None and found is not None and not _fits(found.type_name, member.type_name):
            raise ValidationError(
                f"the parameter {name} of {operation} must be of the type {member.type_name}, got {path!r}, which is "
                f"of the type {found.type_name}; {f'use [{path}]' if member.type_name == 'list' else 'correct it'}"
            )
    if shape is not None and (missing := missing_members(shape, paths)):
        raise ValidationError(
            f"the parameters of {operation} must have {', '.join(missing)}, got {listed(paths) or 'none'}; add the "
            "path of the value"
        )


def _fits(found: str, expected: str) -> bool:
    """Returns whether a value of one type can be a parameter of another: text can be any type but lists and objects."""
    types = [next((name for name in ("a list", "an object") if one in _TYPES[name]), "") for one in (found, expected)]
    return types[0] == types[1] or found == "null"


def _input(service: str, operation: str) -> Shape:
    model = operation_model(service, operation)
    return model and (model.input_shape or SyntheticShape("structure"))


def _output(service: str, operation: str) -> Any:  # noqa: ANN401 - a shape, or None
    """Returns the shape of a response, with what the SDK adds to it."""
    model = operation_model(service, operation)
    if model is None:
        return None
    members = model.output_shape.members if model.output_shape else {}
    return SyntheticShape("structure", members={**members, "ResponseMetadata": None})
