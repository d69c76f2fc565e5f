"""Does a request fit the service's model, and what does the answer look like?"""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from cdk_data_jobs_local.emulator.errors import ServiceError

# The models' patterns are Java's; these are all the classes that they use.
_JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s", r"\p{ASCII}": r"[\x00-\x7f]"}


class ServiceModel:
    """A service's requests and answers in the JSON protocol, by botocore's model of it."""

    def __init__(self, service: str, *, invalid: str) -> None:
        """Make one.

        Args:
            service: botocore's name of the service, such as `personalize`.
            invalid: the exception that a request which breaks the model is answered with.
        """
        self._model = botocore.session.Session().get_service_model(service)
        self._invalid = invalid
        self._validator = ParamValidator()

    def parameters(self, operation: str, body: bytes) -> dict[str, Any]:
        """The parameters of a request.

        Args:
            operation: the operation's name, such as `CreateSchema`.
            body: the request's body.

        Raises:
            ServiceError: `UnknownOperationException`, or the service's exception for an invalid request: a required
                member is missing, a type is wrong, or a length, range, enum or pattern of the model is broken
                (botocore's clients check the first two only).
        """
        shape = self._operation(operation).input_shape
        try:
            parameters = json.loads(body or b"{}")
        except ValueError as error:
            raise ServiceError("SerializationException", "the request is not JSON") from error
        if shape is None:
            return {}
        if not isinstance(parameters, dict):
            raise ServiceError("SerializationException", "the request is not a JSON object")
        report = self._validator.validate(parameters, shape)
        if report.has_errors():
            raise ServiceError(self._invalid, report.generate_report())
        broken = list(_broken_constraints(shape, parameters, ""))
        if broken:
            count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected: "
            raise ServiceError(self._invalid, count + "; ".join(broken))
        return parameters

    def answer(self, operation: str, result: dict[str, Any]) -> bytes:
        """The body of a successful answer: the members of `result` that the operation's output has."""
        shape = self._operation(operation).output_shape
        return json.dumps(_shaped(shape, result) if shape is not None else {}).encode()

    def error(self, error: ServiceError) -> bytes:
        """The body of an answer that tells of an error."""
        return json.dumps({"__type": error.code, "message": error.message}).encode()

    def _operation(self, operation: str) -> OperationModel:
        if operation not in self._model.operation_names:
            raise ServiceError("UnknownOperationException", f"{operation} is not an operation of this service")
        return self._model.operation_model(operation)


def _broken_constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _broken_constraints(member, value[name], f"{path}.{name}" if path else name)
        return
    for rule in _broken_rules(shape, value):
        shown = "" if shape.metadata.get("sensitive") or isinstance(shape, ListShape) else f" '{value}'"
        yield f"Value{shown} at '{path}' failed to satisfy constraint: Member must {rule}"
    if isinstance(shape, ListShape):
        for index, item in enumerate(value, start=1):
            yield from _broken_constraints(shape.member, item, f"{path}.{index}.member")


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401
    metadata = shape.metadata
    size = len(value) if isinstance(value, (str, list)) else value
    if "max" in metadata and size > metadata["max"]:
        kind = "have length less" if isinstance(value, (str, list)) else "have value less"
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
    return value
