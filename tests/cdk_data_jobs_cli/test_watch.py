"""`data-jobs watch` against deployments in progress."""

from __future__ import annotations

import copy
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Offline

LINK = "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:"


def of(job: str, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [change for change in shown if change.get("job") == job]


def first(member: str, value: object, shown: list[dict[str, Any]]) -> dict[str, Any]:
    return next(change for change in shown if change.get(member) == value)


def distinct(changes: list[dict[str, Any]], member: str = "status") -> list[Any]:
    """The values of a member, without repetitions."""
    values = [change[member] for change in changes]
    return [value for value, before in zip(values, [object(), *values], strict=False) if value != before]


def test_a_deployment_is_watched_from_before_its_start_to_its_end(offline: Offline) -> None:
    watching = offline.begin("watch", "Fresh", "--wait", "30", "--interval", "0.1")
    assert watching.stdout
    assert "Fresh is not there; waiting 30 s for a deployment to start" in watching.stdout.readline()
    offline.create("Fresh")
    stdout, stderr = watching.communicate(timeout=60)
    lines = [line.split(" ", 1) for line in stdout.splitlines()]
    early = [text for _time, text in lines if text.startswith("ImportEarly ")]
    late = [text for _time, text in lines if text.startswith("ImportLate ")]

    assert watching.returncode == 0, stdout + stderr
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time, _text in lines)
    assert early[0] == "ImportEarly waiting"
    assert any("waiting for the job: it is CREATE IN_PROGRESS" in text for text in early)
    assert re.fullmatch(rf"ImportEarly succeeded \S+s {re.escape(LINK)}\S+", early[-1])
    assert late[0] == "ImportLate waiting"
    assert re.fullmatch(r"Fresh succeeded CREATE_COMPLETE after \d+s", lines[-1][1])
    assert "\x1b" not in stdout


def test_a_deployment_that_has_ended_is_shown_once(offline: Offline) -> None:
    offline.ready("Fresh")
    *changes, result = offline.watch("Fresh")

    assert distinct(changes, "job") == ["ImportEarly", "ImportLate"]
    assert {change["status"] for change in changes} == {"succeeded"}
    assert all(change["seconds"] > 20 for change in changes)
    assert (result["result"], result["stack_status"], len(result["jobs"])) == ("succeeded", "CREATE_COMPLETE", 2)
    assert result["jobs"][0]["link"] == f"{LINK}{changes[0]['link'].removeprefix(LINK)}"


def test_an_update_shows_which_jobs_it_runs_again(shop: Offline) -> None:
    *changes, result = shop.watch("Shop", lambda: shop.update("Shop", lambda made: again(made, "ImportLate")))

    assert distinct(of("ImportEarly", changes)) == ["unchanged"]
    assert distinct(of("ImportLate", changes))[-2:] == ["running", "succeeded"]
    assert "-update-" in of("ImportLate", changes)[-1]["execution"]
    assert result["stack_status"] == "UPDATE_COMPLETE"


def test_an_update_that_moves_no_data_is_shown_as_kept(shop: Offline) -> None:
    def wait_longer() -> None:
        shop.update("Shop", lambda made: resource(made, "ImportEarly").update(Timeout=600))

    result = shop.watch("Shop", wait_longer)[-1]

    assert result["jobs"][0]["status"] == "kept"


def again(made: dict[str, Any], job: str) -> None:
    properties = resource(made, job)
    properties["Trigger"] = f"{properties['Trigger']} again"


def resource(made: dict[str, Any], job: str) -> dict[str, Any]:
    [name] = [name for name, one in made.items() if name.startswith(job) and one["Type"].startswith("Custom::")]
    properties: dict[str, Any] = made[name]["Properties"]
    return properties


def test_a_roll_back_ends_with_1_and_the_reason_in_full(offline: Offline) -> None:
    offline.ready("Broken")
    *changes, result = offline.watch("Broken", code=1)
    failed = first("status", "failed", changes)

    assert result["stack_status"] == "ROLLBACK_COMPLETE"
    assert result["failures"] == []
    assert failed["reason"].startswith("Personalize dataset import job could not be created: InvalidInputException: ")
    assert failed["reason"].endswith("must name all columns of the dataset's schema.")
    assert failed["reason"] in offline.run("watch", "Broken", "--wait", "0", code=1)


def test_an_update_that_rolls_back_still_shows_which_job_failed_and_why(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too green")
    before = shop.templates["Shop"]["Resources"]
    kept = copy.deepcopy(before)
    shown = shop.watch("Shop", lambda: shop.update("Shop", lambda made: again(made, "ImportLate")), code=1)
    before.update(kept)
    failed = shown[-1]["jobs"][1]

    assert shown[-1]["stack_status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (failed["job"], failed["status"]) == ("ImportLate", "failed")
    assert "could not be created: InvalidInputException: too green" in failed["reason"]
    assert "-update-" in failed["execution"]


def test_the_failure_of_another_resource_is_shown_too(offline: Offline) -> None:
    offline.templates["Empty"]["Resources"]["Wrong"] = {
        "Type": "AWS::Personalize::Schema",
        "Properties": {"Name": "!", "Schema": "{}"},
    }
    offline.ready("Empty")
    shown = offline.run("watch", "Empty", "--wait", "0", code=1)

    assert re.search(r"Z Wrong \(AWS::Personalize::Schema\) failed: .*name", shown)
    assert re.search(r"Z Empty failed ROLLBACK_COMPLETE", shown)


def test_stacks_that_share_a_runner_show_their_own_jobs_and_the_quota_that_they_wait_for(offline: Offline) -> None:
    offline.ready("Platform")

    def both() -> None:
        offline.create("Crowd")
        offline.create("Beside")

    offline.aws.personalize.durations(in_progress=60)
    shown = offline.watch("Crowd", both)
    beside = offline.watch("Beside")
    offline.aws.personalize.durations(in_progress=20)
    waited = first("waiting_for", "quota", shown)

    assert waited["state"].startswith(("LimitExceededException: More than 5 resources", "ResourceInUse"))
    assert waited["status"] == "running"
    assert len(shown[-1]["jobs"]) == 6
    assert {job["status"] for job in shown[-1]["jobs"]} == {"succeeded"}
    assert [job["status"] for job in beside[-1]["jobs"]] == ["succeeded"]
    assert not {job["execution"] for job in shown[-1]["jobs"]} & {job["execution"] for job in beside[-1]["jobs"]}


def test_permissions_that_are_not_everywhere_yet_are_waited_for(shop: Offline) -> None:
    shop.aws.personalize.fault(
        operation="CreateDatasetImportJob",
        error="InvalidInputException",
        message="The role cannot be assumed",
        times=3,
    )
    shown = shop.watch("Shop", lambda: shop.update("Shop", lambda made: again(made, "ImportEarly")))

    waited = first("waiting_for", "permissions", shown)
    assert waited["job"] == "ImportEarly"
    assert waited["state"] == "InvalidInputException: The role cannot be assumed"
    assert shown[-1]["result"] == "succeeded"


def test_a_nested_stack_shows_its_jobs_while_they_run(offline: Offline) -> None:
    *changes, result = offline.watch("Around", lambda: offline.create("Around"))

    assert [(job["job"], job["path"]) for job in result["jobs"]] == [("Inner/Import", "Around/Inner/Import")]
    assert distinct(of("Inner/Import", changes))[-2:] == ["running", "succeeded"]
    assert result["result"] == "succeeded"


def test_the_pieces_and_rows_that_the_service_reports_are_shown(offline: Offline) -> None:
    *changes, result = offline.watch("Campaign", lambda: offline.create("Campaign"))
    [job] = result["jobs"]

    assert (job["pieces"], job["completed_pieces"], job["rows"], job["failures"]) == (3, 3, 60, 0)
    assert any(change["state"] == "it is PROCESSING and goes on" for change in changes)
    assert "3/3 pieces, 60 rows" in offline.run("watch", "Campaign", "--wait", "0")


def test_a_deletion_is_watched_too(offline: Offline) -> None:
    offline.ready("Platform", "Beside")
    shown = offline.watch("Beside", lambda: offline.delete("Beside"))

    assert shown[-1]["stack_status"] == "DELETE_COMPLETE"
    assert shown[-1]["jobs"][0]["status"] == "deleted"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Where tests run in the background, interruptions are ignored, and a new process would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_is_quiet(offline: Offline) -> None:
    watching = offline.begin("watch", "Nowhere", "--wait", "30")
    assert watching.stdout
    watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    stdout, stderr = watching.communicate(timeout=10)

    assert watching.returncode == 130
    assert (stdout, stderr.strip()) == ("", "")
