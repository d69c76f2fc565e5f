"""What goes wrong over more than one call: quotas, lost jobs, odd answers, crashes without end, cancelled stacks."""

from __future__ import annotations

import sys
import time
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any

from faults.case import FOR_GOOD, STEADY, UNANSWERED, Case, error, hang, told_as
from faults.network import ANSWER, Wrong
from faults.stack import FUNCTION
from faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.stack import FaultyStack

CREATE, DESCRIBE = "CreateDatasetImportJob", "DescribeDatasetImportJob"
MINUTES = 60
"""Seconds in one."""

BIG = 100_000
"""Characters of a reason that is too long to tell."""

GOES_ON = told_as(status="CREATE IN_PROGRESS")
"""A job that goes on, whatever it does."""


# --- quotas, and what is in the way ---


def quota_is_full(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, CREATE, error("LimitExceededException"))
    stack.create()


def quota_stays_full(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, error("LimitExceededException"), times=FOR_GOOD)
    stack.create(Timeout=3 * MINUTES)


def resource_is_in_use(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, CREATE, error("ResourceInUseException"))
    stack.create()


def name_is_taken(stack: FaultyStack) -> None:
    def take(parameters: dict[str, Any]) -> None:
        stack.foreign.add(parameters["jobName"])
        foreign = {**parameters, "importMode": "INCREMENTAL"}
        stack.lab.client("personalize").create_dataset_import_job(**foreign)

    stack.network.fail(CREATE, Wrong(meanwhile=take))
    stack.update(Trigger="the update")


# --- what a job may do ---


def unknown_status(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, told_as(status="CREATE PAUSED"))
    stack.create()


def unknown_status_for_good(stack: FaultyStack) -> None:
    stack.fail_for(6 * MINUTES, DESCRIBE, told_as(status="CREATE PAUSED"))
    stack.create(Timeout=3 * MINUTES)


def job_without_an_end(stack: FaultyStack) -> None:
    stack.fail_for(6 * MINUTES, DESCRIBE, GOES_ON)
    stack.create(Timeout=3 * MINUTES)


def job_without_an_end_deleted(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, GOES_ON, times=FOR_GOOD)
    stack.delete()


def job_is_lost_for_a_while(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, error("ResourceNotFoundException"), times=3)
    stack.create()


def job_is_lost(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, error("ResourceNotFoundException"), times=FOR_GOOD)
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


def fails_with(words: str, stack: FaultyStack) -> None:
    reason = (words * (BIG // len(words) + 1))[:BIG]
    stack.network.fail(DESCRIBE, told_as(status="CREATE FAILED", failureReason=reason), times=FOR_GOOD)
    stack.create()


# --- the function ---


def function_dies_of_every_attempt(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, Wrong(kill=True), times=FOR_GOOD)
    stack.create()


def function_dies_while_it_answers(stack: FaultyStack) -> None:
    stack.network.fail(ANSWER, Wrong(kill=True), times=5)
    stack.create()


def function_dies_before_any_run(stack: FaultyStack) -> None:
    stack.network.fail("StartExecution", Wrong(kill=True), times=3)
    stack.create(ServiceTimeout=UNANSWERED)


def function_has_no_time_left_once(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, Wrong(after=True))
    stack.create(function={"Timeout": 4})


def function_never_has_time(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, hang(), times=FOR_GOOD)
    stack.create(function={"Timeout": 4})


def function_is_throttled(stack: FaultyStack) -> None:
    stack.faulty = True
    client = stack.lab.client("lambda")
    stack.start_create()
    until(lambda: bool(stack.network.made("StartExecution")), 60, lambda: "no run was started")
    function = stack.physical_id(FUNCTION)
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    time.sleep(5 * MINUTES / stack.lab.aws.server.clock.speed)
    client.delete_function_concurrency(FunctionName=function)
    stack.wait()


def invocation_fails(step: str, name: str, when: str, stack: FaultyStack) -> None:
    stack.fail_invocations(step, name, when=when, times=3 if when == "before" else 1)
    stack.create()


# --- deliveries ---


def delivered_twice_at_once(stack: FaultyStack) -> None:
    stack.start_create()
    until(lambda: bool(stack.requests), 60, lambda: "no run was started")
    [request] = stack.requests.values()
    stack.deliver(request)
    stack.wait()


def update_delivered_twice(stack: FaultyStack) -> None:
    stack.start_update(Trigger="the update")
    deliver_again(stack, "Update")


def delete_delivered_twice(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, GOES_ON)
    stack.cloudformation.delete_stack(StackName=stack.stack_id)
    deliver_again(stack, "Delete")


def deliver_again(stack: FaultyStack, kind: str) -> None:
    """Deliver a request once more as soon as it has a run."""

    def asked() -> list[dict[str, Any]]:
        return [request for request in stack.requests.values() if request["RequestType"] == kind]

    until(lambda: bool(asked()), 60, lambda: "no run was started")
    stack.deliver(asked()[0])
    stack.wait()


def delivered_again_at_the_end(stack: FaultyStack) -> None:
    stack.create()
    [request] = stack.requests.values()
    stack.deliver(request)
    until(lambda: len(stack.network.made("StartExecution")) > 1, 60, lambda: "it was not delivered")


def delivered_again_with_another_url(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, GOES_ON)
    stack.start_create()
    until(lambda: bool(stack.network.made(CREATE)), 60, lambda: "no job was made")
    [request] = stack.requests.values()
    # The order of a presigned URL's query does not matter.
    url, _, query = request["ResponseURL"].partition("?")
    first, _, rest = query.partition("&")
    stack.deliver({**request, "ResponseURL": f"{url}?{rest}&{first}"})
    stack.wait()
    stack.settle()


def delivered_again_after_an_update(stack: FaultyStack) -> None:
    stack.create()
    [request] = stack.requests.values()
    stack.update(Trigger="the update")
    before = len(stack.network.made("StartExecution"))
    stack.deliver(request)
    until(lambda: len(stack.network.made("StartExecution")) > before, 60, lambda: "it was not delivered")


def delete_overtakes_create(stack: FaultyStack) -> None:
    def asks(request: str, resource: str) -> dict[str, str]:
        return {"body": f'contains(input, \'"RequestType": "{request}"\') && {resource}'}

    def wait(answers: int, _parameters: dict[str, Any]) -> None:
        def answered() -> bool:
            calls = stack.network.made(ANSWER)
            return sum(call.status == 200 and call.body["LogicalResourceId"] != "Broken" for call in calls) >= answers

        until(answered, 50, lambda: f"the job has not {answers} answers")

    # The job's Create is held back until its Delete is answered; then the rollback is, until the Create is, too.
    broken = 'contains(input, \'"LogicalResourceId": "Broken"\')'
    stack.network.fail("StartExecution", Wrong(meanwhile=partial(wait, 1), rule=asks("Create", f"!{broken}")))
    stack.network.fail("StartExecution", Wrong(meanwhile=partial(wait, 2), rule=asks("Delete", broken)))
    stack.create(broken=True)


# --- CloudFormation ---


def broken_afterwards(stack: FaultyStack) -> None:
    """Let the broken job fail only when the other one has been asked for."""

    def asked_for() -> bool:
        return any("-that-is-not" not in call.body["datasetArn"] for call in stack.network.made(CREATE))

    def wait(_parameters: dict[str, Any]) -> None:
        until(asked_for, 30, lambda: "the other job was not asked for")

    stack.network.fail(CREATE, Wrong(meanwhile=wait, rule={"body": "contains(datasetArn, '-that-is-not')"}))


def deleted_while_it_waits(stack: FaultyStack) -> None:
    full = error("LimitExceededException", body="!contains(datasetArn, '-that-is-not')")
    stack.network.fail(CREATE, full, times=FOR_GOOD)
    broken_afterwards(stack)
    stack.create(broken=True)


def deleted_while_its_job_runs(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, GOES_ON)
    broken_afterwards(stack)
    stack.create(broken=True)


def abandoned(stack: FaultyStack) -> None:
    stack.fail_for(UNANSWERED + 3 * MINUTES, DESCRIBE, GOES_ON)
    stack.create(ServiceTimeout=UNANSWERED)


def updated_while_the_last_run_goes(stack: FaultyStack) -> None:
    stack.fail_for(4 * MINUTES, DESCRIBE, GOES_ON)
    stack.create(WaitForCompletion="false")
    stack.update(Trigger="the update")


def url_is_unreachable(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, ANSWER, Wrong(rule={"reset": True}))
    stack.create()


def url_stays_unreachable(stack: FaultyStack) -> None:
    stack.network.fail(ANSWER, Wrong(rule={"reset": True}), times=FOR_GOOD)
    stack.create(ServiceTimeout=UNANSWERED)


def sibling_fails(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, GOES_ON)
    broken_afterwards(stack)
    stack.update(Trigger="the update", broken=True)


def rolled_back_after_its_end(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(Trigger="the update", broken=True, in_turn=True)


def rolled_back_twice(stack: FaultyStack) -> None:
    # A job that keeps its id is sent back by an Update; one that was replaced is deleted.
    stack.start_update(tags={"owner": "books"}, broken=True, in_turn=True)
    until(lambda: bool(stack.network.made(ANSWER)), 60, lambda: "the update was not answered")
    expired = error("AccessDenied", 403, body="PhysicalResourceId && LogicalResourceId != 'Broken'")
    stack.network.fail(ANSWER, expired, times=FOR_GOOD)
    stack.wait()


def rolled_back_again_at_last(stack: FaultyStack) -> None:
    rolled_back_twice(stack)
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    stack.cloudformation.continue_update_rollback(StackName=stack.stack_id)
    stack.wait()
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    stack.network.heal()
    stack.cloudformation.continue_update_rollback(StackName=stack.stack_id)
    stack.wait()


def rolled_back_by_hand(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.create(broken=True, in_turn=True, options={"DisableRollback": True})
    assert stack.status == "CREATE_FAILED"
    stack.cloudformation.rollback_stack(StackName=stack.stack_id)
    stack.wait()


def update_cancelled(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, GOES_ON)
    stack.start_update(Trigger="the update")
    until(lambda: bool(stack.network.made(CREATE)), 60, lambda: "no job was made")
    stack.cloudformation.cancel_update_stack(StackName=stack.stack_id)
    stack.wait()


def case(request: str, point: str, fault: str, act: Callable[[FaultyStack], None], ends: str, **more: Any) -> Case:
    return Case(request=request, point=point, fault=fault, act=act, ends=ends, **more)


CREATED, ROLLED_BACK, DELETED = "CREATE_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"
UPDATED, REVERTED, STUCK = "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"
RUNNING, QUOTA = "while its job runs", "while it waits for the quota"
NONE, TWO = {"jobs": (0,)}, {"jobs": (2,)}
LOST = {"says": "could not be described: ResourceNotFound"}
BROKEN = {"says": "ResourceNotFound"}
SILENT = {"says": "did not receive a response", "dead": True}
REFUSED: dict[str, Any] = {**BROKEN, **NONE, "dead": True, "before": {"ServiceTimeout": UNANSWERED}}
LATE = {"says": "did not end within 3 minutes"}
PAUSED = {"says": "it is CREATE PAUSED"}

DELIVERIES = [
    case("Create", "delivery", "twice at once", delivered_twice_at_once, CREATED),
    case("Update", "delivery", "twice at once", update_delivered_twice, UPDATED),
    case("Delete", "delivery", "twice at once", delete_delivered_twice, DELETED, **NONE),
    case("Create", "delivery", "again at the end", delivered_again_at_the_end, CREATED),
    case(
        "Create", "delivery", "again, with another ResponseURL", delivered_again_with_another_url, CREATED, speed=STEADY
    ),
    case("Create", "delivery", "again after an Update", delivered_again_after_an_update, UPDATED, **TWO),
    case("Create", "delivery", "after its Delete", delete_overtakes_create, ROLLED_BACK, **BROKEN, **NONE),
]
JOBS = [
    case("Create", CREATE, "LimitExceeded for 5 minutes", quota_is_full, CREATED),
    case("Create", CREATE, "LimitExceeded for good", quota_stays_full, ROLLED_BACK, says="within 3 minutes", **NONE),
    case("Create", CREATE, "ResourceInUse for 5 minutes", resource_is_in_use, CREATED),
    case("Update", CREATE, "a foreign job has the name", name_is_taken, UPDATED, **TWO),
    case("Create", DESCRIBE, "an unknown status for 2 minutes", unknown_status, CREATED),
    case("Create", DESCRIBE, "an unknown status for good", unknown_status_for_good, ROLLED_BACK, **PAUSED),
    case("Create", RUNNING, "the job never ends", job_without_an_end, ROLLED_BACK, **LATE),
    case("Create", DESCRIBE, "the job is lost for a while", job_is_lost_for_a_while, CREATED, speed=STEADY),
    case("Create", DESCRIBE, "the job is lost for good", job_is_lost, ROLLED_BACK, **LOST),
]
REASONS = [
    case(
        "Create",
        DESCRIBE,
        f"a reason of 100 KB: {script}",
        partial(fails_with, words),
        ROLLED_BACK,
        says="Personalize dataset import job failed: ",
    )
    for script, words in SCRIPTS.items()
]
CRASHES = [
    case("Create", CREATE, "killed always", function_dies_of_every_attempt, ROLLED_BACK, says="crashed", **NONE),
    case("Create", ANSWER, "killed five times", function_dies_while_it_answers, CREATED),
    case("Create", "StartExecution", "killed always", function_dies_before_any_run, ROLLED_BACK, **SILENT, **NONE),
    case("Create", CREATE, "the function's time is up, once", function_has_no_time_left_once, CREATED),
    case("Create", CREATE, "its time is always up", function_never_has_time, ROLLED_BACK, says="timed out", **NONE),
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
DEPLOYMENTS = [
    case("Create", QUOTA, "deleted", deleted_while_it_waits, ROLLED_BACK, **BROKEN, **NONE),
    case("Create", RUNNING, "deleted", deleted_while_its_job_runs, ROLLED_BACK, **BROKEN),
    case("Create", RUNNING, "abandoned", abandoned, ROLLED_BACK, says="did not receive a response"),
    case("Create", RUNNING, "an Update comes", updated_while_the_last_run_goes, UPDATED, **TWO),
    case("Create", ANSWER, "unreachable for 5 minutes", url_is_unreachable, CREATED),
    case("Create", ANSWER, "unreachable for good", url_stays_unreachable, "ROLLBACK_FAILED", **SILENT),
    case("Create", "at its end", "rolled back by hand, later", rolled_back_by_hand, ROLLED_BACK, **BROKEN),
    case("Update", RUNNING, "rolled back", sibling_fails, REVERTED, **BROKEN),
    case("Update", "at its end", "rolled back", rolled_back_after_its_end, REVERTED, **BROKEN),
    case("Update", RUNNING, "cancelled by a person", update_cancelled, REVERTED),
    case("Update of tags", "rollback", "its answer is refused", rolled_back_twice, STUCK, **REFUSED),
    case("Update of tags", "rollback", "rolled back three times", rolled_back_again_at_last, REVERTED, **REFUSED),
]
# The longest first: cases are played at the same time.
CASES = [
    case("Delete", RUNNING, "the job never ends", job_without_an_end_deleted, DELETED, **NONE),
    *CRASHES,
    *DEPLOYMENTS,
    *JOBS,
    *DELIVERIES,
    *INVOCATIONS,
    *REASONS,
]
