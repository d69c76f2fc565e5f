"""A stack of many imports in an offline AWS of its own."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).with_name("many.py")
JOB = "Custom::PersonalizeDatasetImportJob"
FIELDS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
ROWS = 1000
STACK = "Many"
MAX_LOCAL_JOBS = 120
"""Jobs that read local files, for whose folders the policies of one role have room."""


@dataclass
class Stack:
    """A stack of many imports, and its state in the services."""

    aws: OfflineAws
    folder: Path
    dataset: str
    buckets: list[str]

    def deploy(self, jobs: int, *, local: int = 0, chain: int = 5, chained: int = 0) -> float:
        """Run `cdk deploy`; returns the seconds that it takes."""
        options = settings(jobs, self.buckets, self.dataset, folder=self.folder, local=local)
        return self._cdk(options | {"chain": chain, "chained": chained}, "deploy", "--require-approval", "never")

    def delete(self) -> float:
        """Delete the data and run `cdk destroy`; returns the seconds that the command takes."""
        s3 = self.aws.client("s3")
        for bucket in self.buckets:
            for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        return self._cdk(settings(0, self.buckets, self.dataset, folder=self.folder, local=0), "destroy", "--force")

    def write(self, jobs: int) -> None:
        """Put the file of each import to its place."""
        body = csv_file(ROWS)
        local_file(self.folder).write_bytes(body)
        for number in range(jobs):
            self.aws.client("s3").put_object(
                Bucket=self.buckets[number // 100], Key=f"{number:03}/interactions.csv", Body=body
            )

    def assert_each_ran_once(self, jobs: int) -> None:
        """None is lost, none runs twice, and never more than five at a time."""
        made = self.jobs
        assert [job["status"] for job in made] == ["ACTIVE"] * jobs
        assert len({job["dataSource"]["dataLocation"] for job in made}) == jobs
        assert max_at_once(made) <= 5
        assert sum(self.statuses.values()) == jobs
        assert all(status.endswith("_COMPLETE") for status in self.statuses)
        assert self.aws.personalize.row_count(self.dataset) == ROWS

    def assert_nothing_remains(self) -> None:
        """The stack is deleted, and so are its buckets."""
        buckets = [bucket["Name"] for bucket in self.aws.client("s3").list_buckets()["Buckets"]]
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        assert [stack["StackName"] for stack in stacks] == ["CDKToolkit"]
        assert [bucket for bucket in buckets if not bucket.startswith("cdk-")] == []

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The imports into the stack's dataset."""
        return [job for job in self.aws.personalize.jobs() if job["datasetArn"] == self.dataset]

    @property
    def statuses(self) -> Counter[str]:
        """How many of the stack's imports have each status in CloudFormation."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return Counter(one["ResourceStatus"] for one in resources if one["ResourceType"] == JOB)

    def _cdk(self, options: dict[str, Any], *arguments: str) -> float:
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MANY", json.dumps(options))
            app, outdir = f"{sys.executable} {APP}", self.folder / "cdk.out"
            done = self.aws.cdk(*arguments, cwd=APP.parent, app=app, outdir=outdir)
        assert done.returncode == 0, done.stdout
        return time.monotonic() - began


@contextlib.contextmanager
def stack_for(jobs: int, folder: Path, **options: Any) -> Iterator[Stack]:
    """A stack without jobs in an AWS of its own, whose buckets have the data of those to come."""
    with OfflineAws(**options) as aws:
        aws.bootstrap()
        aws.personalize.durations(pending=1, in_progress=4, creating=0)
        buckets = [f"many-{number}" for number in range((jobs + 99) // 100)]
        stack = Stack(aws, folder, dataset(aws, STACK), buckets)
        stack.write(0)
        stack.deploy(0)
        stack.write(jobs)
        yield stack


def settings(jobs: int, buckets: list[str], dataset: str, *, folder: Path, local: int) -> dict[str, Any]:
    """The options of the app."""
    shape = {"chain": 1, "chained": 0, "local": local, "file": str(local_file(folder))}
    return {"stack": STACK, "jobs": jobs, "buckets": buckets, "dataset": dataset, **shape}


def local_file(folder: Path) -> Path:
    """The file that some jobs read."""
    return folder / "interactions.csv"


def csv_file(rows: int) -> bytes:
    """Interactions."""
    lines = (f"user-{row % 50_000},item-{row % 1999},{1_700_000_000 + row}\n" for row in range(rows))
    return "".join([",".join(FIELDS) + "\n", *lines]).encode()


def dataset(aws: OfflineAws, name: str) -> str:
    """A dataset of interactions."""
    personalize = aws.client("personalize")
    fields = [{"name": field, "type": kind} for field, kind in FIELDS.items()]
    avro = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    schema = personalize.create_schema(name=name, schema=json.dumps(avro))["schemaArn"]
    group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    made = personalize.create_dataset(name=name, schemaArn=schema, datasetGroupArn=group, datasetType="Interactions")
    return str(made["datasetArn"])


def max_at_once(jobs: list[dict[str, Any]]) -> int:
    """How many jobs there were at most that had been created and had not ended."""
    return max(
        sum(one["creationDateTime"] <= other["creationDateTime"] < one["ended"] for one in jobs) for other in jobs
    )


def number_of(job: dict[str, Any]) -> int:
    """The number of a job, which is in its name."""
    return int(job["jobName"].split("-")[1].removeprefix("Import"))
