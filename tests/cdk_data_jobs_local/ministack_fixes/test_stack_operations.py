"""Operations of stacks that a person cancels, or that fail and are not rolled back, and when a stack was changed."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAwsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdk_data_jobs_local import OfflineAws
    from conftest import AccountBuilder

# Responds with the physical id `Id`, after `Seconds`; its requests and responses are recorded in a file.
FUNCTION = """
import json, time, urllib.request

def record(*what):
    with open("FILE", "a") as file:
        file.write(json.dumps(what) + chr(10))

def handler(event, context):
    properties, old = event["ResourceProperties"], event.get("OldResourceProperties", {})
    values = old.get("Value"), properties.get("Value")
    record("requested", event["LogicalResourceId"], event["RequestType"], event.get("PhysicalResourceId"), *values)
    response = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId")}
    if event["RequestType"] != "Delete":
        time.sleep(float(properties.get("Seconds", "0")))
        failed = properties.get("Fail") == "true"
        response = {"Status": "FAILED" if failed else "SUCCESS", "Reason": "as injected"}
        response["PhysicalResourceId"] = properties["Id"]
    response.update({name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")})
    body, headers = json.dumps(response).encode(), {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
    record("responded", event["LogicalResourceId"], event["RequestType"])
"""


class Stack:
    """A stack of custom resources and others, and the requests to the function of the former."""

    def __init__(self, builder: AccountBuilder, file: Path) -> None:
        self.file = file
        self.builder, self.name, self.exists = builder, builder.name("stack"), False
        self.aws, self.client = builder.aws, builder.aws.client("cloudformation")
        self.function = builder.function("thing", FUNCTION.replace("FILE", str(file)))
        self.others: dict[str, Any] = {}

    def template(self, **resources: dict[str, Any]) -> dict[str, Any]:
        things = {
            name: {
                "Type": "Custom::Thing",
                "DependsOn": properties.pop("After", []),
                "Properties": {"ServiceToken": self.function, "Id": name, **properties},
            }
            for name, properties in resources.items()
        }
        return {"StackName": self.name, "TemplateBody": json.dumps({"Resources": {**self.others, **things}})}

    def begin(self, *, disables_rollback: bool = False, **resources: dict[str, Any]) -> None:
        call = self.client.update_stack if self.exists else self.client.create_stack
        call(**self.template(**resources), DisableRollback=disables_rollback)
        self.exists = True

    def deploy(self, *, disables_rollback: bool = False, **resources: dict[str, Any]) -> str:
        self.begin(disables_rollback=disables_rollback, **resources)
        return self.wait()

    def deploy_by_change_set(self, kind: str, **resources: dict[str, Any]) -> str:
        name = f"change-{uuid.uuid4().hex[:8]}"
        self.client.create_change_set(**self.template(**resources), ChangeSetName=name, ChangeSetType=kind)
        made = self.stack
        self.client.execute_change_set(StackName=self.name, ChangeSetName=name, DisableRollback=True)
        assert self.stack["CreationTime"] == made["CreationTime"]
        return self.wait()

    def wait(self) -> str:
        while str(self.stack["StackStatus"]).endswith("IN_PROGRESS"):
            time.sleep(0.02)
        return str(self.stack["StackStatus"])

    @property
    def stack(self) -> dict[str, Any]:
        return dict(self.client.describe_stacks(StackName=self.name)["Stacks"][0])

    def described(self, name: str) -> tuple[str, str]:
        found = self.client.describe_stack_resource(StackName=self.name, LogicalResourceId=name)
        return found["StackResourceDetail"]["PhysicalResourceId"], found["StackResourceDetail"]["ResourceStatus"]

    def records(self, what: str, of: str, count: int = 0) -> list[list[Any]]:
        """The records of a resource's requests or responses, when there are so many at least."""
        deadline = time.monotonic() + 60
        while True:
            lines = self.file.read_text().splitlines() if self.file.exists() else []
            found = [line[2:] for line in map(json.loads, lines) if line[:2] == [what, of]]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    def requested(self, of: str) -> list[tuple[str, str | None, str | None, str | None]]:
        """The requests of a resource: type, id, and old and new values."""
        return [(type_, id_, old, new) for type_, id_, old, new in self.records("requested", of)]

    def cancel(self, while_asking: str, requests: int = 1) -> str:
        self.records("requested", while_asking, requests)
        self.client.cancel_update_stack(StackName=self.name)
        return self.wait()

    def events(self, name: str) -> list[tuple[str, str]]:
        return [
            (event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in self.aws.stack_events(self.name)
            if event["LogicalResourceId"] == name
        ]


@pytest.fixture
def stack(builder: AccountBuilder, tmp_path: Path) -> Stack:
    return Stack(builder, tmp_path / "requested")


@pytest.fixture
def old_ids(aws: OfflineAws) -> Iterator[None]:
    """CloudFormation stays with the id that a resource had before its Update failed."""
    aws.settings(adopts_failed_id=False)
    yield
    aws.settings(adopts_failed_id=True)


# --- an update that a person cancels ---


def test_what_is_cancelled_keeps_its_id_and_its_late_response_is_ignored(stack: Stack) -> None:
    stack.deploy(A={"Value": "1"})
    stack.begin(A={"Value": "2", "Id": "other", "Seconds": "300"})
    status = stack.cancel("A", 2)
    stack.records("responded", "A", 3)

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested("A")[1:] == [("Update", "A", "1", "2"), ("Update", "A", "2", "1")]
    assert stack.described("A")[0] == "A"
    assert ("UPDATE_FAILED", "Resource update cancelled") in stack.events("A")
    assert ("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated") in stack.events(stack.name)
    assert stack.deploy(A={"Value": "1"}, B={}) == "UPDATE_COMPLETE"
    assert stack.requested("A")[-1] == ("Update", "A", "2", "1")


def test_a_late_failure_of_what_was_cancelled_is_not_the_next_updates(stack: Stack) -> None:
    stack.deploy(A={"Value": "1"})
    stack.begin(A={"Value": "2", "Id": "other", "Seconds": "300", "Fail": "true"})
    stack.cancel("A", 2)
    stack.begin(A={"Value": "1"}, B={"Seconds": "330"}, C={"Fail": "true", "After": ["B"]})
    stack.records("responded", "A", 3)

    assert stack.wait() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested("A")[-1] == ("Update", "A", "2", "1")
    assert stack.described("A")[0] == "A"


def test_what_is_made_when_a_person_cancels_is_deleted_by_an_id_that_is_made_up(stack: Stack) -> None:
    stack.deploy(A={})
    stack.begin(A={}, New={"Seconds": "300"})
    status = stack.cancel("New")
    (first, second) = stack.requested("New")

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert (first[0], second[0]) == ("Create", "Delete")
    assert str(second[1]).startswith(f"{stack.name}-New-")
    assert [event for event in stack.events("New") if "FAILED" in event[0]] == [
        ("CREATE_FAILED", "Resource creation cancelled")
    ]


def test_what_the_clean_up_cannot_delete_stays_and_its_name_is_taken(stack: Stack) -> None:
    personalize = stack.aws.client("personalize")
    stack.deploy(A={})
    stack.others = {"Group": {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": stack.name}}}
    stack.begin(A={}, Slow={"Seconds": "300", "After": ["Group"]})
    stack.records("requested", "Slow", 1)
    fields = [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}]
    schema = json.dumps({"type": "record", "name": "Items", "fields": fields})
    schema_arn = personalize.create_schema(name=stack.name, schema=schema)["schemaArn"]
    group = f"arn:aws:personalize:{stack.aws.region}:{stack.aws.account}:dataset-group/{stack.name}"
    personalize.create_dataset(name="items", schemaArn=schema_arn, datasetGroupArn=group, datasetType="Items")
    status = stack.cancel("Slow")

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "ResourceInUseException" in dict(stack.events("Group"))["DELETE_FAILED"]
    assert stack.deploy(A={}, B={"After": ["Group"]}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "already exists" in dict(stack.events("Group"))["CREATE_FAILED"]


# --- the id of an Update that failed ---


def test_a_failed_updates_id_is_the_resources_until_the_rollback_has_another(stack: Stack) -> None:
    stack.deploy(A={"Value": "1", "Id": "one"})
    status = stack.deploy(A={"Value": "2", "Id": "two", "Fail": "true"})

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested("A")[1:] == [
        ("Update", "one", "1", "2"),
        ("Update", "two", "2", "1"),
        ("Delete", "two", None, "2"),
    ]
    assert stack.described("A")[0] == "one"
    assert ("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [A]. ") in stack.events(
        stack.name
    )


@pytest.mark.usefixtures("old_ids")
def test_or_the_rollback_carries_the_old_id_and_the_new_one_is_deleted(stack: Stack) -> None:
    stack.deploy(A={"Value": "1", "Id": "one"})
    stack.deploy(A={"Value": "2", "Id": "two", "Fail": "true"})

    assert stack.requested("A")[-2:] == [("Update", "one", "2", "1"), ("Delete", "two", None, "2")]
    assert stack.described("A")[0] == "one"


def test_which_id_is_adopted_is_no_figure(aws: OfflineAws) -> None:
    with pytest.raises(OfflineAwsError, match="adopts_failed_id must be True or False, got 1"):
        aws.settings(adopts_failed_id=1)
    with pytest.raises(OfflineAwsError, match="listing_lag must be a number, at least 0, got True"):
        aws.settings(listing_lag=True)


# --- operations that are not rolled back ---


def test_a_failed_creation_stays_and_the_next_update_deletes_and_creates_what_failed(stack: Stack) -> None:
    bad = {"Id": "bad", "Fail": "true"}
    status = stack.deploy(disables_rollback=True, Good={}, Bad=bad, Slow={"Seconds": "300"})
    states = {name: stack.described(name) for name in ("Good", "Bad", "Slow")}
    again = stack.deploy(disables_rollback=True, Good={}, Bad={**bad}, Slow={"Seconds": "300"})
    mended = stack.deploy(disables_rollback=True, Good={}, Bad={"Id": "bad"}, Slow={"Seconds": "300"})

    assert (status, again, mended) == ("CREATE_FAILED", "UPDATE_FAILED", "UPDATE_COMPLETE")
    assert states == {
        "Good": ("Good", "CREATE_COMPLETE"),
        "Bad": ("bad", "CREATE_FAILED"),
        "Slow": ("Slow", "CREATE_COMPLETE"),
    }
    assert [request[:2] for request in stack.requested("Bad")] == [
        ("Create", None),
        *[("Delete", "bad"), ("Create", None)] * 2,
    ]
    assert len(stack.requested("Good")) == len(stack.requested("Slow")) == 1


def test_what_failed_to_update_gets_an_update_again_with_the_failed_attempt_as_what_was(stack: Stack) -> None:
    stack.deploy(Good={"Value": "1"}, Bad={"Id": "one", "Value": "1"})
    bad = {"Id": "two", "Value": "2", "Fail": "true"}
    status = stack.deploy(disables_rollback=True, Good={"Value": "2"}, Bad=bad)
    states = {name: stack.described(name) for name in ("Good", "Bad")}
    again = stack.deploy(disables_rollback=True, Good={"Value": "2"}, Bad={**bad})
    mended = stack.deploy(disables_rollback=True, Good={"Value": "2"}, Bad={"Id": "two", "Value": "2"})

    assert (status, again, mended) == ("UPDATE_FAILED", "UPDATE_FAILED", "UPDATE_COMPLETE")
    assert states == {"Good": ("Good", "UPDATE_COMPLETE"), "Bad": ("two", "UPDATE_FAILED")}
    assert stack.requested("Bad")[1:] == [
        ("Update", "one", "1", "2"),
        ("Update", "two", "2", "2"),
        ("Update", "two", "2", "2"),
    ]
    assert len(stack.requested("Good")) == 2


def test_a_failed_update_can_still_be_rolled_back(stack: Stack) -> None:
    stack.deploy(A={"Id": "one", "Value": "1"}, Good={"Value": "1"})
    stack.deploy(disables_rollback=True, A={"Id": "two", "Value": "2", "Fail": "true"}, Good={"Value": "2"})
    stack.client.rollback_stack(StackName=stack.name)

    assert stack.wait() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.requested("A")[-2:] == [("Update", "two", "2", "1"), ("Delete", "two", None, "2")]
    assert stack.requested("Good")[-1:] == [("Update", "Good", "2", "1")]
    assert stack.described("A")[0] == "one"


def test_change_sets_are_not_rolled_back_either(stack: Stack) -> None:
    created = stack.deploy_by_change_set("CREATE", Bad={"Fail": "true"})
    mended = stack.deploy_by_change_set("UPDATE", Bad={})
    broken = stack.deploy_by_change_set("UPDATE", Bad={"Fail": "true"})

    assert (created, mended, broken) == ("CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED")
    assert stack.described("Bad") == ("Bad", "UPDATE_FAILED")


# --- when a stack was made and changed ---


def test_a_stack_is_updated_when_its_latest_operation_begins(stack: Stack) -> None:
    began = stack.aws.now()
    stack.deploy(A={})
    made = stack.stack
    between = stack.aws.now()
    stack.begin(A={"Value": "2", "Seconds": "360", "Fail": "true"})
    updating, begun = stack.stack, stack.aws.now()
    stack.wait()
    rolled_back = stack.stack

    assert "LastUpdatedTime" not in made
    assert began - 1 <= made["CreationTime"].timestamp() <= between
    assert updating["StackStatus"] == "UPDATE_IN_PROGRESS"
    assert between - 1 <= updating["LastUpdatedTime"].timestamp() <= begun
    assert rolled_back["LastUpdatedTime"] == updating["LastUpdatedTime"]
    assert rolled_back["CreationTime"] == made["CreationTime"]
    [listed] = [one for one in stack.client.list_stacks()["StackSummaries"] if one["StackId"] == rolled_back["StackId"]]
    assert listed["LastUpdatedTime"] == rolled_back["LastUpdatedTime"]


def test_a_stack_made_by_a_change_set_is_updated_when_that_is_executed(stack: Stack) -> None:
    stack.client.create_change_set(**stack.template(A={}), ChangeSetName="change", ChangeSetType="CREATE")
    reviewed = stack.stack
    time.sleep(0.5)
    stack.client.execute_change_set(StackName=stack.name, ChangeSetName="change")
    stack.wait()
    made = stack.stack

    assert "LastUpdatedTime" not in reviewed
    assert made["CreationTime"] == reviewed["CreationTime"]
    assert made["LastUpdatedTime"] - made["CreationTime"] >= timedelta(seconds=60)


# --- what MiniStack does otherwise ---


def test_a_stack_that_is_updated_is_not_deleted(stack: Stack) -> None:
    stack.deploy(A={"Value": "1"})
    stack.begin(A={"Value": "2", "Seconds": "360"})
    stack.records("requested", "A", 2)

    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        stack.client.delete_stack(StackName=stack.name)

    assert stack.wait() == "UPDATE_COMPLETE"
    assert stack.requested("A")[-1] == ("Update", "A", "1", "2")


def test_a_change_set_tells_what_a_condition_changes(builder: AccountBuilder) -> None:
    client, name = builder.aws.client("cloudformation"), builder.name("conditions")
    topic = {"Type": "AWS::SNS::Topic"}
    template = {
        "Parameters": {"Wanted": {"Type": "String"}},
        "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
        "Resources": {"A": topic, "B": {**topic, "Condition": "Yes"}},
    }
    changes = []
    for wanted, kind in (("no", "CREATE"), ("yes", "UPDATE"), ("no", "UPDATE")):
        change_set = {"StackName": name, "ChangeSetName": f"set-{len(changes)}"}
        parameters = [{"ParameterKey": "Wanted", "ParameterValue": wanted}]
        body = json.dumps(template)
        client.create_change_set(**change_set, ChangeSetType=kind, TemplateBody=body, Parameters=parameters)
        reported = client.describe_change_set(**change_set)["Changes"]
        changes.append(
            [(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in reported]
        )
        client.execute_change_set(**change_set)
        while client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.02)

    assert changes == [[("Add", "A")], [("Add", "B")], [("Remove", "B")]]


def test_a_nested_stack_is_updated_beside_what_stays_in_it(builder: AccountBuilder) -> None:
    client, s3, name = builder.aws.client("cloudformation"), builder.aws.client("s3"), builder.name("nested")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": builder.aws.region})
    group = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": name}}
    statuses = []
    for call, wanted in ((client.create_stack, "1"), (client.update_stack, "2")):
        value = {"Fn::Join": [wanted, ["", {"Fn::GetAtt": ["Group", "DatasetGroupArn"]}]]}
        note = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": value}}
        s3.put_object(Bucket=name, Key=wanted, Body=json.dumps({"Resources": {"Group": group, "Note": note}}))
        url = f"https://s3.{builder.aws.region}.amazonaws.com/{name}/{wanted}"
        around = {"Inside": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
        call(StackName=name, TemplateBody=json.dumps({"Resources": around}))
        while client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.02)
        statuses.append(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    assert statuses == ["CREATE_COMPLETE", "UPDATE_COMPLETE"]
    kept = builder.aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert kept == f"2arn:aws:personalize:{builder.aws.region}:{builder.aws.account}:dataset-group/{name}"
