"""Requests that are delivered more than once, and deployments that are abandoned, cancelled or rolled back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from faults.case import ALWAYS, STEADY, UNANSWERED, error
from faults.network import RESPONSE, CallFault
from faults.scenarios import (
    BROKEN,
    CREATE,
    CREATED,
    DELETED,
    DESCRIBE,
    MINUTES,
    NONE,
    QUOTA,
    REFUSED,
    REVERTED,
    ROLLED_BACK,
    RUNNING,
    SILENT,
    STILL_RUNNING,
    STUCK,
    TWO,
    UPDATED,
    case,
)
from faults.waiting import until

if TYPE_CHECKING:
    from faults.faulty_stack import FaultyStack


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
    stack.fail_for(2 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.cloudformation.delete_stack(StackName=stack.stack_id)
    deliver_again(stack, "Delete")


def deliver_again(stack: FaultyStack, kind: str) -> None:
    """Deliver a request once more as soon as it has a run."""

    def requested() -> list[dict[str, Any]]:
        return [request for request in stack.requests.values() if request["RequestType"] == kind]

    until(lambda: bool(requested()), 60, lambda: "no run was started")
    stack.deliver(requested()[0])
    stack.wait()


def delivered_again_at_the_end(stack: FaultyStack) -> None:
    stack.create()
    [request] = stack.requests.values()
    stack.deliver(request)
    until(lambda: len(stack.network.made("StartExecution")) > 1, 60, lambda: "it was not delivered")


def delivered_again_with_another_url(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, STILL_RUNNING)
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
    def requests(request: str, resource: str) -> dict[str, str]:
        return {"body": f'contains(input, \'"RequestType": "{request}"\') && {resource}'}

    def wait(responses: int, _parameters: dict[str, Any]) -> None:
        def answered() -> bool:
            calls = stack.network.made(RESPONSE)
            return sum(call.status == 200 and call.body["LogicalResourceId"] != "Broken" for call in calls) >= responses

        until(answered, 50, lambda: f"the job has not {responses} responses")

    # The job's Create is held back until its Delete is answered; then the rollback is, until the Create is, too.
    broken = 'contains(input, \'"LogicalResourceId": "Broken"\')'
    create, delete = requests("Create", f"!{broken}"), requests("Delete", broken)
    stack.network.fail("StartExecution", CallFault(before_forwarding=partial(wait, 1), rule=create))
    stack.network.fail("StartExecution", CallFault(before_forwarding=partial(wait, 2), rule=delete))
    stack.create(broken=True)


# --- CloudFormation ---


def broken_afterwards(stack: FaultyStack) -> None:
    """Let the broken job fail only when the other one has been requested."""

    def requested() -> bool:
        return any("-that-is-not" not in call.body["datasetArn"] for call in stack.network.made(CREATE))

    def wait(_parameters: dict[str, Any]) -> None:
        until(requested, 30, lambda: "the other job was not requested")

    stack.network.fail(CREATE, CallFault(before_forwarding=wait, rule={"body": "contains(datasetArn, '-that-is-not')"}))


def deleted_while_it_waits(stack: FaultyStack) -> None:
    full = error("LimitExceededException", body="!contains(datasetArn, '-that-is-not')")
    stack.network.fail(CREATE, full, times=ALWAYS)
    broken_afterwards(stack)
    stack.create(broken=True)


def deleted_while_its_job_runs(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    broken_afterwards(stack)
    stack.create(broken=True)


def abandoned(stack: FaultyStack) -> None:
    stack.fail_for(UNANSWERED + 3 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.create(ServiceTimeout=UNANSWERED)


def updated_while_the_last_run_goes(stack: FaultyStack) -> None:
    stack.fail_for(4 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.create(WaitForCompletion="false")
    stack.update(Trigger="the update")


def url_is_unreachable(stack: FaultyStack) -> None:
    stack.fail_for(5 * MINUTES, RESPONSE, CallFault(rule={"reset": True}))
    stack.create()


def url_stays_unreachable(stack: FaultyStack) -> None:
    stack.network.fail(RESPONSE, CallFault(rule={"reset": True}), times=ALWAYS)
    stack.create(ServiceTimeout=UNANSWERED)


def sibling_fails(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    broken_afterwards(stack)
    stack.update(Trigger="the update", broken=True)


def rolled_back_after_its_end(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(Trigger="the update", broken=True, in_turn=True)


def rolled_back_twice(stack: FaultyStack) -> None:
    # A job that keeps its id is sent back by an Update; one that was replaced is deleted.
    stack.start_update(tags={"owner": "books"}, broken=True, in_turn=True)
    until(lambda: bool(stack.network.made(RESPONSE)), 60, lambda: "the update was not answered")
    expired = error("AccessDenied", 403, body="PhysicalResourceId && LogicalResourceId != 'Broken'")
    stack.network.fail(RESPONSE, expired, times=ALWAYS)
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
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.start_update(Trigger="the update")
    until(lambda: bool(stack.network.made(CREATE)), 60, lambda: "no job was made")
    stack.cloudformation.cancel_update_stack(StackName=stack.stack_id)
    stack.wait()


DEPLOYMENTS = [
    case("Create", QUOTA, "deleted", deleted_while_it_waits, ROLLED_BACK, **BROKEN, **NONE),
    case("Create", RUNNING, "deleted", deleted_while_its_job_runs, ROLLED_BACK, **BROKEN),
    case("Create", RUNNING, "abandoned", abandoned, ROLLED_BACK, reason="did not receive a response"),
    case("Create", RUNNING, "an Update comes", updated_while_the_last_run_goes, UPDATED, **TWO),
    case("Create", RESPONSE, "unreachable for 5 minutes", url_is_unreachable, CREATED),
    case("Create", RESPONSE, "unreachable for good", url_stays_unreachable, "ROLLBACK_FAILED", **SILENT),
    case("Create", "at its end", "rolled back by hand, later", rolled_back_by_hand, ROLLED_BACK, **BROKEN),
    case("Update", RUNNING, "rolled back", sibling_fails, REVERTED, **BROKEN),
    case("Update", "at its end", "rolled back", rolled_back_after_its_end, REVERTED, **BROKEN),
    case("Update", RUNNING, "cancelled by a person", update_cancelled, REVERTED),
    case("Update of tags", "rollback", "its response is refused", rolled_back_twice, STUCK, **REFUSED),
    case("Update of tags", "rollback", "rolled back three times", rolled_back_again_at_last, REVERTED, **REFUSED),
]
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
CASES = [*DEPLOYMENTS, *DELIVERIES]
