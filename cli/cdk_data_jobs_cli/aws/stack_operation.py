"""The latest operation on a stack (create, update, delete or import), read from the stack's events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_FIRST_STATUSES = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE")
_CANCELLED_REASONS = ("Resource creation cancelled", "Resource update cancelled")
_MESSAGE = re.compile(r".*?Message returned: (.*?)(?: \(RequestId: [^()]*\))?$", re.DOTALL)


def is_in_progress(stack_status: str) -> bool:
    """Returns whether an operation is in progress; a stack in review does not exist yet."""
    return stack_status.endswith("_IN_PROGRESS") and stack_status != "REVIEW_IN_PROGRESS"


def has_succeeded(stack_status: str) -> bool:
    """Returns whether an operation that ended with this status succeeded."""
    return stack_status in _SUCCEEDED


@dataclass
class ResourceHistory:
    """The events of one resource in an operation.

    Attributes:
        type: The resource's type.
        statuses: Its statuses, oldest first.
        failure: Why it failed; empty if it did not, or was only cancelled.
        is_cleaning_up: Whether the update has come to its clean-up, and deletes what it has replaced, whose events have
            the same logical id.
        cleanup_failure: Why that failed; empty if it did not.
    """

    type: str
    statuses: list[str] = field(default_factory=list)
    failure: str = ""
    is_cleaning_up: bool = False
    cleanup_failure: str = ""

    def add(self, event: dict[str, Any]) -> None:
        """Adds the next event."""
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason") or ""
        message = _MESSAGE.match(reason)
        failure = (message[1] if message else reason or status) if status.endswith("_FAILED") else ""
        if status.startswith("DELETE") and self.statuses and self.statuses[0].startswith("UPDATE"):
            self.is_cleaning_up, self.cleanup_failure = status == "DELETE_IN_PROGRESS", failure
            return
        self.statuses.append(status)
        if failure and reason not in _CANCELLED_REASONS and not self.failure:
            self.failure = failure

    @property
    def is_new(self) -> bool:
        """Whether the operation creates it under an id that the stack did not have before."""
        return self.statuses[0].startswith("CREATE")

    @property
    def status(self) -> str:
        """The latest status."""
        return self.statuses[-1]


@dataclass
class StackOperation:
    """The latest operation on a stack, as far as its events are known.

    Attributes:
        stack_id: The stack.
        kind: `create`, `update`, `delete` or `import`; empty before any event is known.
        started: When it started.
        latest: When the latest known event happened.
        previous_status: The stack's status before it.
        resources: The events of each resource, by logical id.
    """

    stack_id: str
    kind: str = ""
    started: dt.datetime | None = None
    latest: dt.datetime | None = None
    previous_status: str = ""
    resources: dict[str, ResourceHistory] = field(default_factory=dict)
    _latest_event_id: str = ""

    def add_events(self, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Adds the events that are new; those of a newer operation replace all.

        Args:
            events: The stack's events, newest first; no more of them are read than are needed.

        Returns:
            The new events of resources, oldest first.
        """
        new: list[dict[str, Any]] = []
        first = None
        for event in events:
            if event["EventId"] == self._latest_event_id:
                break
            if first:
                if self._is_of_stack(event):
                    self.previous_status = event["ResourceStatus"]
                    break
                continue
            new.append(event)
            if self._is_of_stack(event) and event["ResourceStatus"] in _FIRST_STATUSES:
                first = event
        if first:
            self.kind = first["ResourceStatus"].partition("_")[0].lower()
            self.started = first["Timestamp"]
            self.resources = {}
        if new:
            self._latest_event_id, self.latest = new[0]["EventId"], new[0]["Timestamp"]
        of_resources = [event for event in reversed(new) if not self._is_of_stack(event)]
        for event in of_resources:
            history = self.resources.setdefault(event["LogicalResourceId"], ResourceHistory(event["ResourceType"]))
            history.add(event)
        return of_resources

    def _is_of_stack(self, event: dict[str, Any]) -> bool:
        return bool(event.get("PhysicalResourceId") == self.stack_id)
