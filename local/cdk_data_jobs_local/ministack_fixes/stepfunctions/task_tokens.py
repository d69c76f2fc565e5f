"""Tasks that wait for their task token.

Real tasks (the developer guide's page on `.waitForTaskToken`, API_SendTaskHeartbeat, the States Language):

- count `TimeoutSeconds` and `HeartbeatSeconds` on their own clock, here the emulated clock, from the task's start, and
  take them from the input too (`TimeoutSecondsPath`, `HeartbeatSecondsPath`);
- fail at once if the function raises before it has responded;
- have a new token for each retry, and a token of their own in each branch;
- end with their execution, after which SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat fail with `TaskTimedOut`,
  as they do for every task that is over.

MiniStack 1.5.33 counts real seconds, ignores heartbeats and paths, waits on when the function has failed or the
execution was stopped, and keeps one token for all retries, which parallel branches may even mix up.

Needed as long as this test fails without it:
`test_task_tokens.py::test_a_function_that_raises_fails_its_task_at_once`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import contextvars
import json
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, new_uuid
from ministack.services import stepfunctions

from cdk_data_jobs_local.clock import Clock

_PATTERN = ".waitForTaskToken"
_NO_LIMIT = 99_999_999
_POLL_SECONDS = 0.05
current_execution: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("cdk_data_jobs_execution")
"""The execution whose task this thread runs."""


def patch(clock: Clock) -> None:
    """Makes MiniStack's tasks wait as real ones do, on this clock."""
    tasks = Tasks(clock)
    execute_task, run_sub_machine = stepfunctions._execute_task, stepfunctions._run_sub_machine
    invoke_with_timeout, matches = stepfunctions._invoke_resource_with_timeout, stepfunctions._error_matches

    def execute(state: dict[str, Any], given: Any, execution: dict[str, Any], context: dict[str, Any]) -> Any:
        current_execution.set(execution)
        return execute_task(_with_limits(state, given, context), given, execution, context)

    def run_branch(states: Any, start: Any, given: Any, execution: Any, context: dict[str, Any]) -> Any:
        return run_sub_machine(states, start, given, execution, {**context})

    def invoke(resource: str, given: Any, timeout: float) -> Any:
        return invoke_with_timeout(resource, given, clock.real_seconds(timeout))

    def error_matches(names: list[str], error: str) -> bool:
        timed_out = error == "States.HeartbeatTimeout" and "States.Timeout" in names
        return timed_out or bool(matches(names, error))

    stepfunctions._execute_task = execute
    stepfunctions._run_sub_machine = run_branch
    stepfunctions._invoke_resource_with_timeout = invoke
    stepfunctions._error_matches = error_matches
    stepfunctions._invoke_with_callback = tasks.run
    stepfunctions._apply_parameters = _with_new_token(stepfunctions._apply_parameters)
    stepfunctions._apply_jsonata_arguments = _with_new_token(stepfunctions._apply_jsonata_arguments)
    for name in ("success", "failure", "heartbeat"):
        setattr(
            stepfunctions, f"_send_task_{name}", tasks.for_waiting_tasks(getattr(stepfunctions, f"_send_task_{name}"))
        )


class Tasks:
    """The tasks that wait, and those that are over."""

    def __init__(self, clock: Clock) -> None:
        """Creates it.

        Args:
            clock: The emulated clock.
        """
        self._clock = clock
        self._over: set[str] = set()

    def for_waiting_tasks(self, operation: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        """Returns an operation that fails unless its task is waiting."""

        def checked(data: dict[str, Any]) -> Any:
            token = data.get("taskToken", "")
            task = stepfunctions._task_tokens.get(token)
            if token in self._over or (task and task["event"].is_set()):
                return error_response_json(
                    "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", HTTPStatus.BAD_REQUEST
                )
            if not _is_json(data.get("output", "{}")):
                return error_response_json(
                    "InvalidOutput", "Invalid Output: 'the output is no JSON'", HTTPStatus.BAD_REQUEST
                )
            if task:
                task["last_heartbeat"] = time.monotonic()
            return operation(data)

        return checked

    def run(self, resource: str, given: Any, token: str, state: dict[str, Any]) -> Any:
        """Starts a task, and waits until it has a result."""
        task: dict[str, Any] = {
            "event": threading.Event(),
            "result": None,
            "error": None,
            "last_heartbeat": time.monotonic(),
        }
        stepfunctions._task_tokens[token] = task
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_start, resource, given, task), daemon=True).start()
        try:
            self.wait(task, state)
        finally:
            self._over.add(token)
            stepfunctions._task_tokens.pop(token, None)
        if task["error"]:
            raise stepfunctions._ExecutionError(task["error"]["Error"], task["error"]["Cause"])
        return json.loads(task["result"])

    def wait(self, task: dict[str, Any], state: dict[str, Any]) -> None:
        """Waits for the result of a task that was started.

        Args:
            task: The task.
            state: Its state in the state machine, which may limit its time.
        """
        deadline = time.monotonic() + self._clock.real_seconds(state.get("TimeoutSeconds", _NO_LIMIT))
        heartbeat = self._clock.real_seconds(state.get("HeartbeatSeconds", _NO_LIMIT))
        while not task["event"].wait(_POLL_SECONDS):
            if current_execution.get()["status"] != "RUNNING":
                # Not an error of the task: it would turn the execution from ABORTED to FAILED.
                raise SystemExit
            if time.monotonic() > deadline:
                raise stepfunctions._ExecutionError("States.Timeout", "")
            if time.monotonic() > task["last_heartbeat"] + heartbeat:
                raise stepfunctions._ExecutionError("States.HeartbeatTimeout", "")


def _start(resource: str, given: Any, task: dict[str, Any]) -> None:
    try:
        stepfunctions._invoke_resource(resource.replace(_PATTERN, ""), given)
    except stepfunctions._ExecutionError as error:
        if not task["event"].is_set():
            task["error"] = {"Error": error.error, "Cause": error.cause}
            task["event"].set()


def _is_json(document: str) -> bool:
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


def _with_limits(state: dict[str, Any], given: Any, context: dict[str, Any]) -> dict[str, Any]:
    limits = {
        name: stepfunctions._resolve_path_or_ctx(state[f"{name}Path"], given, context)
        for name in ("TimeoutSeconds", "HeartbeatSeconds")
        if f"{name}Path" in state
    }
    return {**state, **limits}


def _with_new_token(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def with_new_token(state: dict[str, Any], given: Any, context: dict[str, Any] | None = None) -> Any:
        if context and _PATTERN in state.get("Resource", "") and context["State"].get("RetryCount"):
            context["Task"] = {"Token": new_uuid()}
        return resolve(state, given, context)

    return with_new_token
