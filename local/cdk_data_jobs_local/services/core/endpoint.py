"""Responds to requests, with the faults that tests inject."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.faults import Fault, Faults
from cdk_data_jobs_local.services.core.protocols import Protocol, Request, Response

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class Endpoint:
    """One service: the protocol it speaks, its operations, its faults and how often each was called."""

    def __init__(self, protocol: Protocol, operations: Mapping[str, Operation]) -> None:
        """Creates it.

        Args:
            protocol: How requests are read, by the service's model.
            operations: What each operation does, by name; the others return an error.
        """
        self.protocol = protocol
        self.operations = operations
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._late: list[tuple[float, str, Request]] = []

    def respond(self, request: Request, *, now: float) -> Response:
        """Responds to one request.

        Args:
            request: The request.
            now: The time.
        """
        try:
            operation = self.protocol.operation(request)
        except ServiceError as error:
            return self.protocol.error(error)
        self.calls[operation] += 1
        fault = self.faults.take(operation)
        if fault is None:
            return self._call(operation, request)
        if fault.late:
            self._late.append((now + fault.late, operation, request))
            return replace(self._failed(fault), drop=True)
        if fault.when == "before" and (fault.error or fault.drop):
            return self._failed(fault)
        response = self._call(operation, request)
        if fault.error or fault.drop:
            return self._failed(fault)
        return replace(response, delay=fault.delay)

    def run_late_calls(self, now: float) -> None:
        """Lets the late calls take effect that are due by now; their connections are closed already."""
        due = sorted((late for late in self._late if late[0] <= now), key=lambda late: late[0])
        self._late = [late for late in self._late if late not in due]
        for _, operation, request in due:
            self._call(operation, request)

    def _call(self, operation: str, request: Request) -> Response:
        try:
            parameters = self.protocol.parameters(operation, request)
            result = self.operations.get(operation, _not_emulated)(parameters)
            return self.protocol.response(operation, result)
        except ServiceError as error:
            return self.protocol.error(error)

    def _failed(self, fault: Fault) -> Response:
        error = ServiceError(fault.error or "InternalFailure", fault.message, status=fault.status)
        return replace(self.protocol.error(error), delay=fault.delay, drop=fault.drop)


def _not_emulated(_parameters: dict[str, Any]) -> dict[str, Any]:
    raise ServiceError("UnknownOperationException", "this operation is not emulated", status=HTTPStatus.NOT_IMPLEMENTED)
