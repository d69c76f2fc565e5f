"""No job is created in a rollback, after a deployment, or for a request that has a later one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.stub import ANY
from creation_steps import ARN, FIRST_NAME

from data_jobs.request import Request


def test_a_create_that_waits_its_turn_continues_while_other_resources_are_imported(function: Any) -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.create(function.run(attempts=1), after=60, stack="IMPORT_IN_PROGRESS", others={})

    assert run["id"] == ARN + FIRST_NAME


def changed(function: Any) -> dict[str, Any]:
    """An Update that would run a new job."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old", OldResourceProperties={})
    return event


def test_a_rollback_moves_no_data(function: Any) -> None:
    run = function.create(function.run(changed(function)), stack="UPDATE_ROLLBACK_IN_PROGRESS")
    function.executions({})
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    run = function.create(run, after=10, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied"])
def test_a_rollback_that_cannot_describe_its_stack_at_once_moves_no_data_either(function: Any, code: str) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stacks", code)

    run = function.step("create", function.run(changed(function)))
    assert run["next"] == "create"
    function.executions({})
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    run = function.create(run, after=10, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


def test_an_update_that_waits_its_turn_gives_up_when_the_stack_rolls_back(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run(changed(function)), stack="UPDATE_IN_PROGRESS")
    run = function.create(run, after=5, stack="UPDATE_ROLLBACK_IN_PROGRESS")

    assert run["outcome"]["succeeded"] is False
    assert run["outcome"]["reason"] == "given up, because the stack is in UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED"])
def test_an_update_that_waits_its_turn_gives_up_when_its_deployment_is_over(function: Any, status: str) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run(changed(function)), stack="UPDATE_IN_PROGRESS")
    run = function.create(run, after=60, stack=status)

    assert run["outcome"]["reason"] == f"given up, because the stack is in {status}"


@pytest.mark.parametrize("successor", ["update-0000aaaa-1", "delete-0000aaaa-1"])
def test_an_update_that_waits_its_turn_gives_up_for_a_later_one_that_has_ended_long_since(
    function: Any, successor: str
) -> None:
    """A rollback comes and goes between two looks, and the next deployment leaves the job alone."""
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    event = changed(function)
    executions = Request.from_event(event).execution_prefix()
    run = function.create(function.run(event), stack="UPDATE_IN_PROGRESS")
    others = {f"{executions}{successor}": 30.0, Request.from_event(event).execution_name: 60.0}
    run = function.create(run, after=60, stack="UPDATE_IN_PROGRESS", others=others)

    assert run["outcome"]["reason"] == "given up, because a later request has taken over"


@pytest.mark.parametrize(
    ("known", "after", "since", "asks"),
    [({}, 10, 10, False), ({}, 11, 11, True), ({"attempts": 1}, 6, 6, True), ({"attempts": 1}, 60, 5, False)],
    ids=["at once", "late", "again", "in the same operation"],
)
def test_a_later_request_is_searched_for_only_where_there_may_be_one(
    function: Any, known: dict[str, Any], after: float, since: float, *, asks: bool
) -> None:
    event = changed(function)
    run = function.run(event, **known)
    function.stack("UPDATE_IN_PROGRESS", since=function.now + since)
    function.now += after
    if asks:
        function.executions({f"{Request.from_event(event).execution_prefix()}update-0000aaaa-1": 0.5}, running=False)
    else:
        arn = {"datasetImportJobArn": ARN + FIRST_NAME}
        function.stubs["personalize"].add_response("create_dataset_import_job", arn)

    assert function.step("create", run)["id"] == ARN + ("old" if asks else FIRST_NAME)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_later_request_is_searched_for_until_a_whole_page_is_older(function: Any, *, is_there: bool) -> None:
    """The most recent come first, which may mean those that ended last: one that began long ago proves nothing."""
    event = changed(function)
    prefix = Request.from_event(event).execution_prefix()
    pages = [{f"{prefix}run-1": 9999.0, f"{prefix}run-2": 30.0}, {f"{prefix}update-0000aaaa-1": 30.0}]
    pages = pages if is_there else [{f"{prefix}run-1": 9999.0, f"{prefix}run-2": 999.0}]
    function.now += 60
    function.stack("UPDATE_IN_PROGRESS", since=function.now - 40)
    for number, page in enumerate(pages):
        listed = [execution(name, function.now - age) for name, age in page.items()]
        response = {"executions": listed, "nextToken": str(number + 1)}
        requested = {"stateMachineArn": ANY, "maxResults": 1000} | ({"nextToken": str(number)} if number else {})
        function.stubs["stepfunctions"].add_response("list_executions", response, requested)
    if is_there:
        requested = {"stateMachineArn": ANY, "maxResults": 1000, "nextToken": "2"}
        function.stubs["stepfunctions"].add_response("list_executions", {"executions": []}, requested)
    else:
        arn = {"datasetImportJobArn": ARN + FIRST_NAME}
        function.stubs["personalize"].add_response("create_dataset_import_job", arn)

    run = function.step("create", {**function.run(event), "started": function.now - 60})

    assert run["id"] == ARN + ("old" if is_there else FIRST_NAME)


def execution(name: str, began: float) -> dict[str, Any]:
    """One of the executions that Step Functions lists."""
    at = dt.datetime.fromtimestamp(began, dt.timezone.utc)
    return {"executionArn": name, "stateMachineArn": "machine", "name": name, "status": "SUCCEEDED", "startDate": at}


def test_a_first_step_that_was_tried_for_minutes_checks_for_later_requests(function: Any) -> None:
    event = changed(function)
    others = {f"{Request.from_event(event).execution_prefix()}update-0000aaaa-1": 30.0}

    run = function.create(function.run(event), after=60, stack="UPDATE_IN_PROGRESS", others=others)

    assert (run["next"], run["id"], run["kept"]) == ("check", ARN + "old", True)


@pytest.mark.parametrize(
    "other", ["run-0000aaaa-1", "update-{own}-1", "update-0000aaaa-1"], ids=["a run", "own", "before"]
)
def test_what_is_no_successor_does_not_take_over(function: Any, other: str) -> None:
    event = changed(function)
    own = Request.from_event(event).delivery_prefix.split("-")[-2]
    name = Request.from_event(event).execution_prefix() + other.format(own=own)
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN + FIRST_NAME})

    run = function.run(event)
    age = 60.0 if other == "update-0000aaaa-1" else 30.0
    run = function.create(run, after=60, stack="UPDATE_IN_PROGRESS", others={name: age})

    assert run["id"] == ARN + FIRST_NAME


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_create_gives_up_when_the_stack_rolls_back(function: Any, attempts: int) -> None:
    run = function.create(function.run(attempts=attempts), stack="ROLLBACK_IN_PROGRESS")

    assert run["next"] == "report"
    assert run["outcome"]["reason"] == "given up, because the stack is in ROLLBACK_IN_PROGRESS"
