"""A stack that is deleted while it is being created."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

# Writes what is requested to a file, and responds to a Delete only.
FUNCTION = """
import json, os, urllib.request

def handler(event, context):
    requested = [event["RequestType"], event["LogicalResourceId"], event.get("PhysicalResourceId")]
    with open(os.environ["REQUESTS"], "a") as file:
        file.write(json.dumps(requested) + chr(10))
    if event["RequestType"] == "Delete":
        response = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId")}
        body = json.dumps({"Status": "SUCCESS", **response}).encode()
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
"""


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def thing(*after: str) -> dict[str, Any]:
    return {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}},
        "DependsOn": list(after),
    }


@pytest.mark.parametrize("rolls_back", [True, False])
def test_what_is_under_way_gets_a_delete_and_nothing_more_is_begun(
    aws: OfflineAws, tmp_path: Path, *, rolls_back: bool
) -> None:
    client, name, requested = aws.client("cloudformation"), f"cancelled-{uuid.uuid4().hex[:8]}", tmp_path / "requested"
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:*"}]}
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": FUNCTION},
        "Environment": {"Variables": {"REQUESTS": str(requested)}},
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "One": thing(),
        "Two": thing(),
        "Later": thing("One"),
    }
    made = client.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": resources}), DisableRollback=not rolls_back
    )
    until(lambda: requested.exists() and len(requested.read_text().splitlines()) == 2)

    client.delete_stack(StackName=name)

    def status() -> str:
        return str(client.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"])

    seen = {status()}
    until(lambda: seen.add(status()) or "DELETE_COMPLETE" in seen)
    events = [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for event in aws.stack_events(made["StackId"])
    ]
    requests = [json.loads(line) for line in requested.read_text().splitlines()]
    deletes = {logical_id: physical_id for kind, logical_id, physical_id in requests if kind == "Delete"}

    assert seen <= {"DELETE_IN_PROGRESS", "DELETE_COMPLETE"}
    assert sorted(request[:2] for request in requests) == [
        ["Create", "One"],
        ["Create", "Two"],
        ["Delete", "One"],
        ["Delete", "Two"],
    ]
    assert all(physical_id.startswith(f"{name}-{logical_id}-") for logical_id, physical_id in deletes.items())
    assert {event[0] for event in events if event[1:] == ("CREATE_FAILED", "Resource creation cancelled")} == {
        "One",
        "Two",
    }
    assert "Later" not in {event[0] for event in events}
    functions = aws.client("lambda").list_functions()["Functions"]
    assert [one for one in functions if one["FunctionName"].startswith(name)] == []
