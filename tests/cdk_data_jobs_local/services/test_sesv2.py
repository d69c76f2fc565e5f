"""Contact lists and imports of contacts, on a running offline AWS."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdk_data_jobs_local import OfflineAws

ACCOUNT = "111122223333"
TOPICS = [{"TopicName": "Poetry", "DisplayName": "Poetry", "DefaultSubscriptionStatus": "OPT_OUT"}]
CSV = b"""\
emailAddress,unsubscribeAll,topicPreferences.Poetry,attributesData
ann@example.com,false,OPT_IN,"{""Name"": ""Ann""}"
bob@example.com,true,,
no address,,,
"""


@pytest.fixture
def ses(aws: OfflineAws) -> Iterator[Any]:
    """A client, with the list `readers`."""
    aws.sesv2.durations(pending=0, in_progress=0)
    client = aws.client("sesv2")
    client.create_contact_list(ContactListName="readers", Topics=TOPICS)
    yield client
    client.delete_contact_list(ContactListName="readers")


@pytest.fixture
def bucket(aws: OfflineAws) -> str:
    """A bucket that Amazon SES may read for the account."""
    name, s3 = f"contacts-{uuid.uuid4().hex[:8]}", aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    put_policy(aws, name, ACCOUNT)
    return name


def put_policy(aws: OfflineAws, bucket: str, referer: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:Referer": referer}},
    }
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [statement]}))


@pytest.fixture
def run(aws: OfflineAws, ses: Any, bucket: str) -> Callable[..., dict[str, Any]]:
    """Imports a file; returns the job when it has ended."""

    def run(content: bytes | None, data_format: str = "CSV", action: str = "PUT") -> dict[str, Any]:
        key = f"{uuid.uuid4().hex}.csv"
        if content is not None:
            aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        destination = {"ContactListName": "readers", "ContactListImportAction": action}
        id_ = ses.create_import_job(
            ImportDestination={"ContactListDestination": destination},
            ImportDataSource={"S3Url": f"s3://{bucket}/{key}", "DataFormat": data_format},
        )["JobId"]
        while (job := ses.get_import_job(JobId=id_))["JobStatus"] not in ("COMPLETED", "FAILED"):
            time.sleep(0.02)
        return dict(job)

    return run


def test_contacts_are_put_on_a_list_and_wrong_ones_are_counted(ses: Any, run: Callable[..., dict[str, Any]]) -> None:
    job = run(CSV)

    assert (job["JobStatus"], job["ProcessedRecordsCount"], job["FailedRecordsCount"]) == ("COMPLETED", 3, 1)
    assert job["CompletedTimestamp"] >= job["CreatedTimestamp"]
    contacts = ses.list_contacts(ContactListName="readers")["Contacts"]
    assert [one["EmailAddress"] for one in contacts] == ["ann@example.com", "bob@example.com"]
    ann, bob = (ses.get_contact(ContactListName="readers", EmailAddress=one["EmailAddress"]) for one in contacts)
    assert ann["TopicPreferences"] == [{"TopicName": "Poetry", "SubscriptionStatus": "OPT_IN"}]
    assert (ann["AttributesData"], ann["UnsubscribeAll"]) == ('{"Name": "Ann"}', False)
    assert (bob["TopicPreferences"], bob["UnsubscribeAll"]) == ([], True)
    assert bob["TopicDefaultPreferences"] == [{"TopicName": "Poetry", "SubscriptionStatus": "OPT_OUT"}]


def test_a_later_import_replaces_or_deletes_contacts(
    aws: OfflineAws, ses: Any, run: Callable[..., dict[str, Any]]
) -> None:
    run(CSV)
    run(b'{"emailAddress": "ANN@example.com", "unsubscribeAll": true}\n', "JSON")

    assert ses.get_contact(ContactListName="readers", EmailAddress="ann@example.com")["UnsubscribeAll"] is True
    job = run(b"emailAddress\nbob@example.com\nnobody@example.com\n", action="DELETE")
    assert (job["ProcessedRecordsCount"], job["FailedRecordsCount"]) == (2, 0)
    assert [one["EmailAddress"] for one in aws.sesv2.contacts("readers")] == ["ANN@example.com"]
    with pytest.raises(ClientError, match="NotFoundException"):
        ses.get_contact(ContactListName="readers", EmailAddress="bob@example.com")


def test_a_topic_that_the_list_does_not_have_fails_a_contact(run: Callable[..., dict[str, Any]]) -> None:
    job = run(b"emailAddress,topicPreferences.Sports\nann@example.com,OPT_IN\nbob@example.com,\n")

    assert (job["ProcessedRecordsCount"], job["FailedRecordsCount"]) == (2, 1)


@pytest.mark.parametrize(
    ("content", "data_format", "reason"),
    [
        (None, "CSV", "does not exist"),
        (b'{"emailAddress": "ann@example.com"}\n', "CSV", "line 1: a file must be uncompressed CSV"),
        (b"name\nAnn\n", "CSV", "must be a header with emailAddress"),
    ],
    ids=["no object", "another format", "no address"],
)
def test_a_file_that_cannot_be_read_fails_the_job(
    run: Callable[..., dict[str, Any]], content: bytes | None, data_format: str, reason: str
) -> None:
    job = run(content, data_format)

    assert job["JobStatus"] == "FAILED"
    assert reason in job["FailureInfo"]["ErrorMessage"]


def test_the_buckets_policy_must_let_the_service_read(
    aws: OfflineAws, bucket: str, run: Callable[..., dict[str, Any]]
) -> None:
    put_policy(aws, bucket, "999999999999")
    job = run(CSV)

    assert job["FailureInfo"]["ErrorMessage"] == (
        f"the policy of bucket {bucket} does not allow ses.amazonaws.com s3:GetObject"
    )
    assert [one["JobStatus"] for one in aws.sesv2.jobs()][-1] == "FAILED"


def test_the_keys_policy_must_let_the_service_decrypt(
    aws: OfflineAws, bucket: str, run: Callable[..., dict[str, Any]]
) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}}
    aws.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    assert "does not allow ses.amazonaws.com kms:Decrypt" in run(CSV)["FailureInfo"]["ErrorMessage"]
    statement = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("kms").put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=policy)
    assert run(CSV)["JobStatus"] == "COMPLETED"


def test_lists_and_jobs_are_listed_and_an_account_has_one_list(ses: Any, run: Callable[..., dict[str, Any]]) -> None:
    job = run(CSV)

    assert [one["ContactListName"] for one in ses.list_contact_lists()["ContactLists"]] == ["readers"]
    assert ses.get_contact_list(ContactListName="readers")["Topics"] == TOPICS
    assert ses.list_import_jobs()["ImportJobs"][-1]["JobId"] == job["JobId"]
    page = ses.list_contacts(ContactListName="readers", PageSize=1)
    rest = ses.list_contacts(ContactListName="readers", NextToken=page["NextToken"])
    assert [len(one["Contacts"]) for one in (page, rest)] == [1, 1]
    for name, code in {"readers": "AlreadyExistsException", "others": "LimitExceededException"}.items():
        with pytest.raises(ClientError, match=code):
            ses.create_contact_list(ContactListName=name)


def test_an_import_needs_its_list(ses: Any) -> None:
    destination = {"ContactListName": "others", "ContactListImportAction": "PUT"}

    with pytest.raises(ClientError, match="BadRequestException"):
        ses.create_import_job(
            ImportDestination={"ContactListDestination": destination},
            ImportDataSource={"S3Url": "s3://contacts/a.csv", "DataFormat": "CSV"},
        )
    with pytest.raises(ClientError, match="NotFoundException"):
        ses.get_import_job(JobId="none")


def test_the_other_operations_are_ministacks(ses: Any) -> None:
    ses.create_email_identity(EmailIdentity="ann@example.com")

    assert ses.get_email_identity(EmailIdentity="ann@example.com")["IdentityType"] == "EMAIL_ADDRESS"
