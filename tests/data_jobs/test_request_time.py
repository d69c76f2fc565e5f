"""CloudFormation's hour begins when it sends the request, not when the function gets it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from data_jobs.request import Request

NEW = "https://s3.eu-west-1.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={new}&X-Amz-Expires=7200"
OLD = "https://s3.eu-west-1.amazonaws.com/x?AWSAccessKeyId=AKIA&Expires={old}&Signature=abc"


def signed(template: str, at: float) -> str:
    new = dt.datetime.fromtimestamp(at, dt.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    return template.format(new=new, old=int(at) + 7200)


@pytest.mark.parametrize("template", [NEW, OLD], ids=["version 4", "version 2"])
@pytest.mark.parametrize("late", [0, 1, 600, 3500, 6 * 3600])
def test_the_url_says_when_it_was_signed(function: Any, template: str, late: int) -> None:
    request = Request.from_event(function.event(ResponseURL=signed(template, function.now - late)))

    assert request.requested_at(function.now) == function.now - late


@pytest.mark.parametrize(
    "url",
    [
        "https://an.example/",
        signed(NEW, 1_700_000_000.0 + 60),
        signed(NEW, 1_700_000_000.0 - 7 * 3600),
        NEW.format(new="soon"),
        OLD.format(old="soon"),
        OLD.format(old="nan"),
    ],
    ids=["nothing", "in the future", "long ago", "no date", "no number", "not a number"],
)
def test_without_a_plausible_time_the_hour_begins_now(function: Any, url: str) -> None:
    assert Request.from_event(function.event(ResponseURL=url)).requested_at(function.now) == function.now


def test_a_request_that_waited_in_a_queue_has_waited(function: Any) -> None:
    event = function.event(ResponseURL=signed(NEW, function.now - 600))
    expected = {
        "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:runner",
        "name": Request.from_event(event).execution_name,
        "input": json.dumps({"request": event, "started": function.now - 600, "uuid": True}),
    }
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "a", "startDate": 0}, expected)

    function.start(event)


def test_the_wait_for_a_job_ends_within_the_hour(function: Any) -> None:
    run = {**function.run(id="arn", since=function.now), "started": function.now - 3000}
    for after, following in ((0, "check"), (300, "report")):
        job = {"datasetImportJobArn": "arn", "status": "CREATE IN_PROGRESS"}
        function.stubs["personalize"].add_response("describe_dataset_import_job", {"datasetImportJob": job})
        run = function.step("check", run, after=after)
        assert run["next"] == following


def test_a_response_is_tried_as_long_as_its_url_is_good(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = {"succeeded": True, "reason": "", "attributes": {}}
    run = function.run(id="arn", since=function.now, ended=True, outcome=outcome)
    function.responses.statuses = [503, 503]
    with pytest.raises(ConnectionError):
        function.step("report", run, after=7199)

    assert function.step("report", run, after=1)["next"] == "succeed"
    assert '"event": "nobody to answer"' in capsys.readouterr().out
