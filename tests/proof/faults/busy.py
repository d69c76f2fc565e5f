"""What an account that does much at once does to a job: lists are throttled, and functions have no concurrency left."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from faults.calls import REQUESTS
from faults.case import FAST, Case, error
from faults.runs import KINDS, SCHEDULE, TASK, UPLOAD
from faults.scenarios import CREATED, DELETED, MINUTES, NONE, UPDATED
from faults.stack import FUNCTION
from faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.stack import FaultyStack

SECONDS = 5 * MINUTES
"""The services' seconds for which lists are throttled, or the function has no concurrency."""


# --- ListExecutions is throttled ---


def lists_are_throttled(what: Callable[[FaultyStack], object], stack: FaultyStack) -> None:
    stack.fail_for(SECONDS, "ListExecutions", error("ThrottlingException"))
    what(stack)


def run(stack: FaultyStack) -> None:
    stack.started.start()
    stack.started.wait(1)


# --- the function has no concurrency left ---


def created_without_concurrency(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.start_create(function={"ReservedConcurrentExecutions": 0})
    until(lambda: bool(asked(stack)), 60, lambda: "the job was not asked for")
    time.sleep(SECONDS / stack.lab.aws.server.clock.speed)
    stack.lab.client("lambda").delete_function_concurrency(FunctionName=stack.physical_id(FUNCTION))
    stack.wait()


def asked(stack: FaultyStack) -> list[str]:
    """The logical ids of the stack's custom resources, one for each event of theirs."""
    events = stack.lab.aws.stack_events(stack.stack_id)
    return [event["LogicalResourceId"] for event in events if event["ResourceType"].startswith("Custom::")]


def without_concurrency(what: Callable[[FaultyStack], object], stack: FaultyStack) -> None:
    stack.faulty = True
    client, function = stack.lab.client("lambda"), stack.physical_id(FUNCTION)
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    what(stack)
    time.sleep(SECONDS / stack.lab.aws.server.clock.speed)
    client.delete_function_concurrency(FunctionName=function)
    stack.started.wait(1) if stack.started.times else stack.wait()


def start_deletion(stack: FaultyStack) -> None:
    stack.cloudformation.delete_stack(StackName=stack.stack_id)


def start_update(stack: FaultyStack) -> None:
    stack.start_update(Trigger="the update")


def start_run(stack: FaultyStack) -> None:
    stack.started.start()


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
