"""Dataset groups whose creation is cancelled: they are deleted by their ARNs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import AccountBuilder

FAILS = """
import json, time, urllib.request
def handler(event, context):
    if event["RequestType"] == "Create":
        time.sleep(20)
    response = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    response |= {"Status": "FAILED" if event["RequestType"] == "Create" else "SUCCESS", "PhysicalResourceId": "one"}
    body, headers = json.dumps(response).encode(), {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
"""


@pytest.fixture
def account(builder: AccountBuilder) -> Iterator[AccountBuilder]:
    builder.aws.personalize.durations(creating=240)
    yield builder
    builder.aws.personalize.durations(creating=0)


def group(name: str) -> dict[str, Any]:
    return {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": name}}


def groups(account: AccountBuilder) -> list[str]:
    found = account.aws.client("personalize").list_dataset_groups()["datasetGroups"]
    return [one["name"].removeprefix(f"{account.prefix}-") for one in found if one["name"].startswith(account.prefix)]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_rollback_deletes_the_group_that_is_being_created(account: AccountBuilder) -> None:
    function = account.function("fails", FAILS)
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function}}
    stack = account.deploy("stack", {"Resources": {"Group": group(account.name("a")), "It": thing}})
    deleted = [
        event["PhysicalResourceId"]
        for event in account.aws.stack_events(account.name("stack"))
        if event["LogicalResourceId"] == "Group" and event["ResourceStatus"] == "DELETE_COMPLETE"
    ]

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert deleted == [account.arn("personalize", f"dataset-group/{account.name('a')}")]
    assert groups(account) == []


@pytest.mark.parametrize("before", ["", "old"])
def test_a_cancelled_update_deletes_the_group_that_it_is_creating(account: AccountBuilder, before: str) -> None:
    client, name = account.aws.client("cloudformation"), account.name("stack")
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    first = {"Handle": handle, **({"Group": group(account.name(before))} if before else {})}
    assert account.deploy("stack", {"Resources": first})["StackStatus"] == "CREATE_COMPLETE"
    template = json.dumps({"Resources": {"Handle": handle, "Group": group(account.name("new"))}})
    client.update_stack(StackName=name, TemplateBody=template)
    until(lambda: "new" in groups(account))
    client.cancel_update_stack(StackName=name)

    def status() -> str:
        return str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    until(lambda: not status().endswith("IN_PROGRESS"))
    assert status() == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(account) == ([before] if before else [])
