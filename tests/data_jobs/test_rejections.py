"""A request for which no run can be started gets a response at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from handler_steps import start_execution
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_jobs.definitions import table

pytestmark = pytest.mark.usefixtures("fast_sleep")


@pytest.mark.parametrize(
    ("request_type", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")]
)
def test_where_no_run_can_be_started_the_response_is_given_at_once(
    function: Any, request_type: str, status: str
) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    if request_type == "Update":
        function.stack("UPDATE_IN_PROGRESS")

    function.start(function.event(request_type, PhysicalResourceId="id"))

    [body] = function.responses.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == (status, "id")
    assert body["Reason"] == "the run could not be started: StateMachineDoesNotExist: gone"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"RequestType": "Read"}, "the RequestType must be Create, Update, Delete or Run, got Read"),
        ({"ResourceProperties": {"Parameters": "all"}}, "the resource's property Parameters must be an object"),
        ({"ResourceType": "Custom::Other"}, "unknown kind of job: Custom::Other; this version knows Custom::"),
    ],
)
def test_a_request_that_is_invalid_is_responded_to(function: Any, changes: dict[str, Any], reason: str) -> None:
    function.start(function.event(**changes))

    [body] = function.responses.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"].startswith(reason)


def test_an_update_of_a_rollback_for_which_no_run_can_be_started_keeps_its_job(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    function.start(function.event("Update", PhysicalResourceId="id"))

    [body] = function.responses.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", "id")
    assert "datasetImportJobArn" in body["Data"]


@pytest.mark.parametrize("request_type", ["Create", "Update", "an Update of tags", "an Update of a rollback"])
def test_a_deployment_that_continues_when_its_job_fails_does_so_without_a_run(
    function: Any, request_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event(request_type.split()[1] if " " in request_type else request_type, PhysicalResourceId="id")
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Links": "1"}
    event["OldResourceProperties"] = event["ResourceProperties"] if request_type == "an Update of tags" else {}
    if event["RequestType"] == "Update":
        function.stack("UPDATE_ROLLBACK_IN_PROGRESS" if "rollback" in request_type else "UPDATE_IN_PROGRESS")

    function.start(event)

    [body] = function.responses.bodies
    runs_a_job = request_type in ("Create", "Update")
    assert (body["Status"], body["PhysicalResourceId"]) == ("SUCCESS", "id")
    assert body["Data"]["status"] == ("CREATE FAILED" if runs_a_job else "")
    assert body["Data"]["failureReason"] == (body["Reason"] if runs_a_job else "")
    assert body["Data"]["DataJobKept"] == str(request_type == "an Update of a rollback").lower()
    printed = capsys.readouterr().out
    assert ('"Failed": 1' in printed) is runs_a_job
    assert '"event": "run not started"' in printed


@pytest.mark.parametrize(("request_type", "on_failure"), [("Create", "ROLL_BACK"), ("Delete", "CONTINUE")])
def test_a_request_with_a_response_publishes_no_failed_job(
    function: Any, request_type: str, on_failure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The deployment fails, or nobody wants a job any more: no event is sent, and nothing is counted."""
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event(request_type)
    event["ResourceProperties"] |= {"OnFailure": on_failure, "Events": "true"}

    function.start(event)

    [body] = function.responses.bodies
    assert body["Data"] == {}
    assert '"Failed": 1' not in capsys.readouterr().out


def test_an_update_of_a_stack_that_cannot_be_described_is_taken_for_no_rollback(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["cloudformation"].add_client_error("describe_stacks", "AccessDenied")

    function.start(function.event("Update", PhysicalResourceId="id"))

    assert [body["Status"] for body in function.responses.bodies] == ["FAILED"]


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

    [body] = function.responses.bodies
    assert (body["Status"], body["PhysicalResourceId"], body["Data"]["status"]) == ("SUCCESS", "arn:job", "")


def test_an_update_that_is_refused_leaves_what_waits_on_the_job_that_it_has(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    event = function.event("Update", ResourceType="Custom::DataJobWait", PhysicalResourceId="arn:job-before")
    event["ResourceProperties"] |= {"Job": "arn:job", "Kind": "Custom::PersonalizeDatasetImportJob"}
    function.stack("UPDATE_IN_PROGRESS")

    function.start(event)

    [body] = function.responses.bodies
    assert (body["Status"], body["PhysicalResourceId"]) == ("FAILED", "arn:job-before")


@pytest.mark.parametrize("code", ["InternalFailure", "AccessDeniedException"])
def test_an_event_that_cannot_be_sent_repeats_no_request_with_a_response(function: Any, code: str) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "StateMachineDoesNotExist", "gone")
    function.stubs["events"].add_client_error("put_events", code, "no", http_status_code=500)
    event = function.event()
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Events": "true"}

    function.start(event)

    assert [body["Status"] for body in function.responses.bodies] == ["SUCCESS"]


@pytest.mark.parametrize(
    "properties", [{"OnFailure": "CONTINUE", "Timeout": "soon"}, {"OnFailure": "CONTINUE", "Kind": "Custom::Other"}]
)
def test_a_deployment_continues_even_if_the_request_is_invalid(function: Any, properties: dict[str, Any]) -> None:
    function.start(function.event(ResourceProperties=properties))

    [body] = function.responses.bodies
    assert (body["Status"], body["Data"]) == ("SUCCESS", {})


@pytest.mark.parametrize("definition", [{"title": "t"}, {**table()["Custom::PinpointImportJob"], "attributes": 5}])
def test_a_rollback_to_a_definition_that_is_invalid_is_responded_to(function: Any, definition: dict[str, Any]) -> None:
    event = function.event("Update", PhysicalResourceId="id")
    event["ResourceProperties"]["Definition"] = definition

    function.start(event)

    assert [body["Status"] for body in function.responses.bodies] == ["FAILED"]


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
    function.responses.bodies.clear()
    stub = function.stubs["stepfunctions"]
    stub.add_client_error("start_execution", "ValidationException", "no")

    function.start(event)

    assert len(function.responses.bodies) == 1
    stub._queue.clear()  # noqa: SLF001 - what makes no sense is answered without a call


@pytest.mark.parametrize("more", [0, 1])
def test_a_request_too_large_for_a_state_is_responded_to_at_once(function: Any, more: int) -> None:
    event = function.event()
    event["ResourceProperties"]["Trigger"] = ""
    event["ResourceProperties"]["Trigger"] = "x" * (170_000 + more - len(json.dumps(function.run(event))))
    if not more:
        start_execution(function, event)

    function.start(event)

    reported = [body["Reason"] for body in function.responses.bodies]
    assert reported == ["the resource's properties take 170001 bytes, and 170000 are possible"] * more
