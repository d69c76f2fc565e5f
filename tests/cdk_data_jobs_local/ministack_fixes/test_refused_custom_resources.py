"""What CloudFormation in the offline AWS does not take of a custom resource, and of the response to its request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from conftest import AccountBuilder

# Responds with what the properties say, in as many bytes as they say.
FUNCTION = """
import json, urllib.request
def handler(event, context):
    properties = event["ResourceProperties"]
    print(f'{{"got": "{event["RequestType"]} {properties.get("Value")}"}}')
    response = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", "thing"),
                **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}}
    if event["RequestType"] != "Delete":
        response.update(json.loads(properties.get("Response", "{}")))
    body = json.dumps(response)
    if event["RequestType"] != "Delete":
        body = body.ljust(int(properties.get("Bytes", "0")))
    put = urllib.request.Request(event["ResponseURL"], body.encode(), {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(put)
"""


class Things:
    """A stack with the custom resource `Thing`."""

    def __init__(self, builder: AccountBuilder) -> None:
        self.builder = builder

    def deploy(self, function: str, *, update: bool = False, **properties: Any) -> str:
        thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function, **properties}}
        return str(self.builder.deploy("stack", {"Resources": {"Thing": thing}}, update=update)["StackStatus"])

    def failures(self) -> list[str]:
        events = self.builder.aws.stack_events(self.builder.name("stack"))
        return [
            event.get("ResourceStatusReason", "")
            for event in events
            if event["LogicalResourceId"] == "Thing" and event["ResourceStatus"].endswith("_FAILED")
        ]

    def requests(self, function: str, count: int = 0) -> list[str]:
        lines = self.builder.log_lines(function, '{"got"', count, more_for=1)
        return [line.strip().removeprefix('{"got": "').removesuffix('"}') for line in lines]


@pytest.fixture
def things(builder: AccountBuilder) -> Things:
    return Things(builder)


def test_another_service_token_is_refused_and_rolled_back_without_a_request(things: Things) -> None:
    one, two = (things.builder.function(name, FUNCTION) for name in ("one", "two"))
    things.deploy(one, Value="1")
    status = things.deploy(two, Value="2", update=True)
    again = things.deploy(one, Value="3", update=True)

    assert (status, again) == ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE")
    assert things.failures() == ["Modifying service token is not allowed."]
    assert (things.requests(one, 2), things.requests(two)) == (["Create 1", "Update 3"], [])


def test_another_service_token_is_forgotten_if_it_is_not_rolled_back(things: Things) -> None:
    one, two = (things.builder.function(name, FUNCTION) for name in ("one", "two"))
    things.deploy(one)
    thing = {"Type": "Custom::Thing", "Properties": {"ServiceToken": two}}
    failed = things.builder.deploy("stack", {"Resources": {"Thing": thing}}, update=True, DisableRollback=True)

    assert failed["StackStatus"] == "UPDATE_FAILED"
    assert things.deploy(one, Value="2", update=True) == "UPDATE_COMPLETE"
    assert things.requests(two) == []


@pytest.mark.parametrize(("size", "status"), [(4096, "CREATE_COMPLETE"), (4097, "ROLLBACK_COMPLETE")])
def test_a_response_has_a_largest_size(things: Things, size: int, status: str) -> None:
    function = things.builder.function("one", FUNCTION)

    assert things.deploy(function, Bytes=size) == status
    assert things.failures() == ["Response object is too long."] * (status != "CREATE_COMPLETE")


@pytest.mark.parametrize("physical_id", ["", "i" * 1025, 5, ["i"]])
def test_a_response_has_an_id_of_1_to_1024_bytes(things: Things, physical_id: object) -> None:
    function = things.builder.function("one", FUNCTION)
    longest = things.deploy(function, Response=json.dumps({"PhysicalResourceId": "i" * 1024}))
    status = things.deploy(function, Response=json.dumps({"PhysicalResourceId": physical_id}), update=True)

    assert (longest, status) == ("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert things.failures() == ["Invalid PhysicalResourceId"]


@pytest.mark.parametrize("timeout", [0, 3601, "-1", "1.5", "abc", ""])
def test_a_timeout_that_is_not_1_to_3600_seconds_is_refused(things: Things, timeout: object) -> None:
    function = things.builder.function("one", FUNCTION)
    status = things.deploy(function, ServiceTimeout=3600)
    refused = things.deploy(function, ServiceTimeout=timeout, update=True)

    assert (status, refused) == ("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert things.failures() == [f"ServiceTimeout must be a whole number from 1 to 3600, got {timeout}"]
    assert things.requests(function, 1) == ["Create None"]


def test_a_timeout_may_be_a_second(things: Things) -> None:
    """It is so short on the emulated clock that only the request shows that it was taken."""
    function = things.builder.function("one", FUNCTION)
    things.deploy(function, ServiceTimeout="1")

    assert "Create None" in things.requests(function, 2)


def test_without_a_timeout_it_waits_an_hour(builder: AccountBuilder) -> None:
    speed = 1200  # the times of events are real ones
    with OfflineAws(speed=speed) as fast:
        fast_builder = type(builder)(fast)
        Things(fast_builder).deploy(fast_builder.function("silent", "def handler(event, context): pass"))
        times = {
            event["ResourceStatus"]: event["Timestamp"]
            for event in fast.stack_events(fast_builder.name("stack"))
            if event["LogicalResourceId"] == "Thing"
        }

    waited = (times["CREATE_FAILED"] - times["CREATE_IN_PROGRESS"]).total_seconds() * speed

    assert 3600 <= waited < 6 * 3600
