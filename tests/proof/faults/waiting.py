"""Waits for what comes in its own time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Wait until something is so.

    Args:
        condition: Whether it is.
        seconds: For how many real seconds at most.
        what: Says what is not so.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what()}"
        time.sleep(0.15)
