"""Copies are deleted when their job has ended, unless another run reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import EndpointConnectionError
from report_steps import finished_run

from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.request import Request


def test_the_copies_go_when_the_job_has_ended(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [
        {"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"},
        {"Source": "s3://assets/2.csv", "Target": "s3://staging/job/2.csv"},
    ]
    run = finished_run(function, request=event, copied=2)
    for seconds, following in ((0, "check"), (PROPAGATION_GRACE - 1, "check"), (1, "fail")):
        if seconds:
            run = function.step("check", run, after=seconds)
        function.executions({})
        function.stubs["s3"].add_client_error("delete_object", "AccessDenied")
        function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/2.csv"})
        run = function.step("report", run)
        assert run["next"] == following


def test_a_run_is_no_reason_to_leave_its_own_copies(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    own = Request.from_event(event).execution_name
    function.executions({own: 600.0})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", finished_run(function, request=event, copied=1), execution=own)["next"] == "fail"


FILES = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]


def with_copies(function: Any) -> dict[str, Any]:
    """A run that has reported its outcome, with a copy to delete."""
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    return finished_run(function, request=event, copied=1, told=function.now)


def another(function: Any, age: float, files: list[dict[str, str]]) -> None:
    """Let Step Functions list another run of the resource, and say what that reads."""
    prefix = Request.from_event(function.event()).execution_prefix()
    function.executions({f"{prefix}update-1": age, f"{prefix}create-0": 60.0})
    run = {
        "executionArn": "x",
        "stateMachineArn": "x",
        "status": "RUNNING",
        "startDate": 0,
        "input": json.dumps({"request": {"ResourceProperties": {"Files": files}}}),
    }
    function.stubs["stepfunctions"].add_response("describe_execution", run)


def test_the_copies_stay_for_a_later_run_that_reads_them(function: Any) -> None:
    another(function, 10, FILES)
    own = f"{Request.from_event(function.event()).execution_prefix()}create-0"

    assert function.step("report", with_copies(function), execution=own)["next"] == "fail"


def test_of_two_runs_that_end_the_later_waits_for_the_other(function: Any) -> None:
    another(function, 99, FILES)
    own = f"{Request.from_event(function.event()).execution_prefix()}create-0"

    run = function.step("report", with_copies(function), execution=own)

    assert (run["next"], run["wait"]) == ("check", 5)
    another(function, 9999, FILES)
    assert function.step("report", run, after=3300, execution=own)["next"] == "fail"


def test_of_two_that_began_in_the_same_second_the_names_decide_which_waits(function: Any) -> None:
    another(function, 60, FILES)
    own = f"{Request.from_event(function.event()).execution_prefix()}create-0"

    assert function.step("report", with_copies(function), execution=own)["next"] == "fail"


# --- a job that gets another logical id reads the same copies ---

RENAMED = "DataLoading-Renamed-0123abcd-"


def ends_beside(function: Any, name: str, age: float, *, status: str, since: float, own: str = "Create") -> Any:
    """Let a run, which began a minute ago, end beside one of another resource of its stack."""
    event = function.event(own, StartedBy="schedule")
    event["ResourceProperties"]["Files"] = FILES
    run = finished_run(function, request=event, copied=1, started=function.now - 60, answered=True)
    function.executions({RENAMED + name: age, "execution-1": 60.0})
    function.stack(status, since=function.now - since)
    return run


def reads(function: Any) -> None:
    run = {
        "executionArn": "x",
        "stateMachineArn": "x",
        "status": "RUNNING",
        "startDate": 0,
        "input": json.dumps({"request": {"ResourceProperties": {"Files": FILES}}}),
    }
    function.stubs["stepfunctions"].add_response("describe_execution", run)


CREATE, ASKED = "create-0123abcd-0123456789ab", "run-0123abcd-0123456789ab"


@pytest.mark.parametrize(
    ("name", "age", "known"),
    [
        (CREATE, 99, {"status": "UPDATE_IN_PROGRESS", "since": 70}),
        (CREATE, 70, {"status": "UPDATE_COMPLETE", "since": 70}),
        (CREATE, 65, {"status": "UPDATE_COMPLETE", "since": 60}),
        (ASKED, 65, {"status": "UPDATE_IN_PROGRESS", "since": 99}),
        (ASKED, 65, {"status": "UPDATE_COMPLETE", "since": 99}),
        (CREATE, 65, {"status": "UPDATE_IN_PROGRESS", "since": 99, "own": "Run"}),
    ],
    ids=[
        "before the operation",
        "with it",
        "both before",
        "by a schedule",
        "still by a schedule",
        "beside one by a schedule",
    ],
)
def test_it_waits_for_the_resource_that_was_renamed(
    function: Any, name: str, age: float, known: dict[str, Any]
) -> None:
    run = ends_beside(function, name, age, **known)
    reads(function)

    assert function.step("report", run)["next"] == "check"


def test_of_very_many_runs_none_is_described_and_the_copies_stay(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    for number, following in ((50, "check"), (51, "fail")):
        others = {f"DataLoading-Job{one}-0123abcd-{CREATE}": 99.0 for one in range(number)}
        function.executions({**others, "execution-1": 60.0})
        function.stack("UPDATE_COMPLETE", since=function.now - 70)
        for _ in range(50 if number == 50 else 0):
            reads(function)
        run = function.step("report", finished_run(function, request=event, copied=1, answered=True))
        assert run["next"] == following
    assert "51 runs of other resources may read them" in capsys.readouterr().out


def test_beside_other_resources_its_own_are_listed_once(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    own = Request.from_event(event).execution_prefix()
    run = finished_run(function, request=event, copied=1, answered=True)
    function.executions({RENAMED + CREATE: 50.0, f"{own}update-1": 99.0, "execution-1": 60.0})
    function.stack("UPDATE_COMPLETE", since=function.now - 70)
    reads(function)

    assert function.step("report", run)["next"] == "check"


@pytest.mark.parametrize(
    ("name", "status"),
    [(CREATE, "UPDATE_IN_PROGRESS"), (CREATE, "UPDATE_COMPLETE")],
)
def test_what_began_with_it_in_one_template_is_not_described(function: Any, name: str, status: str) -> None:
    """With hundreds of jobs in a stack, each would ask for all others."""
    run = ends_beside(function, name, 65, status=status, since=80)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"


def test_a_run_that_reads_other_files_needs_no_copies(function: Any) -> None:
    another(function, 10, [{"Source": "s3://assets/2.csv", "Target": "s3://staging/job/2.csv"}])
    own = f"{Request.from_event(function.event()).execution_prefix()}create-0"
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", with_copies(function), execution=own)["next"] == "fail"


@pytest.mark.parametrize(("code", "after"), [("AccessDeniedException", 0), ("ThrottlingException", 3300)])
def test_the_copies_stay_if_it_is_unknown_who_reads_them(
    function: Any, code: str, after: float, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_copies(function) | ({"refused_since": function.now - PROPAGATION_GRACE} if not after else {})
    function.stubs["stepfunctions"].add_client_error("list_executions", code, "no")

    assert function.step("report", run, after=after)["next"] == "fail"
    assert f'"because": ["{code}: no"]' in capsys.readouterr().out


def test_a_throttled_list_is_waited_out_before_the_copies_go(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")
    long_ago = function.now - 9999
    run = function.step("report", finished_run(function, request=event, copied=1, started=long_ago, told=function.now))
    assert (run["next"], run["wait"] >= 30) == ("check", True)

    run = function.step("check", run)
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run, after=3299)["next"] == "fail"
    assert len(function.responses.bodies) == 1


def test_an_end_is_published_once_however_long_the_copies_are_waited_for(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_copies(function)
    for _ in range(2):
        function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")
        run = function.step("report", run)
        assert (run["next"], '"job ended"' in capsys.readouterr().out) == ("check", False)
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"
    assert capsys.readouterr().out.count('"job ended"') == 1


@pytest.mark.parametrize("problem", ["throttled", "unreachable"])
@pytest.mark.parametrize(("service", "operation"), [("stepfunctions", "ListExecutions"), ("s3", "DeleteObject")])
def test_a_clean_up_that_met_passing_trouble_is_tried_again(
    function: Any, service: str, operation: str, problem: str
) -> None:
    if service == "s3":
        function.executions({})
    if problem == "throttled":
        function.stubs[service].add_client_error(xform_name(operation), "SlowDown", http_status_code=503)
    else:
        error = EndpointConnectionError(endpoint_url="https://service")
        function.answering(service, operation, error)
    run = function.step("report", with_copies(function))
    assert (run["next"], len(function.responses.bodies)) == ("check", 1)

    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    run = function.step("report", function.step("check", run, after=60))
    assert (run["next"], len(function.responses.bodies)) == ("fail", 1)


def test_if_the_whole_stack_is_deleted_no_run_is_described(function: Any) -> None:
    run = ends_beside(function, CREATE, 99, status="DELETE_IN_PROGRESS", since=10)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"


def test_a_crash_of_the_wait_for_a_clean_up_changes_nothing(function: Any) -> None:
    crash = {"Error": "Lambda.Unknown", "Cause": "C"}
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    run = finished_run(function, request=event, succeeded=True, copied=1, answered=True, cleaning=True, crash=crash)

    assert function.step("report", run)["next"] == "succeed"


@pytest.mark.parametrize("codes", [("SlowDown", "AccessDenied"), ("AccessDenied", "SlowDown")])
def test_of_two_copies_the_one_that_may_go_later_decides(function: Any, codes: tuple[str, str]) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [*FILES, {"Source": "s3://assets/2.csv", "Target": "s3://staging/job/2.csv"}]
    function.executions({})
    for code in codes:
        status = {"SlowDown": 503, "AccessDenied": 403}[code]
        function.stubs["s3"].add_client_error("delete_object", code, http_status_code=status)

    run = finished_run(function, request=event, copied=2, refused_since=function.now - PROPAGATION_GRACE)
    assert function.step("report", run)["next"] == "check"


def test_the_copies_for_a_job_that_was_never_created_go(function: Any) -> None:
    run = with_copies(function)
    del run["id"], run["status"]
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"


@pytest.mark.parametrize("status", [None, "CREATE IN_PROGRESS"])
def test_the_copies_stay_if_nobody_saw_the_jobs_end(function: Any, status: str | None) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]

    assert function.step("report", finished_run(function, request=event, copied=1, status=status))["next"] == "fail"
