"""What CloudFormation in the offline AWS tells of a resource while it deletes it, or another one in its place."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import AccountBuilder

# Logs how CloudFormation describes the resource of the request.
FUNCTION = """
import boto3, json, urllib.request

def handler(event, context):
    client = boto3.client("cloudformation")
    stack, name = event["StackId"], event["LogicalResourceId"]
    try:
        found = client.describe_stack_resource(StackName=stack, LogicalResourceId=name)["StackResourceDetail"]
        found = [found["PhysicalResourceId"], found["ResourceStatus"]]
    except client.exceptions.ClientError as error:
        found = [error.response["Error"]["Message"]]
    status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    print(json.dumps(["reported", name, event["RequestType"], event.get("PhysicalResourceId"), status, *found]))
    properties = event["ResourceProperties"]
    failed = event["RequestType"] != "Delete" and properties.get("Fail") == "true"
    response = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    id = event["PhysicalResourceId"] if event["RequestType"] == "Delete" else properties["Id"]
    response.update(Status="FAILED" if failed else "SUCCESS", Reason="as injected", PhysicalResourceId=id)
    body, headers = json.dumps(response).encode(), {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
"""
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ROLLBACK_CLEANUP = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"


class Stack:
    def __init__(self, builder: AccountBuilder) -> None:
        self.builder, self.name, self.id = builder, builder.name("stack"), ""
        self.client = builder.aws.client("cloudformation")
        self.function = builder.function("thing", FUNCTION)

    def deploy(self, **resources: dict[str, Any]) -> str:
        template = {
            name: {
                "Type": "Custom::Thing",
                "Properties": {"ServiceToken": self.function, "Id": name, **properties},
                "DependsOn": properties.pop("After", []),
            }
            for name, properties in resources.items()
        }
        stack = self.builder.deploy("stack", {"Resources": template}, update=bool(self.id))
        self.id = stack["StackId"]
        return str(stack["StackStatus"])

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        while self.client.describe_stacks(StackName=self.id)["Stacks"][0]["StackStatus"] != "DELETE_COMPLETE":
            time.sleep(0.02)

    def described(self, name: str, stack: str = "") -> tuple[str, str]:
        found = self.client.describe_stack_resource(StackName=stack or self.name, LogicalResourceId=name)
        return found["StackResourceDetail"]["PhysicalResourceId"], found["StackResourceDetail"]["ResourceStatus"]

    def deletions(self, count: int) -> dict[str, list[str]]:
        """What each Delete saw: the id that it is about, the stack's status, and how its resource is described."""
        lines = self.builder.log_lines(self.function, '"Delete"', count)
        return {reported[1]: reported[3:] for reported in map(json.loads, lines)}


@pytest.fixture
def stack(builder: AccountBuilder) -> Stack:
    return Stack(builder)


@pytest.fixture
def missing(stack: Stack) -> Callable[[str], Any]:
    def missing(message: str) -> Any:
        return pytest.raises(stack.client.exceptions.ClientError, match=message)

    return missing


def test_in_a_clean_up_what_is_replaced_has_its_new_id_and_what_is_removed_is_being_deleted(
    stack: Stack, missing: Callable[[str], Any]
) -> None:
    stack.deploy(Replaced={"Id": "one"}, Removed={})
    status = stack.deploy(Replaced={"Id": "two"})

    assert status == "UPDATE_COMPLETE"
    assert stack.deletions(2) == {
        "Replaced": ["one", CLEANUP, "two", "UPDATE_COMPLETE"],
        "Removed": ["Removed", CLEANUP, "Removed", "DELETE_IN_PROGRESS"],
    }
    assert stack.described("Replaced") == ("two", "UPDATE_COMPLETE")
    with missing(f"Resource Removed does not exist for stack {stack.name}$"):
        stack.described("Removed")


def test_in_the_clean_up_of_a_rollback_what_was_replaced_has_its_old_id(stack: Stack) -> None:
    stack.deploy(Replaced={"Id": "one"}, Bad={})
    status = stack.deploy(Replaced={"Id": "two"}, New={}, Bad={"Fail": "true", "After": ["Replaced", "New"]})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.deletions(2) == {
        "Replaced": ["two", ROLLBACK_CLEANUP, "one", "CREATE_COMPLETE"],
        "New": ["New", ROLLBACK_CLEANUP, "New", "DELETE_IN_PROGRESS"],
    }
    assert stack.described("Replaced") == ("one", "CREATE_COMPLETE")


def test_a_deleted_stack_tells_of_its_resources_by_its_id_only(stack: Stack, missing: Callable[[str], Any]) -> None:
    stack.deploy(First={}, Second={"After": ["First"]}, Third={"After": ["Second"]})
    stack.delete()

    assert set(map(tuple, stack.deletions(3).values())) == {
        (name, "DELETE_IN_PROGRESS", name, "DELETE_IN_PROGRESS") for name in ("First", "Second", "Third")
    }
    assert stack.described("First", stack.id) == ("First", "DELETE_COMPLETE")
    with missing(f"Stack '{stack.name}' does not exist"):
        stack.described("First")
