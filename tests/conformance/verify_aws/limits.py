"""What a run may use: jobs and time."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CREATES_JOB = re.compile(r"(Create|Start)\w*Job|ExportTableToPointInTime|CreateSolutionVersion")


class LimitReachedError(Exception):
    """The run would use more than it may."""


@dataclass(kw_only=True)
class Limits:
    """What a run may use, and what it has used.

    Attributes:
        jobs: How many jobs it may create.
        deadline: When it must have ended, by `now`.
        now: The time, in seconds.
        used_jobs: How many jobs it has created, or is about to.
    """

    jobs: int
    deadline: float
    now: Callable[[], float]
    used_jobs: int = 0

    @property
    def remaining(self) -> float:
        """How many seconds are left.

        Raises:
            LimitReachedError: None.
        """
        remaining = self.deadline - self.now()
        if remaining <= 0:
            raise LimitReachedError("the time is over")
        return remaining

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Does not count the time that the block of a `with` statement takes."""
        started = self.now()
        try:
            yield
        finally:
            self.deadline += self.now() - started

    def use(self, *, jobs: int) -> None:
        """Counts the jobs that are created next.

        Raises:
            LimitReachedError: They would be too many.
        """
        if self.used_jobs + jobs > self.jobs:
            raise LimitReachedError(f"at most {self.jobs} jobs may be created")
        self.used_jobs += jobs

    def watch(self, client: Any) -> None:
        """Counts the jobs that a boto3 client creates, and stops the call that would create one too many."""

        def before(model: Any, **_: Any) -> None:
            if _CREATES_JOB.fullmatch(model.name) and self.used_jobs >= self.jobs:
                raise LimitReachedError(f"at most {self.jobs} jobs may be created")

        def after(model: Any, http_response: Any, **_: Any) -> None:
            if _CREATES_JOB.fullmatch(model.name) and http_response.status_code == 200:
                self.used_jobs += 1

        client.meta.events.register("before-call", before)
        client.meta.events.register("after-call", after)
