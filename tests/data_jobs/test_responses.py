"""CloudFormation gets one response, whatever happens, and no log has its URL."""

from __future__ import annotations

import json
from typing import Any

import pytest
from report_steps import ARN, finished_run


def test_the_response_is_what_cloudformation_expects(function: Any) -> None:
    run = function.step("report", finished_run(function, succeeded=True))

    assert (run["next"], run["wait"]) == ("succeed", 0)
    assert function.responses.bodies == [
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
    assert function.responses.content_types == [""]


def test_a_failure_ends_the_execution_as_failed(function: Any) -> None:
    run = function.step("report", finished_run(function))

    assert (run["next"], run["reason"]) == ("fail", "because")


def test_the_deployment_continues_with_on_failure_continue(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["OnFailure"] = "CONTINUE"

    function.step("report", finished_run(function, request=event))

    assert function.responses.bodies[0]["Status"] == "SUCCESS"
    assert function.responses.bodies[0]["Reason"] == "because"


def test_a_response_that_lets_a_failure_pass_has_every_attribute(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"OnFailure": "CONTINUE", "Timeout": "60"}
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "LimitExceededException", "5 resources")

    function.step("report", function.create(function.create(function.run(event)), after=60))

    [body] = function.responses.bodies
    assert body["Status"] == "SUCCESS"
    assert body["Data"] == {
        "datasetImportJobArn": "",
        "jobName": "",
        "status": "CREATE FAILED",
        "creationDateTime": "",
        "lastUpdatedDateTime": "",
        "failureReason": "LimitExceededException: 5 resources",
    }


def test_a_response_that_did_not_get_through_is_raised_for_the_machine_to_try_again(function: Any) -> None:
    for status in (503, 400, 500):
        function.responses.statuses = [status]
        with pytest.raises(ConnectionError, match=f"^the response could not be delivered: HTTP {status}$"):
            function.step("report", finished_run(function))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_dead_url_ends_the_run(function: Any, status: int) -> None:
    function.responses.statuses = [status]

    assert function.step("report", finished_run(function))["next"] == "fail"
    assert function.responses.bodies == []


def test_no_log_line_holds_the_url(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function.responses.statuses = [503]
    function.stubs["personalize"].add_client_error("create_dataset_import_job", "InvalidInputException")
    with pytest.raises(ConnectionError) as error:
        function.step("report", finished_run(function))
    function.step("report", function.create(function.run()))
    function.crashed(function.run())

    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["event"] for line in lines] == [
        *("call failed", "answered", "job ended"),
        *("step crashed", "answered", "job ended"),
    ]
    assert "secret" not in str(lines) + str(error.value)
