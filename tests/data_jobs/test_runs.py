"""Runs that no deployment asks for: each makes a job of its own, when it is its turn, and tells who waits."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY

from data_jobs.aws import Aws
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.executions import LISTING_DELAY
from data_jobs.request import MAX_WATCH_SECONDS, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-interactions-"
TOKEN = "the-token-of-the-task"  # noqa: S105 - of nothing


def asked(function: Any, **changes: Any) -> dict[str, Any]:
    """A request for a run, which has no ResponseURL."""
    event = function.event("Run", RequestId="schedule-1", StartedBy="schedule", **changes)
    del event["ResponseURL"]
    return dict(event)


def prefix(event: dict[str, Any]) -> str:
    return Request.from_event(event).execution_prefix()


def turn(function: Any, event: dict[str, Any], others: dict[str, float], **known: Any) -> dict[str, Any]:
    """Take the step of a run in which every other one is in the list, with some that began so many seconds ago."""
    function.resource("CREATE_COMPLETE")
    if "turn" not in known:
        function.executions({"execution-1": LISTING_DELAY, **others})
    return dict(function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY, **known}))


def created(function: Any, name: str = "shop-interactions-cde4f7a6") -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": JOB + name[18:]})


def test_a_run_asks_nothing_of_the_stack_and_makes_a_job_with_a_name_of_its_own(function: Any) -> None:
    names = [Request.from_event(asked(function) | {"RequestId": id_}).job_name(0, 63) for id_ in ("a", "b", "a")]
    created(function)

    run = turn(function, asked(function), {})

    assert (run["next"], run["wait"]) == ("check", 5)
    assert names[0] == names[2] != names[1]


def test_the_same_request_has_the_same_execution_name(function: Any) -> None:
    first, again = (Request.from_event(asked(function)) for _ in range(2))
    later = Request.from_event(asked(function) | {"RequestId": "schedule-2"})

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
def test_a_run_looks_for_others_only_when_they_are_in_the_list(function: Any, overlap: str) -> None:
    event = asked(function, Overlap=overlap)
    function.resource("CREATE_COMPLETE")

    run = function.step("create", function.run(event), after=2)
    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 8, "turn")
    assert run["state"] == "a run before it may not be in the list yet"

    function.resource("CREATE_COMPLETE")
    run = function.step("create", run, after=7.5)
    assert (run["next"], run["wait"]) == ("create", 1)

    function.resource("CREATE_COMPLETE")
    function.executions({"execution-1": 10.0, f"{prefix(event)}run-1": 10.5})
    run = function.step("create", run, after=0.5)
    assert run["next"] == ("create" if overlap == "WAIT" else "report")


@pytest.mark.parametrize("other", ["create-1", "update-1", "run-1"])
def test_a_run_waits_its_turn(function: Any, other: str) -> None:
    event = asked(function)

    run = turn(function, event, {prefix(event) + other: 60.0})

    assert (run["next"], run["waiting_for"], run["state"]) == ("create", "turn", "a run before it goes on")


@pytest.mark.parametrize(("other", "following"), [("create-1", "create"), ("run-z", "check")])
def test_of_runs_that_began_at_the_same_time_one_is_first(function: Any, other: str, following: str) -> None:
    event = asked(function)
    own = Request.from_event(event).execution_name
    function.resource("CREATE_COMPLETE")
    function.executions({own: LISTING_DELAY, prefix(event) + other: LISTING_DELAY})
    if following == "check":
        created(function)
    run = {**function.run(event), "started": function.now - LISTING_DELAY}

    assert function.step("create", run, execution=own)["next"] == following


def test_a_run_does_not_wait_for_one_after_it_nor_for_another_job(function: Any) -> None:
    event = asked(function)
    created(function)

    assert turn(function, event, {f"{prefix(event)}run-2": -1.0, "Other-Job-12345678-run-1": 60.0})["next"] == "check"


def test_of_two_runs_that_were_asked_for_before_they_began_one_waits(function: Any) -> None:
    """By when they were asked for, each would have been before the time at which the list says that the other began."""
    event = asked(function)
    own = Request.from_event(event).execution_name
    function.resource("CREATE_COMPLETE")
    function.executions({own: LISTING_DELAY, f"{prefix(event)}run-1": LISTING_DELAY + 1})

    run = {**function.run(event), "started": function.now - LISTING_DELAY - 2}
    run = function.step("create", run, execution=own)

    assert (run["next"], run["state"]) == ("create", "a run before it goes on")


def test_a_run_that_is_not_in_the_list_has_begun_when_it_was_asked_for(function: Any) -> None:
    event = asked(function)
    created(function)
    function.resource("CREATE_COMPLETE")
    function.executions({f"{prefix(event)}run-2": LISTING_DELAY - 5})

    run = function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY})

    assert run["next"] == "check"


def test_the_time_that_a_run_waited_its_turn_does_not_count_as_its_own(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")

    run = turn(function, asked(function), {}, since=function.now - 3000)

    assert run["turn"] == run["since"] == function.now
    assert 30 <= run["wait"] < 60


def test_a_run_that_skips_makes_no_job_and_announces_nothing(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = asked(function, Overlap="SKIP")
    run = turn(function, event, {f"{prefix(event)}run-1": 60.0})

    assert function.step("report", run)["next"] == "succeed"
    assert (run["outcome"]["reason"], run["outcome"]["error"]) == ("skipped, because a run before it goes on", "")
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

    run = function.step("create", function.run(asked(function), **known))

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

    assert function.step("create", function.run(asked(function)))["next"] == "create"


def test_a_run_that_cannot_tell_whether_its_job_is_removed_makes_none(function: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "Throttling", "slow down")

    run = function.step("create", function.run(asked(function), turn=function.now))

    assert (run["next"], run["waiting_for"], run["state"]) == ("create", "service", "Throttling: slow down")


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_run_in_a_stack_that_an_older_version_deployed_asks_what_it_may(function: Any, status: str) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "AccessDenied")
    function.stack(status)

    run = function.step("create", function.run(asked(function)))

    assert run["outcome"]["reason"] == "given up, because the job is being deleted"


def test_a_run_does_not_give_up_while_an_update_deletes_what_it_replaced(function: Any) -> None:
    event = asked(function)
    created(function)

    assert turn(function, event, {f"{prefix(event)}delete-0123abcd-0123456789ab": 60.0})["next"] == "check"


def test_a_deployment_that_waits_is_not_taken_over_by_a_run(function: Any) -> None:
    event = function.event()
    created(function)

    run = function.create(function.run(event, attempts=1), after=60, others={f"{prefix(event)}run-1": 5.0})

    assert run["next"] == "check"


def test_the_quota_is_waited_for_as_long_as_a_job_is_watched(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException", "full")

    run = turn(function, asked(function), {}, turn=0, since=function.now - MAX_WATCH_SECONDS + 60, attempts=900)

    assert (run["next"], run["wait"], run["waiting_for"]) == ("create", 600, "quota")


def test_permissions_are_waited_for_but_not_for_ever(function: Any) -> None:
    for since, following in ((function.now, "create"), (function.now - PROPAGATION_GRACE, "report")):
        function.stubs["personalize"].add_client_error("create_dataset_import_job", "AccessDeniedException", "no")

        run = turn(function, asked(function), {}, turn=since, since=since, refused_since=since)

        assert run["next"] == following


def test_a_throttled_call_is_waited_for_however_long_permissions_were_missing_before(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "ThrottlingException")

    run = turn(function, asked(function), {}, turn=0, since=0, refused_since=function.now - PROPAGATION_GRACE)

    assert (run["next"], "refused_since" in run) == ("create", False)


def test_a_permission_that_was_there_and_is_gone_for_a_moment_is_waited_for(function: Any) -> None:
    """A newer version may move it from one policy to another while the run goes on."""
    function.stubs["personalize"].add_client_error("describe_dataset_import_job", "AccessDeniedException", "no")
    run = function.step("check", function.run(asked(function), id=JOB + "1", since=function.now - 9999))
    assert (run["next"], run["refused_since"]) == ("check", function.now)

    job = {"datasetImportJobArn": JOB + "1", "status": "CREATE IN_PROGRESS"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    assert "refused_since" not in function.step("check", run, after=60)


def ended(function: Any, event: dict[str, Any], **outcome: Any) -> dict[str, Any]:
    known = {"succeeded": True, "reason": "", "error": "", "attributes": {"status": "ACTIVE"}}
    run = function.run(event, id=JOB + "1", since=function.now - 90, status="ACTIVE", ended=True, step="check")
    return {**run, "outcome": known | outcome}


def test_a_task_gets_the_attributes(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {"taskToken": TOKEN, "output": '{"status": "ACTIVE"}'}
    function.stubs["stepfunctions"].add_response("send_task_success", {}, expected)

    assert function.step("report", ended(function, asked(function, TaskToken=TOKEN)))["next"] == "succeed"
    assert '"event": "answered"' in capsys.readouterr().out


def test_a_task_gets_the_error_by_its_name(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.Failed", "cause": "broken"}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)
    run = ended(function, asked(function, TaskToken=TOKEN), succeeded=False, reason="broken", error="DataJob.Failed")

    assert function.step("report", run)["next"] == "fail"


def test_a_task_learns_that_its_run_crashed(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.Crashed", "cause": "the run crashed: E: C; its log tells more"}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)

    assert function.crashed(function.run(asked(function, TaskToken=TOKEN)))["next"] == "fail"


def test_a_task_gets_as_much_of_a_reason_as_a_cause_has_room_for(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.Failed", "cause": "x" * 32_768}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)
    event = asked(function, TaskToken=TOKEN)
    run = ended(function, event, succeeded=False, reason="x" * 40_000, error="DataJob.Failed")

    assert function.step("report", run)["next"] == "fail"


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_that_nobody_waits_for_is_no_error(function: Any, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    function.stubs["stepfunctions"].add_client_error("send_task_success", code)

    assert function.step("report", ended(function, asked(function, TaskToken=TOKEN)))["next"] == "succeed"
    assert '"event": "nobody to answer"' in capsys.readouterr().out


def test_a_task_whose_run_cannot_be_started_fails_at_once(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.NotCreated", "cause": ANY}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)

    function.start(asked(function, TaskToken=TOKEN, ResourceType="Custom::Other"))


def test_a_run_that_cannot_be_started_and_that_nobody_waits_for_has_failed(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.start(publishing(function))

    printed = capsys.readouterr().out
    assert '"Failed": 1' in printed
    assert '"execution": ""' in printed  # there is none


def test_a_request_of_a_run_whose_failure_cannot_be_reported_is_an_error_of_the_function(function: Any) -> None:
    """Lambda begins anew with it, and nobody else has heard of it."""
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_client_error("put_events", "InternalFailure", "no", http_status_code=500)

    with pytest.raises(CallFailed, match="InternalFailure"):
        function.start(publishing(function))


@pytest.fixture
def sent(function: Any) -> Iterator[list[dict[str, str]]]:
    """The entries that the bus gets."""
    entries: list[dict[str, str]] = []
    events = function.stubs["events"].client.meta.events
    name = "before-parameter-build.eventbridge.PutEvents"
    events.register_first(name, lambda params, **_: entries.extend(params["Entries"]), unique_id="sent")
    yield entries
    events.unregister(name, unique_id="sent")


@pytest.mark.parametrize("trouble", ["the note", "the run"])
def test_a_file_whose_run_cannot_be_started_is_reported(
    function: Any, trouble: str, sent: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals = {"Inbox": "s3://staging/job/arrived/", "Folder": "s3://staging/job/gathered/", "Parameter": "dataSource"}
    event = publishing(function) | {"Arrivals": arrivals, "Window": 60, "Arrived": {"Bucket": "data", "Key": "a.csv"}}
    del event["RequestId"]
    function.resource("CREATE_COMPLETE")
    if trouble == "the note":
        function.stubs["s3"].add_client_error("put_object", "NoSuchBucket", "gone", http_status_code=404)
    else:
        function.stubs["s3"].add_response("put_object", {})
        function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.start(event)

    code = {"the note": "NoSuchBucket", "the run": "StateMachineDoesNotExist"}[trouble]
    reason = f"the run could not be started: {code}: gone; the file that arrived: s3://data/a.csv"
    assert [json.loads(entry["Detail"])["reason"] for entry in sent] == [reason]
    logged = capsys.readouterr().out
    assert '"Failed": 1' in logged
    assert reason in logged


def test_a_run_that_cannot_be_started_and_that_nobody_waits_for_is_an_error_of_the_function(function: Any) -> None:
    with pytest.raises(RuntimeError, match="unknown kind of job: Custom::Other"):
        function.start(asked(function, ResourceType="Custom::Other"))


def test_a_run_of_a_definition_that_makes_no_sense_is_an_error_of_the_function_that_tells_why(function: Any) -> None:
    event = asked(function)
    event["ResourceProperties"]["Definition"] = {"title": "t"}

    with pytest.raises(RuntimeError, match="the job's definition is invalid"):
        function.start(event)


def test_no_log_line_holds_the_token(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "arn", "startDate": 0})
    function.stubs["stepfunctions"].add_client_error("send_task_success", "TaskTimedOut")
    event = asked(function, TaskToken=TOKEN)

    function.start(event)
    function.step("report", ended(function, event))

    printed = capsys.readouterr().out
    assert "run started" in printed
    assert TOKEN not in printed + repr(Request.from_event(event))


def publishing(function: Any, **changes: Any) -> dict[str, Any]:
    event = asked(function, **changes)
    event["ResourceProperties"] |= {"Events": "true"}
    return event


def test_an_event_tells_the_end_in_a_step_of_its_own(function: Any) -> None:
    detail = {
        "stack": "DataLoading",
        "job": "ImportInteractions",
        "kind": "Custom::PersonalizeDatasetImportJob",
        "id": JOB + "1",
        "status": "ACTIVE",
        "reason": "",
        "duration": 90,
        "startedBy": "schedule",
        "attributes": {"status": "ACTIVE"},
    }
    entry = {"Source": "cdk-data-jobs", "DetailType": "Data Job Succeeded", "Detail": json.dumps(detail)}
    run = function.step("report", ended(function, publishing(function)))
    assert (run["next"], run["wait"], run["answered"]) == ("report", 0, True)

    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]}, {"Entries": [entry]})
    assert function.step("report", run)["next"] == "succeed"


def test_an_event_tells_a_failure_by_its_type(function: Any, sent: list[dict[str, str]]) -> None:
    run = function.step("report", ended(function, publishing(function), succeeded=False, reason="why"))
    function.stubs["events"].add_response("put_events", {"Entries": [{"EventId": "1"}]})

    function.step("report", run)

    [entry] = sent
    assert (entry["DetailType"], json.loads(entry["Detail"])["reason"]) == ("Data Job Failed", "why")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_an_event_that_was_not_sent_is_tried_again_and_the_answer_is_not(function: Any, code: str) -> None:
    run = function.step("report", ended(function, publishing(function)))
    function.stubs["events"].add_client_error("put_events", code, http_status_code=400)

    with pytest.raises(CallFailed, match=code):
        function.step("report", run)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
@pytest.mark.parametrize(("said", "words"), [({"ErrorMessage": "oh"}, "oh"), ({}, "")], ids=str)
def test_an_event_that_the_bus_did_not_take_is_sent_again(
    function: Any, code: str, said: dict[str, str], words: str
) -> None:
    run = {**function.step("report", ended(function, publishing(function))), "told": function.now}
    failed = {"Entries": [{"ErrorCode": code, **said}], "FailedEntryCount": 1}
    function.stubs["events"].add_response("put_events", failed)

    with pytest.raises(CallFailed, match=f"^{code}: {words}$"):
        function.step("report", run, after=3599)


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 1, True), (PROPAGATION_GRACE, False)])
def test_an_event_that_finds_nobody_is_tried_for_three_minutes_however_long_the_job_took(
    function: Any, after: float, *, raises: bool
) -> None:
    run = {**function.step("report", ended(function, publishing(function))), "since": 1.0, "told": function.now}
    function.answering("events", "PutEvents", EndpointConnectionError(endpoint_url="https://events"))

    if raises:
        with pytest.raises(CallFailed, match="cannot be reached"):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"


def test_an_event_of_a_job_that_ended_after_the_answer_is_tried_as_long(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"Events": "true"}
    known = {"id": JOB + "1", "since": function.now, "told": function.now, "answered": True}
    job = {"datasetImportJobArn": JOB + "1", "status": "ACTIVE"}
    function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
    run = function.step("check", function.run(event, **known), after=7200)
    function.stubs["events"].add_client_error("put_events", "ThrottlingException")

    with pytest.raises(CallFailed, match="ThrottlingException"):
        function.step("report", run, after=3599)


@pytest.mark.parametrize(("after", "raises"), [(3599, True), (3600, False)])
def test_an_event_is_not_tried_for_ever(function: Any, after: float, *, raises: bool) -> None:
    run = {**function.step("report", ended(function, publishing(function))), "told": function.now}
    function.stubs["events"].add_client_error("put_events", "ThrottlingException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 1, True), (PROPAGATION_GRACE, False)])
def test_a_task_that_may_not_be_answered_keeps_no_other_run_waiting(
    function: Any, after: float, *, raises: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    run = {**ended(function, asked(function, TaskToken=TOKEN)), "told": function.now}
    function.stubs["stepfunctions"].add_client_error("send_task_success", "AccessDeniedException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"
        assert '"event": "nobody to answer"' in capsys.readouterr().out


def test_a_task_is_answered_later_however_long_step_functions_has_no_time(function: Any) -> None:
    run = {**ended(function, asked(function, TaskToken=TOKEN)), "told": function.now}
    function.stubs["stepfunctions"].add_client_error("send_task_success", "ThrottlingException")

    with pytest.raises(CallFailed, match="ThrottlingException"):
        function.step("report", run, after=PROPAGATION_GRACE)


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 91, True), (PROPAGATION_GRACE - 90, False)])
def test_where_an_older_version_did_not_keep_when_the_end_was_seen_the_job_was_made_then(
    function: Any, after: float, *, raises: bool
) -> None:
    run = ended(function, asked(function, TaskToken=TOKEN))  # 90 seconds ago
    function.stubs["stepfunctions"].add_client_error("send_task_success", "AccessDeniedException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"


def test_a_run_that_cannot_learn_whether_its_job_is_removed_makes_none_and_forgets_nothing(function: Any) -> None:
    function.stubs["cloudformation"].add_client_error("describe_stack_resource", "ValidationError", "not valid")

    run = function.step("create", function.run(asked(function)))

    assert "could not be created: ValidationError: not valid" in run["outcome"]["reason"]


def test_a_page_of_executions_may_be_empty(function: Any) -> None:
    event = asked(function)
    function.resource("CREATE_COMPLETE")
    empty = {"executions": [], "nextToken": "more"}
    function.stubs["stepfunctions"].add_response("list_executions", empty)
    function.stubs["stepfunctions"].add_response("list_executions", listing(function, f"{prefix(event)}run-1", 60))

    run = function.step("create", {**function.run(event), "started": function.now - LISTING_DELAY})

    assert run["state"] == "a run before it goes on"


def test_what_began_at_a_moment_began_since_then(function: Any) -> None:
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


def test_a_job_of_a_run_that_an_older_version_began_is_looked_for_until_its_time_is_over(function: Any) -> None:
    run = function.run(asked(function), id=JOB + "1", since=function.now - 9999, refused_since=function.now - 9999)
    error = EndpointConnectionError(endpoint_url="https://personalize")
    function.answering("personalize", "DescribeDatasetImportJob", error)

    assert function.step("check", run)["next"] == "check"


@pytest.mark.parametrize("trouble", ["refused", "denied for long", "of the entry"])
def test_an_event_that_is_refused_for_good_does_not_hide_the_end(
    function: Any, capsys: pytest.CaptureFixture[str], trouble: str
) -> None:
    run = function.step("report", ended(function, publishing(function)))
    events = function.stubs["events"]
    if trouble == "of the entry":
        failed = {"Entries": [{"ErrorCode": "NotAuthorizedForSourceException"}], "FailedEntryCount": 1}
        events.add_response("put_events", failed)
    else:
        code = {"refused": "ValidationException", "denied for long": "AccessDeniedException"}[trouble]
        events.add_client_error("put_events", code, http_status_code=400)

    run = function.step("report", run, after=PROPAGATION_GRACE if trouble == "denied for long" else 0)

    assert run["next"] == "succeed"
    assert '"Succeeded": 1' in capsys.readouterr().out


@pytest.mark.parametrize("succeeded", [True, False])
def test_metrics_are_a_line_of_the_log(function: Any, capsys: pytest.CaptureFixture[str], succeeded: bool) -> None:
    function.step("report", ended(function, asked(function), succeeded=succeeded, reason="why"))

    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    [described] = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("DataJobs", [["Stack", "Job"]])
    assert described["Metrics"] == [
        {"Name": "Succeeded", "Unit": "Count"},
        {"Name": "Failed", "Unit": "Count"},
        {"Name": "Duration", "Unit": "Seconds"},
    ]
    assert [line[metric["Name"]] for metric in described["Metrics"]] == [int(succeeded), int(not succeeded), 90]
    assert (line["execution"], line["job"], line["reason"]) == ("execution-1", JOB + "1", "why")
    assert (line["Stack"], line["Job"]) == ("DataLoading", "ImportInteractions")
    assert line["_aws"]["Timestamp"] == int(function.now * 1000)


@pytest.mark.parametrize("known", [{"kept": True}, {"idle": True}])
def test_what_moved_no_data_is_not_announced(
    function: Any, capsys: pytest.CaptureFixture[str], known: dict[str, Any]
) -> None:
    event = function.event()
    event["ResourceProperties"]["Events"] = "true"
    run = function.step("report", {**ended(function, event), **known})

    assert function.step("report", run)["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out


def never_deployed(function: Any, request_type: str, **changes: Any) -> dict[str, Any]:
    event = function.event(request_type, PhysicalResourceId=JOB + "old", **changes)
    event["ResourceProperties"] |= {"DeployTime": "false"}
    return dict(event)


def test_a_job_that_never_runs_when_deployed_is_answered_at_once(function: Any) -> None:
    run = function.step("create", function.run(never_deployed(function, "Create")))
    function.step("report", run)

    assert (run["next"], run["outcome"]["succeeded"], "id" in run) == ("report", True, False)
    assert set(function.answers.bodies[0]["Data"].values()) == {""}


def test_it_keeps_the_job_that_it_had(function: Any) -> None:
    old = function.event()["ResourceProperties"]

    run = function.create(
        function.run(never_deployed(function, "Update", OldResourceProperties=old)), stack="UPDATE_IN_PROGRESS"
    )

    assert (run["kept"], run["id"]) == (True, JOB + "old")


def test_its_tags_need_no_job(function: Any) -> None:
    old = never_deployed(function, "Create")["ResourceProperties"]
    event = never_deployed(function, "Update", OldResourceProperties=old)
    event["ResourceProperties"]["Tags"] = [{"Key": "commit", "Value": "2"}]

    assert function.step("create", function.run(event))["next"] == "check"


def test_what_only_waits_on_announces_nothing(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"Job": JOB + "1", "Kind": "Custom::PersonalizeDatasetImportJob"}

    assert function.step("report", ended(function, event))["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out


def test_a_schedule_does_not_wait_for_a_run_that_only_waits_for_uploads(function: Any) -> None:
    event = asked(function)
    created(function)

    run = turn(function, event, {f"{prefix(event)}run-12345678-w{int(function.now) + 60:011d}": 60.0})

    assert run["next"] == "check"


def test_it_runs_once_it_is_to_run_when_deployed(function: Any) -> None:
    old = never_deployed(function, "Create")["ResourceProperties"]
    created(function)

    run = function.create(function.run(function.event("Update", OldResourceProperties=old)), stack="UPDATE_IN_PROGRESS")

    assert (run["next"], run.get("kept")) == ("check", None)
