"""Jobs that do not run when they are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from run_steps import JOB, ended_run, stub_created_job

if TYPE_CHECKING:
    import pytest


def never_deployed(function: Any, request_type: str, **changes: Any) -> dict[str, Any]:
    event = function.event(request_type, PhysicalResourceId=JOB + "old", **changes)
    event["ResourceProperties"] |= {"DeployTime": "false"}
    return dict(event)


def test_a_job_that_never_runs_when_deployed_has_its_response_at_once(function: Any) -> None:
    run = function.step("create", function.run(never_deployed(function, "Create")))
    function.step("report", run)

    assert (run["next"], run["outcome"]["succeeded"], "id" in run) == ("report", True, False)
    assert set(function.responses.bodies[0]["Data"].values()) == {""}


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


def test_waiting_resources_publish_nothing(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = function.event()
    event["ResourceProperties"] |= {"Job": JOB + "1", "Kind": "Custom::PersonalizeDatasetImportJob"}

    assert function.step("report", ended_run(function, event))["next"] == "succeed"
    assert "job ended" not in capsys.readouterr().out


def test_it_runs_once_it_is_to_run_when_deployed(function: Any) -> None:
    old = never_deployed(function, "Create")["ResourceProperties"]
    stub_created_job(function)

    run = function.create(function.run(function.event("Update", OldResourceProperties=old)), stack="UPDATE_IN_PROGRESS")

    assert (run["next"], run.get("kept")) == ("check", None)
