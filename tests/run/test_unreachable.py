"""A service that cannot be reached at all is believed after the three minutes that a missing permission gets."""

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

from data_jobs.aws import PATIENCE, call_failed

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/shop-1"
NOWHERE = EndpointConnectionError(endpoint_url="https://personalize.eu-west-1.amazonaws.com/")
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
    failure = call_failed(kind(endpoint_url="https://x", proxy_url="https://y", error="no"))

    assert (failure.means, failure.unclear) == ("unreachable", unclear)


@pytest.mark.parametrize("kind", [ConnectionClosedError, ReadTimeoutError])
def test_a_connection_that_breaks_may_have_brought_the_request_there(kind: type[Exception]) -> None:
    failure = call_failed(kind(endpoint_url="https://x"))

    assert (failure.means, failure.unclear) == ("busy", True)


def test_an_answer_that_was_cut_off_may_be_of_a_request_that_took_effect() -> None:
    failure = call_failed(ResponseParserError("Unable to parse response"))

    assert (failure.means, failure.unclear) == ("busy", True)


def test_a_create_fails_after_three_minutes(function: Any) -> None:
    run = function.run()
    for after, following in ((0, "create"), (PATIENCE - 1, "create"), (1, "report")):
        function.answering("personalize", CREATE, NOWHERE)
        run = function.create(run, after=after)
        assert run["next"] == following

    assert (
        "could not be created: the service cannot be reached: EndpointConnectionError: Could"
        in run["outcome"]["reason"]
    )


def test_a_service_that_has_answered_is_waited_for(function: Any) -> None:
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException")
    run = function.create(function.run())
    for after in (60, PATIENCE):
        function.answering("personalize", CREATE, NOWHERE)
        run = function.create(run, after=after)

    assert (run["next"], run["waiting_for"]) == ("create", "service")


def test_another_service_that_has_answered_proves_nothing(function: Any) -> None:
    function.answering("personalize", CREATE, NOWHERE)

    assert function.create(function.run())["reached"] == ["cloudformation"]


def test_a_job_that_this_run_made_is_looked_for_until_the_time_out(function: Any) -> None:
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
        function.executions({})
    function.step("report", function.step("check", run, after=PATIENCE))

    assert function.answers.bodies[0]["Status"] == "SUCCESS"


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
