"""Ingestions into knowledge bases of Amazon Bedrock."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws

ROLE = "arn:aws:iam::111122223333:role/knowledge-base"
LONG = 1_000_000
"""Seconds that no test waits."""


@dataclass
class KnowledgeBase:
    """A knowledge base with a data source, and the bucket that it reads."""

    aws: OfflineAws
    bucket: str = field(default_factory=lambda: f"documents-{uuid.uuid4().hex}")

    def __post_init__(self) -> None:
        self.s3, self.agent = self.aws.client("s3"), self.aws.client("bedrock-agent")
        self.id = self.agent.create_knowledge_base(
            name=self.bucket, roleArn=ROLE, knowledgeBaseConfiguration={"type": "VECTOR"}
        )["knowledgeBase"]["knowledgeBaseId"]
        self.source = self.add_source()

    def create_bucket(self) -> None:
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": self.aws.region})

    def add_source(self) -> str:
        configuration = {"type": "S3", "s3Configuration": {"bucketArn": f"arn:aws:s3:::{self.bucket}"}}
        made = self.agent.create_data_source(
            knowledgeBaseId=self.id, name="source", dataSourceConfiguration=configuration
        )
        source: str = made["dataSource"]["dataSourceId"]
        return source

    def put(self, **documents: bytes) -> None:
        for name, content in documents.items():
            self.s3.put_object(Bucket=self.bucket, Key=name, Body=content)

    def start(self, source: str | None = None, **parameters: Any) -> dict[str, Any]:
        started = self.agent.start_ingestion_job(
            knowledgeBaseId=self.id, dataSourceId=source or self.source, **parameters
        )
        job: dict[str, Any] = started["ingestionJob"]
        return job

    def get(self, job: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.agent.get_ingestion_job(**self.names(job))["ingestionJob"]
        return found

    def stop(self, job: dict[str, Any]) -> dict[str, Any]:
        stopped: dict[str, Any] = self.agent.stop_ingestion_job(**self.names(job))["ingestionJob"]
        return stopped

    def names(self, job: dict[str, Any]) -> dict[str, str]:
        return {name: job[name] for name in ("knowledgeBaseId", "dataSourceId", "ingestionJobId")}

    def ingest(self) -> dict[str, Any]:
        """A job that has run to its end."""
        job = self.start()
        while (found := self.get(job))["status"] in ("STARTING", "IN_PROGRESS"):
            time.sleep(0.01)
        return found

    def counts(self, job: dict[str, Any]) -> dict[str, int]:
        """The counts of a job that are not 0, by what they count."""
        return {name.removeprefix("numberOf"): count for name, count in job["statistics"].items() if count}

    def documents(self) -> set[str]:
        """What a search finds, of documents that contain the word."""
        found = self.aws.client("bedrock-agent-runtime").retrieve(
            knowledgeBaseId=self.id, retrievalQuery={"text": "word"}
        )
        return {result["content"]["text"] for result in found["retrievalResults"]}


def end_all(aws: OfflineAws) -> None:
    """End the jobs that run: the account has five at a time."""
    before = aws.settings()["ingesting"]
    aws.settings(ingesting=0)
    aws.client("bedrock-agent").list_knowledge_bases()
    aws.settings(ingesting=before)


@pytest.fixture
def base(aws: OfflineAws) -> Iterator[KnowledgeBase]:
    before = aws.settings()["ingesting"]
    end_all(aws)
    base = KnowledgeBase(aws)
    base.create_bucket()
    yield base
    aws.settings(ingesting=before)
    end_all(aws)


def test_an_ingestion_takes_time_and_has_its_results_at_its_end(base: KnowledgeBase) -> None:
    base.put(one=b"word one", bad=b"\xff\xfe")
    base.aws.settings(ingesting=LONG)
    started = base.start(description="manuals")
    assert (started["status"], base.counts(started), base.documents()) == ("STARTING", {}, set())

    time.sleep(1)  # so that three more real seconds are not too late
    base.aws.settings(ingesting=(base.aws.now() - started["startedAt"].timestamp()) * 3.9)
    running = base.get(started)
    base.aws.settings(ingesting=LONG)
    assert (running["status"], base.counts(running), running["failureReasons"]) == ("IN_PROGRESS", {}, [])
    assert base.documents() == set()

    base.aws.settings(ingesting=1)
    ended = base.get(started)
    assert (ended["status"], ended["description"]) == ("COMPLETE", "manuals")
    assert base.counts(ended) == {"DocumentsScanned": 2, "NewDocumentsIndexed": 1, "DocumentsFailed": 1}
    assert f"s3://{base.bucket}/bad" in ended["failureReasons"][0]
    assert (ended["updatedAt"] - ended["startedAt"]).total_seconds() == pytest.approx(1, abs=0.01)
    assert base.documents() == {"word one"}


def test_a_search_finds_what_was_due_before_it(base: KnowledgeBase) -> None:
    base.put(one=b"word one")
    base.aws.settings(ingesting=0)
    base.start()

    assert base.documents() == {"word one"}


def test_an_ingestion_without_a_bucket_fails(base: KnowledgeBase) -> None:
    base.put(one=b"word one")
    base.ingest()
    base.s3.delete_object(Bucket=base.bucket, Key="one")
    base.s3.delete_bucket(Bucket=base.bucket)
    ended = base.ingest()

    assert (ended["status"], base.counts(ended)) == ("FAILED", {})
    assert base.bucket in ended["failureReasons"][0]
    assert base.documents() == {"word one"}


def test_a_knowledge_base_has_one_ingestion_at_a_time(base: KnowledgeBase) -> None:
    base.aws.settings(ingesting=LONG)
    second_source = base.add_source()
    job = base.start()
    with pytest.raises(base.agent.exceptions.ConflictException) as error:
        base.start(second_source)

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert job["ingestionJobId"] in str(error.value)

    base.aws.settings(ingesting=0)
    assert base.start(second_source)["status"] == "STARTING"


def test_an_account_has_five_ingestions_at_a_time(base: KnowledgeBase) -> None:
    base.aws.settings(ingesting=LONG)
    for _ in range(5):
        KnowledgeBase(base.aws).start()
    with pytest.raises(base.agent.exceptions.ServiceQuotaExceededException) as error:
        base.start()

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402

    base.aws.settings(ingesting=0)
    assert base.start()["status"] == "STARTING"


def test_a_client_token_begins_one_ingestion(base: KnowledgeBase) -> None:
    base.aws.settings(ingesting=LONG)
    token, other = str(uuid.uuid4()), str(uuid.uuid4())
    job = base.start(clientToken=token)
    assert base.start(clientToken=token) == job

    base.aws.settings(ingesting=0)
    assert base.start(clientToken=token) == base.get(job)
    assert base.start(clientToken=other)["ingestionJobId"] != job["ingestionJobId"]


def test_the_list_agrees_with_the_jobs(base: KnowledgeBase) -> None:
    base.put(one=b"word one")
    ended = base.ingest()
    base.aws.settings(ingesting=LONG)
    running = base.start()
    listed = base.agent.list_ingestion_jobs(knowledgeBaseId=base.id, dataSourceId=base.source)["ingestionJobSummaries"]

    assert [(job["ingestionJobId"], job["status"], base.counts(job)) for job in listed] == [
        (ended["ingestionJobId"], "COMPLETE", base.counts(ended)),
        (running["ingestionJobId"], "STARTING", {}),
    ]


def test_an_ingestion_is_incremental(base: KnowledgeBase) -> None:
    base.put(same=b"word", changed=b"word before", gone=b"word gone", spoilt=b"word of old")
    base.ingest()
    base.put(changed=b"word after", added=b"word added", spoilt=b"\xff\xfe")
    base.s3.delete_object(Bucket=base.bucket, Key="gone")
    ended = base.ingest()

    assert base.counts(ended) == {
        "DocumentsScanned": 4,
        "NewDocumentsIndexed": 1,
        "ModifiedDocumentsIndexed": 1,
        "DocumentsDeleted": 1,
        "DocumentsFailed": 1,
    }
    assert base.documents() == {"word", "word after", "word added", "word of old"}


def test_an_ingestion_stops_while_it_runs(base: KnowledgeBase) -> None:
    base.put(one=b"word one")
    base.aws.settings(ingesting=LONG)
    job = base.start()
    assert base.stop(job)["status"] == "STOPPED"

    base.aws.settings(ingesting=0)
    assert (base.get(job)["status"], base.documents()) == ("STOPPED", set())

    ended = base.ingest()
    with pytest.raises(base.agent.exceptions.ConflictException, match="has ended: COMPLETE"):
        base.stop(ended)
    assert base.get(ended)["status"] == "COMPLETE"
