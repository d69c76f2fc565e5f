"""Wire protocols: how requests are read and responses are written.

Source: Smithy's "AWS JSON 1.1 protocol" and "AWS restJson1 protocol".
"""

import functools
import json
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from botocore.model import ListShape, OperationModel, Shape

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import ServiceModel


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it comes over the wire.

    Args:
        method: The HTTP method.
        path: The path, decoded.
        query: The query's values, by name.
        headers: The headers, by name in lower case.
        body: The body.
    """

    method: str = "POST"
    path: str = "/"
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What goes back to the client, after `delay` seconds of the emulated clock; or nothing, if `drop`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    drop: bool = False


class Protocol(ABC):
    """A service's model, and the way in which its requests and responses are written."""

    def __init__(self, model: ServiceModel) -> None:
        """Creates it for a service."""
        self.model = model

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Returns the name of the operation that a request calls.

        Raises:
            ServiceError: `UnknownOperationException`.
        """

    @abstractmethod
    def read(self, operation: str, request: Request) -> dict[str, Any]:
        """Returns the parameters in a request, unchecked."""

    @abstractmethod
    def response(self, operation: str, result: dict[str, Any]) -> Response:
        """Returns a successful response: the members of `result` that the operation's output has."""

    @abstractmethod
    def error(self, error: ServiceError) -> Response:
        """Returns the response of an error."""

    def parameters(self, operation: str, request: Request) -> dict[str, Any]:
        """Returns the parameters in a request.

        Raises:
            ServiceError: `UnknownOperationException`, `SerializationException`, or the service's exception for an
                invalid request.
        """
        self.model.operation(operation)
        parameters = self.read(operation, request)
        self.model.check(operation, parameters)
        return parameters


class JsonProtocol(Protocol):
    """AWS JSON: the operation in a header, all the rest in the body."""

    def operation(self, request: Request) -> str:
        """See `Protocol`; a name that the model lacks is found out later, so that it is counted."""
        return request.headers.get("x-amz-target", "").rpartition(".")[2]

    def read(self, operation: str, request: Request) -> dict[str, Any]:
        """See `Protocol`."""
        return {} if self.model.operation(operation).input_shape is None else _json_object(request.body)

    def response(self, operation: str, result: dict[str, Any]) -> Response:
        """See `Protocol`."""
        return self._written(HTTPStatus.OK, self.model.output(operation, result))

    def error(self, error: ServiceError) -> Response:
        """See `Protocol`."""
        return self._written(self.model.status(error), {"__type": error.code, "message": error.message})

    def _written(self, status: int, body: dict[str, Any]) -> Response:
        version = self.model.botocore.metadata["jsonVersion"]
        return Response(status, {"Content-Type": f"application/x-amz-json-{version}"}, json.dumps(body).encode())


class RestJsonProtocol(Protocol):
    """AWS restJson: the operation in method and path, parameters in path, query and body."""

    def operation(self, request: Request) -> str:
        """See `Protocol`."""
        for name, method, pattern in self._routes:
            if method == request.method and pattern.fullmatch(request.path):
                return name
        raise ServiceError(
            "UnknownOperationException", f"{request.method} {request.path} is not an operation of this service"
        )

    def read(self, operation: str, request: Request) -> dict[str, Any]:
        """See `Protocol`."""
        model = self.model.operation(operation)
        if model.input_shape is None:
            return {}
        pattern = next(pattern for name, _, pattern in self._routes if name == operation)
        matched = pattern.fullmatch(request.path)
        labels = dict(zip(_labels(model), matched.groups() if matched else (), strict=False))
        payload = model.input_shape.serialization.get("payload")
        body = _json_object(request.body) if request.body else {}
        parameters: dict[str, Any] = {}
        for member, shape in model.input_shape.members.items():
            name = shape.serialization.get("name", member)
            location = shape.serialization.get("location")
            if location == "uri":
                parameters[member] = _converted(shape, [labels[name]])
            elif location == "querystring" and name in request.query:
                parameters[member] = _converted(shape, request.query[name])
            elif location == "header" and name.lower() in request.headers:
                parameters[member] = _converted(shape, [request.headers[name.lower()]])
            elif member == payload and request.body:
                parameters[member] = body
            elif location is None and payload is None and name in body:
                parameters[member] = body[name]
        return parameters

    def response(self, operation: str, result: dict[str, Any]) -> Response:
        """See `Protocol`."""
        model = self.model.operation(operation)
        members = self.model.output(operation, result)
        payload = model.output_shape.serialization.get("payload") if model.output_shape is not None else None
        body = members.get(payload, {}) if payload else members
        status = model.http.get("responseCode", HTTPStatus.OK)
        return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode() if members else b"")

    def error(self, error: ServiceError) -> Response:
        """See `Protocol`."""
        members = self.model.error_members(error.code) or ["message"]
        known = {"message": error.message, "requestid": str(uuid.uuid4())}
        body = {member: known[member.lower()] for member in members if member.lower() in known}
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
        return Response(self.model.status(error), headers, json.dumps(body).encode())

    def resource(self, request: Request) -> str:
        """Returns the part of a request's path that names a resource: to its last variable part, without the version.

        Returns:
            Such as `apps/1234` for `/v1/apps/1234/jobs/import`; empty if the path has no variable part.
        """
        operation = self.model.operation(self.operation(request))
        path = request.path.split("/")
        parts = operation.http["requestUri"].split("/")
        last = max((at for at, part in enumerate(parts) if part.startswith("{")), default=-1)
        end = None if last == len(parts) - 1 else last + 1
        return "/".join(path[2:end]) if last >= 0 else ""

    @functools.cached_property
    def _routes(self) -> list[tuple[str, str, "re.Pattern[str]"]]:
        """Each operation's name, method and path; the most specific path first."""
        operations = [self.model.operation(name) for name in self.model.botocore.operation_names]
        operations.sort(key=lambda one: -sum(not part.startswith("{") for part in one.http["requestUri"].split("/")))
        return [(one.name, one.http["method"], _pattern(one.http["requestUri"])) for one in operations]


def _pattern(uri: str) -> "re.Pattern[str]":
    # An ARN in a path has slashes, and the path comes decoded.
    parts = uri.split("/")
    last = len(parts) - 1
    variable = ["(.+)" if at == last else "([^/]+)" for at in range(len(parts))]
    return re.compile(
        "/".join(variable[at] if part.startswith("{") else re.escape(part) for at, part in enumerate(parts))
    )


def _labels(model: OperationModel) -> list[str]:
    return [part[1:-1] for part in model.http["requestUri"].split("/") if part.startswith("{")]


def _converted(shape: Shape, values: Sequence[str]) -> Any:  # noqa: ANN401
    if isinstance(shape, ListShape):
        return list(values)
    value = values[0]
    if shape.type_name in ("integer", "long"):
        return int(value) if value.lstrip("-").isdigit() else value
    return value == "true" if shape.type_name == "boolean" else value


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", "the request is not JSON") from error
    if not isinstance(parameters, dict):
        raise ServiceError("SerializationException", "the request is not a JSON object")
    return parameters
