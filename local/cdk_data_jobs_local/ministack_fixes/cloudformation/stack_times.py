"""Times of stacks: CreationTime and LastUpdatedTime.

Real CloudFormation (API_Stack: "LastUpdatedTime ... will only be returned if the stack has been updated at least once";
stacks of LocalStack's tests as recorded from AWS):

- returns as `CreationTime` when the stack was created; a change set creates its stack before it is executed;
- returns no `LastUpdatedTime` for a stack of CreateStack, or whose change set was not executed, but one for a stack
  whose change set was executed;
- returns it while an update is still in progress (a public description of a stack that is UPDATE_IN_PROGRESS has one).

That it is the time at which the operation began, and that a rollback does not change it, is not documented; it is
inferred. MiniStack 1.5.33 returns a `LastUpdatedTime` for every stack, treats an updated nested stack as a new one,
and knows the real time only. Here these times are those of the emulated clock; those of events and resources stay real,
because the CDK CLI, whose clock is real, recognizes new events by their times.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_stack_made_by_a_change_set_is_updated_when_that_is_executed`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from cdk_data_jobs_local.clock import Clock, iso

_FIRST_STATES = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
_MEMBER = re.compile(
    r"<StackId>(?P<id>[^<]+)</StackId>(?P<between>(?:(?!<StackId>).)*?)"
    r"<CreationTime>[^<]*</CreationTime>(?:<LastUpdatedTime>[^<]*</LastUpdatedTime>)?",
    re.DOTALL,
)


def patch(clock: Clock) -> None:
    """Makes MiniStack return these times as the real service does, on this clock."""
    for action in ("DescribeStacks", "ListStacks"):
        handlers._ACTION_HANDLERS[action] = _with_times(handlers._ACTION_HANDLERS[action], clock)


def _with_times(handler: Callable[[dict[str, Any]], Any], clock: Clock) -> Callable[[dict[str, Any]], Any]:
    def times(found: re.Match[str]) -> str:
        began = [_service_time(event["Timestamp"], clock) for event in _operations(found["id"])]
        updated = f"<LastUpdatedTime>{began[-1]}</LastUpdatedTime>" if len(began) > 1 else ""
        return f"<StackId>{found['id']}</StackId>{found['between']}<CreationTime>{began[0]}</CreationTime>{updated}"

    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = handler(params)
        return status, headers, _MEMBER.sub(times, body.decode()).encode()

    return describe


def _operations(stack_id: str) -> list[dict[str, Any]]:
    """Returns the events of a stack with which its operations began, but for rollbacks and deletions."""
    return [
        event
        for event in cloudformation._stack_events[stack_id]
        if event["PhysicalResourceId"] == stack_id and event["ResourceStatus"] in _FIRST_STATES
    ]


def _service_time(real: str, clock: Clock) -> str:
    real_time = datetime.fromisoformat(real.replace("Z", "+00:00")).timestamp()
    return iso(clock.base + (real_time - clock.base) * clock.speed)
