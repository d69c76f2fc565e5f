"""The paths of a definition against the shapes of what they are searched in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_data_jobs._definition.call_parameters import validate_use_of_id, validate_value
from cdk_data_jobs._definition.parameter_values import missing_members
from cdk_data_jobs._definition.parameters import get_parameter, needed_parameters
from cdk_data_jobs._definition.path_functions import AbsentArgumentError, FunctionError
from cdk_data_jobs._definition.path_shapes import NothingFoundError, result_shape
from cdk_data_jobs._definition.service_model import model_version, operation_model
from cdk_data_jobs._definition.synthetic_shapes import STRING, Shape, SyntheticShape, object_of, with_required
from cdk_data_jobs._support.close_matches import listed
from cdk_data_jobs._support.validation import ValidationError

if TYPE_CHECKING:
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
        warn: What is called with a warning; None if there are errors instead.
    """

    shape: Shape
    name: str
    may_be_newer: bool
    warn: Callable[[str], None] | None

    def find(self, path: str, field: str, expected: str = "") -> Shape:
        """Returns the shape of what a path finds.

        Args:
            path: The path.
            field: What the path is called in messages.
            expected: What it must find, one of `_TYPES`. By default anything.

        Raises:
            ValidationError: If it cannot find that, or evaluating it may fail.
        """
        try:
            found = result_shape(path, self.shape)
        except NothingFoundError as nothing:
            if nothing.may_be_newer and self.may_be_newer:
                return None
            of_model, or_newer = (
                (f", which {model_version()} knows", ", or install a newer botocore if the service returns it")
                if nothing.may_be_newer
                else ("", "")
            )
            raise ValidationError(
                f"{field} must be a path of what is in {self.name}{of_model}, got {path!r}: {nothing}; correct "
                f"it{or_newer}"
            ) from None
        except FunctionError as failing:
            if isinstance(failing, AbsentArgumentError) and self.warn:
                self.warn(
                    f"{field} may fail on {self.name}, got {path!r}: {failing}; or acknowledge this warning if it is "
                    "never absent"
                )
                return None
            raise ValidationError(
                f"{field} must be a path that can always be evaluated on {self.name}, got {path!r}: {failing}"
            ) from None
        if expected and found is not None and found.type_name not in (*_TYPES[expected], "null"):
            raise ValidationError(
                f"{field} must find {expected} in {self.name}, got {path!r}, which is of the type {found.type_name}; "
                "correct it"
            )
        return found

    def with_shape(self, shape: Shape, name: str) -> _Document:
        """Returns what is in it.

        Args:
            shape: The shape.
            name: What it is called in messages.
        """
        return dataclasses.replace(self, shape=shape, name=name)


def validate_paths(
    definition: JobDefinition,
    given: Mapping[str, Any] | None = None,
    *,
    may_be_newer: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Shape:
    """Validates the paths of a definition, and the parameters of the calls that they make up.

    Args:
        definition: The definition.
        given: The parameters of the create call. By default they are not known.
        may_be_newer: Whether the function's SDK may know more than the installed botocore; what that does not know is
            then no error.
        warn: What is called with a warning of a path that may fail. By default that is an error.

    Returns:
        The shape of a job's status; None if it is not known.

    Raises:
        ValidationError: If a path is no JMESPath, finds nothing, may fail, or finds another type than it must.
    """
    service, create, describe = definition.service, definition.create, definition.describe
    parameters = _with_given(_input(service, create.operation), given or {})
    response = _output(service, create.operation)
    created = _Document(response, f"the response of {create.operation}", may_be_newer, warn)
    with_parameters = created.with_shape(
        response
        and SyntheticShape(
            "structure",
            members={"parameters": parameters, **response.members},
            required_members=["parameters", *response.required_members],
        ),
        f"the response of {create.operation} and its parameters",
    )
    with_parameters.find(create.id, "id of the CreateCall", "a string or a number")
    if create.reason is not None:
        created.find(create.reason, "reason of the CreateCall")

    known = created.with_shape(object_of({"id": STRING, "parameters": parameters}), "the job's id and parameters")
    _validate_call(describe.operation, describe.parameters, describe.next, known, service)
    validate_use_of_id(definition)
    if given is not None:
        _validate_given(describe.parameters, given)
    described = created.with_shape(_output(service, describe.operation), f"the response of {describe.operation}")
    job_shape = described.find(describe.job, "job of the DescribeCall", "an object")
    if describe.next:
        described.find(describe.next.path, "path of the DescribeCall's next page", "a string")
    job = created.with_shape(job_shape, f"the job in the response of {describe.operation}")
    status = job.find(definition.status, "status", "a string")
    # A description without a status fails the run, so that the other paths may rely on it.
    job = job.with_shape(with_required(job_shape, *definition.status.split(".")), job.name)
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
        known = created.with_shape(object_of({"parameters": parameters}), f"the parameters of {create.operation}")
        _validate_find(definition.find, service, known)
    return status


def _validate_find(find: FindCall, service: str, parameters: _Document) -> None:
    _validate_call(find.operation, find.parameters, find.next, parameters, service)
    response = parameters.with_shape(_output(service, find.operation), f"the response of {find.operation}")
    jobs = response.find(find.jobs, "jobs of the FindCall", "a list")
    if find.next:
        response.find(find.next.path, "path of the FindCall's next page", "a string")
    element = parameters.with_shape(jobs and jobs.member, f"a job in the response of {find.operation}")
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
        if member is not None and not known.may_be_newer:
            validate_value(name, operation, path, found, member)
    if shape is not None and (missing := missing_members(shape, paths)):
        raise ValidationError(
            f"the parameters of {operation} must have {', '.join(missing)}, got {listed(paths) or 'none'}; add the "
            "path of the value"
        )


def _validate_given(paths: Mapping[str, str], given: Mapping[str, Any]) -> None:
    for name, path in paths.items():
        for needed in needed_parameters(path):
            if path == f"parameters.{needed}" and get_parameter(given, needed) is None:
                raise ValidationError(
                    f"parameters must have {needed}, because the describe call has it as its parameter {name}; add it"
                )


def _with_given(shape: Shape, given: Mapping[str, Any]) -> Shape:
    """Returns the shape of parameters, in which those that are given are there."""
    for name, value in given.items():
        shape = with_required(shape, name)
        if isinstance(value, Mapping) and name in getattr(shape, "members", {}):
            members = {**shape.members, name: _with_given(shape.members[name], value)}
            shape = dataclasses.replace(shape, members=members)
    return shape


def _input(service: str, operation: str) -> Shape:
    model = operation_model(service, operation)
    return model and (model.input_shape or SyntheticShape("structure"))


def _output(service: str, operation: str) -> Any:  # noqa: ANN401 - a shape, or None
    """Returns the shape of a response, with what the SDK adds to it."""
    model = operation_model(service, operation)
    if model is None:
        return None
    output = model.output_shape or SyntheticShape("structure")
    return SyntheticShape(
        "structure",
        members={**output.members, "ResponseMetadata": None},
        required_members=[*output.required_members, "ResponseMetadata"],
    )
