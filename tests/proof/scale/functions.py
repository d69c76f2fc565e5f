"""Lambda in virtual time: so many functions at once, and a queue for events."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from scale.timeline import Timeline

SECONDS_OF_AN_INVOCATION = 0.3
"""What an invocation takes beside its calls; those of AWS were not measured."""

MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 300.0
"""Seconds between the attempts of an event (Lambda developer guide, "How Lambda handles errors and retries with
asynchronous invocation")."""


class Throttled(Exception):  # noqa: N818 - it says what happened
    """The limit of functions that run at once is reached."""


class Functions:
    """The account's functions, which are one.

    Attributes:
        max_running: How many ran at once, at most.
        busy: For how many seconds all invocations ran, all together.
        throttled: How many invocations were throttled.
    """

    def __init__(self, timeline: Timeline, handle: Callable[[Any, Any], Any], arn: str, limit: int) -> None:
        """Create one that does not run.

        Args:
            timeline: The time.
            handle: The function's handler.
            arn: The function's ARN.
            limit: How many may run at once.
        """
        self._timeline, self._handle, self._limit = timeline, handle, limit
        self._context = SimpleNamespace(invoked_function_arn=arn)
        self._running = 0
        self.max_running, self.busy, self.throttled = 0, 0.0, 0

    def invoke(self, event: Any) -> Any:
        """Run it, in an action that the timeline began.

        Raises:
            Throttled: Too many run.
        """
        if self._running >= self._limit:
            self.throttled += 1
            raise Throttled
        self._running += 1
        self.max_running = max(self.max_running, self._running)
        began = self._timeline.now()
        try:
            self._timeline.sleep(SECONDS_OF_AN_INVOCATION)
            return json.loads(json.dumps(self._handle(json.loads(json.dumps(event)), self._context)))
        finally:
            self._running -= 1
            self.busy += self._timeline.now() - began

    def send(self, event: Any) -> None:
        """Put an event into the queue."""

        def retry_until_it_runs() -> None:
            pause = MIN_RETRY_SECONDS
            while True:
                try:
                    self.invoke(event)
                except Throttled:
                    self._timeline.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - no secret
                    pause = min(2 * pause, MAX_RETRY_SECONDS)
                else:
                    return

        self._timeline.begin(retry_until_it_runs)
