"""A case of the matrix: what happens, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faults.network import HANGING, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.stack import FaultyStack

FOR_GOOD = None
"""In place of a number of times: every time."""

UNANSWERED = 600
"""Seconds that CloudFormation, or a task, waits in cases in which no answer can come, in place of an hour or two."""


FAST, STEADY = 40, 10
"""Speeds: how many seconds pass for the services in one real second. `STEADY` is for cases in which a run has three
minutes for something, which it must have on a busy machine, too."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case of the matrix.

    Attributes:
        request: What CloudFormation asks for.
        kind: The kind of stack (app.py).
        point: The call, or the moment, at which it goes wrong.
        fault: What goes wrong.
        act: Lets it go wrong, and waits until the stack is at rest.
        ends: How the stack ends; of a run that no deployment asks for, how that ends.
        says: What the reason of a failure must say.
        jobs: The numbers of jobs that may be made.
        dead: Whether a request may stay without an answer: its ResponseURL is dead, or the function never gets to it.
        events: The numbers of events that may tell of a run that no deployment asks for.
        leaves: Whether copies may stay in the staging bucket: those of a deployment's run until the next deployment is
            over, others until they expire.
        repeats: Whether a file may be imported twice: nobody may see that it was, or note it.
        also: Says what else is not as promised when all has ended.
        before: What the stack has from the beginning that the others have not (template.py).
        impatient: Whether the function does not wait a real minute for a call that hangs.
        speed: How many seconds pass for the services in one real second.
    """

    request: str
    kind: str = "import"
    point: str
    fault: str
    act: Callable[[FaultyStack], None]
    ends: str
    says: str = ""
    jobs: tuple[int, ...] = (1,)
    dead: bool = False
    events: tuple[int, ...] = (1,)
    leaves: bool = False
    repeats: bool = False
    also: Callable[[FaultyStack], list[str]] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    impatient: bool = False
    speed: int = FAST

    @property
    def is_of_deployment(self) -> bool:
        """Whether CloudFormation asks."""
        return not self.request.startswith("Run")

    def __str__(self) -> str:
        return f"{self.request}-{self.kind}-{self.point}-{self.fault}".replace(" ", "_")


def error(code: str, status: int = 400, *, after: bool = False, **rule: Any) -> Wrong:
    """A call that is answered with an error."""
    return Wrong(rule={"error": {"code": code, "status": status, "message": "injected by a test"}, **rule}, after=after)


def hang() -> Wrong:
    """A call that never takes effect, and is not answered."""
    return Wrong(rule={"timeout_ms": HANGING * 1000})


def told_as(rule: dict[str, Any] | None = None, **members: str) -> Wrong:
    """A job that is described otherwise than it is.

    Args:
        rule: Of which jobs, as a part of one of microburst's rules; if none, of all.
        **members: What is told instead.
    """

    def rewritten(told: dict[str, Any]) -> dict[str, Any]:
        return {name: {**job, **members} if isinstance(job, dict) else job for name, job in told.items()}

    return Wrong(rule=rule or {}, rewritten=rewritten)
