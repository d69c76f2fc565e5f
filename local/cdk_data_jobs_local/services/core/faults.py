"""Faults that tests ask for."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong with the next calls of one operation.

    Args:
        operation: the operation that fails, such as `CreateDatasetImportJob`.
        error: the exception that is answered, such as `LimitExceededException` or `ThrottlingException`; without one
            the call is answered as usual (after the delay).
        message: the words of the exception.
        status: the HTTP status of the exception; None takes the model's.
        times: how many calls it befalls.
        delay: how many service seconds the answer takes.
        when: whether it befalls a call before it took effect, or after.
        drop: close the connection instead of answering.
        late: close the connection at once, and let the call take effect so many service seconds later: whoever looks
            before that finds nothing.
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
        """Let one more thing go wrong, after those of the same operation."""
        self._pending.append(fault)

    def clear(self) -> None:
        """Forget those that have not happened."""
        self._pending.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that befalls this call of an operation, if any; it counts as having happened."""
        for fault in self._pending:
            if fault.operation == operation:
                fault.times -= 1
                if fault.times <= 0:
                    self._pending.remove(fault)
                return fault
        return None
