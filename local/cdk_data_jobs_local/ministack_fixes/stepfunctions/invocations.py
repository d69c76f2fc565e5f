"""Errors of invoking a function, which a test can inject.

Errors of Lambda itself, and of reaching it, have names of their own, by which a state machine retries them
(Step Functions guide, "Handle transient Lambda service exceptions"). Here a test can inject it. MiniStack 1.5.33 has
only one such error, that of a function at its reserved concurrency, and names it `Lambda.Unknown`.

Needed as long as this test fails without it:
`test_invocations.py::test_a_function_without_concurrency_is_called_too_often`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import threading
from dataclasses import dataclass
from typing import Any, Literal

from ministack.services import stepfunctions


@dataclass(kw_only=True)
class InvocationFault:
    """A fault of the next invocations of a function by state machines.

    Args:
        function: The function's name, or what it begins with: CloudFormation makes names up.
        error: The error's name, such as `Lambda.ServiceException`.
        payload: Members that the payload must have.
        times: How many invocations it affects.
        when: Whether the function does not run at all, or has run, and its response is lost.
    """

    function: str
    error: str
    payload: dict[str, Any]
    times: int = 1
    when: Literal["before", "after"] = "before"

    def affects(self, function: str, payload: Any) -> bool:
        """Returns whether it affects an invocation."""
        if not isinstance(payload, dict) or not function.rpartition(":")[2].startswith(self.function):
            return False
        return all(payload.get(name) == value for name, value in self.payload.items())


_faults: list[InvocationFault] = []
_lock = threading.Lock()


def add_fault(**fault: Any) -> None:
    """Adds a fault; the arguments are those of `InvocationFault`."""
    with _lock:
        _faults.append(InvocationFault(**fault))


def patch() -> None:
    """Makes invocations fail as the faults say, and names the error of a function at its reserved concurrency."""
    call = stepfunctions._call_lambda

    def call_lambda(function: str, payload: Any) -> Any:
        fault = _take(function, payload)
        if fault is not None and fault.when == "before":
            raise stepfunctions._ExecutionError(fault.error, "injected by a test")
        try:
            result = call(function, payload)
        except stepfunctions._ExecutionError as error:
            if error.error == "Lambda.Unknown" and "TooManyRequestsException" in error.cause:
                raise stepfunctions._ExecutionError("Lambda.TooManyRequestsException", error.cause) from error
            raise
        if fault is not None:
            raise stepfunctions._ExecutionError(fault.error, "injected by a test")
        return result

    stepfunctions._call_lambda = call_lambda


def _take(function: str, payload: Any) -> InvocationFault | None:
    with _lock:
        for fault in _faults:
            if fault.affects(function, payload):
                fault.times -= 1
                if fault.times <= 0:
                    _faults.remove(fault)
                return fault
    return None
