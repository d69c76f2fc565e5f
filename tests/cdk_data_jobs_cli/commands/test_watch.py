"""`data-jobs watch`: shows a deployment until it has ended."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_cli.display.formatting import timestamp

if TYPE_CHECKING:
    from conftest import Offline


def changes_of(job: str, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the changes of one job."""
    return [change for change in shown if change.get("job") == job]


def first(member: str, value: object, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the first change in which a member has this value."""
    return next(change for change in shown if change.get(member) == value)


def without_repetitions(changes: list[dict[str, Any]], member: str = "status") -> list[Any]:
    """Returns the values of a member, each once in a row."""
    values = [change[member] for change in changes]
    return [value for value, before in zip(values, [object(), *values], strict=False) if value != before]


def change_trigger(resources: dict[str, Any], job: str) -> None:
    """Changes the trigger of a job, so that the deployment runs it again."""
    properties_of(resources, job)["Trigger"] += " again"


def properties_of(resources: dict[str, Any], job: str) -> dict[str, Any]:
    """Returns the properties of a job's resource in a template."""
    [resource] = [
        resource
        for name, resource in resources.items()
        if name.startswith(job) and resource["Type"].startswith("Custom::")
    ]
    properties: dict[str, Any] = resource["Properties"]
    return properties


def test_a_deployment_is_watched_from_before_its_start_to_its_end(offline: Offline) -> None:
    before = timestamp(dt.datetime.fromtimestamp(offline.aws.now(), dt.timezone.utc))
    watching = offline.start("watch", "Fresh", "--wait", "30", "--interval", "0.1")
    assert watching.stdout
    waiting = watching.stdout.readline()
    offline.create("Fresh")
    stdout, stderr = watching.communicate(timeout=60)
    lines = [line.split(" ", 1) for line in stdout.splitlines()]
    early = [message for _time, message in lines if message.startswith("ImportEarly ")]
    late = [message for _time, message in lines if message.startswith("ImportLate ")]

    assert watching.returncode == 0, stdout + stderr
    assert waiting.endswith("Z Fresh is not there; waiting 30 s for a deployment to start\n")
    assert before <= waiting.split(" ")[0] <= lines[0][0]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time, _message in lines)
    assert early[0] == "ImportEarly waiting"
    assert any("waiting for the job: it is still CREATE IN_PROGRESS" in message for message in early)
    assert re.fullmatch(r"ImportEarly succeeded \S+s", early[-1])
    assert late[0] == "ImportLate waiting"
    assert re.fullmatch(r"Fresh succeeded CREATE_COMPLETE after \d[\dms ]*", lines[-1][1])
    assert "\x1b" not in stdout


def test_a_deployment_that_has_ended_is_shown_once(offline: Offline) -> None:
    offline.deploy("Fresh")
    *changes, result = offline.watch("Fresh")

    assert without_repetitions(changes, "job") == ["ImportEarly", "ImportLate"]
    assert {change["status"] for change in changes} == {"succeeded"}
    assert all(change["seconds"] > 20 for change in changes)
    assert (result["result"], result["stack_status"], len(result["jobs"])) == ("succeeded", "CREATE_COMPLETE", 2)
    assert [job["link"] for job in result["jobs"]] == [None, None]  # the offline AWS has no console


def test_a_stack_and_its_jobs_have_one_clock(offline: Offline) -> None:
    offline.deploy("Fresh")
    *_changes, result = offline.watch("Fresh")
    runs = json.loads(offline.run("runs", "Fresh", "--json"))["runs"]

    assert result["seconds"] >= sum(job["seconds"] for job in result["jobs"])  # one comes after the other
    assert result["time"] >= runs[0]["ended"]


def test_an_update_shows_which_jobs_it_runs_again(shop: Offline) -> None:
    *changes, result = shop.watch(
        "Shop", lambda: shop.update("Shop", lambda resources: change_trigger(resources, "ImportLate"))
    )

    assert without_repetitions(changes_of("ImportEarly", changes)) == ["unchanged"]
    assert without_repetitions(changes_of("ImportLate", changes))[-2:] == ["running", "succeeded"]
    assert "-update-" in changes_of("ImportLate", changes)[-1]["execution"]
    assert result["stack_status"] == "UPDATE_COMPLETE"


def test_the_clean_up_of_a_replaced_job_is_shown_as_that(shop: Offline) -> None:
    *changes, result = shop.watch(
        "Shop", lambda: shop.update("Shop", lambda resources: change_trigger(resources, "ImportEarly"))
    )
    statuses = without_repetitions(changes_of("ImportEarly", changes))

    assert [status for status in statuses if status.startswith("delet")] == []
    assert (result["jobs"][0]["status"], result["jobs"][0]["state"]) == ("succeeded", None)
    runs = json.loads(shop.run("runs", "Shop", "--json", "--job", "Early", "--limit", "2"))["runs"]
    assert [run["started_by"] for run in runs] == ["cleanup", "update"]


def test_an_update_that_does_not_run_the_job_again_is_shown_as_kept(shop: Offline) -> None:
    def change_timeout() -> None:
        shop.update("Shop", lambda resources: properties_of(resources, "ImportEarly").update(Timeout=600))

    result = shop.watch("Shop", change_timeout)[-1]

    assert result["jobs"][0]["status"] == "kept"


def test_a_rollback_ends_with_1_and_the_reason_in_full(offline: Offline) -> None:
    offline.deploy("Broken")
    *changes, result = offline.watch("Broken", code=1)
    failed = first("status", "failed", changes)

    assert result["stack_status"] == "ROLLBACK_COMPLETE"
    assert result["failures"] == []
    assert failed["reason"].startswith("Personalize dataset import job could not be created: InvalidInputException: ")
    assert failed["reason"].endswith("must name all columns of the dataset's schema.")
    assert failed["reason"] in offline.run("watch", "Broken", "--wait", "0", code=1)


def test_an_update_that_rolls_back_still_shows_which_job_failed_and_why(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too green")
    resources = shop.templates["Shop"]["Resources"]
    before = copy.deepcopy(resources)
    shown = shop.watch(
        "Shop", lambda: shop.update("Shop", lambda resources: change_trigger(resources, "ImportLate")), code=1
    )
    resources.update(before)
    failed = shown[-1]["jobs"][1]

    assert shown[-1]["stack_status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (failed["job"], failed["status"]) == ("ImportLate", "failed")
    assert "could not be created: InvalidInputException: too green" in failed["reason"]
    assert "-update-" in failed["execution"]


def test_the_failure_of_a_resource_that_is_no_job_is_shown(offline: Offline) -> None:
    offline.templates["NoJobs"]["Resources"]["Wrong"] = {
        "Type": "AWS::Personalize::Schema",
        "Properties": {"Name": "!", "Schema": "{}"},
    }
    offline.deploy("NoJobs")
    shown = offline.run("watch", "NoJobs", "--wait", "0", code=1)

    assert re.search(r"Z Wrong \(AWS::Personalize::Schema\) failed: .*name", shown)
    assert re.search(r"Z NoJobs failed ROLLBACK_COMPLETE", shown)


def test_stacks_that_share_a_runner_show_their_own_jobs_and_the_quota_that_they_wait_for(offline: Offline) -> None:
    offline.deploy("Platform")

    def create_both() -> None:
        offline.create("OverQuota")
        offline.create("Sibling")

    # So long that a slow machine has started the sixth job, too, before the first has ended.
    offline.aws.personalize.durations(in_progress=400)
    shown = offline.watch("OverQuota", create_both)
    sibling = offline.watch("Sibling")
    offline.aws.personalize.durations(in_progress=20)
    waited = first("waiting_for", "quota", shown)

    assert waited["state"].startswith(("LimitExceededException: More than 5 resources", "ResourceInUse"))
    assert waited["status"] == "running"
    assert len(shown[-1]["jobs"]) == 6
    assert {job["status"] for job in shown[-1]["jobs"]} == {"succeeded"}
    assert [job["status"] for job in sibling[-1]["jobs"]] == ["succeeded"]
    assert not {job["execution"] for job in shown[-1]["jobs"]} & {job["execution"] for job in sibling[-1]["jobs"]}


def test_a_job_waits_for_permissions_that_are_not_in_effect_yet(shop: Offline) -> None:
    shop.aws.personalize.fault(
        operation="CreateDatasetImportJob",
        error="InvalidInputException",
        message="The role cannot be assumed",
        times=3,
    )
    shown = shop.watch("Shop", lambda: shop.update("Shop", lambda resources: change_trigger(resources, "ImportEarly")))

    waited = first("waiting_for", "permissions", shown)
    assert waited["job"] == "ImportEarly"
    assert waited["state"] == "InvalidInputException: The role cannot be assumed"
    assert shown[-1]["result"] == "succeeded"


def test_a_nested_stack_shows_its_jobs_while_they_run(offline: Offline) -> None:
    *changes, result = offline.watch("Outer", lambda: offline.create("Outer"))

    assert [(job["job"], job["path"]) for job in result["jobs"]] == [("Inner/Import", "Outer/Inner/Import")]
    assert without_repetitions(changes_of("Inner/Import", changes))[-2:] == ["running", "succeeded"]
    assert result["result"] == "succeeded"


def test_the_pieces_and_rows_that_the_service_reports_are_shown(offline: Offline) -> None:
    *changes, result = offline.watch("Campaign", lambda: offline.create("Campaign"))
    [job] = result["jobs"]

    assert (job["pieces"], job["completed_pieces"], job["rows"], job["failures"]) == (3, 3, 60, 0)
    assert any(change["state"] == "it is still PROCESSING" for change in changes)
    assert "3/3 pieces, 60 rows" in offline.run("watch", "Campaign", "--wait", "0")


def test_a_deletion_is_shown_until_its_end(offline: Offline) -> None:
    offline.deploy("Platform", "Sibling")
    shown = offline.watch("Sibling", lambda: offline.delete("Sibling"))

    assert shown[-1]["stack_status"] == "DELETE_COMPLETE"
    assert shown[-1]["jobs"][0]["status"] == "deleted"


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_is_quiet(offline: Offline) -> None:
    watching = offline.start("watch", "Nowhere", "--wait", "30")
    assert watching.stdout
    watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    stdout, stderr = watching.communicate(timeout=60)

    assert watching.returncode == 130
    assert (stdout, stderr.strip()) == ("", "")


RETAINED = (
    "; its name is in use: if an earlier deployment retained the one that exists, delete that, import it into the "
    "stack (cdk import), or refer to it with DatasetGroup.from_dataset_group_arn"
)
REPLACED = "; its name is in use, so CloudFormation cannot replace it: keep the schema"


def test_a_new_resource_whose_name_is_taken_is_not_said_to_be_replaced(offline: Offline) -> None:
    group = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": "taken"}}
    changed = group | {"Properties": {"Name": "taken", "Domain": "ECOMMERCE"}}
    offline.templates |= {name: {"Resources": {"Group": group}} for name in ("Taken", "Taker")}
    offline.deploy("Taken", "Taker")

    assert RETAINED in watch_failure(offline, "Taker")["Group (AWS::Personalize::DatasetGroup)"]
    for resources, failed, hint in (
        ({"Group": group, "Second": group}, "Second", RETAINED),
        ({"Group": changed}, "Group", REPLACED),
    ):
        offline.templates["Taken"] = {"Resources": resources}
        offline.update("Taken", lambda _: None)
        offline.wait("Taken")
        assert hint in watch_failure(offline, "Taken")[f"{failed} (AWS::Personalize::DatasetGroup)"]


def watch_failure(offline: Offline, stack: str) -> dict[str, str]:
    """Returns why resources failed in a stack's last deployment."""
    failures = offline.watch(stack, code=1)[-1]["failures"]
    return {failure["resource"]: failure["reason"] for failure in failures}
