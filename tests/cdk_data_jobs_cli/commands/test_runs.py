"""`data-jobs runs`: lists the runs of jobs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Offline


def list_runs(offline: Offline, *arguments: str) -> list[dict[str, Any]]:
    """Returns the runs of the stack Shop."""
    listed: list[dict[str, Any]] = json.loads(offline.run("runs", "Shop", "--json", *arguments))["runs"]
    return listed


def test_the_list_shows_what_started_each_run_and_how_it_ended(shop: Offline) -> None:
    shop.run("run", "Shop", "ImportLate", "--yes", "--interval", "0.1")
    shown, lines = list_runs(shop), shop.run("runs", "Shop").splitlines()
    newest, oldest = shown[0], shown[-1]

    assert [run["started"] for run in shown] == sorted((run["started"] for run in shown), reverse=True)
    assert (newest["job"], newest["started_by"], newest["status"]) == ("ImportLate", "command", "succeeded")
    assert (oldest["job"], oldest["started_by"], oldest["status"]) == ("ImportEarly", "create", "succeeded")
    assert newest["seconds"] > 20
    assert len(lines) == len(shown)
    assert re.fullmatch(r"\S+Z [0-9a-f]{8} ImportEarly create succeeded \S+s", lines[-1])


def test_a_run_that_finds_another_running_is_shown_as_skipped(shop: Offline) -> None:
    shop.aws.personalize.durations(in_progress=300)
    running = json.loads(shop.run("run", "Shop", "ImportLate", "--yes", "--no-wait", "--json", "--interval", "0.1"))
    step_functions, lambda_ = shop.aws.client("stepfunctions"), shop.aws.client("lambda")
    described = step_functions.describe_execution(executionArn=running["execution"])
    request = json.loads(described["input"])["request"]
    second = {
        **{name: request[name] for name in ("StackId", "LogicalResourceId", "ResourceType", "ResourceProperties")},
        "RequestType": "Run",
        "StartedBy": "schedule",
        "RequestId": "skips",
        "Overlap": "SKIP",
    }
    function = described["stateMachineArn"].rpartition(":")[2]
    lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(second).encode())
    shop.aws.personalize.durations(in_progress=20)
    skipped, succeeded = list_ended_runs(shop, 2, newest="schedule")

    assert (skipped["status"], succeeded["status"], succeeded["started_by"]) == ("skipped", "succeeded", "command")
    assert skipped["reason"]


def list_ended_runs(offline: Offline, count: int, newest: str) -> list[dict[str, Any]]:
    """Returns so many of the latest runs, once this has started the newest and all of them have ended."""
    while True:
        shown = list_runs(offline, "--limit", str(count))
        if shown[0]["started_by"] == newest and not [run for run in shown if run["status"] == "running"]:
            return shown


def test_in_a_terminal_the_runs_are_a_table_with_the_reasons_below(shop: Offline) -> None:
    shop.aws.personalize.fault(operation="CreateDatasetImportJob", error="InvalidInputException", message="too red")
    shop.run("run", "Shop", "ImportLate", "--yes", "--interval", "0.1", code=1)
    run = shop.run_in_terminal("runs", "Shop", width=80)
    lines = run.text.splitlines()
    failed = next(number for number, line in enumerate(lines) if re.search("ImportLate +command +failed", line))

    assert run.code == 0
    assert re.fullmatch(r"Started +Run +Job +By +Result +Took *", lines[0])
    assert re.search(r"\d\d:\d\d  [0-9a-f]{8}  ImportEarly +create +succeeded +\d[\dms ]*\n", run.text)
    assert lines[failed + 1].startswith("  Personalize dataset import job could not be created: InvalidInputExcept")
    assert max(map(len, lines)) <= 80


YAML = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n"


@pytest.mark.parametrize("template", [YAML, json.dumps({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})])
def test_a_stack_without_jobs_is_said_to_have_none(offline: Offline, template: str) -> None:
    name = "WithoutJobsInYaml" if template is YAML else "WithoutJobsInJson"
    offline.aws.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    offline.wait(name)
    for arguments, output in (((), ""), (("--json",), json.dumps({"stack": name, "runs": []}) + "\n")):
        listing = offline.start("runs", name, *arguments)

        assert listing.communicate(timeout=60) == (output, f"{name} has no data jobs\n")
        assert listing.returncode == 0


def test_a_job_that_has_never_run_is_said_to_have_no_runs(offline: Offline) -> None:
    function = f"arn:aws:lambda:{offline.aws.region}:{offline.aws.account}:function:gone"
    job = {"Type": "Custom::PersonalizeDatasetImportJob", "Properties": {"ServiceToken": function}}
    template = json.dumps({"Resources": {"Import": job}})
    offline.aws.client("cloudformation").create_stack(StackName="NeverRun", TemplateBody=template)
    offline.wait("NeverRun")
    listing = offline.start("runs", "NeverRun")

    assert listing.communicate(timeout=60) == ("", "no runs of NeverRun are known: AWS keeps them for 90 days\n")


def test_the_deletion_of_a_stack_is_no_clean_up(offline: Offline) -> None:
    offline.deploy("Platform", "Sibling")
    [described] = offline.aws.client("cloudformation").describe_stacks(StackName="Sibling")["Stacks"]
    offline.delete("Sibling")
    while offline.exists("Sibling"):
        pass
    newest = json.loads(offline.run("runs", described["StackId"], "--json", "--limit", "1"))["runs"][0]

    assert newest["started_by"] == "delete"


def test_after_the_rollback_of_a_creation_it_is_said_why_no_runs_are_known(offline: Offline) -> None:
    job = {"ServiceToken": {"Fn::GetAtt": ["Runner", "Arn"]}}
    code = {"ZipFile": "def handler(event, context): ..."}
    runner = {"Code": code, "Handler": "index.handler", "Runtime": "python3.13", "Role": "arn:aws:iam::1:role/any"}
    resources = {
        "Runner": {"Type": "AWS::Lambda::Function", "Properties": runner},
        "Fails": {"Type": "AWS::S3::Bucket", "Properties": {"NoSuchProperty": "1"}, "DependsOn": "Runner"},
        "Import": {"Type": "Custom::PersonalizeDatasetImportJob", "Properties": job, "DependsOn": "Fails"},
    }
    offline.aws.client("cloudformation").create_stack(
        StackName="RolledBack", TemplateBody=json.dumps({"Resources": resources})
    )
    offline.wait("RolledBack")
    listing = offline.start("runs", "RolledBack")

    assert "the rollback of its creation has deleted what ran its jobs" in listing.communicate(timeout=60)[1]
    assert listing.returncode == 0
