"""A case of the matrix: what happens, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faults.network import HANG_SECONDS, CallFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.faulty_stack import FaultyStack

ALWAYS = None
"""In place of a number of times: every time."""

UNANSWERED = 600
"""Seconds that CloudFormation, or a task, waits in cases in which no response can come, instead of an hour or two."""


FAST, STEADY = 40, 10
"""Speeds: how many seconds pass for the services in one real second. `STEADY` is for cases in which a run has three
minutes for something, which it must have on a busy machine, too: there each step takes a real second or more."""

HAS_THREE_MINUTES = ("denied at first", "reset before")
"""The faults for which a run has three minutes: a permission that may be new, a service that was never reached."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case of the matrix.

    Attributes:
        request: The type of the request, or of the run.
        kind: The kind of stack (app.py).
        point: The call, or the moment, at which the fault occurs.
        fault: The fault.
        act: Lets the fault occur, and waits until the stack is at rest.
        ends: The status of the stack at the end; of a run that no deployment started, its status.
        reason: What the reason of a failure must have in it.
        jobs: The numbers of jobs that may be made.
        may_go_unanswered: Whether a request may stay without a response: its ResponseURL is invalid, or the function
            is never invoked for it.
        events: The numbers of events that may report a run that no deployment started.
        may_leave_copies: Whether copies may stay in the staging bucket: those of a deployment's run until the next
            deployment is over, others until they expire.
        may_import_twice: Whether a file may be imported twice: nothing may record that it was imported, or its event
            is delivered again.
        more_problems: Returns what else is not as promised when all has ended.
        before: What the stack has from the beginning that the others have not (template.py).
        short_timeout: Whether the function does not wait a real minute for a call that hangs.
        speed: How many seconds pass for the services in one real second.
    """

    request: str
    kind: str = "import"
    point: str
    fault: str
    act: Callable[[FaultyStack], None]
    ends: str
    reason: str = ""
    jobs: tuple[int, ...] = (1,)
    may_go_unanswered: bool = False
    events: tuple[int, ...] = (1,)
    may_leave_copies: bool = False
    may_import_twice: bool = False
    more_problems: Callable[[FaultyStack], list[str]] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    short_timeout: bool = False
    speed: int = FAST

    @property
    def is_of_deployment(self) -> bool:
        """Whether the case is about a request of CloudFormation."""
        return not self.request.startswith("Run")

    def __str__(self) -> str:
        return f"{self.request}-{self.kind}-{self.point}-{self.fault}".replace(" ", "_")


def error(code: str, status: int = 400, *, after: bool = False, **rule: Any) -> CallFault:
    """A call that is answered with an error."""
    return CallFault(
        rule={"error": {"code": code, "status": status, "message": "injected by a test"}, **rule}, after=after
    )


def hang() -> CallFault:
    """A call that never takes effect, and is not answered."""
    return CallFault(rule={"timeout_ms": HANG_SECONDS * 1000})


def describe_as(rule: dict[str, Any] | None = None, **members: str) -> CallFault:
    """A call whose response describes a job otherwise than it is.

    Args:
        rule: Of which jobs, as a part of one of microburst's rules; if none, of all.
        **members: What the response has instead.
    """

    def rewrite(described: dict[str, Any]) -> dict[str, Any]:
        return {name: {**job, **members} if isinstance(job, dict) else job for name, job in described.items()}

    return CallFault(rule=rule or {}, rewrite=rewrite)
