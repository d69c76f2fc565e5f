"""Faults that tests inject."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True)
class Fault:
    """A fault of the next calls of one operation.

    Args:
        operation: The operation that fails, such as `CreateDatasetImportJob`.
        error: The exception that is returned, such as `LimitExceededException` or `ThrottlingException`; without one
            the call returns as usual (after the delay).
        message: The message of the exception.
        status: The HTTP status of the exception; None takes the model's.
        times: How many calls it affects.
        delay: How many seconds of the emulated clock the response takes.
        when: Whether the call fails before it took effect, or after.
        drop: Close the connection instead of responding.
        late: Close the connection at once, and let the call take effect so many seconds of the emulated clock
            later.
    """

    operation: str
    error: str | None = None
    message: str = "injected by a test"
    status: int | None = None
    times: int = 1
    delay: float = 0.0
    when: Literal["before", "after"] = "before"
    drop: bool = False
    late: float = 0.0


@dataclass
class Faults:
    """The faults still to come, in the order in which they were set."""

    _pending: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Adds a fault, after those of the same operation."""
        self._pending.append(fault)

    def clear(self) -> None:
        """Removes those that have not happened."""
        self._pending.clear()

    def take(self, operation: str) -> Fault | None:
        """Returns the fault of this call of an operation, if there is one, and counts it."""
        for fault in self._pending:
            if fault.operation == operation:
                fault.times -= 1
                if fault.times <= 0:
                    self._pending.remove(fault)
                return fault
        return None
