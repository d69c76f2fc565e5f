"""Bursts of asynchronous invocations.

Lambda puts them in a queue (developer guide, "How Lambda handles errors and retries with asynchronous invocation"), so
that a burst of events only takes a while. An event whose function is throttled goes back to the queue, for
up to six hours, at intervals that grow from a second to five minutes: a function may run long after it was invoked.
MiniStack 1.5.33 starts a process for each event: a hundred keep a small machine busy for a minute, and those that are
throttled are lost after three attempts. Here a few run at once, and the others wait.

Needed as long as this test fails without it:
`test_bursts.py::test_a_burst_of_events_is_a_queue`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import contextvars
import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.services import lambda_svc

from cdk_data_jobs_local.clock import Clock

_MAX_AT_ONCE = 8
_FIRST_DELAY, _MAX_DELAY = 1.0, 300.0
_MAX_AGE = 6 * 3600
_slots = threading.BoundedSemaphore(_MAX_AT_ONCE)
_queued_since: contextvars.ContextVar[float | None] = contextvars.ContextVar("cdk_data_jobs_queued_since", default=None)


def patch(clock: Clock) -> None:
    """Makes asynchronous invocations wait for each other, and for their function."""
    invoke, execute = lambda_svc.invoke_async_with_retry, lambda_svc._execute_function

    def invoke_queued(function: dict[str, Any], event: dict[str, Any]) -> None:
        token = _queued_since.set(clock.now())
        try:
            # It continues in a thread, which has a copy of this context.
            invoke(function, event)
        finally:
            _queued_since.reset(token)

    def execute_in_turn(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        since = _queued_since.get()
        if since is None:
            return dict(execute(function, event))
        delays = retry_delays()
        while (result := execute_in_slot(function, event)).get("throttle"):
            delay = next(delays)
            if clock.now() + delay > since + max_age(function):
                break
            time.sleep(clock.real_seconds(delay))
        return result

    def execute_in_slot(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        with _slots:
            # MiniStack may call this once more, in the account of the function, and that must not wait.
            token = _queued_since.set(None)
            try:
                return dict(execute(function, event))
            finally:
                _queued_since.reset(token)

    lambda_svc.invoke_async_with_retry = invoke_queued
    lambda_svc._execute_function = execute_in_turn


def retry_delays() -> Iterator[float]:
    """Yields how long a throttled event waits before it is tried again, in seconds: after the first time, and so on."""
    delay = _FIRST_DELAY
    while True:
        yield delay
        delay = min(2 * delay, _MAX_DELAY)


def max_age(function: dict[str, Any]) -> float:
    """Returns how old an event of a function may become, in seconds."""
    own = function.get("event_invoke_config") or (function.get("event_invoke_configs") or {}).get("$LATEST") or {}
    return float(own.get("MaximumEventAgeInSeconds", _MAX_AGE))
