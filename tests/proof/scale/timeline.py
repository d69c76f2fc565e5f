"""Virtual time, in which threads sleep without waiting.

One thing happens at a time, in the order in which it is due, so that a run of hours takes minutes and is the same each
time. Real threads take turns, because the function's own code sleeps, and so does botocore between two attempts.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import random
import threading
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Timeline:
    """What is still to come."""

    def __init__(self, start: float) -> None:
        """Begin.

        Args:
            start: The time, in seconds since 1970.
        """
        self._now = start
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._own = threading.local()
        self._handed_back = threading.Lock()
        self._handed_back.acquire()
        self._error: BaseException | None = None

    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self._now

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._due, (self._now + seconds, next(self._numbers), action))

    def begin(self, action: Callable[[], None]) -> None:
        """Let something happen now that may sleep."""
        turn = threading.Lock()
        turn.acquire()

        def run() -> None:
            turn.acquire()
            self._own.turn = turn
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - it ends the whole run
                self._error = error
            self._handed_back.release()

        threading.Thread(target=run, daemon=True).start()
        self.after(0, lambda: self._resume(turn))

    def sleep(self, seconds: float) -> None:
        """Sleep, in what `begin` began."""
        turn: threading.Lock = self._own.turn
        self.after(seconds, lambda: self._resume(turn))
        self._handed_back.release()
        turn.acquire()

    def run_until(self, done: Callable[[], bool]) -> None:
        """Let happen what is due, until something is so.

        Raises:
            TimeoutError: Nothing more is to come.
        """
        while not done():
            if not self._due:
                raise TimeoutError("nothing more is to come")
            moment, _, action = heapq.heappop(self._due)
            self._now = max(self._now, moment)
            action()

    @contextlib.contextmanager
    def governing(self) -> Iterator[None]:
        """Make it the time of what `begin` begins; the rest of the process keeps its own."""

        def chosen(ours: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: float) -> Any:
                return ours(*arguments) if hasattr(self._own, "turn") else real(*arguments)

            return call

        with (
            mock.patch.object(time, "time", new=chosen(self.now, time.time)),
            mock.patch.object(time, "monotonic", new=chosen(self.now, time.monotonic)),
            mock.patch.object(time, "sleep", new=chosen(self.sleep, time.sleep)),
        ):
            state = random.getstate()
            random.seed(0)
            try:
                yield
            finally:
                random.setstate(state)

    def _resume(self, turn: threading.Lock) -> None:
        turn.release()
        self._handed_back.acquire()
        if self._error is not None:
            raise self._error
