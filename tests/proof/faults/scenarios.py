"""Faults of more than one call: quotas, lost jobs, unexpected responses, and functions that crash."""

from __future__ import annotations

import sys
import time
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any

from faults.case import ALWAYS, STEADY, UNANSWERED, Case, describe_as, error, hang
from faults.network import RESPONSE, CallFault
from faults.stack import FUNCTION
from faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.faulty_stack import FaultyStack

CREATE, DESCRIBE = "CreateDatasetImportJob", "DescribeDatasetImportJob"
MINUTES = 60
"""Seconds in one."""

BIG = 100_000
"""Characters of a reason that is too long for a response."""

STILL_RUNNING = describe_as(status="CREATE IN_PROGRESS")
"""A job that is described as running, whatever it does."""


# --- quotas, and what is in the way ---


def quota_is_full(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, CREATE, error("LimitExceededException"))
    stack.create()


def quota_stays_full(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, error("LimitExceededException"), times=ALWAYS)
    stack.create(Timeout=3 * MINUTES)


def resource_is_in_use(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, CREATE, error("ResourceInUseException"))
    stack.create()


def name_is_taken(stack: FaultyStack) -> None:
    def take(parameters: dict[str, Any]) -> None:
        stack.foreign.add(parameters["jobName"])
        foreign = {**parameters, "importMode": "INCREMENTAL"}
        stack.environment.client("personalize").create_dataset_import_job(**foreign)

    stack.network.fail(CREATE, CallFault(before_forwarding=take))
    stack.update(Trigger="the update")


# --- what a job may do ---


def unknown_status(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, describe_as(status="CREATE PAUSED"))
    stack.create()


def unknown_status_for_good(stack: FaultyStack) -> None:
    stack.fail_for(6 * MINUTES, DESCRIBE, describe_as(status="CREATE PAUSED"))
    stack.create(Timeout=3 * MINUTES)


def job_without_an_end(stack: FaultyStack) -> None:
    stack.fail_for(6 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.create(Timeout=3 * MINUTES)


def job_without_an_end_deleted(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, STILL_RUNNING, times=ALWAYS)
    stack.delete()


def job_is_lost_for_a_while(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, error("ResourceNotFoundException"), times=3)
    stack.create()


def job_is_lost(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, error("ResourceNotFoundException"), times=ALWAYS)
    stack.create()


def every_script() -> str:
    """A character of each kind and place of Unicode, so that no script is missing."""
    every = (chr(point) for point in range(sys.maxunicode + 1))
    return "".join([c for c in every if unicodedata.category(c) not in ("Cn", "Cs", "Co")][::3])


SCRIPTS = {
    "Latin": "Die Spalte Größe fehlt. ",
    "Greek": "Λείπει η στήλη. ",
    "Cyrillic": "Столбец отсутствует. ",
    "Arabic": "العمود مفقود. ",
    "Hebrew": "העמודה חסרה. ",
    "Devanagari": "स्तंभ गायब है। ",
    "Thai": "คอลัมน์หายไป ",
    "Han": "缺少列。",
    "Japanese": "列がありません。",
    "Hangul": "열이 없습니다. ",
    "emoji": "🚫📄👩‍👩‍👧 ",
    "combining marks": "e\u0301\u0323\u0302 ",
    "control characters": "\x00\x01\x1b[31m\r\n\t\x7f",
    "quotes and backslashes": '"\'\\\\"{}<>&%s',
    "half characters": "\ud83d x \udc00 ",
    "every script": every_script(),
}
"""Text in which a job may say why it failed."""


def fails_with(message: str, stack: FaultyStack) -> None:
    reason = (message * (BIG // len(message) + 1))[:BIG]
    stack.network.fail(DESCRIBE, describe_as(status="CREATE FAILED", failureReason=reason), times=ALWAYS)
    stack.create()


# --- the function ---


def function_dies_of_every_attempt(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, CallFault(kill=True), times=ALWAYS)
    stack.create()


def function_dies_while_it_answers(stack: FaultyStack) -> None:
    stack.network.fail(RESPONSE, CallFault(kill=True), times=5)
    stack.create()


def function_dies_before_any_run(stack: FaultyStack) -> None:
    stack.network.fail("StartExecution", CallFault(kill=True), times=3)
    stack.create(ServiceTimeout=UNANSWERED)


def function_has_no_time_left_once(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, CallFault(after=True))
    stack.create(function={"Timeout": 4})


def function_never_has_time(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, hang(), times=ALWAYS)
    stack.create(function={"Timeout": 4})


def function_is_throttled(stack: FaultyStack) -> None:
    stack.faulty = True
    client = stack.environment.client("lambda")
    stack.start_create()
    until(lambda: bool(stack.network.made("StartExecution")), 60, lambda: "no run was started")
    function = stack.physical_id(FUNCTION)
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    time.sleep(5 * MINUTES / stack.environment.aws.server.clock.speed)
    client.delete_function_concurrency(FunctionName=function)
    stack.wait()


def invocation_fails(step: str, name: str, when: str, stack: FaultyStack) -> None:
    stack.fail_invocations(step, name, when=when, times=3 if when == "before" else 1)
    stack.create()


def case(request: str, point: str, fault: str, act: Callable[[FaultyStack], None], ends: str, **more: Any) -> Case:
    return Case(request=request, point=point, fault=fault, act=act, ends=ends, **more)


CREATED, ROLLED_BACK, DELETED = "CREATE_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"
UPDATED, REVERTED, STUCK = "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"
RUNNING, QUOTA = "while its job runs", "while it waits for the quota"
NONE, TWO = {"jobs": (0,)}, {"jobs": (2,)}
LOST = {"reason": "could not be described: ResourceNotFound"}
BROKEN = {"reason": "ResourceNotFound"}
SILENT = {"reason": "did not receive a response", "may_go_unanswered": True}
REFUSED: dict[str, Any] = {**BROKEN, **NONE, "may_go_unanswered": True, "before": {"ServiceTimeout": UNANSWERED}}
TOO_LATE = {"reason": "did not end within 3 minutes"}
PAUSED = {"reason": "it is still CREATE PAUSED"}

JOBS = [
    case("Create", CREATE, "LimitExceeded for 5 minutes", quota_is_full, CREATED),
    case("Create", CREATE, "LimitExceeded for good", quota_stays_full, ROLLED_BACK, reason="within 3 minutes", **NONE),
    case("Create", CREATE, "ResourceInUse for 5 minutes", resource_is_in_use, CREATED),
    case("Update", CREATE, "a foreign job has the name", name_is_taken, UPDATED, **TWO),
    case("Create", DESCRIBE, "an unknown status for 2 minutes", unknown_status, CREATED),
    case("Create", DESCRIBE, "an unknown status for good", unknown_status_for_good, ROLLED_BACK, **PAUSED),
    case("Create", RUNNING, "the job never ends", job_without_an_end, ROLLED_BACK, **TOO_LATE),
    case("Create", DESCRIBE, "the job is lost for a while", job_is_lost_for_a_while, CREATED, speed=STEADY),
    case("Create", DESCRIBE, "the job is lost for good", job_is_lost, ROLLED_BACK, **LOST),
]
REASONS = [
    case(
        "Create",
        DESCRIBE,
        f"a reason of 100 KB: {script}",
        partial(fails_with, message),
        ROLLED_BACK,
        reason="Personalize dataset import job failed: ",
    )
    for script, message in SCRIPTS.items()
]
CRASHES = [
    case("Create", CREATE, "killed always", function_dies_of_every_attempt, ROLLED_BACK, reason="crashed", **NONE),
    case("Create", RESPONSE, "killed five times", function_dies_while_it_answers, CREATED),
    case("Create", "StartExecution", "killed always", function_dies_before_any_run, ROLLED_BACK, **SILENT, **NONE),
    case("Create", CREATE, "the function's time is up, once", function_has_no_time_left_once, CREATED),
    case("Create", CREATE, "its time is always up", function_never_has_time, ROLLED_BACK, reason="timed out", **NONE),
    case("Create", "every step", "the function is throttled for 5 minutes", function_is_throttled, CREATED),
]
INVOCATIONS = [
    case("Create", f"the {step} step", f"{name} {when}", partial(invocation_fails, step, name, when), CREATED)
    for step in ("create", "check", "report")
    for name, when in (
        ("Lambda.TooManyRequestsException", "before"),
        ("Lambda.ServiceException", "before"),
        ("Lambda.SdkClientException", "after"),
    )
]
# The longest first: cases are played at the same time.
CASES = [
    case("Delete", RUNNING, "the job never ends", job_without_an_end_deleted, DELETED, **NONE),
    *CRASHES,
    *JOBS,
    *INVOCATIONS,
    *REASONS,
]
