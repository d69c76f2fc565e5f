"""What becomes of many asynchronous invocations at once?

Lambda puts them in a queue (developer guide, "Invoking a Lambda function asynchronously"), so that a burst of events
takes a while and nothing else. MiniStack 1.5.33 starts a process for each: a hundred keep a small machine busy for a
minute, and those beyond its limit are lost after three attempts. Here a few run at once, and the others wait.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import contextvars
import threading
from typing import Any

from ministack.services import lambda_svc

_AT_ONCE = 8
_slots = threading.BoundedSemaphore(_AT_ONCE)
_is_queued = contextvars.ContextVar("cdk_data_jobs_is_queued", default=False)


def patch() -> None:
    """Make asynchronous invocations wait for each other."""
    invoke, execute = lambda_svc.invoke_async_with_retry, lambda_svc._execute_function

    def invoke_queued(function: dict[str, Any], event: dict[str, Any]) -> None:
        token = _is_queued.set(True)
        try:
            # It goes on in a thread, which has a copy of this context.
            invoke(function, event)
        finally:
            _is_queued.reset(token)

    def execute_in_turn(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        if not _is_queued.get():
            return dict(execute(function, event))
        with _slots:
            # MiniStack may call this once more, in the account of the function, and that must not wait.
            token = _is_queued.set(False)
            try:
                return dict(execute(function, event))
            finally:
                _is_queued.reset(token)

    lambda_svc.invoke_async_with_retry = invoke_queued
    lambda_svc._execute_function = execute_in_turn
