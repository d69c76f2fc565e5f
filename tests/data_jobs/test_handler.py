"""A request starts one run; a step returns the run after it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from handler_steps import start_execution
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_jobs.request import Request

pytestmark = pytest.mark.usefixtures("fast_sleep")


def test_a_request_starts_a_run(function: Any) -> None:
    event = function.event()
    start_execution(function, event)

    function.start(event)


def test_a_second_delivery_starts_none(function: Any) -> None:
    function.stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")

    function.start(function.event())

    assert function.responses.bodies == []


def test_the_log_shows_which_execution_a_request_has(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = function.event()
    start_execution(function, event)
    function.stubs["stepfunctions"].add_client_error("start_execution", "ExecutionAlreadyExists")

    function.start(event)
    function.start(event)

    reported = {"execution": Request.from_event(event).execution_name, "request": "Create"}
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "run started", **reported, "kind": "Custom::PersonalizeDatasetImportJob"},
        {"event": "duplicate request", **reported},
    ]


def test_the_name_of_a_run_distinguishes_requests_by_their_url(function: Any) -> None:
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

    assert function.responses.bodies == []


@pytest.mark.parametrize(("code", "seconds"), [("AccessDeniedException", 180), ("ThrottlingException", 600)])
def test_a_run_that_cannot_be_started_is_tried_as_long_as_that_may_help(function: Any, code: str, seconds: int) -> None:
    for _ in range(seconds // 5 + 1):
        function.stubs["stepfunctions"].add_client_error("start_execution", code, "no")
    began = function.now

    function.start(function.event())

    assert function.now == began + seconds
    assert function.responses.bodies[0]["Reason"] == f"the run could not be started: {code}: no"


@pytest.mark.parametrize(
    ("attempt", "may_have_made_a_job"), [({}, False), ({"attempt": 0}, False), ({"attempt": 1}, True)]
)
def test_a_step_knows_whether_it_is_repeated(
    function: Any, attempt: dict[str, int], *, may_have_made_a_job: bool
) -> None:
    event = function.event(ResourceType="Custom::PinpointImportJob")
    event["ResourceProperties"]["Parameters"] = {"ApplicationId": "app", "ImportJobRequest": {}}
    if not may_have_made_a_job:
        function.stack("CREATE_IN_PROGRESS")
        function.stubs["stepfunctions"].add_client_error("list_executions", "ThrottlingException")

    run = function.step("create", function.run(event), **attempt)

    assert run.get("unclear", 0) == may_have_made_a_job


def test_a_step_keeps_which_services_have_responded_to_the_run(function: Any) -> None:
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
def test_a_long_crash_message_is_truncated(function: Any, length: int, said: str) -> None:
    with pytest.raises(KeyError) as raised:
        function.step("x" * length, function.run())

    assert raised.value.args == (said,)
