"""Runs that a state machine's task waits for: the task gets the outcome."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import ANY
from run_steps import TOKEN, ended_run, run_event

from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.request import Request


def test_a_task_gets_the_attributes(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {"taskToken": TOKEN, "output": '{"status": "ACTIVE"}'}
    function.stubs["stepfunctions"].add_response("send_task_success", {}, expected)

    assert function.step("report", ended_run(function, run_event(function, TaskToken=TOKEN)))["next"] == "succeed"
    assert '"event": "answered"' in capsys.readouterr().out


def test_a_task_gets_the_error_by_its_name(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.Failed", "cause": "broken"}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)
    run = ended_run(
        function, run_event(function, TaskToken=TOKEN), succeeded=False, reason="broken", error="DataJob.Failed"
    )

    assert function.step("report", run)["next"] == "fail"


def test_a_task_learns_that_its_run_crashed(function: Any) -> None:
    expected = {
        "taskToken": TOKEN,
        "error": "DataJob.Crashed",
        "cause": "the run crashed: E: C; see the function's log",
    }
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)

    assert function.crashed(function.run(run_event(function, TaskToken=TOKEN)))["next"] == "fail"


def test_a_task_gets_as_much_of_a_reason_as_a_cause_has_room_for(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.Failed", "cause": "x" * 32_768}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)
    event = run_event(function, TaskToken=TOKEN)
    run = ended_run(function, event, succeeded=False, reason="x" * 40_000, error="DataJob.Failed")

    assert function.step("report", run)["next"] == "fail"


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_task_that_nobody_waits_for_is_no_error(function: Any, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    function.stubs["stepfunctions"].add_client_error("send_task_success", code)

    assert function.step("report", ended_run(function, run_event(function, TaskToken=TOKEN)))["next"] == "succeed"
    assert '"event": "nobody to answer"' in capsys.readouterr().out


def test_a_task_whose_run_cannot_be_started_fails_at_once(function: Any) -> None:
    expected = {"taskToken": TOKEN, "error": "DataJob.NotCreated", "cause": ANY}
    function.stubs["stepfunctions"].add_response("send_task_failure", {}, expected)

    function.start(run_event(function, TaskToken=TOKEN, ResourceType="Custom::Other"))


def test_no_log_line_holds_the_token(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    function.stubs["stepfunctions"].add_response("start_execution", {"executionArn": "arn", "startDate": 0})
    function.stubs["stepfunctions"].add_client_error("send_task_success", "TaskTimedOut")
    event = run_event(function, TaskToken=TOKEN)

    function.start(event)
    function.step("report", ended_run(function, event))

    printed = capsys.readouterr().out
    assert "run started" in printed
    assert TOKEN not in printed + repr(Request.from_event(event))


def test_the_result_of_a_task_is_sent_later_however_long_step_functions_is_busy(function: Any) -> None:
    run = {**ended_run(function, run_event(function, TaskToken=TOKEN)), "told": function.now}
    function.stubs["stepfunctions"].add_client_error("send_task_success", "ThrottlingException")

    with pytest.raises(CallFailed, match="ThrottlingException"):
        function.step("report", run, after=PROPAGATION_GRACE)


@pytest.mark.parametrize(("after", "raises"), [(PROPAGATION_GRACE - 91, True), (PROPAGATION_GRACE - 90, False)])
def test_where_an_older_version_did_not_keep_when_the_end_was_seen_the_job_was_created_then(
    function: Any, after: float, *, raises: bool
) -> None:
    run = ended_run(function, run_event(function, TaskToken=TOKEN))  # 90 seconds ago
    function.stubs["stepfunctions"].add_client_error("send_task_success", "AccessDeniedException")

    if raises:
        with pytest.raises(CallFailed):
            function.step("report", run, after=after)
    else:
        assert function.step("report", run, after=after)["next"] == "succeed"
