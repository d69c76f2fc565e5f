"""Buckets that S3 does not delete."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

NOT_EMPTY = "The bucket you tried to delete is not empty"


@pytest.fixture
def s3(aws: OfflineAws) -> Any:
    return aws.client("s3")


@pytest.fixture
def bucket(aws: OfflineAws, s3: Any) -> str:
    name = f"deletions-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    return name


def refusal(s3: Any, bucket: str) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        s3.delete_bucket(Bucket=bucket)
    error = refused.value.response["Error"]
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def test_an_object_keeps_a_bucket(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="rows.csv", Body=b"1")

    assert refusal(s3, bucket) == (409, "BucketNotEmpty", NOT_EMPTY)
    s3.delete_object(Bucket=bucket, Key="rows.csv")
    s3.delete_bucket(Bucket=bucket)
    assert bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_a_version_or_a_delete_marker_keeps_a_bucket(s3: Any, bucket: str) -> None:
    refused = (409, "BucketNotEmpty", f"{NOT_EMPTY}. You must delete all versions in the bucket.")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="rows.csv", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="rows.csv")["VersionId"]

    assert refusal(s3, bucket) == refused
    s3.delete_object(Bucket=bucket, Key="rows.csv", VersionId=version)
    assert refusal(s3, bucket) == refused
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert refusal(s3, bucket) == refused
    s3.delete_object(Bucket=bucket, Key="rows.csv", VersionId=marker)
    s3.delete_bucket(Bucket=bucket)
    assert bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]
