"""The Update of a rollback waits for the runs that it rolls back, because their data may be deleted next."""

from __future__ import annotations

from typing import Any

import pytest

from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/"
BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
REJECTED = "update-0000aaaa-0123456789ab"
FILES = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]


def update(function: Any, **changes: Any) -> dict[str, Any]:
    """An Update that takes back a new job."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old")
    event["OldResourceProperties"] = {**event["ResourceProperties"], "Trigger": "2"}
    event["ResourceProperties"] |= changes
    return event


def prefix(function: Any) -> str:
    return str(Request.from_event(function.event()).execution_prefix())


def look(function: Any, run: dict[str, Any], others: dict[str, float], *, after: float = 0) -> dict[str, Any]:
    """Take a step that lists the runs and, if there are no others, describes the job that the resource has."""
    function.now += after
    function.executions({prefix(function) + name: age for name, age in others.items()})
    if not others:
        describe(function)
    run = function.create(run, stack=BACK)
    assert run["next"] in ("create", "check")
    return run


def describe(function: Any, status: str = "ACTIVE") -> None:
    job = {"datasetImportJobArn": ARN + "old", "status": status}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})


@pytest.mark.parametrize("other", [REJECTED, "create-0000aaaa-0123456789ab", "run-0000aaaa-0123456789ab"])
def test_it_waits_forevery_run_that_began_before(function: Any, other: str) -> None:
    run = look(function, function.run(update(function)), {other: 10}, after=10)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 5, "job")
    assert run["state"] == "a run that the rolled-back update has started is still running"

    run = look(function, run, {}, after=60)
    assert (run["next"], run["kept"], run["id"]) == ("check", True, ARN + "old")


def test_a_run_that_has_just_begun_may_be_in_no_list_yet(function: Any) -> None:
    run = function.create(function.run(update(function)), after=9, stack=BACK)

    assert run["next"] == "create"


@pytest.mark.parametrize(
    ("other", "age"),
    [("run-0000aaaa-0123456789ab", 4), ("delete-0000aaaa-0123456789ab", 60), ("run-0000aaaa-w01800000000", 60)],
    ids=["later", "delete", "files"],
)
def test_what_started_later_or_waits_for_uploads_and_a_deletion_are_not_waited_for(
    function: Any, other: str, age: float
) -> None:
    describe(function)
    run = look(function, function.run(update(function)), {other: age}, after=10)

    assert run["kept"]


def test_a_run_that_waits_for_its_turn_behind_the_rollback_is_not_waited_for(function: Any) -> None:
    event = update(function)
    own, other = Request.from_event(event).execution_name, f"{prefix(function)}run-0000aaaa-0123456789ab"
    run = function.run(event)
    function.now += 60
    function.stack(BACK)
    function.executions({own: 59.0, other: 60.0})
    assert function.step("create", run, execution=own)["next"] == "create"

    function.stack(BACK)
    function.executions({own: 59.0, other: 59.0})  # that one does not wait for this
    assert function.step("create", run, execution=own)["next"] == "create"

    function.stack(BACK)
    function.executions({own: 58.0, other: 57.0})
    describe(function)
    assert function.step("create", run, execution=own)["kept"]


def test_an_update_that_sees_the_rollback_first_does_not_wait_for_the_rollbacks(function: Any) -> None:
    """That one waits for it."""
    event, after = update(function), f"{prefix(function)}update-ffffffff-0123456789ab"
    own = Request.from_event(event).execution_name
    run = function.run(event)
    function.now += 60
    function.stack(BACK)
    function.executions({own: 59.0, after: 59.0})
    describe(function)

    assert function.step("create", run, execution=own)["kept"]


def test_it_checks_no_job_and_makes_no_more_calls(function: Any) -> None:
    run = function.create(function.run(update(function)), stack=BACK)
    run = function.create(run, after=3300, stack=BACK)
    describe(function, "CREATE FAILED")

    assert function.step("check", run)["outcome"]["succeeded"]


def test_of_two_deliveries_of_a_rollbacks_request_neither_waits_for_the_other(function: Any) -> None:
    event = update(function)
    other = Request.from_event(event).delivery_prefix.removeprefix(prefix(function)) + "0123456789ab"
    describe(function)

    assert look(function, function.run(event), {other: 60}, after=60)["kept"]


def test_it_waits_for_a_job_whose_run_has_died_if_cloudformation_took_its_id(function: Any) -> None:
    function.now += 10
    for status, following in (("CREATE IN_PROGRESS", "create"), ("CREATE FAILED", "check")):
        function.executions({})
        describe(function, status)
        run = function.create(function.run(update(function), started=function.now - 10), stack=BACK)
        assert run["next"] == following


def test_a_resource_that_never_had_a_job_has_none_to_wait_for(function: Any) -> None:
    event = update(function)
    event["PhysicalResourceId"] = event["LogicalResourceId"]
    function.now += 10
    function.executions({})

    assert function.create(function.run(event, started=function.now - 10), stack=BACK)["kept"]


def test_a_job_that_is_created_after_all_is_no_rollbacks(function: Any) -> None:
    """The first look came so early that it saw how the operation before had ended."""
    run = function.create(function.run(update(function)), stack="UPDATE_ROLLBACK_COMPLETE")
    job = {"datasetImportJobArn": ARN + "shop-interactions-19f1064b"}
    function.stubs["personalize"].add_response("create_dataset_import_job", job)
    run = function.create(run, after=9, stack="UPDATE_IN_PROGRESS")
    describe(function, "CREATE IN_PROGRESS")

    function.step("report", function.step("check", run, after=3300))

    assert function.responses.bodies[0]["Status"] == "FAILED"


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_final_stack_status_is_believed_after_ten_seconds(function: Any, request_type: str, status: str) -> None:
    event = update(function) if request_type == "Update" else function.event()
    run = function.create(function.run(event), stack=status)
    assert (run["next"], run["wait"], run.get("rejects")) == ("create", 10, None)
    assert (run["state"], run["waiting_for"]) == (f"the stack may be in {status} no longer", "service")

    if request_type == "Update":
        function.executions({})
        describe(function)
    run = function.create(run, after=10, stack=status)

    assert run["next"] == ("check" if request_type == "Update" else "report")


def test_a_crash_after_such_an_early_call_is_no_rollbacks(function: Any) -> None:
    run = function.create(function.run(update(function)), stack="UPDATE_ROLLBACK_COMPLETE")
    function.stack("UPDATE_IN_PROGRESS")

    function.crashed(run, after=120)

    assert function.responses.bodies[0]["Status"] == "FAILED"


def test_a_crash_after_two_such_calls_is_no_rollbacks(function: Any) -> None:
    run = function.create(function.run(update(function)), stack="UPDATE_ROLLBACK_COMPLETE")
    function.executions({prefix(function) + "run-0000aaaa-0123456789ab": 60.0})
    run = function.create(run, after=10, stack="UPDATE_ROLLBACK_COMPLETE")
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(run, after=10, stack="UPDATE_IN_PROGRESS")

    function.crashed(run)

    assert function.responses.bodies[0]["Status"] == "FAILED"


@pytest.mark.parametrize("status", ["CREATE IN_PROGRESS", "ACTIVE"])
def test_the_copies_of_the_job_that_it_keeps_continuely_if_that_has_ended(function: Any, status: str) -> None:
    run = look(function, function.run(update(function, Files=FILES)), {}, after=10)
    describe(function, status)
    if status == "ACTIVE":
        function.executions({})
        function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", function.step("check", run))["next"] == "succeed"


def test_clocks_that_differ_by_five_seconds_hide_no_run_that_began_before(function: Any) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 5}, after=10)

    assert run["next"] == "create"


def test_a_request_is_dated_by_the_second_so_what_began_in_it_was_before(function: Any) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 9.1}, after=10)

    assert run["next"] == "create"


@pytest.mark.parametrize("is_there", [True, False])
def test_what_left_its_copies_to_the_rollback_is_cleaned_up_by_it(function: Any, *, is_there: bool) -> None:
    run = look(function, function.run(update(function, Files=FILES)), {}, after=10)
    if is_there:
        describe(function)
    else:
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", function.step("check", run))["next"] == "succeed"


def test_an_update_that_a_later_one_took_over_leaves_the_copies_to_that(function: Any) -> None:
    event = update(function, Files=FILES)
    others = {prefix(function) + "update-0000aaaa-1": 30.0, Request.from_event(event).execution_name: 60.0}

    run = function.create(function.run(event), after=60, stack="UPDATE_IN_PROGRESS", others=others)

    assert run["kept"]
    assert "copied" not in run


def test_a_rollback_that_crashes_while_it_waits_fails_no_stack_and_watches_no_job(function: Any) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 60}, after=10)

    run = function.crashed(run)

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN + "old")
    assert run["next"] == "succeed"


@pytest.mark.parametrize("timeout", ["60", "3300"])
def test_it_waits_for_55_minutes_whatever_the_jobs_time_out(function: Any, timeout: str) -> None:
    run = function.run(update(function, Timeout=timeout))
    run = look(function, run, {REJECTED: 9999}, after=3299)
    assert run["next"] == "create"

    run = function.create(run, after=1, stack=BACK)
    assert (run["next"], run["kept"], run["id"]) == ("check", True, ARN + "old")


def test_at_the_deadline_it_succeeds_even_if_no_call_succeeded(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = look(function, function.run(update(function)), {REJECTED: 60}, after=10)
    function.stubs["cloudformation"].add_client_error("describe_stacks", "Throttling")

    run = function.step("report", function.step("create", run, after=3300))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN + "old")
    assert run["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out


@pytest.mark.parametrize(("code", "step"), [("ThrottlingException", "create"), ("ValidationException", "check")])
def test_a_list_that_cannot_be_had_now_is_waited_for(function: Any, code: str, step: str) -> None:
    function.stubs["stepfunctions"].add_client_error("list_executions", code)

    assert function.create(function.run(update(function)), after=10, stack=BACK)["next"] == step


@pytest.mark.parametrize(("status", "following"), [(BACK, "create"), ("UPDATE_IN_PROGRESS", "check")])
def test_a_job_that_no_deployment_runs_any_more_is_waited_for_in_a_rollback_only(
    function: Any, status: str, following: str
) -> None:
    event = update(function, DeployTime="false")

    assert function.create(function.run(event), stack=status)["next"] == following


def test_what_waits_on_waits_for_nothing_in_a_rollback(function: Any) -> None:
    event = update(function, Job=ARN + "old")
    event["OldResourceProperties"]["Job"] = ARN + "new"

    assert function.create(function.run(event), after=60, stack=BACK)["kept"]
