"""Runs that no deployment starts: they wait for earlier runs of the job, and create a job each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from run_steps import JOB, run_event, stub_created_job

from data_jobs.aws import Aws
from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.executions import LISTING_DELAY
from data_jobs.request import MAX_WATCH_SECONDS, Request


def prefix(event: dict[str, Any]) -> str:
    return Request.from_event(event).execution_prefix()


def turn(function: Any, event: dict[str, Any], others: dict[str, float], **known: Any) -> dict[str, Any]:
    """Take the step of a run in which every other one is in the list, with some that began so many seconds ago."""
    function.resource("CREATE_COMPLETE")
    if "turn" not in known:
        function.executions({"execution-1": LISTING_DELAY, **others})
    return dict(function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY, **known}))


def test_a_run_describes_no_stack_and_creates_a_job_with_a_name_of_its_own(function: Any) -> None:
    names = [Request.from_event(run_event(function) | {"RequestId": id_}).job_name(0, 63) for id_ in ("a", "b", "a")]
    stub_created_job(function)

    run = turn(function, run_event(function), {})

    assert (run["next"], run["wait"]) == ("check", 5)
    assert names[0] == names[2] != names[1]


def test_the_same_request_has_the_same_execution_name(function: Any) -> None:
    first, again = (Request.from_event(run_event(function)) for _ in range(2))
    later = Request.from_event(run_event(function) | {"RequestId": "schedule-2"})

    assert first.execution_name == again.execution_name != later.execution_name
    assert first.execution_name.startswith(f"{first.execution_prefix()}run-")


@pytest.mark.parametrize(
    "other",
    [
        {"StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/6a1d"},
        {"LogicalResourceId": "ImportInteractions" + "2" * 20},
    ],
    ids=["a stack of the same name", "a resource whose name begins alike"],
)
def test_the_executions_of_another_are_distinguished_by_their_names(function: Any, other: dict[str, str]) -> None:
    own, others = (Request.from_event(function.event(**changes)).execution_prefix() for changes in ({}, other))

    assert own.startswith("DataLoading-ImportInteractions-")
    assert not own.startswith(others)
    assert not others.startswith(own)


@pytest.mark.parametrize("overlap", ["WAIT", "SKIP"])
def test_a_run_searches_for_others_only_when_they_are_in_the_list(function: Any, overlap: str) -> None:
    event = run_event(function, Overlap=overlap)
    function.resource("CREATE_COMPLETE")

    run = function.step("create", function.run(event), after=2)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 8, "turn")
    assert run["state"] == "an earlier run may not be in the list yet"

    function.resource("CREATE_COMPLETE")
    run = function.step("create", run, after=7.5)
    assert (run["next"], run["wait"]) == ("create", 1)

    function.resource("CREATE_COMPLETE")
    function.executions({"execution-1": 10.0, f"{prefix(event)}run-1": 10.5})
    run = function.step("create", run, after=0.5)
    assert run["next"] == ("create" if overlap == "WAIT" else "report")


@pytest.mark.parametrize("other", ["create-1", "update-1", "run-1"])
def test_a_run_waits_its_turn(function: Any, other: str) -> None:
    event = run_event(function)

    run = turn(function, event, {prefix(event) + other: 60.0})

    assert (run["next"], run["waiting_for"], run["state"]) == ("create", "turn", "an earlier run is still running")


@pytest.mark.parametrize(("other", "following"), [("create-1", "create"), ("run-z", "check")])
def test_of_runs_that_began_at_the_same_time_one_is_first(function: Any, other: str, following: str) -> None:
    event = run_event(function)
    own = Request.from_event(event).execution_name
    function.resource("CREATE_COMPLETE")
    function.executions({own: LISTING_DELAY, prefix(event) + other: LISTING_DELAY})
    if following == "check":
        stub_created_job(function)
    run = {**function.run(event), "started": function.now - LISTING_DELAY}

    assert function.step("create", run, execution=own)["next"] == following


def test_a_run_does_not_wait_for_one_after_it_nor_for_another_job(function: Any) -> None:
    event = run_event(function)
    stub_created_job(function)

    assert turn(function, event, {f"{prefix(event)}run-2": -1.0, "Other-Job-12345678-run-1": 60.0})["next"] == "check"


def test_of_two_runs_that_were_requested_before_they_began_one_waits(function: Any) -> None:
    """By the times of their requests, each would be before the start of the other in the list."""
    event = run_event(function)
    own = Request.from_event(event).execution_name
    function.resource("CREATE_COMPLETE")
    function.executions({own: LISTING_DELAY, f"{prefix(event)}run-1": LISTING_DELAY + 1})

    run = {**function.run(event), "started": function.now - LISTING_DELAY - 2}
    run = function.step("create", run, execution=own)

    assert (run["next"], run["state"]) == ("create", "an earlier run is still running")


def test_a_run_that_is_not_in_the_list_has_begun_when_it_was_requested(function: Any) -> None:
    event = run_event(function)
    stub_created_job(function)
    function.resource("CREATE_COMPLETE")
    function.executions({f"{prefix(event)}run-2": LISTING_DELAY - 5})

    run = function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY})

    assert run["next"] == "check"


def test_the_time_that_a_run_waited_its_turn_does_not_count_as_its_own(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")

    run = turn(function, run_event(function), {}, since=function.now - 3000)

    assert run["turn"] == run["since"] == function.now
    assert 30 <= run["wait"] < 60


def test_a_run_that_skips_creates_no_job_and_publishes_nothing(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    event = run_event(function, Overlap="SKIP")
    run = turn(function, event, {f"{prefix(event)}run-1": 60.0})

    assert function.step("report", run)["next"] == "succeed"
    assert (run["outcome"]["reason"], run["outcome"]["error"]) == (
        "skipped, because an earlier run is still running",
        "",
    )
    assert "job ended" not in capsys.readouterr().out


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "unknown"])
@pytest.mark.parametrize("known", [{}, {"turn": 1.0, "attempts": 9}], ids=["at first", "while it waits"])
def test_a_run_of_a_job_that_is_removed_gives_up(function: Any, status: str, known: dict[str, Any]) -> None:
    if status == "unknown":
        function.stubs["cloudformation"].add_client_error(
            "describe_stack_resource", "ValidationError", "Stack x does not exist"
        )
    else:
        function.resource(status)

    run = function.step("create", function.run(run_event(function), **known))

    assert run["outcome"]["reason"] == "given up, because the job is being deleted"
    assert run["outcome"]["error"] == "DataJob.NotCreated"
    assert function.step("report", run)["next"] == "fail"


def test_a_run_of_a_resource_that_has_no_id_yet_does_not_give_up(function: Any) -> None:
    detail = {
        "LogicalResourceId": "ImportInteractions",
        "ResourceStatus": "CREATE_IN_PROGRESS",
        "ResourceType": "Custom::PersonalizeDatasetImportJob",
        "LastUpdatedTimestamp": 0,
    }
    function.stubs["cloudformation"].add_response("describe_stack_resource", {"StackResourceDetail": detail})

    assert function.step("create", function.run(run_event(function)))["next"] == "create"


def test_a_run_that_does_not_know_whether_its_job_is_removed_creates_none(function: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "Throttling", "slow down")

    run = function.step("create", function.run(run_event(function), turn=function.now))

    assert (run["next"], run["waiting_for"], run["state"]) == ("create", "service", "Throttling: slow down")


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_run_in_a_stack_that_an_older_version_deployed_makes_the_calls_that_it_may(
    function: Any, status: str
) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "AccessDenied")
    function.stack(status)

    run = function.step("create", function.run(run_event(function)))

    assert run["outcome"]["reason"] == "given up, because the job is being deleted"


def test_a_run_does_not_give_up_while_an_update_deletes_what_it_replaced(function: Any) -> None:
    event = run_event(function)
    stub_created_job(function)

    assert turn(function, event, {f"{prefix(event)}delete-0123abcd-0123456789ab": 60.0})["next"] == "check"


def test_a_deployment_that_waits_is_not_taken_over_by_a_run(function: Any) -> None:
    event = function.event()
    stub_created_job(function)

    run = function.create(function.run(event, attempts=1), after=60, others={f"{prefix(event)}run-1": 5.0})

    assert run["next"] == "check"


def test_the_quota_is_waited_for_as_long_as_a_job_is_watched(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException", "full")

    run = turn(function, run_event(function), {}, turn=0, since=function.now - MAX_WATCH_SECONDS + 60, attempts=900)

    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 600, "quota")


def test_permissions_are_waited_for_but_not_forever(function: Any) -> None:
    for since, following in ((function.now, "create"), (function.now - PROPAGATION_GRACE, "report")):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", "AccessDeniedException", "no")

        run = turn(function, run_event(function), {}, turn=since, since=since, refused_since=since)

        assert run["next"] == following


def test_a_throttled_call_is_waited_for_however_long_permissions_were_missing_before(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "ThrottlingException")

    run = turn(function, run_event(function), {}, turn=0, since=0, refused_since=function.now - PROPAGATION_GRACE)

    assert (run["next"], "refused_since" in run) == ("create", False)


def test_a_permission_that_was_there_and_is_gone_for_a_moment_is_waited_for(function: Any) -> None:
    """A newer version may move it from one policy to another while the run goes on."""
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException", "no")
    run = function.step("check", function.run(run_event(function), id=JOB + "1", since=function.now - 9999))
    assert (run["next"], run["refused_since"]) == ("check", function.now)

    job = {"datasetImportJobArn": JOB + "1", "status": "CREATE IN_PROGRESS"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    assert "refused_since" not in function.step("check", run, after=60)


def test_a_run_that_cannot_find_out_whether_its_job_is_removed_creates_none_and_forgets_nothing(function: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "ValidationError", "not valid")

    run = function.step("create", function.run(run_event(function)))

    assert "could not be created: ValidationError: not valid" in run["outcome"]["reason"]


def test_a_page_of_executions_may_be_empty(function: Any) -> None:
    event = run_event(function)
    function.resource("CREATE_COMPLETE")
    empty = {"executions": [], "nextToken": "more"}
    function.stubs["stepfunctions"].add_response("list_executions", empty)
    function.stubs["stepfunctions"].add_response("list_executions", listing(function, f"{prefix(event)}run-1", 60))

    run = function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY})

    assert run["state"] == "an earlier run is still running"


def test_executions_that_started_at_a_time_are_listed_since_then(function: Any) -> None:
    function.stubs["stepfunctions"].add_response(
        "list_executions", {**listing(function, "shop-1", 60), "nextToken": "more"}
    )
    function.stubs["stepfunctions"].add_response("list_executions", listing(function, "shop-2", 60))

    found = Aws(function.context.invoked_function_arn).list_executions("shop-", since=function.now - 60)

    assert found == {"shop-1": function.now - 60, "shop-2": function.now - 60}


def listing(function: Any, name: str, age: float) -> dict[str, Any]:
    began = dt.datetime.fromtimestamp(function.now - age, dt.timezone.utc)
    one = {"executionArn": name, "stateMachineArn": "m", "name": name, "status": "RUNNING", "startDate": began}
    return {"executions": [one]}


def test_a_job_of_a_run_that_an_older_version_began_is_searched_for_until_its_time_is_over(function: Any) -> None:
    run = function.run(run_event(function), id=JOB + "1", since=function.now - 9999, refused_since=function.now - 9999)
    error = EndpointConnectionError(endpoint_url="https://personalize")
    function.answering("personalize", "DescribeDatasetImportJob", error)

    assert function.step("check", run)["next"] == "check"


def test_a_schedule_does_not_wait_for_a_run_that_only_waits_for_uploads(function: Any) -> None:
    event = run_event(function)
    stub_created_job(function)

    run = turn(function, event, {f"{prefix(event)}run-12345678-w{int(function.now) + 60:011d}": 60.0})

    assert run["next"] == "check"
