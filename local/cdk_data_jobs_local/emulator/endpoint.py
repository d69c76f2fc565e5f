"""From a request's operation and body to the answer, with the faults that tests ask for."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_local.emulator.errors import ServiceError
from cdk_data_jobs_local.emulator.faults import Fault, Faults
from cdk_data_jobs_local.emulator.model import ServiceModel

Operation = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What goes back to the client: a status and a body, after `delay` service seconds; or nothing, if `drop`."""

    status: int
    body: bytes
    delay: float = 0.0
    drop: bool = False


class Endpoint:
    """One service: the model its requests must fit, its operations, its faults and how often each was called."""

    def __init__(self, model: ServiceModel, operations: Mapping[str, Operation]) -> None:
        """Make one.

        Args:
            model: the service's model.
            operations: what each operation does, by name; those that are missing here are answered with an error.
        """
        self._model = model
        self._operations = operations
        self.faults = Faults()
        self.calls: Counter[str] = Counter()

    def respond(self, operation: str, body: bytes) -> Answer:
        """Answer one request.

        Args:
            operation: the operation's name, such as `CreateSchema`.
            body: the request's body, JSON.
        """
        self.calls[operation] += 1
        fault = self.faults.take(operation)
        if fault is None:
            return self._answer(operation, body)
        if fault.when == "before" and (fault.error or fault.drop):
            return self._failed(fault)
        answer = self._answer(operation, body)
        if fault.error or fault.drop:
            return self._failed(fault)
        return Answer(answer.status, answer.body, delay=fault.delay)

    def _answer(self, operation: str, body: bytes) -> Answer:
        try:
            parameters = self._model.parameters(operation, body)
            result = self._operations.get(operation, _not_emulated)(parameters)
            return Answer(200, self._model.answer(operation, result))
        except ServiceError as error:
            return Answer(error.status, self._model.error(error))

    def _failed(self, fault: Fault) -> Answer:
        error = ServiceError(fault.error or "InternalFailure", fault.message, status=fault.status)
        return Answer(error.status, self._model.error(error), delay=fault.delay, drop=fault.drop)


def _not_emulated(_parameters: dict[str, Any]) -> dict[str, Any]:
    raise ServiceError("UnknownOperationException", "this operation is not emulated", status=501)
