"""Calls of an emulated service from the same process, as an SDK makes them but without the connection."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import botocore_model
from cdk_data_jobs_local.services.core.protocols import Answer, Request

_SUCCESS = range(200, 300)


class ServiceClient:
    """A client: operation and parameters in, the answer's members out, times as Unix seconds."""

    def __init__(self, service: str, respond: Callable[[Request], Answer]) -> None:
        """Make one.

        Args:
            service: botocore's name of the service.
            respond: what answers its requests.
        """
        self._model = botocore_model(service)
        protocol = self._model.metadata["protocol"]
        parsers = ResponseParserFactory()
        parsers.set_parser_defaults(timestamp_parser=lambda value: value)
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = parsers.create_parser(protocol)
        self._respond = respond

    def __call__(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call an operation.

        Raises:
            ServiceError: the service refused.
            ConnectionError: it did not answer.
        """
        model = self._model.operation_model(operation)
        wire = self._serializer.serialize_to_request(parameters, model)
        query = wire["query_string"] if isinstance(wire["query_string"], dict) else {}
        body = wire["body"]
        answer = self._respond(
            Request(
                method=wire["method"],
                path=unquote(wire["url_path"]),
                query={name: value if isinstance(value, list) else [value] for name, value in query.items()},
                headers={name.lower(): value for name, value in wire["headers"].items()},
                body=body if isinstance(body, bytes) else str(body).encode(),
            )
        )
        if answer.drop:
            raise ConnectionError(f"{operation} was not answered")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        response = {"status_code": answer.status, "headers": headers, "body": answer.body or b"{}"}
        parsed: dict[str, Any] = self._parser.parse(response, model.output_shape)
        if answer.status not in _SUCCESS:
            raise ServiceError(parsed["Error"]["Code"], parsed["Error"]["Message"], status=answer.status)
        del parsed["ResponseMetadata"]
        return parsed
