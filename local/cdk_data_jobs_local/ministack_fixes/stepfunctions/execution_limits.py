"""Limits of executions: the size of their data, the length of their history.

Real executions (the developer guide's "Quotas", "Avoid reaching the history quota" and "Handling errors"):

- fail with `States.DataLimitExceeded` when the input of a task after its `Parameters`, its result or a state's output
  has more than 262,144 bytes; StartExecution refuses such an input;
- have at most 25,000 events in their history: if the last is not the success, it is the failure, with `States.Runtime`.
  A task has five of them, and three more for each retry.

MiniStack 1.5.33 has neither limit, and writes no event of a task's start.

Needed as long as this test fails without it:
`test_retries.py::test_too_large_an_input_is_refused`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

_MAX_BYTES = 262_144
_MAX_EVENTS = 25_000


def patch() -> None:
    """Makes MiniStack's executions fail where real ones do."""
    add_event, invoke, start = (
        stepfunctions._add_event,
        stepfunctions._invoke_resource,
        stepfunctions._start_execution,
    )

    def add(execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None) -> Any:
        exited = (details or {}).get("stateExitedEventDetails", {})
        _check(exited.get("output", ""), exited.get("name", ""))
        if not kind.startswith("Execution") and len(execution["events"]) >= _MAX_EVENTS - 1:
            cause = f"The execution reached the maximum number of history events ({_MAX_EVENTS})."
            raise stepfunctions._ExecutionError("States.Runtime", cause)
        event = add_event(execution, kind, details)
        if kind == "TaskScheduled":
            add(execution, "TaskStarted", {"taskStartedEventDetails": (details or {})["taskScheduledEventDetails"]})
        return event

    def invoke_within_limits(resource: str, given: Any) -> Any:
        _check(_as_json(given), resource)
        result = invoke(resource, given)
        _check(_as_json(result), resource)
        return result

    def start_within_limits(data: dict[str, Any]) -> Any:
        if _too_large(data.get("input", "")):
            constraint = f"Member must have length less than or equal to {_MAX_BYTES}"
            problem = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {constraint}"
            return error_response_json("ValidationException", problem, HTTPStatus.BAD_REQUEST)
        return start(data)

    stepfunctions._add_event = add
    stepfunctions._invoke_resource = invoke_within_limits
    stepfunctions._start_execution = start_within_limits


def _check(document: str, whose: str) -> None:
    if _too_large(document):
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"The state/task '{whose}' returned a result with a size exceeding the maximum number of bytes service "
            "limit.",
        )


def _too_large(document: str) -> bool:
    return len(document.encode("utf-8", "surrogatepass")) > _MAX_BYTES


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
