"""The service's model: the check of requests, and the members of responses."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.model import (
    ListShape,
    MapShape,
    NoShapeFoundError,
    OperationModel,
    OperationNotFoundError,
    Shape,
    StructureShape,
)
from botocore.model import ServiceModel as BotocoreModel
from botocore.validate import ParamValidator

from cdk_data_jobs_local.services.core.errors import ServiceError

# The models' patterns are Java's; these are all the classes that they use.
_JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s", r"\p{ASCII}": r"[\x00-\x7f]"}
_DEFAULT_STATUS = 400


@functools.cache
def botocore_model(service: str) -> BotocoreModel:
    """Returns botocore's model of a service."""
    return botocore.session.Session().get_service_model(service)


def member_of(type_name: str) -> str:
    """Returns the name of the member that has a resource or job: `datasetImportJob` for `DatasetImportJob`."""
    return type_name[0].lower() + type_name[1:]


class ServiceModel:
    """The check of a service's requests, and the members of its responses, by botocore's model."""

    def __init__(self, service: str, *, invalid: str) -> None:
        """Creates it.

        Args:
            service: Botocore's name of the service, such as `personalize`.
            invalid: The exception that a request which breaks the model gets.
        """
        self.botocore = botocore_model(service)
        self._invalid = invalid
        self._validator = ParamValidator()

    def operation(self, name: str) -> OperationModel:
        """Returns the model of an operation.

        Raises:
            ServiceError: `UnknownOperationException`.
        """
        try:
            return self.botocore.operation_model(name)
        except OperationNotFoundError as error:
            unknown = f"{name} is not an operation of this service"
            raise ServiceError("UnknownOperationException", unknown) from error

    def check(self, operation: str, parameters: dict[str, Any]) -> None:
        """Checks that a request's parameters fit the model.

        Raises:
            ServiceError: The service's exception for an invalid request: a required member is missing, a type is wrong,
                or a length, range, enum or pattern of the model is broken (botocore's clients check the first two
                only).
        """
        shape = self.operation(operation).input_shape
        problem = self.problem(shape, parameters) if shape is not None else None
        if problem:
            raise ServiceError(self._invalid, problem)

    def problem(self, shape: Shape, value: object) -> str | None:
        """Returns why a value does not fit a shape of the model, or None if it does."""
        report = self._validator.validate(value, shape)
        if report.has_errors():
            problem: str = report.generate_report()
            return problem
        broken = list(_broken_constraints(shape, value, ""))
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected: "
        return count + "; ".join(broken) if broken else None

    def output(self, operation: str, result: dict[str, Any]) -> dict[str, Any]:
        """Returns the members of `result` that the operation's output has."""
        shape = self.operation(operation).output_shape
        members: dict[str, Any] = _shaped(shape, result) if shape is not None else {}
        return members

    def error_members(self, code: str) -> list[str]:
        """Returns the names of an exception's members, if the model knows it."""
        shape = self._error_shape(code)
        return list(shape.members) if isinstance(shape, StructureShape) else []

    def status(self, error: ServiceError) -> int:
        """Returns the HTTP status of an error."""
        if error.status is not None:
            return error.status
        shape = self._error_shape(error.code)
        status: int = (shape.metadata if shape else {}).get("error", {}).get("httpStatusCode", _DEFAULT_STATUS)
        return status

    def _error_shape(self, code: str) -> Shape | None:
        try:
            return self.botocore.shape_for(code)
        except NoShapeFoundError:
            return None


def _broken_constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _broken_constraints(member, value[name], f"{path}.{name}" if path else name)
        return
    for rule in _broken_rules(shape, value):
        shown = "" if shape.metadata.get("sensitive") or isinstance(shape, (ListShape, MapShape)) else f" '{value}'"
        yield f"Value{shown} at '{path}' failed to satisfy constraint: Member must {rule}"
    if isinstance(shape, ListShape):
        for index, item in enumerate(value, start=1):
            yield from _broken_constraints(shape.member, item, f"{path}.{index}.member")
    if isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _broken_constraints(shape.value, item, f"{path}.{key}")


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401
    metadata = shape.metadata
    size = len(value) if isinstance(value, (str, list, dict)) else value
    if "max" in metadata and size > metadata["max"]:
        kind = "have length less" if isinstance(value, (str, list, dict)) else "have value less"
        yield f"{kind} than or equal to {metadata['max']}"
    if "enum" in metadata and value not in metadata["enum"]:
        yield f"satisfy enum value set: [{', '.join(metadata['enum'])}]"
    if "pattern" in metadata and not re.fullmatch(_python_pattern(metadata["pattern"]), value):
        yield f"satisfy regular expression pattern: {metadata['pattern']}"


def _python_pattern(pattern: str) -> str:
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return pattern


def _shaped(shape: Shape, value: Any) -> Any:  # noqa: ANN401
    if isinstance(shape, StructureShape):
        return {
            name: _shaped(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_shaped(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _shaped(shape.value, item) for key, item in value.items()}
    return value
