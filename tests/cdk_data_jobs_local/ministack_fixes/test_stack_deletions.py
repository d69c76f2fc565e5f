"""The deletion of a stack's resources: in which order they go, and which buckets do not."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

BECAUSE = "(Service: S3, Status Code: 409, Error Code: BucketNotEmpty)"
NOT_EMPTY = f"The bucket you tried to delete is not empty {BECAUSE}"
NOT_EMPTY_OF_VERSIONS = (
    f"The bucket you tried to delete is not empty. You must delete all versions in the bucket. {BECAUSE}"
)


class Stack:
    """A stack whose template a test writes itself."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name, self.id = aws, f"deletions-{uuid.uuid4().hex[:8]}", ""
        self.client, self.s3 = aws.client("cloudformation"), aws.client("s3")

    def deploy(self, **resources: dict[str, Any]) -> str:
        call = self.client.update_stack if self.id else self.client.create_stack
        self.id = call(StackName=self.name, TemplateBody=json.dumps({"Resources": resources}))["StackId"]
        return self.wait()

    def delete(self) -> str:
        self.client.delete_stack(StackName=self.name)
        return self.wait()

    def wait(self) -> str:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            time.sleep(0.02)
            status = self.client.describe_stacks(StackName=self.id)["Stacks"][0]["StackStatus"]
        return status

    def events(self, status: str) -> list[tuple[str, str]]:
        return [
            (event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
            for event in self.aws.stack_events(self.id)
            if event["ResourceStatus"] == status and event["LogicalResourceId"] != self.name
        ]

    def bucket(self, name: str = "", **more: Any) -> dict[str, Any]:
        versioned = {"VersioningConfiguration": {"Status": "Enabled"}} if more.pop("versioned", False) else {}
        return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{self.name}{name}", **versioned}, **more}

    @property
    def buckets(self) -> list[str]:
        names = [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]
        return [name.removeprefix(self.name) for name in names if name.startswith(self.name)]


@pytest.fixture
def stack(aws: OfflineAws) -> Stack:
    return Stack(aws)


@pytest.mark.parametrize("versioned", [False, True])
def test_a_bucket_with_objects_is_not_deleted_until_it_is_empty(stack: Stack, *, versioned: bool) -> None:
    stack.deploy(Bucket=stack.bucket(versioned=versioned))
    stack.s3.put_object(Bucket=stack.name, Key="rows.csv", Body=b"1")
    first = stack.delete()
    failed = stack.events("DELETE_FAILED")
    stack.s3.delete_object(Bucket=stack.name, Key="rows.csv")
    second = stack.delete()
    for one in stack.s3.list_object_versions(Bucket=stack.name)["Versions"] if versioned else ():
        stack.s3.delete_object(Bucket=stack.name, Key=one["Key"], VersionId=one["VersionId"])
    for one in stack.s3.list_object_versions(Bucket=stack.name)["DeleteMarkers"] if versioned else ():
        stack.s3.delete_object(Bucket=stack.name, Key=one["Key"], VersionId=one["VersionId"])
    last = stack.delete() if versioned else second

    message = NOT_EMPTY_OF_VERSIONS if versioned else NOT_EMPTY
    assert (first, failed) == ("DELETE_FAILED", [("Bucket", message)])
    # A version is something, even if a marker says that its object is gone.
    assert (second, last) == ("DELETE_FAILED" if versioned else "DELETE_COMPLETE", "DELETE_COMPLETE")
    assert stack.buckets == []


def test_a_bucket_that_is_to_stay_stays_with_its_objects(stack: Stack) -> None:
    stack.deploy(Bucket=stack.bucket(DeletionPolicy="Retain"))
    stack.s3.put_object(Bucket=stack.name, Key="rows.csv", Body=b"1")

    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.buckets == [""]


def test_a_bucket_that_leaves_a_stack_with_objects_fails_no_update(stack: Stack) -> None:
    stack.deploy(Gone=stack.bucket("-gone"), Stays=stack.bucket("-stays"))
    stack.s3.put_object(Bucket=f"{stack.name}-gone", Key="rows.csv", Body=b"1")

    assert stack.deploy(Stays=stack.bucket("-stays")) == "UPDATE_COMPLETE"
    assert stack.events("DELETE_FAILED") == [("Gone", NOT_EMPTY)]
    assert stack.buckets == ["-gone", "-stays"]


def test_what_takes_long_goes_last_but_for_what_it_needs(stack: Stack) -> None:
    group = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": stack.name}, "DependsOn": "Needed"}
    stack.deploy(A=stack.bucket("-a"), Long=group, Needed=stack.bucket("-needed"), Z=stack.bucket("-z"))

    assert stack.delete() == "DELETE_COMPLETE"
    assert [name for name, _ in stack.events("DELETE_COMPLETE")] == ["A", "Z", "Long", "Needed"]
