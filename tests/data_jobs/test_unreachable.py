"""Calls to a service that cannot be reached are retried for three minutes, as denied calls are."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from data_jobs.aws import Aws
from data_jobs.errors import PROPAGATION_GRACE, CallFailed

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
NOWHERE = EndpointConnectionError(endpoint_url="https://personalize.eu-west-1.amazonaws.com/")
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/DataLoading/5f0c"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:runner"
CREATE, DESCRIBE = "CreateDatasetImportJob", "DescribeDatasetImportJob"


@pytest.mark.parametrize(
    ("kind", "unclear"),
    [
        (EndpointConnectionError, False),
        (ConnectTimeoutError, False),
        (ProxyConnectionError, True),
        (SSLError, True),
    ],
)
def test_without_a_connection_nothing_was_sent(kind: type[Exception], *, unclear: bool) -> None:
    failure = CallFailed.from_error(kind(endpoint_url="https://x", proxy_url="https://y", error="no"))

    assert (failure.category, failure.may_have_effect) == ("unreachable", unclear)


@pytest.mark.parametrize("kind", [ConnectionClosedError, ReadTimeoutError])
def test_a_connection_that_breaks_may_have_brought_the_request_there(kind: type[Exception]) -> None:
    failure = CallFailed.from_error(kind(endpoint_url="https://x"))

    assert (failure.category, failure.may_have_effect) == ("busy", True)


def test_a_response_that_was_interrupted_may_be_of_a_request_that_took_effect() -> None:
    failure = CallFailed.from_error(ResponseParserError("Unable to parse response"))

    assert (failure.category, failure.may_have_effect) == ("busy", True)


def test_a_call_whose_response_was_interrupted_is_repeated(function: Any) -> None:
    function.answering("personalize", DESCRIBE, ResponseParserError("Unable to parse response"))

    run = function.step("check", function.run(id=ARN, since=function.now))

    assert (run["next"], run["waiting_for"]) == ("check", "service")


def test_a_create_fails_after_three_minutes(function: Any) -> None:
    run = function.run()
    for after, following in ((0, "create"), (PROPAGATION_GRACE - 1, "create"), (1, "report")):
        function.answering("personalize", CREATE, NOWHERE)
        run = function.create(run, after=after)
        assert run["next"] == following

    assert (
        "could not be created: the service cannot be reached: EndpointConnectionError: Could"
        in run["outcome"]["reason"]
    )


def test_a_service_that_has_responded_is_waited_for(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run())
    for after in (60, PROPAGATION_GRACE):
        function.answering("personalize", CREATE, NOWHERE)
        run = function.create(run, after=after)

    assert (run["next"], run["waiting_for"]) == ("create", "service")


def test_another_service_that_has_responded_proves_nothing(function: Any) -> None:
    function.answering("personalize", CREATE, NOWHERE)

    assert function.create(function.run())["reached"] == ["cloudformation"]


ENDED = {"input": '{"a": 1}', "stateMachineArn": MACHINE, "name": "run-1", "status": "SUCCEEDED"}
RESPONSES: dict[str, list[tuple[str, str, Any, Any]]] = {
    "start": [("stepfunctions", "start_execution", {"executionArn": "arn", "startDate": 0}, None)],
    "list": [("stepfunctions", "list_executions", {"executions": []}, None)],
    "describe": [
        (
            "stepfunctions",
            "describe_execution",
            {**ENDED, "executionArn": "arn", "startDate": 0},
            {"executionArn": f"{MACHINE.replace('stateMachine', 'execution')}:run-1"},
        )
    ],
    "response": [("stepfunctions", "send_task_success", {}, {"taskToken": "token", "output": "{}"})],
    "publish": [("events", "put_events", {"Entries": [{"EventId": "1"}]}, None)],
}
CALLS: dict[str, Any] = {
    "start": lambda calls: calls.start_execution("run-1", "{}"),
    "list": lambda calls: calls.list_executions("run-"),
    "describe": lambda calls: calls.describe_execution("run-1"),
    "response": lambda calls: calls.complete_task("token", output={}, error="", reason=""),
    "publish": lambda calls: calls.put_event("Data Job Failed", {}),
    "resource": lambda calls: calls.stack_resource(STACK_ID, "ImportInteractions"),
    "stack": lambda calls: calls.stack_status(STACK_ID),
    "copy": lambda calls: calls.copy_file("s3://bucket/a", "s3://bucket/b"),
    "write": lambda calls: calls.write_file("s3://bucket/a", "é"),
    "read": lambda calls: calls.read_file("s3://bucket/a"),
    "files": lambda calls: calls.list_files("s3://bucket/"),
    "delete": lambda calls: calls.delete_file("s3://bucket/a"),
}
FOUND = {
    "start": True,
    "list": {},
    "describe": ("SUCCEEDED", {"a": 1}),
    "response": True,
    "resource": ("id", "CREATE_COMPLETE"),
    "stack": "CREATE_COMPLETE",
    "read": "é",
    "files": ["s3://bucket/a"],
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_records_which_service_it_has_reached(function: Any, objects: dict[str, bytes], call: str) -> None:
    objects["bucket/a"] = "é".encode()
    reached = "s3"
    for service, operation, response, expected in RESPONSES.get(call, ()):
        function.stubs[service].add_response(operation, response, expected)
        reached = service
    if call in ("resource", "stack"):
        reached = "cloudformation"
        getattr(function, call)("CREATE_COMPLETE")
    calls = Aws(function.context.invoked_function_arn)

    found = CALLS[call](calls)

    assert found == FOUND.get(call)
    assert calls.reached_services == {reached}


def test_a_job_that_this_run_created_is_searched_for_until_the_time_out(function: Any) -> None:
    function.stubs["personalize"].add_response("create_dataset_import_job", {"datasetImportJobArn": ARN})
    run = function.create(function.run())
    for after in (60, 1000):
        function.answering("personalize", DESCRIBE, NOWHERE)
        run = function.step("check", run, after=after)

    assert run["next"] == "check"


@pytest.mark.parametrize("request_type", ["Delete", "Update"])
def test_a_delete_and_an_update_that_moves_no_data_succeed_after_three_minutes(
    function: Any, request_type: str
) -> None:
    event = function.event(request_type, PhysicalResourceId=ARN)
    event["OldResourceProperties"] = event["ResourceProperties"]
    run = function.step("create", function.run(event))
    function.answering("personalize", DESCRIBE, NOWHERE)
    run = function.step("check", run)
    assert run["next"] == "check"

    function.answering("personalize", DESCRIBE, NOWHERE)
    if request_type == "Delete":
        function.resource("DELETE_IN_PROGRESS")
    else:
        function.stack("UPDATE_IN_PROGRESS")
    function.executions({}, running=request_type == "Delete")
    function.step("report", function.step("check", run, after=PROPAGATION_GRACE))

    assert function.responses.bodies[0]["Status"] == "SUCCESS"


def test_a_real_address_where_nobody_listens_is_unreachable(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for name, value in {
        "AWS_ENDPOINT_URL_PERSONALIZE": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)

    run = function.step("check", function.run(id=ARN, since=function.now, kept=True))

    assert (run["next"], run["waiting_for"], "refused_since" in run) == ("check", "service", True)
    assert "EndpointConnectionError" in run["state"]
