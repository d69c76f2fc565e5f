"""A Delete waits for the runs of its resource, and always succeeds."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.request import Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
CREATED = dt.datetime(2023, 11, 14, 22, 0, tzinfo=dt.timezone.utc)
PREFIX = "DataLoading-ImportInteractions-"


def describe(function: Any, status: str) -> None:
    function.stubs["personalize"].add_response(
        "describe_dataset_import_job", {"datasetImportJob": {"datasetImportJobArn": ARN, "status": status}}
    )


def removed(function: Any, status: str = "DELETE_IN_PROGRESS", physical_id: str = ARN) -> None:
    """Let CloudFormation say of the resource that it is being removed, whether the whole stack goes or not."""
    function.resource(status, physical_id)


def replaced(function: Any) -> None:
    """Let CloudFormation say of the resource that it has another job now."""
    function.resource("UPDATE_COMPLETE", ARN + "-new")


def deleted(function: Any) -> dict[str, Any]:
    event = function.event("Delete", PhysicalResourceId=ARN)
    run: dict[str, Any] = function.step("create", function.run(event))
    assert (run["next"], run["wait"]) == ("check", 0)
    return run


@pytest.mark.parametrize("status", ["ACTIVE", "CREATE FAILED"])
def test_it_waits_for_the_job_to_end(function: Any, status: str) -> None:
    run = deleted(function)
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", run)
    waiting, why = run["next"], (run["state"], run["waiting_for"])
    describe(function, status)
    removed(function)
    function.executions({})
    run = function.step("report", function.step("check", run, after=60))

    assert waiting == "check"
    assert why == ("nothing may be running for it, and the job is CREATE IN_PROGRESS", "job")
    assert run["next"] == "succeed"
    assert function.responses.bodies[0]["Status"] == "SUCCESS"
    assert function.responses.bodies[0]["PhysicalResourceId"] == ARN
    assert function.responses.bodies[0]["Data"] == {}


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidInputException"])
def test_an_unknown_physical_id_is_fine(function: Any, code: str) -> None:
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", code)
    removed(function)
    function.executions({})

    assert function.step("report", function.step("check", deleted(function), after=10))["next"] == "succeed"


def test_for_an_unknown_physical_id_one_early_call_proves_nothing(function: Any) -> None:
    run = deleted(function)
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
        removed(function)
    run = function.step("check", run, after=1)
    assert run["next"] == "check"

    # The run of a create that was cancelled at once is in the list by now.
    function.executions({f"{PREFIX}{function_prefix(function)}-create-1": 12.0})
    assert function.step("check", run, after=10)["next"] == "check"


def test_it_waits_for_a_create_that_is_still_under_way(function: Any) -> None:
    run = deleted(function)
    prefix = f"{PREFIX}{function_prefix(function)}-"
    deletion = f"{prefix}delete-0123abcd-0123456789ab"
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    function.executions(
        dict.fromkeys([f"{prefix}create-1", deletion, "Another-ImportInteractions-00000000-create-1"], 60.0)
    )
    removed(function)
    run = function.step("check", run, after=10)
    waiting = run["next"]
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    removed(function)
    function.executions(dict.fromkeys([deletion, "DataLoading-Another-00000000-create-1"], 60.0))

    assert waiting == "check"
    assert function.step("check", run, after=10)["next"] == "report"


@pytest.mark.parametrize("other", ["create-1", "update-1", "run-1"])
def test_a_removed_resource_waits_forevery_run_of_its_job(function: Any, other: str) -> None:
    run = deleted(function)
    describe(function, "ACTIVE")
    removed(function)
    function.executions({f"{PREFIX}{function_prefix(function)}-{other}": 60.0})

    assert function.step("check", run)["next"] == "check"


@pytest.mark.parametrize("response", ["DELETE_COMPLETE", "DELETE_SKIPPED", "the same id", "unknown"])
def test_what_is_removed_is_seen_however_cloudformation_says_it(function: Any, response: str) -> None:
    run = deleted(function)
    describe(function, "ACTIVE")
    if response == "unknown":
        function.stubs["cloudformation"].add_client_error(
            "describe_stack_resource", "ValidationError", "Resource x does not exist for stack y"
        )
    elif response == "the same id":
        removed(function, "UPDATE_COMPLETE")
    else:
        removed(function, response, "another")
    function.executions({f"{PREFIX}{function_prefix(function)}-run-1": 60.0})

    assert function.step("check", run)["next"] == "check"


def test_a_replaced_job_that_nobody_may_describe_is_not_taken_for_one_that_never_was(function: Any) -> None:
    run = {**deleted(function), "refused_since": function.now - PROPAGATION_GRACE}
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException")
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    replaced(function)

    assert function.step("check", run)["next"] == "report"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_what_the_policies_of_an_updated_stack_do_not_allow_is_not_waited_for(function: Any, status: str) -> None:
    """The job of before may be of something that only the policy of before named."""
    run = deleted(function)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException")
    function.stack(f"{status}_CLEANUP_IN_PROGRESS")
    replaced(function)

    assert function.step("check", run)["next"] == "report"


def test_a_replaced_job_is_deleted_while_the_runs_of_its_successor_continue(function: Any) -> None:
    run = deleted(function)
    describe(function, "ACTIVE")
    replaced(function)

    assert function.step("check", run)["next"] == "report"


@pytest.mark.parametrize(
    ("status", "others", "step"),
    [
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None, "report"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ["update-1"], "check"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ["run-1", "delete-0123abcd-0123456789ab"], "report"),
    ],
)
def test_for_a_job_that_never_was_a_rollback_waits_for_the_update_that_it_rejects(
    function: Any, status: str, others: list[str] | None, step: str
) -> None:
    run = deleted(function)
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "ResourceNotFoundException")
    replaced(function)
    function.stack(status)
    if others is not None:
        function.executions(dict.fromkeys([f"{PREFIX}{function_prefix(function)}-{other}" for other in others], 60.0))

    assert function.step("check", run)["next"] == step


@pytest.mark.parametrize(("status", "step"), [("DELETE_IN_PROGRESS", "check"), ("UPDATE_COMPLETE", "report")])
def test_a_stack_that_an_older_version_deployed_has_no_permission_to_describe_its_resources(
    function: Any, status: str, step: str
) -> None:
    run = deleted(function)
    describe(function, "ACTIVE")
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "AccessDenied")
    function.stack(status)
    if step == "check":
        function.executions({f"{PREFIX}{function_prefix(function)}-run-1": 60.0})

    assert function.step("check", run)["next"] == step


def test_it_succeeds_at_its_deadline_too(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Timeout"] = "60"
    run = function.step("create", function.run(event))
    describe(function, "CREATE IN_PROGRESS")
    run = function.step("check", run, after=3000)
    assert run["next"] == "check"
    describe(function, "CREATE IN_PROGRESS")

    run = function.step("report", function.step("check", run, after=300))

    assert function.responses.bodies[0]["Status"] == "SUCCESS"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_it_succeeds_when_no_call_succeeds(function: Any, code: str) -> None:
    run = deleted(function)
    for _ in range(2):
        function.stubs["personalize"].add_client_error("describe_dataset_import_job", code)
        if code == "AccessDeniedException":
            function.stack("DELETE_IN_PROGRESS")
    for _ in range(2 if code == "ValidationException" else 1):
        removed(function)
        function.stubs["stepfunctions"].add_client_error("list_executions", "AccessDeniedException")

    run = function.step("check", run, after=20)
    waiting = run["next"]
    run = function.step("report", function.step("check", run, after=PROPAGATION_GRACE))

    assert (waiting, run["next"]) == ("check", "succeed")


def test_it_deletes_what_a_crashed_run_left_behind(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    describe(function, "ACTIVE")
    removed(function)
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    run = function.step("check", function.step("create", function.run(event)), after=10)

    assert function.step("report", run)["next"] == "succeed"


def test_copies_that_a_run_may_read_which_is_in_no_list_yet_stay_for_now(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    describe(function, "ACTIVE")
    removed(function)

    run = function.step("check", function.step("create", function.run(event)), after=9)

    assert run["next"] == "check"


@pytest.mark.parametrize(("after", "wait"), [(7, 3), (9.6, 1)])
def test_the_copies_of_a_replaced_job_stay_until_its_successor_is_in_the_list(
    function: Any, after: float, wait: int
) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    describe(function, "ACTIVE")
    replaced(function)
    run = function.step("check", function.step("create", function.run(event)))
    run = function.step("report", run, after=after)
    assert (run["next"], run["wait"], function.responses.bodies) == ("check", wait, [])

    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    assert function.step("report", function.step("check", run, after=3))["next"] == "succeed"


# --- a resource that got another logical id leaves the copies to the one that has it now ---

TARGET = "s3://staging/job/1.csv"
RENAMED = "DataLoading-Renamed-0123abcd-create-0123abcd-0123456789ab"


def with_copies(function: Any) -> dict[str, Any]:
    """A deletion whose job has ended, with files to delete."""
    event = function.event("Delete", PhysicalResourceId=ARN)
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": TARGET}]
    describe(function, "ACTIVE")
    removed(function)
    function.executions({RENAMED: 60.0})
    run: dict[str, Any] = function.step("check", function.step("create", function.run(event)), after=10)
    assert run["next"] == "report"
    return run


def reads(function: Any, *targets: str, status: str = "RUNNING") -> None:
    """Stub one description of the renamed resource's run, with what it copies."""
    files = [{"Source": "s3://assets/1.csv", "Target": target} for target in targets]
    started_with = {"request": {"ResourceProperties": {"Files": files}}, "started": 1.0}
    reported = {
        "executionArn": "execution",
        "stateMachineArn": "machine",
        "status": status,
        "startDate": CREATED,
        "input": json.dumps(started_with),
    }
    arn = f"arn:aws:states:eu-west-1:111122223333:execution:runner:{RENAMED}"
    function.stubs["stepfunctions"].add_response("describe_execution", reported, {"executionArn": arn})


def test_copies_that_another_resources_run_reads_stay(function: Any) -> None:
    run = with_copies(function)
    function.executions({RENAMED: 60.0})
    function.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    reads(function, "s3://staging/job/0.csv", TARGET)

    assert function.step("report", run)["next"] == "succeed"


@pytest.mark.parametrize("targets", [(), ("s3://staging/another/1.csv",)])
def test_copies_that_no_other_resources_run_reads_go(function: Any, targets: tuple[str, ...]) -> None:
    run = with_copies(function)
    function.executions({RENAMED: 60.0})
    function.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    reads(function, *targets)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "succeed"


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_if_the_whole_stack_is_deleted_no_resource_has_got_another_id(function: Any, status: str) -> None:
    run = with_copies(function)
    function.executions({RENAMED: 60.0})
    function.stack(status)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "succeed"


def test_a_run_that_has_ended_reads_nothing_though_it_is_still_listed(function: Any) -> None:
    run = with_copies(function)
    function.executions({RENAMED: 60.0})
    function.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    reads(function, TARGET, status="SUCCEEDED")
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "succeed"


def test_another_deletion_reads_no_copies(function: Any) -> None:
    """Two that had the same copies would leave them to each other."""
    run = with_copies(function)
    function.executions({RENAMED.replace("-create-", "-delete-"): 60.0})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "succeed"


def test_a_throttled_list_is_waited_out_before_the_response(function: Any) -> None:
    run = with_copies(function)
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")
    run = function.step("report", run)
    assert (run["next"], run["wait"] >= 30, function.responses.bodies) == ("check", True, [])

    run = function.step("check", run)
    assert (run["next"], run["wait"]) == ("report", 0)

    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    assert function.step("report", run, after=5)["next"] == "succeed"
    assert len(function.responses.bodies) == 1


def test_readers_of_the_copies_are_listed_again_if_they_could_not_be_deleted(function: Any) -> None:
    run = {**with_copies(function), "alone": True}
    function.stubs["s3"].add_client_error("delete_object", "SlowDown", http_status_code=503)
    run = function.step("report", run)
    function.executions({RENAMED: 5.0})
    function.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    reads(function, TARGET)

    assert function.step("report", function.step("check", run, after=30))["next"] == "succeed"


def test_a_store_that_cannot_be_reached_keeps_no_deletion_for_long(function: Any) -> None:
    run = {**with_copies(function), "alone": True}
    for seconds, following in ((0, "check"), (179, "check"), (1, "succeed")):
        if seconds:
            run = function.step("check", run, after=seconds)
            function.executions({})
        function.answering("s3", "DeleteObject", EndpointConnectionError(endpoint_url="https://s3"))
        run = function.step("report", run)
        assert run["next"] == following


def test_a_store_that_cannot_be_reached_has_three_minutes_of_its_own(function: Any) -> None:
    """The minutes before were for the service, whose describe call was denied."""
    run = {**with_copies(function), "alone": True}
    run |= {"refused_since": function.now - PROPAGATION_GRACE, "next": "check"}
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException")
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    replaced(function)
    run = function.step("check", run)
    function.answering("s3", "DeleteObject", EndpointConnectionError(endpoint_url="https://s3"))

    assert function.step("report", run)["next"] == "check"


@pytest.mark.parametrize("waited", [0, 3000])
def test_a_list_that_stays_throttled_keeps_no_deletion_from_its_response(function: Any, waited: float) -> None:
    run = with_copies(function)
    run["started"] -= waited  # for the job
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")

    assert function.step("report", run, after=3300 - waited)["next"] == "succeed"
    assert len(function.responses.bodies) == 1


@pytest.mark.parametrize("physical_id", ["an execution", "the logical id"])
def test_an_id_that_is_no_jobs_is_never_described(function: Any, physical_id: str) -> None:
    event = function.event("Delete")
    named = {"an execution": Request.from_event(event).execution_name, "the logical id": "ImportInteractions"}
    event["PhysicalResourceId"] = named[physical_id]
    for _ in range(2):
        removed(function, "DELETE_IN_PROGRESS", named[physical_id])
    run = function.step("check", function.step("create", function.run(event)))
    assert run["next"] == "check"  # a run that has just begun may be in no list yet

    function.executions({})
    assert function.step("check", run, after=10)["next"] == "report"


def function_prefix(function: Any) -> str:
    return Request.from_event(function.event()).execution_prefix().removeprefix(PREFIX).rstrip("-")
