"""What does CloudFormation do with a stack, or did last?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_BEGIN = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_SUCCEEDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE")
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled")
_MESSAGE = re.compile(r".*?Message returned: (.*?)(?: \(RequestId: [^()]*\))?$", re.DOTALL)


def is_going_on(stack_status: str) -> bool:
    """Whether CloudFormation is at work on a stack; a stack in review does not exist yet."""
    return stack_status.endswith("_IN_PROGRESS") and stack_status != "REVIEW_IN_PROGRESS"


def has_succeeded(stack_status: str) -> bool:
    """Whether an operation that ended so did what was asked."""
    return stack_status in _SUCCEEDED


@dataclass
class Resource:
    """What happened to a resource in an operation.

    Attributes:
        type: Its type.
        statuses: Its statuses, oldest first.
        failure: Why it failed, if it did; one that was only cancelled did not.
    """

    type: str
    statuses: list[str] = field(default_factory=list)
    failure: str = ""

    def add(self, event: dict[str, Any]) -> None:
        """Take note of a further event."""
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason") or ""
        self.statuses.append(status)
        if status.endswith("_FAILED") and reason not in _CANCELLED and not self.failure:
            message = _MESSAGE.match(reason)
            self.failure = message[1] if message else reason or status

    @property
    def status(self) -> str:
        """The status that counts: the old one of a replaced job is deleted while its resource lives on."""
        if self.statuses[0].startswith("UPDATE"):
            return next(status for status in reversed(self.statuses) if not status.startswith("DELETE"))
        return self.statuses[-1]


@dataclass
class Operation:
    """One operation on a stack, as far as its events are known.

    Attributes:
        stack_id: The stack.
        kind: `create`, `update`, `delete` or `import`; nothing as long as no event is known.
        started: When it began.
        latest: When the latest known event happened.
        before: The stack's status before it.
        resources: What happened to each resource in it, by logical id.
    """

    stack_id: str
    kind: str = ""
    started: dt.datetime | None = None
    latest: dt.datetime | None = None
    before: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    _seen: str = ""

    def follow(self, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take note of what is new.

        Args:
            events: The stack's events, newest first; no more of them are read than are needed.

        Returns:
            The resources' new events, oldest first.
        """
        new: list[dict[str, Any]] = []
        begun = None
        for event in events:
            if event["EventId"] == self._seen:
                break
            if begun:
                if self._is_of_stack(event):
                    self.before = event["ResourceStatus"]
                    break
                continue
            new.append(event)
            if self._is_of_stack(event) and event["ResourceStatus"] in _BEGIN:
                begun = event
        if begun:
            self.kind = begun["ResourceStatus"].partition("_")[0].lower()
            self.started = begun["Timestamp"]
            self.resources = {}
        if new:
            self._seen, self.latest = new[0]["EventId"], new[0]["Timestamp"]
        happened = [event for event in reversed(new) if not self._is_of_stack(event)]
        for event in happened:
            known = self.resources.setdefault(event["LogicalResourceId"], Resource(event["ResourceType"]))
            known.add(event)
        return happened

    def _is_of_stack(self, event: dict[str, Any]) -> bool:
        return bool(event.get("PhysicalResourceId") == self.stack_id)
