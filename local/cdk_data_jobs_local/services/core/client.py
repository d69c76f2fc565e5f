"""Calls of an emulated service from the same process, as an SDK makes them but without the connection."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import botocore_model
from cdk_data_jobs_local.services.core.protocols import Request, Response

_SUCCESS = range(200, 300)


class ServiceClient:
    """A client: operation and parameters in, the response's members out, times as Unix seconds."""

    def __init__(self, service: str, respond: Callable[[Request], Response]) -> None:
        """Creates it.

        Args:
            service: Botocore's name of the service.
            respond: Responds to its requests.
        """
        self._model = botocore_model(service)
        protocol = self._model.metadata["protocol"]
        parsers = ResponseParserFactory()
        parsers.set_parser_defaults(timestamp_parser=lambda value: value)
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = parsers.create_parser(protocol)
        self._respond = respond

    def __call__(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Calls an operation.

        Raises:
            ServiceError: The service refused.
            ConnectionError: It did not response.
        """
        model = self._model.operation_model(operation)
        wire = self._serializer.serialize_to_request(parameters, model)
        query = wire["query_string"] if isinstance(wire["query_string"], dict) else {}
        body = wire["body"]
        response = self._respond(
            Request(
                method=wire["method"],
                path=unquote(wire["url_path"]),
                query={name: value if isinstance(value, list) else [value] for name, value in query.items()},
                headers={name.lower(): value for name, value in wire["headers"].items()},
                body=body if isinstance(body, bytes) else str(body).encode(),
            )
        )
        if response.drop:
            raise ConnectionError(f"{operation} got no response")
        headers = {name.lower(): value for name, value in response.headers.items()}
        received = {"status_code": response.status, "headers": headers, "body": response.body or b"{}"}
        parsed: dict[str, Any] = self._parser.parse(received, model.output_shape)
        if response.status not in _SUCCESS:
            raise ServiceError(parsed["Error"]["Code"], parsed["Error"]["Message"], status=response.status)
        del parsed["ResponseMetadata"]
        return parsed
