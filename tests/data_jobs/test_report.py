"""The answer: exactly one, whatever happens, and never a word of its URL."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from data_jobs.cloudformation import MAX_RESPONSE_BYTES, write_response, xml_safe
from data_jobs.definitions import table
from data_jobs.errors import PROPAGATION_GRACE
from data_jobs.messages import to_json, truncate
from data_jobs.request import MAX_WATCH_SECONDS, Request

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"


def told(function: Any, *, succeeded: bool = False, **changes: Any) -> dict[str, Any]:
    outcome = {"succeeded": succeeded, "reason": "because", "attributes": {"status": "ACTIVE"}}
    known = {"id": ARN, "since": function.now, "status": "ACTIVE", "ended": True, "outcome": outcome}
    return {**function.run(**known), **changes}


def test_the_answer_is_what_cloudformation_expects(function: Any) -> None:
    run = function.step("report", told(function, succeeded=True))

    assert (run["next"], run["wait"]) == ("succeed", 0)
    assert function.answers.bodies == [
        {
            "Status": "SUCCESS",
            "Reason": "because",
            "PhysicalResourceId": ARN,
            "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/5f0c",
            "RequestId": "request-1",
            "LogicalResourceId": "ImportInteractions",
            "Data": {"status": "ACTIVE"},
        }
    ]
    assert function.answers.content_types == [""]


def test_a_failure_ends_the_execution_as_failed(function: Any) -> None:
    run = function.step("report", told(function))

    assert (run["next"], run["reason"]) == ("fail", "because")


def test_the_deployment_goes_on_if_asked_to(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["OnFailure"] = "CONTINUE"

    function.step("report", told(function, request=event))

    assert function.answers.bodies[0]["Status"] == "SUCCESS"
    assert function.answers.bodies[0]["Reason"] == "because"


def test_an_answer_that_lets_a_failure_pass_has_every_attribute(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Timeout": "60"}
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException", "5 resources")

    function.step("report", function.create(function.create(function.run(event)), after=60))

    [body] = function.answers.bodies
    assert body["Status"] == "SUCCESS"
    assert body["Data"] == {
        "datasetImportJobArn": "",
        "jobName": "",
        "status": "CREATE FAILED",
        "creationDateTime": "",
        "lastUpdatedDateTime": "",
        "failureReason": "LimitExceededException: 5 resources",
    }


def test_a_crash_is_reported(function: Any) -> None:
    cause = json.dumps({"errorType": "KeyError", "errorMessage": "'Source'", "stackTrace": []})

    run = function.crashed(function.run(crash={"Error": "KeyError", "Cause": cause}))

    assert run["next"] == "fail"
    [body] = function.answers.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"] == "the run crashed: KeyError: 'Source'; its log tells more"
    assert body["PhysicalResourceId"].endswith(":dataset-import-job/shop-interactions-19f1064b")
    assert body["Data"]["status"] == ""


def test_a_job_goes_on_whatever_happened_to_the_step_that_looked_at_it(function: Any) -> None:
    run = function.crashed(function.run(id=ARN, since=function.now))

    assert run["next"] == "check"
    assert function.answers.bodies[0]["Status"] == "FAILED"


def test_a_job_that_can_never_be_looked_at_is_given_up_and_keeps_its_files(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]
    run, followed = function.run(event, id=ARN, since=function.now, copied=1), []
    for _ in range(4):
        run = function.crashed(run, after=600)
        followed.append(run["next"])

    assert followed == ["check", "check", "check", "fail"]
    assert len(function.answers.bodies) == 1


@pytest.mark.parametrize(("after", "following"), [(0, "check"), (1, "fail")])
def test_a_run_that_crashes_after_a_week_watches_its_job_no_longer(function: Any, after: float, following: str) -> None:
    run = function.run(id=ARN, since=function.now, answered=True)
    run["told"] = function.now + 3300  # when it was answered, from which the week does not count

    assert function.crashed(run, after=MAX_WATCH_SECONDS + after)["next"] == following


def test_a_job_that_is_looked_at_again_is_watched_on(function: Any) -> None:
    job = {"datasetImportJobArn": ARN, "status": "CREATE IN_PROGRESS"}
    run = function.run(id=ARN, since=function.now)
    for _ in range(5):
        run = function.crashed(run, after=600)
        assert run["next"] == "check"
        function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
        run = function.step("check", run)

    assert run["next"] == "check"


def test_a_resource_that_only_waits_and_crashes_leaves_the_watching_to_the_jobs_own_run(function: Any) -> None:
    event = function.event(ResourceType="Custom::DataJobWait")
    event["ResourceProperties"] |= {"Job": ARN, "Kind": "Custom::PersonalizeDatasetImportJob"}

    assert function.crashed(function.run(event, id=ARN, since=function.now))["next"] == "fail"
    assert function.crashed(function.run(event))["next"] == "fail"
    assert [body["PhysicalResourceId"] for body in function.answers.bodies] == [ARN, ARN]


def test_long_attributes_never_make_a_run_too_large_for_a_state(function: Any) -> None:
    definition = {**table()["Custom::PersonalizeDatasetImportJob"]}
    definition["attributes"] = {f"a{number}": "failureReason" for number in range(30)}
    event = function.event()
    event["ResourceProperties"]["Definition"] = definition
    job = {"datasetImportJobArn": ARN, "status": "GOES ON" * 999, "failureReason": '"' * 5000}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})

    run = function.step("check", function.run(event, id=ARN, since=function.now))

    assert set(run["attributes"]) == {*definition["attributes"]}
    assert len(json.dumps(run["attributes"])) < 20_000
    assert len(json.dumps(run["status"])) < 1100


def test_a_crash_after_the_answer_asks_for_no_rollback(function: Any) -> None:
    event = function.event("Update", PhysicalResourceId=ARN)
    event["OldResourceProperties"] = {**event["ResourceProperties"], "Trigger": "2"}

    assert function.crashed(function.run(event, id=ARN, since=function.now, answered=True))["next"] == "check"


def test_a_crash_of_a_delete_succeeds(function: Any) -> None:
    event = function.event("Delete", PhysicalResourceId=ARN)

    function.crashed(function.run(event))

    [body] = function.answers.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", ARN)


def test_an_answer_that_did_not_get_through_is_raised_for_the_machine_to_try_again(function: Any) -> None:
    for status in (503, 400, 500):
        function.answers.statuses = [status]
        with pytest.raises(ConnectionError, match=f"^the response could not be delivered: HTTP {status}$"):
            function.step("report", told(function))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_dead_url_ends_the_run(function: Any, status: int) -> None:
    function.answers.statuses = [status]

    assert function.step("report", told(function))["next"] == "fail"
    assert function.answers.bodies == []


def test_the_copies_go_when_the_job_has_ended(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [
        {"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"},
        {"Source": "s3://assets/2.csv", "Target": "s3://staging/job/2.csv"},
    ]
    run = told(function, request=event, copied=2)
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

    assert function.step("report", told(function, request=event, copied=1), execution=own)["next"] == "fail"


FILES = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]


def with_copies(function: Any) -> dict[str, Any]:
    """A run that has told all, with a copy to delete."""
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    return told(function, request=event, copied=1, told=function.now)


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


def test_of_two_that_began_in_the_same_second_the_names_tell_which_waits(function: Any) -> None:
    another(function, 60, FILES)
    own = f"{Request.from_event(function.event()).execution_prefix()}create-0"

    assert function.step("report", with_copies(function), execution=own)["next"] == "fail"


# --- a job that gets another logical id reads the same copies ---

RENAMED = "DataLoading-Renamed-0123abcd-"


def ends_beside(function: Any, name: str, age: float, *, status: str, since: float, own: str = "Create") -> Any:
    """Let a run, which began a minute ago, end beside one of another resource of its stack."""
    event = function.event(own, StartedBy="schedule")
    event["ResourceProperties"]["Files"] = FILES
    run = told(function, request=event, copied=1, started=function.now - 60, answered=True)
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


def test_of_very_many_runs_none_is_asked_and_the_copies_stay(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    for number, following in ((50, "check"), (51, "fail")):
        others = {f"DataLoading-Job{one}-0123abcd-{CREATE}": 99.0 for one in range(number)}
        function.executions({**others, "execution-1": 60.0})
        function.stack("UPDATE_COMPLETE", since=function.now - 70)
        for _ in range(50 if number == 50 else 0):
            reads(function)
        run = function.step("report", told(function, request=event, copied=1, answered=True))
        assert run["next"] == following
    assert "51 runs of other resources may read them" in capsys.readouterr().out


def test_beside_other_resources_its_own_are_asked_for_once(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    own = Request.from_event(event).execution_prefix()
    run = told(function, request=event, copied=1, answered=True)
    function.executions({RENAMED + CREATE: 50.0, f"{own}update-1": 99.0, "execution-1": 60.0})
    function.stack("UPDATE_COMPLETE", since=function.now - 70)
    reads(function)

    assert function.step("report", run)["next"] == "check"


@pytest.mark.parametrize(
    ("name", "status"),
    [(CREATE, "UPDATE_IN_PROGRESS"), (CREATE, "UPDATE_COMPLETE")],
)
def test_what_began_with_it_in_one_template_is_not_asked_for_its_files(function: Any, name: str, status: str) -> None:
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
def test_the_copies_stay_if_nobody_can_tell_who_reads_them(
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
    run = function.step("report", told(function, request=event, copied=1, started=long_ago, told=function.now))
    assert (run["next"], run["wait"] >= 30) == ("check", True)

    run = function.step("check", run)
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run, after=3299)["next"] == "fail"
    assert len(function.answers.bodies) == 1


def test_an_end_is_announced_once_however_long_the_copies_are_waited_for(
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


@pytest.mark.parametrize("trouble", ["throttled", "unreachable"])
@pytest.mark.parametrize(("service", "operation"), [("stepfunctions", "ListExecutions"), ("s3", "DeleteObject")])
def test_a_clean_up_that_met_passing_trouble_is_tried_again(
    function: Any, service: str, operation: str, trouble: str
) -> None:
    if service == "s3":
        function.executions({})
    if trouble == "throttled":
        function.stubs[service].add_client_error(xform_name(operation), "SlowDown", http_status_code=503)
    else:
        error = EndpointConnectionError(endpoint_url="https://service")
        function.answering(service, operation, error)
    run = function.step("report", with_copies(function))
    assert (run["next"], len(function.answers.bodies)) == ("check", 1)

    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    run = function.step("report", function.step("check", run, after=60))
    assert (run["next"], len(function.answers.bodies)) == ("fail", 1)


def test_where_the_whole_stack_goes_nobody_is_asked(function: Any) -> None:
    run = ends_beside(function, CREATE, 99, status="DELETE_IN_PROGRESS", since=10)
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"


def test_a_crash_of_the_wait_for_a_clean_up_changes_nothing(function: Any) -> None:
    crash = {"Error": "Lambda.Unknown", "Cause": "C"}
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})
    event = function.event()
    event["ResourceProperties"]["Files"] = FILES
    run = told(function, request=event, succeeded=True, copied=1, answered=True, cleaning=True, crash=crash)

    assert function.step("report", run)["next"] == "succeed"


@pytest.mark.parametrize("codes", [("SlowDown", "AccessDenied"), ("AccessDenied", "SlowDown")])
def test_of_two_copies_the_one_that_may_go_later_decides(function: Any, codes: tuple[str, str]) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [*FILES, {"Source": "s3://assets/2.csv", "Target": "s3://staging/job/2.csv"}]
    function.executions({})
    for code in codes:
        status = {"SlowDown": 503, "AccessDenied": 403}[code]
        function.stubs["s3"].add_client_error("delete_object", code, http_status_code=status)

    run = told(function, request=event, copied=2, refused_since=function.now - PROPAGATION_GRACE)
    assert function.step("report", run)["next"] == "check"


def test_the_copies_for_a_job_that_was_never_made_go(function: Any) -> None:
    run = with_copies(function)
    del run["id"], run["status"]
    function.executions({})
    function.stubs["s3"].add_response("delete_object", {}, {"Bucket": "staging", "Key": "job/1.csv"})

    assert function.step("report", run)["next"] == "fail"


@pytest.mark.parametrize("status", [None, "CREATE IN_PROGRESS"])
def test_the_copies_stay_if_nobody_saw_the_jobs_end(function: Any, status: str | None) -> None:
    event = function.event()
    event["ResourceProperties"]["Files"] = [{"Source": "s3://assets/1.csv", "Target": "s3://staging/job/1.csv"}]

    assert function.step("report", told(function, request=event, copied=1, status=status))["next"] == "fail"


def test_no_log_line_holds_the_url(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function.answers.statuses = [503]
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "InvalidInputException")
    with pytest.raises(ConnectionError) as error:
        function.step("report", told(function))
    function.step("report", function.create(function.run()))
    function.crashed(function.run())

    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["event"] for line in lines] == [
        *("call failed", "answered", "job ended"),
        *("step crashed", "answered", "job ended"),
    ]
    assert "secret" not in str(lines) + str(error.value)


@given(st.text(), st.text(), st.dictionaries(st.text(max_size=40), st.text(), max_size=6))
def test_an_answer_always_fits(reason: str, physical_id: str, attributes: dict[str, str]) -> None:
    body = write_response(
        {"StackId": "s" * 120}, succeeded=False, reason=reason * 50, physical_id=physical_id, attributes=attributes
    )

    assert len(body) <= MAX_RESPONSE_BYTES
    assert set(json.loads(body)["Data"]) == {name.encode("utf-8", "replace").decode() for name in attributes}


@pytest.mark.parametrize("reason", ["x" * 100_000, "é" * 100_000, "😀" * 50_000, '"\\\n' * 40_000, "\x00" * 40_000])
def test_a_long_reason_is_cut_between_characters(reason: str) -> None:
    attributes = {"status": "CREATE FAILED", "failureReason": reason}
    body = write_response({}, succeeded=False, reason=reason, physical_id=ARN, attributes=attributes)

    assert MAX_RESPONSE_BYTES - 16 <= len(body) <= MAX_RESPONSE_BYTES
    assert json.loads(body)["Reason"].rstrip("…") == xml_safe(reason)[: len(json.loads(body)["Reason"]) - 1]


def test_what_xml_cannot_hold_is_not_sent() -> None:
    told = "a\x00b\x1b[31m\ud800\uffffc\n😀"
    body = write_response({}, succeeded=False, reason=told, physical_id=ARN, attributes={"failureReason": told})

    assert json.loads(body)["Reason"] == "a\ufffdb\ufffd[31m\ufffd\ufffdc\n😀"
    assert json.loads(body)["Data"]["failureReason"] == json.loads(body)["Reason"]


@given(st.text(), st.integers(min_value=0, max_value=200))
def test_a_truncated_string_is_a_prefix_that_fits(text: str, size: int) -> None:
    shortened = truncate(text, size)

    assert shortened == text or len(to_json(shortened)) <= max(size, 2)
    assert shortened == text or text.startswith(shortened.removesuffix("…"))


@given(st.text(min_size=1), st.integers(min_value=-5, max_value=200))
def test_a_truncated_string_has_as_much_as_fits(text: str, size: int) -> None:
    shortened = truncate(text, size)
    longer = text[: len(shortened.removesuffix("…")) + 1]

    assert len(to_json(shortened)) <= max(size, 2)
    assert shortened == text or len(to_json(longer + "…")) > size


@pytest.mark.parametrize(("size", "shortened"), [(7, "short"), (6, "s…"), (5, ""), (0, ""), (-1, "")])
def test_what_fits_is_not_cut(size: int, shortened: str) -> None:
    assert truncate("short", size) == shortened


def test_the_ids_of_a_request_are_repeated_as_far_as_there_are_any() -> None:
    event = {"StackId": "x" * 5000, "RequestId": 5}
    told = json.loads(write_response(event, succeeded=True, reason="", physical_id=ARN, attributes={}))

    assert (len(told["StackId"].encode()), told["RequestId"], told["LogicalResourceId"]) == (510, "5", "")


def test_a_long_reason_leaves_no_byte_unused() -> None:
    assert len(write_response({}, succeeded=False, reason="x" * 5000, physical_id=ARN, attributes={})) == 4096


def test_a_name_may_take_the_last_byte() -> None:
    def answer(attributes: dict[str, str]) -> bytes:
        return write_response({}, succeeded=True, reason="", physical_id=ARN, attributes=attributes)

    room = 4096 - len(answer({})) - len('"":""')
    fits, does_not = (answer({"x" * (room + more): "value"}) for more in (0, 1))

    assert (len(fits), json.loads(fits)["Data"]) == (4096, {"x" * room: ""})
    assert json.loads(does_not)["Data"] == {}


def test_no_byte_goes_to_spaces() -> None:
    assert to_json({"a": [1, 2], "b": "ä"}) == '{"a":[1,2],"b":"ä"}'.encode()


def test_an_attribute_gets_what_the_reason_leaves() -> None:
    body = write_response({}, succeeded=True, reason="why", physical_id=ARN, attributes={"a": "x" * 5000})

    assert len(body) == MAX_RESPONSE_BYTES
    assert json.loads(body)["Reason"] == "why"


def test_an_id_is_no_longer_than_cloudformation_takes() -> None:
    body = write_response({}, succeeded=True, reason="", physical_id="x" * 5000, attributes={})

    assert len(json.loads(body)["PhysicalResourceId"].encode()) == 1022  # with its quotes, 1024
