"""CloudFormation's request: it starts one run, or is answered at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_jobs.definitions import table, validated_definition
from data_jobs.request import Request


@pytest.fixture(autouse=True)
def _slept(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes by as fast as the function sleeps, but not for ever."""
    began = function.now

    def sleep(seconds: float) -> None:
        function.now += seconds
        assert function.now < began + 900  # a function ends at 15 minutes

    monkeypatch.setattr("time.sleep", sleep)


def start_execution(function: Any, event: dict[str, Any]) -> None:
    function.stubs["stepfunctions"].add_response(
        "start_execution",
        {"executionArn": "arn", "startDate": 0},
        {
            "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:runner",
            "name": Request.from_event(event).execution_name,
            "input": json.dumps({"request": event, "started": function.now}),
        },
    )


def test_a_request_starts_a_run(function: Any) -> None:
    event = function.event()
    start_execution(function, event)

    function.start(event)


def test_a_second_delivery_starts_none(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")

    function.start(function.event())

    assert function.answers.bodies == []


def test_the_log_tells_which_execution_a_request_has(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = function.event()
    start_execution(function, event)
    function.stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")

    function.start(event)
    function.start(event)

    told = {"execution": Request.from_event(event).execution_name, "request": "Create"}
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "run started", **told, "kind": "Custom::PersonalizeDatasetImportJob"},
        {"event": "duplicate request", **told},
    ]


def test_the_name_of_a_run_tells_requests_apart_by_their_url(function: Any) -> None:
    first = Request.from_event(function.event())
    retried = Request.from_event(function.event(ResponseURL="https://other"))
    delete = Request.from_event(function.event("Delete"))

    assert len({first.execution_name, retried.execution_name, delete.execution_name}) == 3
    assert {request.execution_prefix() for request in (first, retried, delete)} == {first.execution_prefix()}
    assert "secret" not in first.execution_name + repr(first)


@given(st.text(min_size=1), st.text(min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_name_of_a_run_is_always_valid(function: Any, stack_id: str, logical_id: str) -> None:
    name = Request.from_event(function.event(StackId=stack_id, LogicalResourceId=logical_id)).execution_name

    assert 1 <= len(name) <= 80
    assert name.replace("-", "").isalnum()
    assert name.isascii()


def test_permissions_that_are_not_known_yet_are_waited_for(function: Any) -> None:
    event = function.event()
    function.stubs["stepfunctions"].add_client_error("start_execution", "AccessDeniedException")
    function.stubs["stepfunctions"].add_client_error("start_execution", "AccessDeniedException")
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "arn", "startDate": 0})

    function.start(event)

    assert function.answers.bodies == []


@pytest.mark.parametrize(("code", "seconds"), [("AccessDeniedException", 180), ("ThrottlingException", 600)])
def test_a_run_that_cannot_be_started_is_tried_as_long_as_that_may_help(function: Any, code: str, seconds: int) -> None:
    for _ in range(seconds // 5 + 1):
        function.stubs["stepfunctions"].add_client_error("start_execution", code, "no")
    began = function.now

    function.start(function.event())

    assert function.now == began + seconds
    assert function.answers.bodies[0]["Reason"] == f"the run could not be started: {code}: no"


@pytest.mark.parametrize(
    ("request_type", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")]
)
def test_where_no_run_can_be_started_the_answer_is_given_at_once(function: Any, request_type: str, status: str) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    if request_type == "Update":
        function.stack("UPDATE_IN_PROGRESS")

    function.start(function.event(request_type, PhysicalResourceId="id"))

    [body] = function.answers.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == (status, "id")
    assert body["Reason"] == "the run could not be started: StateMachineDoesNotExist: gone"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"RequestType": "Read"}, "the RequestType must be Create, Update, Delete or Run, got Read"),
        ({"StackId": None}, "the request's StackId must be a non-empty string, got NoneType"),
        ({"ResourceProperties": []}, "the request's ResourceProperties must be an object, got list"),
        (
            {"ResourceProperties": {"Timeout": "soon"}},
            "the resource's property Timeout must be a whole number, got soon",
        ),
        ({"ResourceProperties": {"Parameters": "all"}}, "the resource's property Parameters must be an object"),
        ({"ResourceType": "Custom::Other"}, "unknown kind of job: Custom::Other; this version knows Custom::"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered(function: Any, changes: dict[str, Any], reason: str) -> None:
    function.start(function.event(**changes))

    [body] = function.answers.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"].startswith(reason)


def test_an_update_of_a_rollback_for_which_no_run_can_be_started_keeps_its_job(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    function.start(function.event("Update", PhysicalResourceId="id"))

    [body] = function.answers.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", "id")
    assert "datasetImportJobArn" in body["Data"]


@pytest.mark.parametrize("request_type", ["Create", "Update", "an Update of tags", "an Update of a rollback"])
def test_a_deployment_that_goes_on_when_its_job_fails_does_so_without_a_run(
    function: Any, request_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event(request_type.split()[1] if " " in request_type else request_type, PhysicalResourceId="id")
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Links": "1"}
    event["OldResourceProperties"] = event["ResourceProperties"] if request_type == "an Update of tags" else {}
    if event["RequestType"] == "Update":
        function.stack("UPDATE_ROLLBACK_IN_PROGRESS" if "rollback" in request_type else "UPDATE_IN_PROGRESS")

    function.start(event)

    [body] = function.answers.bodies
    runs_a_job = request_type in ("Create", "Update")
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", "id")
    assert body["Data"]["status"] == ("CREATE FAILED" if runs_a_job else "")
    assert body["Data"]["failureReason"] == (body["Reason"] if runs_a_job else "")
    assert body["Data"]["DataJobKept"] == str(request_type == "an Update of a rollback").lower()
    printed = capsys.readouterr().out
    assert ('"Failed": 1' in printed) is runs_a_job
    assert '"event": "run not started"' in printed


@pytest.mark.parametrize(("request_type", "on_failure"), [("Create", "ROLL_BACK"), ("Delete", "CONTINUE")])
def test_a_request_whose_answer_says_all_is_no_failed_job(
    function: Any, request_type: str, on_failure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The deployment fails, or nobody wants a job any more: no event is sent, and nothing is counted."""
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event(request_type)
    event["ResourceProperties"] |= {"OnFailure": on_failure, "Events": "true"}

    function.start(event)

    [body] = function.answers.bodies
    assert body["Data"] == {}
    assert '"Failed": 1' not in capsys.readouterr().out


def test_an_update_of_a_stack_that_cannot_be_asked_is_taken_for_no_rollback(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["cloudformation"].add_client_error("describe_stacks", "AccessDenied")

    function.start(function.event("Update", PhysicalResourceId="id"))

    assert [body["Status"] for body in function.answers.bodies] == ["FAILED"]


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_what_waits_on_without_a_run_keeps_the_id_of_its_job(function: Any, request_type: str) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event(request_type, ResourceType="Custom::DataJobWait", LogicalResourceId="Wait1")
    kind = "Custom::PersonalizeDatasetImportJob"
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Job": "arn:job", "Kind": kind}
    if request_type == "Update":
        event["PhysicalResourceId"] = "arn:job-before"
        function.stack("UPDATE_IN_PROGRESS")

    function.start(event)

    [body] = function.answers.bodies
    assert (body["Status"], body["PhysicalResourceId"], body["Data"]["status"]) == ("SUCCESS", "arn:job", "")


def test_an_update_that_is_refused_leaves_what_waits_on_the_job_that_it_has(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event("Update", ResourceType="Custom::DataJobWait", PhysicalResourceId="arn:job-before")
    event["ResourceProperties"] |= {"Job": "arn:job", "Kind": "Custom::PersonalizeDatasetImportJob"}
    function.stack("UPDATE_IN_PROGRESS")

    function.start(event)

    [body] = function.answers.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("FAILED", "arn:job-before")


@pytest.mark.parametrize("code", ["InternalFailure", "AccessDeniedException"])
def test_an_event_that_cannot_be_sent_begins_no_answered_request_anew(function: Any, code: str) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_client_error("put_events", code, "no", http_status_code=500)
    event = function.event()
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Events": "true"}

    function.start(event)

    assert [body["Status"] for body in function.answers.bodies] == ["SUCCESS"]


@pytest.mark.parametrize(
    "properties", [{"OnFailure": "CONTINUE", "Timeout": "soon"}, {"OnFailure": "CONTINUE", "Kind": "Custom::Other"}]
)
def test_it_goes_on_even_if_the_request_makes_no_sense(function: Any, properties: dict[str, Any]) -> None:
    function.start(function.event(ResourceProperties=properties))

    [body] = function.answers.bodies
    assert (body["Status"], body["Data"]) == ("SUCCESS", {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"attributes": {"count": "Stats[0.count"}}, "Stats[0.count"),
        ({"status": "job."}, "job."),
        ({"create": {"operation": "create_it", "id": ""}}, "EmptyExpressionError"),
        ({"find": {"parameters": {}, "jobs": "a b"}}, "KeyError"),
        ({"attributes": ["status"]}, "AttributeError"),
        ({"attributes": {"count": "(" * 9999}}, "RecursionError"),
        ({"failed": "FAILED"}, "TypeError: failed must be a list of strings"),
        ({"failed": []}, "failed must not be empty"),
        ({"name": {"arn": "arn:{nobody}", "max_length": 63}}, "KeyError: 'nobody'"),
    ],
    ids=["attribute", "status", "id", "find", "attributes", "nested", "text", "empty", "name"],
)
def test_a_definition_that_can_never_work_is_refused_before_there_is_a_job(
    function: Any, changes: dict[str, Any], reason: str
) -> None:
    event = function.event()
    event["ResourceProperties"]["Definition"] = {**table()["Custom::PersonalizeDatasetImportJob"], **changes}

    function.start(event)

    [body] = function.answers.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"].startswith("the job's definition is invalid: ")
    assert reason in body["Reason"]


def paths(value: dict[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a definition at which a JMESPath stands."""
    inner = [found for name, part in value.items() if isinstance(part, dict) for found in paths(part, (*at, name))]
    return [(*at, name) for name, part in value.items() if isinstance(part, str)] + inner


NO_PATHS = ("title", "service", "source_arn", "operation", "parameter", "permissions", "hints", "JobStatus")
PATHS = [
    path for path in paths(table()["Custom::PinpointImportJob"]) if not {path[0], path[-1]} & {*NO_PATHS, "permissions"}
]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_path_that_is_none_is_refused_wherever_it_stands(path: tuple[str, ...]) -> None:
    definition = json.loads(json.dumps(table()["Custom::PinpointImportJob"]))
    place = definition
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = "job."

    with pytest.raises(ValueError, match=r"^the job's definition is invalid: \w+: "):
        validated_definition("kind", {"Definition": definition})


@pytest.mark.parametrize("name", ["succeeded", "failed", "not_identity", "busy", "denied"])
@pytest.mark.parametrize("value", ["ACTIVE", ["ACTIVE", 5]], ids=str)
def test_a_list_of_strings_is_nothing_else(name: str, value: object) -> None:
    definition = {**table()["Custom::PersonalizeDatasetImportJob"], name: value}

    with pytest.raises(ValueError, match=f"is invalid: TypeError: {name} must be a list of strings"):
        validated_definition("kind", {"Definition": definition})


def test_the_length_of_a_name_is_a_number() -> None:
    row = table()["Custom::PersonalizeDatasetImportJob"]

    with pytest.raises(ValueError, match="is invalid: ValueError: invalid literal"):
        validated_definition("kind", {"Definition": {**row, "name": {**row["name"], "max_length": "many"}}})


@pytest.mark.parametrize("definition", [None, "text", []], ids=repr)
def test_an_unknown_kind_is_reported_with_those_that_are_known(definition: object) -> None:
    with pytest.raises(ValueError, match=r"^unknown kind of job: Custom::Other; this version knows ") as raised:
        validated_definition("Custom::Other", {"Definition": definition})

    assert str(raised.value).partition(" knows ")[2].split(", ") == sorted(table())


def test_the_kinds_of_jobs_are_read_when_they_are_asked_for_first() -> None:
    table.cache_clear()

    assert table()["Custom::PinpointImportJob"]["service"] == "pinpoint"


@pytest.mark.parametrize("row", table(), ids=str)
def test_every_kind_of_the_table_makes_sense(row: str) -> None:
    assert validated_definition(row, {}) == table()[row]


@pytest.mark.parametrize("definition", [{"title": "t"}, {**table()["Custom::PinpointImportJob"], "attributes": 5}])
def test_a_rollback_to_a_definition_that_makes_no_sense_is_answered(function: Any, definition: dict[str, Any]) -> None:
    event = function.event("Update", PhysicalResourceId="id")
    event["ResourceProperties"]["Definition"] = definition

    function.start(event)

    assert [body["Status"] for body in function.answers.bodies] == ["FAILED"]


junk = st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text()) | st.lists(st.integers())


@given(
    st.dictionaries(st.sampled_from(["RequestType", "StackId", "ResourceProperties", "PhysicalResourceId"]), junk),
    st.dictionaries(st.sampled_from(["Parameters", "Timeout", "Kind", "Definition"]), junk),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_malformed_request_never_crashes_the_function(
    function: Any, changes: dict[str, Any], properties: dict[str, Any]
) -> None:
    event = function.event(**changes)
    if isinstance(event["ResourceProperties"], dict):
        event["ResourceProperties"] = {**event["ResourceProperties"], **properties}
    function.answers.bodies.clear()
    stub = function.stubs["stepfunctions"]
    stub.add_client_error("start_execution", "ValidationException", "no")

    function.start(event)

    assert len(function.answers.bodies) == 1
    stub._queue.clear()  # noqa: SLF001 - what makes no sense is answered without a call


@pytest.mark.parametrize("more", [0, 1])
def test_a_request_too_large_for_a_state_is_answered_at_once(function: Any, more: int) -> None:
    event = function.event()
    event["ResourceProperties"]["Trigger"] = ""
    event["ResourceProperties"]["Trigger"] = "x" * (170_000 + more - len(json.dumps(function.run(event))))
    if not more:
        start_execution(function, event)

    function.start(event)

    told = [body["Reason"] for body in function.answers.bodies]
    assert told == ["the resource's properties take 170001 bytes, and 170000 are possible"] * more


@pytest.mark.parametrize(
    ("attempt", "may_have_made_a_job"), [({}, False), ({"attempt": 0}, False), ({"attempt": 1}, True)]
)
def test_a_step_knows_whether_it_is_taken_again(
    function: Any, attempt: dict[str, int], *, may_have_made_a_job: bool
) -> None:
    event = function.event(ResourceType="Custom::PinpointImportJob")
    event["ResourceProperties"]["Parameters"] = {"ApplicationId": "app", "ImportJobRequest": {}}
    function.stack("CREATE_IN_PROGRESS")
    if not may_have_made_a_job:
        function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")

    run = function.step("create", function.run(event), **attempt)

    assert run.get("unclear", 0) == may_have_made_a_job


def test_a_step_keeps_which_services_have_answered_the_run(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "ThrottlingException")

    run = function.create(function.run(reached=["s3"]))

    assert run["reached"] == ["cloudformation", "personalize", "s3"]


def test_a_crash_is_raised_as_it_is(function: Any) -> None:
    run = function.run()
    del run["started"]

    with pytest.raises(KeyError) as raised:
        function.step("create", run)

    assert raised.value.args == ("started",)


@pytest.mark.parametrize(("length", "said"), [(4094, "x" * 4094), (4095, f"'{'x' * 4090}…")], ids=["fits", "cut"])
def test_a_crash_that_says_too_much_is_cut(function: Any, length: int, said: str) -> None:
    with pytest.raises(KeyError) as raised:
        function.step("x" * length, function.run())

    assert raised.value.args == (said,)
