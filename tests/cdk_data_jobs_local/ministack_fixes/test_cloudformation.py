"""CloudFormation in the offline AWS: Amazon Personalize's resources, and custom resources as in the real one."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws

ITEMS = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "fields": [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}],
    }
)
# Responds with the physical id `Id`, after `Seconds`; what was requested is written to a file that the test reads.
FUNCTION = """
import boto3, json, os, time, urllib.request

def handler(event, context):
    properties = event["ResourceProperties"]
    stack = boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])["Stacks"][0]
    record = {"type": event["RequestType"], "name": event["LogicalResourceId"], "request": event["RequestId"],
            "id": event.get("PhysicalResourceId"), "value": properties.get("Value"), "status": stack["StackStatus"],
            "time": time.time(), "pid": os.getpid()}
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps(record) + chr(10))
    if event["RequestType"] == "Delete":
        stuck = os.path.exists(os.environ["RECORD"] + ".stuck")
        response = {"Status": "FAILED" if stuck else "SUCCESS", "PhysicalResourceId": event["PhysicalResourceId"]}
    else:
        time.sleep(float(properties.get("Seconds", "0")))
        failed = properties.get("Fail") == "true"
        response = {"Status": "FAILED" if failed else "SUCCESS", "Reason": "as injected",
                  "PhysicalResourceId": properties["Id"], "Data": {"Value": properties.get("Value", "")}}
    response.update({name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")})
    body, headers = json.dumps(response).encode(), {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
"""


class Stack:
    """A stack of custom resources, and the requests to their function."""

    def __init__(self, aws: OfflineAws, directory: Path) -> None:
        self.aws, self.name, self.file = aws, f"stack-{uuid.uuid4().hex[:8]}", directory / "record"
        self.client = aws.client("cloudformation")
        self.exists = False

    def deploy(self, **resources: dict[str, Any]) -> str:
        self.file.unlink(missing_ok=True)
        trust = {
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:*"}]
        }
        function = {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Timeout": 900,
            "Code": {"ZipFile": FUNCTION},
            "Environment": {"Variables": {"RECORD": str(self.file)}},
        }
        template: dict[str, Any] = {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        }
        for name, properties in resources.items():
            after = properties.pop("After", [])
            own = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Id": name, **properties}
            template[name] = {"Type": "Custom::Thing", "Properties": own, "DependsOn": after}
        return self.deploy_template(template)

    def deploy_template(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
        call = self.client.update_stack if self.exists else self.client.create_stack
        template = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        call(StackName=self.name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
        self.exists = True
        return self.wait()

    def ids(self) -> dict[str, str]:
        resources = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def outputs(self) -> dict[str, str]:
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def delete(self) -> str:
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=self.name)
        return self.wait(stack)

    def wait(self, stack: str | None = None) -> str:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            time.sleep(0.02)
            status = self.client.describe_stacks(StackName=stack or self.name)["Stacks"][0]["StackStatus"]
        return status

    def records(self, *, of: str | None = None) -> list[dict[str, Any]]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [record for record in map(json.loads, lines) if of in (None, record["name"])]

    def requested(self, *, of: str) -> list[tuple[str, str | None, str | None]]:
        return [(record["type"], record["id"], record["value"]) for record in self.records(of=of)]

    def events(self, name: str) -> list[tuple[str, str]]:
        events = self.aws.stack_events(self.name)
        return [
            (event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in events
            if event["LogicalResourceId"] == name
        ]


@pytest.fixture
def stack(aws: OfflineAws, tmp_path: Path) -> Stack:
    return Stack(aws, tmp_path)


def personalize(**dataset: Any) -> dict[str, Any]:
    name = f"cfn-{uuid.uuid4().hex[:8]}"
    attributes = {
        "SchemaArn": {"Fn::GetAtt": ["Schema", "SchemaArn"]},
        "DatasetGroupArn": {"Fn::GetAtt": ["Group", "DatasetGroupArn"]},
    }
    return {
        "Schema": {"Type": "AWS::Personalize::Schema", "Properties": {"Name": name, "Schema": ITEMS}},
        "Group": {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": name}},
        "Items": {
            "Type": "AWS::Personalize::Dataset",
            "Properties": {"Name": name, "DatasetType": "Items", **attributes, **dataset},
        },
    }


def test_personalize_resources_are_made_and_deleted(stack: Stack) -> None:
    client = stack.aws.client("personalize")
    status = stack.deploy_template(personalize())
    arns = stack.ids()
    made = client.describe_dataset(datasetArn=arns["Items"])["dataset"]
    deleted = stack.delete()

    assert (status, deleted) == ("CREATE_COMPLETE", "DELETE_COMPLETE")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_dataset(datasetArn=arns["Items"])
    assert (made["status"], made["schemaArn"], made["datasetGroupArn"]) == ("ACTIVE", arns["Schema"], arns["Group"])


def test_only_a_property_replaces_a_personalize_resource(stack: Stack) -> None:
    resources = personalize()
    stack.deploy_template(resources)
    before = stack.ids()
    stack.client.update_stack(
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": resources}),
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    tagged = (stack.wait(), stack.ids())
    resources["Items"]["Properties"]["Tags"] = [{"Key": "team", "Value": "shop"}]
    status = stack.deploy_template(resources)

    assert tagged == ("UPDATE_COMPLETE", before)
    assert (status, stack.ids()) == ("UPDATE_COMPLETE", before)


def test_a_solution_is_made_and_deleted(stack: Stack) -> None:
    group = {"Fn::GetAtt": ["Group", "DatasetGroupArn"]}
    properties = {"Name": stack.name, "DatasetGroupArn": group}
    resources = {**personalize(), "Solution": {"Type": "AWS::Personalize::Solution", "Properties": properties}}
    status = stack.deploy_template(resources)
    arn = stack.ids()["Solution"]

    assert (status, arn.rpartition(":")[2]) == ("CREATE_COMPLETE", f"solution/{stack.name}")
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_pinpoint_application_is_made_tagged_replaced_and_deleted(stack: Stack) -> None:
    client = stack.aws.client("pinpoint")

    def deploy(name: str, **tags: str) -> dict[str, str]:
        app = {"Type": "AWS::Pinpoint::App", "Properties": {"Name": f"{name}-{stack.name}", "Tags": tags}}
        outputs = {name: {"Value": {"Fn::GetAtt": ["App", name]}} for name in ("Arn", "ApplicationId")}
        stack.deploy_template({"App": app}, outputs)
        return stack.outputs()

    first, tagged = deploy("a", team="shop", old="1"), deploy("a", team="store")
    tags = client.get_app(ApplicationId=tagged["ApplicationId"])["ApplicationResponse"]["tags"]
    replaced = deploy("b")

    assert first["Arn"].endswith(f":apps/{first['ApplicationId']}")
    assert (tagged, tags) == (first, {"team": "store"})
    assert stack.ids() == {"App": replaced["ApplicationId"]}
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_app(ApplicationId=first["ApplicationId"])
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_app(ApplicationId=replaced["ApplicationId"])


def test_the_services_words_are_in_the_stacks_events(stack: Stack) -> None:
    resources = personalize(DatasetType="Users")
    status = stack.deploy_template(resources)

    assert status == "ROLLBACK_COMPLETE"
    assert "not for a dataset of type USERS" in stack.events("Items")[1][1]
    assert "Error Code: InvalidInputException" in stack.events("Items")[1][1]


def test_the_datasets_own_import_property_is_refused(stack: Stack) -> None:
    stack.deploy_template(personalize(DatasetImportJob={"JobName": "job"}))

    assert "does not emulate the DatasetImportJob property" in stack.events("Items")[1][1]


def test_independent_resources_run_at_once_and_dependent_ones_in_order(stack: Stack) -> None:
    status = stack.deploy(
        A={"Seconds": "120"}, B={"Seconds": "120"}, C={"Value": {"Fn::GetAtt": ["B", "Value"]}, "After": ["A"]}
    )
    times = {record["name"]: record["time"] for record in stack.records()}

    assert status == "CREATE_COMPLETE"
    assert abs(times["A"] - times["B"]) < 120
    assert times["C"] - max(times["A"], times["B"]) >= 120
    assert [status for status, _ in stack.events("B")] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_a_failed_create_is_followed_by_delete_with_its_physical_id(stack: Stack) -> None:
    status = stack.deploy(A={"Fail": "true"})

    assert status == "ROLLBACK_COMPLETE"
    assert stack.requested(of="A") == [("Create", None, None), ("Delete", "A", None)]
    assert [record["status"] for record in stack.records()] == ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
    assert ("CREATE_FAILED", True) in [(status, "as injected" in reason) for status, reason in stack.events("A")]


def test_a_failure_cancels_what_is_under_way_and_delete_comes_during_create(stack: Stack) -> None:
    status = stack.deploy(Slow={"Seconds": "6000"}, Bad={"Fail": "true", "Seconds": "360"})
    requests = stack.requested(of="Slow")

    assert status == "ROLLBACK_COMPLETE"
    assert [request[0] for request in requests] == ["Create", "Delete"]
    assert re.fullmatch(f"{stack.name}-Slow-[0-9A-F]{{12}}", str(requests[1][1]))
    assert ("CREATE_FAILED", "Resource creation cancelled") in stack.events("Slow")


def test_no_response_in_time_fails_by_the_emulated_clock(stack: Stack) -> None:
    status = stack.deploy(Slow={"Seconds": "6000", "ServiceTimeout": 300})

    assert status == "ROLLBACK_COMPLETE"
    assert stack.events("Slow")[1][1].startswith(
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId ["
    )


def test_a_changed_physical_id_is_deleted_after_the_update(stack: Stack) -> None:
    stack.deploy(A={"Id": "one"}, Gone={})
    status = stack.deploy(A={"Id": "two"})

    assert status == "UPDATE_COMPLETE"
    assert stack.requested(of="A") == [("Update", "one", None), ("Delete", "one", None)]
    assert stack.requested(of="Gone") == [("Delete", "Gone", None)]
    assert [record["status"] for record in stack.records()] == [
        "UPDATE_IN_PROGRESS",
        *["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"] * 2,
    ]


def test_a_rolled_back_update_sends_the_old_properties_or_deletes_the_replacement(stack: Stack) -> None:
    stack.deploy(Kept={"Value": "1"}, Replaced={"Id": "one"}, Bad={"Value": "1"}, Untouched={})
    status = stack.deploy(
        Kept={"Value": "2"},
        Replaced={"Id": "two"},
        Bad={"Value": "2", "Fail": "true", "After": ["Kept", "Replaced"]},
        Untouched={},
    )

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested(of="Kept") == [("Update", "Kept", "2"), ("Update", "Kept", "1")]
    assert stack.requested(of="Bad") == [("Update", "Bad", "2"), ("Update", "Bad", "1")]
    assert stack.requested(of="Replaced") == [("Update", "one", None), ("Delete", "two", None)]
    assert stack.requested(of="Untouched") == []
    assert [record["status"] for record in stack.records(of="Kept")] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
    ]


def test_the_new_id_of_a_failed_update_is_deleted_in_the_clean_up(stack: Stack) -> None:
    stack.deploy(A={"Id": "one"})
    status = stack.deploy(A={"Id": "two", "Fail": "true"})
    last = stack.records(of="A")[-1]

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested(of="A") == [("Update", "one", None), ("Update", "two", None), ("Delete", "two", None)]
    assert last["status"] == "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    assert stack.ids()["A"] == "one"


def test_an_update_under_way_is_cancelled_and_sent_back(stack: Stack) -> None:
    stack.deploy(Slow={"Value": "1"}, Bad={})
    status = stack.deploy(Slow={"Value": "2", "Seconds": "6000"}, Bad={"Fail": "true", "Seconds": "360"})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested(of="Slow") == [("Update", "Slow", "2"), ("Update", "Slow", "1")]
    assert ("UPDATE_FAILED", "Resource update cancelled") in stack.events("Slow")


def test_an_update_is_cancelled_by_a_person_and_sent_back(stack: Stack) -> None:
    stack.deploy(Slow={"Value": "1"})
    stack.file.unlink()

    def cancel() -> None:
        while not stack.records():
            time.sleep(0.01)
        stack.client.cancel_update_stack(StackName=stack.name)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    status = stack.deploy(Slow={"Value": "2", "Seconds": "6000"})
    canceller.join()

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested(of="Slow") == [("Update", "Slow", "2"), ("Update", "Slow", "1")]
    assert ("UPDATE_FAILED", "Resource update cancelled") in stack.events("Slow")


def test_a_resource_that_could_not_be_deleted_keeps_its_function(stack: Stack) -> None:
    stack.deploy(A={})
    stuck = stack.file.with_name("record.stuck")
    stuck.touch()
    first = stack.delete()
    stuck.unlink()
    second = stack.delete()

    assert (first, second) == ("DELETE_FAILED", "DELETE_COMPLETE")
    assert stack.requested(of="A")[-2:] == [("Delete", "A", None)] * 2


def test_a_killed_function_gets_the_same_event_again(stack: Stack) -> None:
    def kill() -> None:
        while not stack.records():
            time.sleep(0.01)
        os.kill(stack.records()[0]["pid"], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    status = stack.deploy(A={"Seconds": "240"})
    killer.join()

    first, second = stack.records()
    assert status == "CREATE_COMPLETE"
    assert first["request"] == second["request"]
    assert second["time"] - first["time"] >= 60


def test_the_functions_live_on_the_emulated_clock(stack: Stack) -> None:
    began = stack.aws.now()
    stack.deploy(A={"Seconds": "60"})

    assert began <= stack.records()[0]["time"] <= stack.aws.now() - 60


def test_a_functions_processes_can_be_found(stack: Stack) -> None:
    stack.deploy(A={})
    function = stack.ids()["Function"]

    assert stack.aws.lambda_processes(function) == [stack.records()[0]["pid"]]
    assert stack.aws.lambda_processes("no-such-function") == []
