"""What an account that does much at once does to a job: lists are throttled, and functions have no concurrency left."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from faults.case import FAST, Case, error
from faults.request_calls import REQUESTS
from faults.scenarios import CREATED, DELETED, MINUTES, NONE, UPDATED
from faults.stack import FUNCTION
from faults.triggered_runs import KINDS, SCHEDULE, TASK, UPLOAD
from faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.faulty_stack import FaultyStack

SECONDS = 5 * MINUTES
"""The services' seconds for which lists are throttled, or the function has no concurrency."""


# --- ListExecutions is throttled ---


def lists_are_throttled(what: Callable[[FaultyStack], object], stack: FaultyStack) -> None:
    stack.fail_for(SECONDS, "ListExecutions", error("ThrottlingException"))
    what(stack)


def run(stack: FaultyStack) -> None:
    stack.triggers.start()
    stack.triggers.wait(1)


# --- the function has no concurrency left ---


def created_without_concurrency(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.start_create(function={"ReservedConcurrentExecutions": 0})
    until(lambda: bool(requested_resources(stack)), 60, lambda: "the job was not requested")
    time.sleep(SECONDS / stack.environment.aws.server.clock.speed)
    stack.environment.client("lambda").delete_function_concurrency(FunctionName=stack.physical_id(FUNCTION))
    stack.wait()


def requested_resources(stack: FaultyStack) -> list[str]:
    """The logical ids of the stack's custom resources, one for each event of theirs."""
    events = stack.environment.aws.stack_events(stack.stack_id)
    return [event["LogicalResourceId"] for event in events if event["ResourceType"].startswith("Custom::")]


def without_concurrency(what: Callable[[FaultyStack], object], stack: FaultyStack) -> None:
    stack.faulty = True
    client, function = stack.environment.client("lambda"), stack.physical_id(FUNCTION)
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    what(stack)
    time.sleep(SECONDS / stack.environment.aws.server.clock.speed)
    client.delete_function_concurrency(FunctionName=function)
    stack.triggers.wait(1) if stack.triggers.times else stack.wait()


def start_deletion(stack: FaultyStack) -> None:
    stack.cloudformation.delete_stack(StackName=stack.stack_id)


def start_update(stack: FaultyStack) -> None:
    stack.start_update(Trigger="the update")


def start_run(stack: FaultyStack) -> None:
    stack.triggers.start()


def case(request: str, fault: str, act: Callable[[FaultyStack], None], ends: str, **more: Any) -> Case:
    point = "ListExecutions" if fault == THROTTLED else "every step"
    kind = more.pop("kind", KINDS.get(request, "import"))
    return Case(request=request, kind=kind, point=point, fault=fault, act=act, ends=ends, speed=FAST, **more)


THROTTLED, NO_CONCURRENCY = "throttled for 5 minutes", "the function is throttled at first, for 5 minutes"
RUNS = (UPLOAD, SCHEDULE, TASK)

CASES = [
    *(
        case(request, THROTTLED, partial(lists_are_throttled, REQUESTS[request]), ends, **more)
        for request, ends, more in (
            ("Create", CREATED, {}),
            ("Update", UPDATED, {}),
            ("Delete", DELETED, NONE),
        )
    ),
    case("Removal", THROTTLED, partial(lists_are_throttled, REQUESTS["Removal"]), UPDATED, kind="two", **NONE),
    *(case(request, THROTTLED, partial(lists_are_throttled, run), "SUCCEEDED") for request in RUNS),
    case("Create", NO_CONCURRENCY, created_without_concurrency, CREATED),
    case("Update", NO_CONCURRENCY, partial(without_concurrency, start_update), UPDATED),
    case("Delete", NO_CONCURRENCY, partial(without_concurrency, start_deletion), DELETED, **NONE),
    *(case(request, NO_CONCURRENCY, partial(without_concurrency, start_run), "SUCCEEDED") for request in RUNS),
]
