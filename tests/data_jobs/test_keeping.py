"""An Update that keeps its job fails with it only if the deployment before failed with it."""

from __future__ import annotations

from typing import Any

import pytest
from keeping_steps import (
    ARN,
    CONTINUE,
    DOES_NOT_WAIT,
    GONE,
    check_failed_job,
    describe,
    keep_job,
    recheck,
    stub_last_request,
    update,
    wait_request,
)

from data_jobs.definitions import table
from data_jobs.errors import CallFailed
from data_jobs.request import Request


def test_a_failed_job_that_nobody_accepted_fails_the_update_again(function: Any) -> None:
    outcome = keep_job(function, update(function), "CREATE FAILED")["outcome"]

    assert not outcome["succeeded"]
    assert "failed: no such column" in outcome["reason"]
    assert (
        "This update keeps that job: correct its data, and change its trigger if the data is in a bucket"
        in outcome["reason"]
    )


def test_a_job_without_enough_of_its_entries_fails_the_update_again(function: Any) -> None:
    event = update(function)
    event["ResourceProperties"]["Definition"] = {**table()[event["ResourceType"]], "failures": "`3`"}
    event["OldResourceProperties"]["Definition"] = event["ResourceProperties"]["Definition"]

    assert "3 failed entries where 0 are accepted" in keep_job(function, event, "ACTIVE")["outcome"]["reason"]


@pytest.mark.parametrize(
    ("last", "properties"),
    [("FAILED", CONTINUE), ("FAILED", DOES_NOT_WAIT), ("RUNNING", DOES_NOT_WAIT), ("SUCCEEDED", {})],
)
@pytest.mark.parametrize("status", ["CREATE FAILED", "CREATE IN_PROGRESS"])
def test_what_the_last_request_accepted_stays_accepted(
    function: Any, last: str, properties: dict[str, Any], status: str
) -> None:
    """A rollback's Update succeeds, and so does one that keeps a job which was accepted before."""
    stub_last_request(function, "update-1", status=last, **properties)
    describe(function, status)
    function.stack("UPDATE_IN_PROGRESS")

    run = function.step("check", function.step("create", function.run(update(function))))

    assert run["outcome"]["succeeded"]
    assert run["outcome"]["attributes"]["status"] == status


@pytest.mark.parametrize("last", ["FAILED", "RUNNING", "ABORTED", "TIMED_OUT"])
def test_what_did_not_succeed_is_not_accepted(function: Any, last: str) -> None:
    stub_last_request(function, "update-1", status=last)

    assert not check_failed_job(function, update(function))["outcome"]["succeeded"]


@pytest.mark.parametrize("now", [CONTINUE, DOES_NOT_WAIT])
def test_a_failure_can_be_accepted_later(function: Any, now: dict[str, Any]) -> None:
    describe(function, "CREATE FAILED")

    run = function.step("check", function.step("create", function.run(update(function, None, now))))

    assert run["outcome"]["succeeded"]


def test_no_rollback_fails_for_the_job_that_it_keeps(function: Any) -> None:
    assert keep_job(function, update(function), "CREATE FAILED", "UPDATE_ROLLBACK_IN_PROGRESS")["outcome"]["succeeded"]


def test_a_job_that_is_running_is_waited_for_like_a_new_one(function: Any) -> None:
    run = keep_job(function, update(function), "CREATE IN_PROGRESS")
    assert (run["next"], run["wait"]) == ("check", 5)
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("check", run, after=3300)

    assert "did not end within 55 minutes" in run["outcome"]["reason"]
    assert function.step("report", run)["next"] == "fail"


def test_a_permission_that_the_unchanged_job_lacked_creates_no_new_job(function: Any) -> None:
    message = "Insufficient privileges for accessing data in S3."
    job = {"datasetImportJobArn": ARN, "status": "CREATE FAILED", "failureReason": message}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    function.stack("UPDATE_IN_PROGRESS")
    stub_last_request(function)

    run = function.step("check", function.step("create", function.run(update(function))))
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", run)

    assert message in run["outcome"]["reason"]


def test_a_stack_that_cannot_be_described_now_is_described_again(function: Any) -> None:
    describe(function, "CREATE FAILED")
    function.stubs["cloudformation"].add_client_error("describe_stacks", "Throttling")

    run = function.step("check", function.step("create", function.run(update(function))))

    assert (run["next"], run["wait"] >= 30, run["waiting_for"]) == ("check", True, "service")


@pytest.mark.parametrize(("code", "after"), [("ValidationError", 0), ("AccessDenied", 180), ("Throttling", 3300)])
@pytest.mark.parametrize(("last", "succeeds"), [("FAILED", False), ("SUCCEEDED", True)])
def test_if_the_stack_cannot_be_described_the_last_request_decides(
    function: Any, code: str, after: float, last: str, *, succeeds: bool
) -> None:
    run = function.step("create", function.run(update(function)))
    for seconds in [0, after] if after else [0]:
        describe(function, "CREATE FAILED")
        function.stubs["cloudformation"].add_client_error("describe_stacks", code)
        if seconds == after:
            stub_last_request(function, status=last)
        run = function.step("check", run, after=seconds)

    assert recheck(function, run)["outcome"]["succeeded"] is succeeds


@pytest.mark.parametrize(("code", "after"), [("AccessDeniedException", 180), ("ThrottlingException", 3300)])
@pytest.mark.parametrize(("last", "status"), [("FAILED", "FAILED"), ("SUCCEEDED", "SUCCESS")])
def test_a_job_that_nobody_may_describe_succeeds_only_if_the_last_request_did(
    function: Any, code: str, after: float, last: str, status: str
) -> None:
    run = function.step("create", function.run(update(function)))
    for seconds in (0, after):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", code, "no")
        if seconds:
            function.stack("UPDATE_IN_PROGRESS")
            stub_last_request(function, status=last)
        run = function.step("check", run, after=seconds)
    if run["next"] == "check":
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", code, "no")
        run = function.step("check", run)
    function.step("report", run)

    [response] = function.responses.bodies
    assert (response["Status"], f"{code}: no" in response["Reason"]) == (status, status == "FAILED")


def test_a_job_that_must_succeed_and_can_be_seen_no_more_has_not(function: Any) -> None:
    run = keep_job(function, update(function), "CREATE IN_PROGRESS")
    for seconds in (0, 180):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException", "no")
        run = function.step("check", run, after=seconds)

    assert "could not be described" in run["outcome"]["reason"]


def test_a_job_that_must_succeed_and_is_forgotten_has_not(function: Any) -> None:
    run = keep_job(function, update(function), "CREATE IN_PROGRESS")
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", GONE)

    assert "could not be described" in function.step("check", run)["outcome"]["reason"]


@pytest.mark.parametrize("is_link", [False, True])
@pytest.mark.parametrize("last", ["FAILED", "SUCCEEDED"])
def test_a_job_that_the_last_request_never_created_fails_the_next_one_too(
    function: Any, last: str, is_link: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or it would take a deployment again, after one without a rollback, to make a success of a failure."""
    creator = {"Creator": "ImportInteractions"}
    event = wait_request(function, "Update", kept="false") if is_link else update(function)
    event["ResourceProperties"] |= creator if is_link else {}
    stub_last_request(function, "update-1", status=last)
    function.stack("UPDATE_IN_PROGRESS")
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", GONE)
    run = function.step("check", function.step("create", function.run(event)))
    if last == "FAILED":
        assert (run["next"], run["wait"]) == ("check", 0)
        if is_link:
            function.executions({})  # nobody is about to make it
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", GONE)
        run = function.step("check", run)

    outcome = run["outcome"]
    assert (outcome["succeeded"], GONE in outcome["reason"]) == (last == "SUCCEEDED", last == "FAILED")
    assert ("This update keeps that job" in outcome["reason"]) == (last == "FAILED")
    assert '"event": "kept job not found"' in capsys.readouterr().out


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"])
def test_how_the_operation_before_has_ended_accepts_no_failure(function: Any, status: str) -> None:
    describe(function, "CREATE FAILED")
    function.stack(status)
    stub_last_request(function)

    run = function.step("check", function.step("create", function.run(update(function))))

    assert not recheck(function, run)["outcome"]["succeeded"]


def test_another_delivery_of_the_request_is_none_before_it(function: Any) -> None:
    event = update(function)
    own = Request.from_event(event)
    describe(function, "CREATE FAILED")
    function.stack("UPDATE_IN_PROGRESS")
    function.executions({f"{own.delivery_prefix}0123456789ab": 20.0, own.execution_name: 10.0}, running=False)

    run = function.step("check", function.step("create", function.run(event)))

    assert run["outcome"]["succeeded"]


@pytest.mark.parametrize(("has_id", "accepted"), [(ARN, True), (ARN + "-2", False)])
@pytest.mark.parametrize("status", ["CREATE FAILED", "CREATE IN_PROGRESS"])
def test_a_rollback_that_still_cleans_up_was_no_failure(
    function: Any, status: str, has_id: str, *, accepted: bool
) -> None:
    """If it had been given the job that it wanted, or had failed, the resource would go by another id."""
    event = {**update(function), "PhysicalResourceId": has_id}
    before = {"RequestType": "Update", "PhysicalResourceId": ARN, "OldResourceProperties": {"Trigger": "2"}}
    stub_last_request(function, "update-1", status="RUNNING", request=before)
    describe(function, status)
    function.stack("UPDATE_IN_PROGRESS")

    run = function.step("check", function.step("create", function.run(event)))

    assert (run["next"], run.get("must_succeed")) == (("report", False) if accepted else ("check", True))


def test_an_update_that_kept_its_job_and_still_runs_has_not_accepted_it(function: Any) -> None:
    before = {"RequestType": "Update", "PhysicalResourceId": ARN, "OldResourceProperties": {}}
    stub_last_request(function, "update-1", status="RUNNING", request=before)

    assert not check_failed_job(function, update(function))["outcome"]["succeeded"]


FILES = {"Files": [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]}


@pytest.mark.parametrize("end", ["time-out", "crash"])
def test_the_copies_of_an_unchanged_job_stay_while_it_is_running(function: Any, end: str) -> None:
    run = keep_job(function, update(function, FILES, FILES), "CREATE IN_PROGRESS")
    assert run["copied"] == 1
    if end == "crash":
        function.stack("UPDATE_IN_PROGRESS")
        run = function.crashed(run)
    else:
        describe(function, "CREATE IN_PROGRESS")
        run = function.step("report", function.step("check", run, after=3300))

    assert run["next"] == "fail"


def test_the_copies_of_a_job_that_is_waited_for_again_go_when_it_ends(function: Any) -> None:
    """The run that copied them ends at the same time, and leaves them to the later one."""
    run = keep_job(function, update(function, FILES, FILES), "CREATE IN_PROGRESS")
    describe(function, "ACTIVE")
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", function.step("check", run))["next"] == "succeed"


def test_new_waiting_resources_do_not_pass_because_tags_could_not_be_changed(function: Any) -> None:
    event = update(function, {"Links": "1"}, {"Links": "2", "Relay": "9000", "Tags": [{"Key": "team", "Value": "a"}]})
    run = function.run(event)
    for seconds in (10, 3300):
        function.stubs["personalize"].add_client_error("tag_resource", "ThrottlingException")
        function.stack("UPDATE_IN_PROGRESS")
        run = function.step("create", run, after=seconds)
    function.step("report", run)

    assert [response["Status"] for response in function.responses.bodies] == ["FAILED"]


@pytest.mark.parametrize("changes", [{}, CONTINUE])
def test_a_crash_before_the_first_describe_call_changes_no_id(function: Any, changes: dict[str, Any]) -> None:
    function.stack("UPDATE_IN_PROGRESS")

    function.crashed(function.run(update(function, None, changes)))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS" if changes else "FAILED", ARN)


def test_a_crash_is_reported_when_the_stack_can_be_described_again(function: Any) -> None:
    run = function.run(update(function, None, {"Trigger": "2"}), crash={"Error": "E", "Cause": "C"})
    function.stubs["cloudformation"].add_client_error("describe_stacks", "Throttling")
    with pytest.raises(CallFailed, match="Throttling"):
        function.step("report", run)

    function.stubs["cloudformation"].add_client_error("describe_stacks", "AccessDenied")
    function.crashed(run)

    assert [response["Status"] for response in function.responses.bodies] == ["FAILED"]


def test_a_crash_has_the_same_response_when_it_is_sent_again(function: Any) -> None:
    """By then the stack may go back, because of that very response."""
    run = function.run(update(function, None, {"Trigger": "2"}), crash={"Error": "E", "Cause": "C"})
    function.stack("UPDATE_IN_PROGRESS")
    run = function.step("report", run)
    for _ in range(2):
        function.step("report", run)

    first, again = function.responses.bodies
    assert (first["Status"], again) == ("FAILED", first)


@pytest.mark.parametrize("wanted", [{}, {"Trigger": "2"}])
def test_a_crash_fails_no_rollback(function: Any, wanted: dict[str, Any]) -> None:
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    function.crashed(function.run(update(function, None, wanted)))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"]) == ("SUCCESS", ARN)


def test_a_crash_of_an_update_that_has_a_new_job_is_no_rollbacks(function: Any) -> None:
    event = update(function, None, {"Trigger": "2"})

    run = function.crashed(function.run(event, id=ARN + "-2", since=function.now, forward=True))

    [response] = function.responses.bodies
    assert (response["Status"], response["PhysicalResourceId"], run["next"]) == ("FAILED", ARN + "-2", "check")


def test_a_job_of_which_no_run_is_known_fails_no_update(function: Any) -> None:
    function.executions({}, running=False)

    assert check_failed_job(function, update(function))["outcome"]["succeeded"]


def test_the_update_itself_is_no_request_before_it(function: Any) -> None:
    event = update(function)
    own = Request.from_event(event).execution_name
    describe(function, "CREATE FAILED")
    function.stack("UPDATE_IN_PROGRESS")
    function.executions({own: 0.0}, running=False)

    run = function.step("check", function.step("create", function.run(event)), execution=own)

    assert run["outcome"]["succeeded"]


def test_runs_that_cannot_be_listed_now_are_listed_again(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")

    run = check_failed_job(function, update(function))

    assert (run["next"], run["wait"] >= 30) == ("check", True)


@pytest.mark.parametrize("call", ["list_executions", "describe_execution"])
def test_runs_that_cannot_be_described_accept_nothing(function: Any, call: str) -> None:
    if call == "describe_execution":
        prefix = Request.from_event(function.event()).execution_prefix()
        function.executions({f"{prefix}create-1": 60.0}, running=False)
    function.stubs["stepfunctions"].add_client_error(call, "ValidationException")

    assert not check_failed_job(function, update(function))["outcome"]["succeeded"]


def test_a_list_that_is_throttled_until_the_deadline_accepts_nothing(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")
    run = check_failed_job(function, update(function))
    describe(function, "CREATE FAILED")
    function.stack("UPDATE_IN_PROGRESS")
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")

    run = recheck(function, function.step("check", run, after=3300))

    assert not run["outcome"]["succeeded"]


# --- its record is gone ---


def test_a_tag_change_of_a_job_that_is_gone_succeeds(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = update(function, now={"Tags": [{"Key": "team", "Value": "search"}]})
    function.stubs["personalize"].add_client_error("tag_resource", GONE, "no such job")
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", GONE)

    function.stack("UPDATE_IN_PROGRESS")
    stub_last_request(function, status="SUCCEEDED")

    run = function.step("check", function.step("create", function.run(event)))

    assert run["outcome"]["succeeded"]
    assert run["outcome"]["attributes"]["status"] == ""
    assert "tags left as they are" in capsys.readouterr().out


def test_a_job_that_cannot_be_described_now_is_not_taken_for_one_that_is_there(function: Any) -> None:
    event = update(function, now={"Tags": [{"Key": "team", "Value": "search"}]})
    function.stubs["personalize"].add_client_error("tag_resource", GONE)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ThrottlingException")

    assert function.step("create", function.run(event))["next"] == "create"


@pytest.mark.parametrize("problem", ["it is there", "nobody may look"])
def test_a_tag_that_is_refused_fails_the_update_of_a_job_that_may_be_there(function: Any, problem: str) -> None:
    event = update(function, now={"Tags": [{"Key": "team", "Value": "search"}]})
    function.stubs["personalize"].add_client_error("tag_resource", "InvalidInputException", "no such tag")
    if problem == "it is there":
        describe(function, "ACTIVE")
    else:
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException")
    function.stack("UPDATE_IN_PROGRESS")
    refused_long_since = {"refused_since": function.now - 180}

    assert (
        "could not be updated"
        in function.step("create", function.run(event, **refused_long_since))["outcome"]["reason"]
    )


@pytest.mark.parametrize("physical_id", ["an execution", "the logical id"])
def test_an_id_that_is_no_jobs_is_never_described(function: Any, physical_id: str) -> None:
    event = update(function, {"DeployTime": "false"}, {"DeployTime": "false"})
    named = {"an execution": Request.from_event(event).execution_name, "the logical id": "ImportInteractions"}
    event["PhysicalResourceId"] = named[physical_id]

    assert function.step("check", function.step("create", function.run(event)))["outcome"]["succeeded"]


def test_a_job_that_no_deployment_runs_fails_none(function: Any) -> None:
    describe(function, "CREATE FAILED")
    never = {"DeployTime": "false"}

    assert function.step("check", function.step("create", function.run(update(function, never, never))))["outcome"][
        "succeeded"
    ]
