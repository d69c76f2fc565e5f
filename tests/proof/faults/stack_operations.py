"""What a user or a changed app does to a stack while its jobs run: deletions, cancellations, moves, wait chains."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from faults.app import LINK
from faults.case import ALWAYS, FAST, STEADY, Case, describe_as, error
from faults.cloudformation import broken_afterwards
from faults.scenarios import (
    BROKEN,
    CREATE,
    DELETED,
    DESCRIBE,
    MINUTES,
    NONE,
    QUOTA,
    REVERTED,
    ROLLED_BACK,
    RUNNING,
    STILL_RUNNING,
    TWO,
    UPDATED,
)
from faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.faulty_stack import FaultyStack

FULL = error("LimitExceededException")
FAILED = describe_as(status="CREATE FAILED", failureReason="a column is missing")
IDENTITY = "-moved"
"""How the names of what the stack makes end when its job moves."""


def wait_for(stack: FaultyStack, call: str) -> None:
    """Wait until the function has made a call."""
    until(lambda: bool(stack.network.made(call)), 100, lambda: f"there was no {call}")


# --- a user deletes a stack that is being created, or cancels an update ---


def deleted_before_any_run(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, "StartExecution", error("ThrottlingException"))
    stack.start_create()
    wait_for(stack, "StartExecution")
    stack.delete()


def deleted_while_it_waits(stack: FaultyStack) -> None:
    stack.network.fail(CREATE, FULL, times=ALWAYS)
    stack.start_create()
    wait_for(stack, CREATE)
    stack.delete()


def deleted_while_its_job_runs(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.start_create(**stack.changes)
    wait_for(stack, DESCRIBE)
    stack.delete()


def cancelled_while_it_waits(stack: FaultyStack, **changes: Any) -> None:
    stack.network.fail(CREATE, FULL, times=ALWAYS)
    stack.start_update(**changes)
    wait_for(stack, CREATE)
    cancel(stack)


def cancelled_while_its_job_runs(stack: FaultyStack, **changes: Any) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.start_update(**changes)
    wait_for(stack, DESCRIBE)
    cancel(stack)


def cancel(stack: FaultyStack) -> None:
    stack.cloudformation.cancel_update_stack(StackName=stack.stack_id)
    stack.wait()


# --- a job moves to another dataset ---


def moves(stack: FaultyStack) -> None:
    stack.fail_for(2 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.update(moved=True)


def moves_and_is_rolled_back(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    broken_afterwards(stack)
    stack.update(moved=True, broken=True)


def moves_and_is_rolled_back_after_its_end(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(moved=True, broken=True, in_turn=True)


def moves_back_while_the_last_run_goes(stack: FaultyStack) -> None:
    stack.update(moved=True, WaitForCompletion="false")
    own = {"body": f"contains(datasetImportJobArn, '{latest(stack)}')"}
    stack.fail_for(3 * MINUTES, DESCRIBE, describe_as(rule=own, status="CREATE IN_PROGRESS"))
    stack.update(moved=False)


def latest(stack: FaultyStack) -> str:
    """The name of the job that was made last."""
    return str(max(stack.jobs, key=lambda job: job["creationDateTime"])["jobName"])


def waited(stack: FaultyStack) -> list[str]:
    """Whether the stack came to rest while a job went on that it was to wait for: its data was gone then."""
    early = stack.rested_at < stack.network.goes_on_until
    return ["the stack did not wait until its job had ended"] if early else []


def waited_and_nothing_of_the_move(stack: FaultyStack) -> list[str]:
    return [*waited(stack), *nothing_of_the_move(stack)]


def nothing_of_the_move(stack: FaultyStack) -> list[str]:
    """What is still there of the dataset to which the job moved."""
    client = stack.environment.client("personalize")
    there = [
        *(group["name"] for group in client.list_dataset_groups(maxResults=100)["datasetGroups"]),
        *(schema["name"] for schema in client.list_schemas(maxResults=100)["schemas"]),
        *(dataset["name"] for dataset in client.list_datasets(maxResults=100)["datasets"]),
    ]
    return [f"{name} was left behind" for name in there if name == f"{stack.name}{IDENTITY}"]


# --- waiting resources are added and removed with the timeout ---


def raised(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(kind="links")


def raised_after_a_failure_that_was_accepted(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, FAILED, times=ALWAYS)
    stack.update(Trigger="one that fails", OnFailure="CONTINUE")
    stack.update(kind="links")


def raised_when_the_job_is_lost(stack: FaultyStack) -> None:
    stack.network.fail(DESCRIBE, error("ResourceNotFoundException"), times=ALWAYS)
    stack.update(kind="links")


def raised_with_a_new_run(stack: FaultyStack) -> None:
    stack.fail_for(1.5 * LINK, DESCRIBE, STILL_RUNNING)
    stack.update(kind="links", Trigger="the update")


def raised_and_rolled_back(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(kind="links", broken=True, in_turn=True)


def lowered(stack: FaultyStack) -> None:
    stack.faulty = True
    stack.update(kind="import")


def lowered_while_its_job_runs(stack: FaultyStack) -> None:
    stack.fail_for(3 * MINUTES, DESCRIBE, STILL_RUNNING)
    stack.update(kind="links", Trigger="the update", WaitForCompletion="false")
    stack.update(kind="import")


def outlasts_its_links(stack: FaultyStack) -> None:
    stack.fail_for(8 * LINK, DESCRIBE, STILL_RUNNING)
    stack.create()


# --- a job is removed from a stack ---


def removed_while_it_runs(stack: FaultyStack) -> None:
    stack.update(Trigger="the update", WaitForCompletion="false", kind="two")
    stack.fail_for(3 * MINUTES, DESCRIBE, describe_as(rule={"body": OTHER}, status="CREATE IN_PROGRESS"))
    stack.update(kind="import")


OTHER = "contains(datasetImportJobArn, '-other-')"
"""Calls about the second job of the kind `two`, as a condition of one of microburst's rules."""


def case(request: str, point: str, fault: str, act: Callable[[FaultyStack], None], ends: str, **more: Any) -> Case:
    # Waiting resources wait for less than an hour (app.py), of which a busy machine must not take all.
    speed = STEADY if "links" in f"{request} {fault}".lower() else FAST
    return Case(request=request, point=point, fault=fault, act=act, ends=ends, speed=speed, **more)


WAITS: dict[str, Any] = {"more_problems": waited}
GONE: dict[str, Any] = {"more_problems": waited_and_nothing_of_the_move}
MOVED: dict[str, Any] = {"more_problems": nothing_of_the_move}
CANCELLED, DELETED_EARLY = {"reason": "Resource update cancelled"}, {"reason": "Resource creation cancelled"}
PERSON = "a person deletes the stack"
TRIGGER = {"Trigger": "the update"}
MOVE = {"moved": True}
LINKS: dict[str, Any] = {"kind": "links"}

CASES = [
    case("Create", "StartExecution", PERSON, deleted_before_any_run, DELETED, **DELETED_EARLY, **NONE),
    case("Create", QUOTA, PERSON, deleted_while_it_waits, DELETED, **DELETED_EARLY, **NONE),
    case("Create", RUNNING, PERSON, deleted_while_its_job_runs, DELETED, **DELETED_EARLY, **WAITS),
    case("Update", QUOTA, "cancelled", partial(cancelled_while_it_waits, **TRIGGER), REVERTED, **CANCELLED, **NONE),
    case(
        "Update", RUNNING, "cancelled", partial(cancelled_while_its_job_runs, **TRIGGER), REVERTED, **CANCELLED, **WAITS
    ),
    case("Move", QUOTA, "cancelled", partial(cancelled_while_it_waits, **MOVE), REVERTED, **CANCELLED, **NONE, **MOVED),
    case("Move", RUNNING, "cancelled", partial(cancelled_while_its_job_runs, **MOVE), REVERTED, **CANCELLED, **GONE),
    case("Move", RUNNING, "goes on for 2 minutes", moves, UPDATED),
    case("Move", RUNNING, "rolled back", moves_and_is_rolled_back, REVERTED, **BROKEN, **GONE),
    case("Move", "at its end", "rolled back", moves_and_is_rolled_back_after_its_end, REVERTED, **BROKEN, **MOVED),
    case("Move", RUNNING, "moves back", moves_back_while_the_last_run_goes, UPDATED, **TWO, **GONE),
    case("Links added", "at its end", "the job succeeded", raised, UPDATED, **NONE),
    case("Links added", "at its end", "the job failed, accepted", raised_after_a_failure_that_was_accepted, UPDATED),
    case("Links added", DESCRIBE, "the job is lost for good", raised_when_the_job_is_lost, UPDATED, **NONE),
    case("Links added", RUNNING, "a new run", raised_with_a_new_run, UPDATED),
    case("Links added", "at its end", "rolled back", raised_and_rolled_back, REVERTED, **BROKEN, **NONE),
    case("Links removed", "at its end", "the job succeeded", lowered, UPDATED, **NONE, **LINKS),
    case("Links removed", RUNNING, "the job goes on", lowered_while_its_job_runs, UPDATED, **LINKS),
    case("Create", RUNNING, "outlasts its links", outlasts_its_links, ROLLED_BACK, reason="within another", **LINKS),
    case("Removal", RUNNING, "its job goes on", removed_while_it_runs, UPDATED, kind="two", **WAITS),
]
