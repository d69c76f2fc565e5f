"""`data-jobs jobs`: lists the jobs of a stack."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Offline


@pytest.fixture
def started(offline: Offline) -> Offline:
    """The offline AWS, with the stack Started deployed."""
    offline.deploy("Started")
    return offline


def list_jobs(offline: Offline, stack: str) -> dict[str, dict[str, Any]]:
    """Returns the jobs of a stack by name."""
    return {one["job"]: one for one in json.loads(offline.run("jobs", stack, "--json"))["jobs"]}


def test_each_job_has_its_last_run_and_what_starts_it(started: Offline) -> None:
    listed = list_jobs(started, "Started")
    starters = {name: (one["schedules"], one["uploads"]) for name, one in listed.items()}
    deployed = listed["Deployed"]

    assert starters == {
        "Deployed": ([], []),
        "OnUpload": ([], [{"when": "s3://started-data/new/*.csv", "enabled": True}]),
        "Nightly": ([{"when": "cron(30 3 * * ? *) Europe/Berlin", "enabled": True}], []),
    }
    assert (deployed["path"], deployed["type"]) == ("Started/Deployed", "Custom::PersonalizeDatasetImportJob")
    assert deployed["logical_id"].startswith("Deployed")
    assert (deployed["status"], listed["Nightly"]["status"]) == ("succeeded", "skipped")
    assert deployed["started"] < deployed["ended"]


def test_after_an_update_that_did_not_run_it_a_job_still_has_its_last_run(started: Offline) -> None:
    before = list_jobs(started, "Started")["Deployed"]
    logical_id = before["logical_id"]

    started.update("Started", lambda resources: resources[logical_id]["Properties"].update(Timeout=600))
    status = started.wait("Started")
    runs = json.loads(started.run("runs", "Started", "--json", "--job", "Deployed"))["runs"]

    assert (status, runs[0]["status"]) == ("UPDATE_COMPLETE", "kept")
    assert list_jobs(started, "Started")["Deployed"] == before


def test_jobs_of_nested_stacks_are_listed(offline: Offline) -> None:
    offline.deploy("Outer")
    [job] = list_jobs(offline, "Outer").values()
    offline.delete("Outer")  # which another test creates

    assert (job["job"], job["path"], job["status"]) == ("Inner/Import", "Outer/Inner/Import", "succeeded")


def test_each_job_is_a_line(started: Offline) -> None:
    lines = started.run("jobs", "Started").splitlines()

    assert len(lines) == 3
    assert re.fullmatch(
        r"Deployed succeeded \d{4}-\d\d-\d\dT[\d:]+Z PersonalizeDatasetImportJob Deployed[0-9A-F]{8}", lines[0]
    )
    assert lines[1].startswith("OnUpload skipped ")
    assert lines[2].endswith(" schedule cron(30 3 * * ? *) Europe/Berlin")


def test_in_a_terminal_of_80_columns_no_name_is_cut_off_or_wrapped(started: Offline) -> None:
    run = started.run_in_terminal("jobs", "Started", width=80)

    assert run.code == 0
    assert re.search(
        r"^Deployed  succeeded \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n  PersonalizeDatasetImportJob Deployed[0-9A-F]{8}\n"
        r"OnUpload  skipped ",
        run.text,
        re.MULTILINE,
    )
    assert "\n  schedule cron(30 3 * * ? *) Europe/Berlin\n" in run.text


def test_a_job_that_has_not_run_is_listed(offline: Offline) -> None:
    job = {
        "Type": "Custom::AwsJob",
        "Condition": "Never",
        "Properties": {"ServiceToken": "arn:aws:lambda:eu-west-1:000000000000:function:runner"},
    }
    offline.templates["NotRun"] = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Job": job},
    }
    offline.deploy("NotRun")

    assert offline.run("jobs", "NotRun") == "Job no known run AwsJob Job\n"
    assert offline.run_in_terminal("jobs", "NotRun").text == "Job  no known run\n  AwsJob Job\n"
    assert list_jobs(offline, "NotRun")["Job"]["status"] is None


def test_a_stack_without_jobs_says_so(offline: Offline) -> None:
    offline.templates["Topics"] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    offline.deploy("Topics")

    assert offline.run("jobs", "Topics") == ""
    assert json.loads(offline.run("jobs", "Topics", "--json")) == {"stack": "Topics", "jobs": []}
    assert offline.run_in_terminal("jobs", "Topics").text == "Topics has no data jobs\n"
